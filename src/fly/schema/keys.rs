//! The keys, section by section. Data.

use super::Shape::{
    Any, Bool, Concurrency, Digits, Duration, Env, Headers, Int, Loose, Named, Number, Processes,
    Stop, Table, TableOrTables, Tables, Text, TextMap, TextOrTexts, Texts,
};
use super::{Key, Section, Shape};

const fn key(name: &'static str, shape: Shape) -> Key {
    Key { name, shape }
}

/// The top of the file.
pub static ROOT: Section = Section {
    keys: &[
        key("app", Text),
        key("primary_region", Text),
        key("kill_signal", Text),
        key("kill_timeout", Duration),
        key("swap_size_mb", Int),
        key("console_command", Text),
        key("host_dedication_id", Text),
        key("machine_config", Text),
        key("container", Text),
        key("experimental", Table(&EXPERIMENTAL)),
        key("build", Table(&BUILD)),
        key("deploy", Table(&DEPLOY)),
        key("env", Env),
        key("processes", Processes),
        key("mounts", TableOrTables(&MOUNT)),
        key("mount", TableOrTables(&MOUNT)),
        key("http_service", Table(&HTTP_SERVICE)),
        key("services", TableOrTables(&SERVICE)),
        key("checks", Named(&CHECK)),
        key("files", Tables(&FILE)),
        key("machine_checks", Tables(&MACHINE_CHECK)),
        key("restart", Tables(&RESTART)),
        key("vm", TableOrTables(&VM)),
        key("compute", TableOrTables(&VM)),
        key("computes", TableOrTables(&VM)),
        key("statics", Tables(&STATIC)),
        key("metrics", TableOrTables(&METRICS)),
        key("metric", TableOrTables(&METRICS)),
    ],
};

static EXPERIMENTAL: Section = Section {
    keys: &[
        key("cmd", TextOrTexts),
        key("entrypoint", TextOrTexts),
        key("exec", TextOrTexts),
        key("auto_rollback", Bool),
        key("enable_consul", Bool),
        key("enable_etcd", Bool),
        key("lazy_load_images", Bool),
        key("attached", Table(&ATTACHED)),
        key("machine_config", Text),
        // Older places of what is now at the top, rewritten when loaded.
        key("kill_timeout", Duration),
        key("metrics_port", Int),
        key("metrics_path", Text),
    ],
};
static ATTACHED: Section = Section {
    keys: &[key("secrets", Table(&ATTACHED_SECRETS))],
};
static ATTACHED_SECRETS: Section = Section {
    keys: &[key("export", TextMap)],
};

static BUILD: Section = Section {
    keys: &[
        key("builder", Text),
        key("args", TextMap),
        key("buildpacks", Texts),
        key("image", Text),
        key("settings", Any),
        key("builtin", Text),
        key("dockerfile", Text),
        key("ignorefile", Text),
        key("build-target", Text),
        key("build_target", Text),
        key("compose", Table(&COMPOSE)),
        key("compression", Text),
        key("compression_level", Int),
    ],
};
static COMPOSE: Section = Section {
    keys: &[key("file", Text)],
};

static DEPLOY: Section = Section {
    keys: &[
        key("strategy", Text),
        key("max_unavailable", Number),
        key("wait_timeout", Duration),
        key("release_command", Text),
        key("release_command_timeout", Duration),
        key("release_command_vm", Table(&RELEASE_VM)),
        key("seed_command", Text),
    ],
};

/// As [`VM`], but `memory` is not turned into a string here: an integer is refused.
static RELEASE_VM: Section = Section {
    keys: &[
        key("size", Text),
        key("memory", Text),
        key("memory_mb", Int),
        key("cpu_kind", Text),
        key("cpus", Int),
        key("max_memory_mb", Int),
        key("gpus", Int),
        key("gpu_kind", Text),
        key("host_dedication_id", Text),
        key("kernel_args", Texts),
        key("persist_rootfs", Text),
        key("processes", Texts),
    ],
};
static VM: Section = Section {
    keys: &[
        key("size", Text),
        key("memory", Loose),
        key("memory_mb", Int),
        key("cpu_kind", Text),
        key("cpus", Int),
        key("max_memory_mb", Int),
        key("gpus", Int),
        key("gpu_kind", Text),
        key("host_dedication_id", Text),
        key("kernel_args", Texts),
        key("persist_rootfs", Text),
        key("processes", Texts),
    ],
};

static MOUNT: Section = Section {
    keys: &[
        key("source", Text),
        key("destination", Text),
        key("initial_size", Loose),
        key("snapshot_retention", Int),
        key("scheduled_snapshots", Bool),
        key("auto_extend_size_threshold", Int),
        key("auto_extend_size_increment", Text),
        key("auto_extend_size_limit", Text),
        key("processes", Texts),
    ],
};

static HTTP_SERVICE: Section = Section {
    keys: &[
        key("internal_port", Int),
        key("force_https", Bool),
        key("auto_stop_machines", Stop),
        key("auto_start_machines", Bool),
        key("min_machines_running", Int),
        key("processes", Texts),
        key("concurrency", Table(&CONCURRENCY)),
        key("tls_options", Table(&TLS)),
        key("http_options", Table(&HTTP)),
        key("checks", Tables(&SERVICE_CHECK)),
        key("machine_checks", Tables(&MACHINE_CHECK)),
    ],
};
static SERVICE: Section = Section {
    keys: &[
        key("protocol", Text),
        key("internal_port", Digits),
        key("auto_stop_machines", Stop),
        key("auto_start_machines", Bool),
        key("min_machines_running", Int),
        key("ports", TableOrTables(&PORT)),
        key("concurrency", Concurrency(&CONCURRENCY)),
        key("tcp_checks", TableOrTables(&TCP_CHECK)),
        key("http_checks", TableOrTables(&LEGACY_CHECK)),
        key("machine_checks", Tables(&MACHINE_CHECK)),
        key("processes", Texts),
    ],
};
static CONCURRENCY: Section = Section {
    keys: &[
        key("type", Text),
        key("soft_limit", Int),
        key("hard_limit", Int),
    ],
};
static PORT: Section = Section {
    keys: &[
        key("port", Digits),
        key("start_port", Int),
        key("end_port", Int),
        key("handlers", Texts),
        key("force_https", Bool),
        key("tls_options", Table(&TLS)),
        key("http_options", Table(&HTTP)),
        key("proxy_proto_options", Table(&PROXY_PROTO)),
    ],
};
static PROXY_PROTO: Section = Section {
    keys: &[key("version", Text)],
};
static TLS: Section = Section {
    keys: &[
        key("alpn", Texts),
        key("versions", Texts),
        key("default_self_signed", Bool),
    ],
};
static HTTP: Section = Section {
    keys: &[
        key("compress", Bool),
        key("response", Table(&RESPONSE)),
        key("h2_backend", Bool),
        key("idle_timeout", Int),
        key("headers_read_timeout", Int),
        key("replay_cache", Tables(&REPLAY_CACHE)),
    ],
};
static RESPONSE: Section = Section {
    keys: &[key("headers", Any), key("pristine", Bool)],
};
static REPLAY_CACHE: Section = Section {
    keys: &[
        key("path_prefix", Text),
        key("ttl_seconds", Int),
        key("type", Text),
        key("name", Text),
        key("allow_bypass", Bool),
    ],
};

static TCP_CHECK: Section = Section {
    keys: &[
        key("interval", Duration),
        key("timeout", Duration),
        key("grace_period", Duration),
    ],
};
/// A check of `[http_service]`.
static SERVICE_CHECK: Section = Section {
    keys: &[
        key("interval", Duration),
        key("timeout", Duration),
        key("grace_period", Duration),
        key("method", Text),
        key("path", Text),
        key("protocol", Text),
        key("tls_skip_verify", Bool),
        key("tls_server_name", Text),
        key("headers", TextMap),
    ],
};
/// A check of `[[services]]`: the same keys, and headers in the older forms too.
static LEGACY_CHECK: Section = Section {
    keys: &[
        key("interval", Duration),
        key("timeout", Duration),
        key("grace_period", Duration),
        key("method", Text),
        key("path", Text),
        key("protocol", Text),
        key("tls_skip_verify", Bool),
        key("tls_server_name", Text),
        key("headers", Headers),
    ],
};
static CHECK: Section = Section {
    keys: &[
        key("port", Int),
        key("type", Text),
        key("interval", Duration),
        key("timeout", Duration),
        key("grace_period", Duration),
        key("method", Text),
        key("path", Text),
        key("protocol", Text),
        key("tls_skip_verify", Bool),
        key("tls_server_name", Text),
        key("headers", Headers),
        key("processes", Texts),
    ],
};
static MACHINE_CHECK: Section = Section {
    keys: &[
        key("command", Texts),
        key("image", Text),
        key("entrypoint", Texts),
        key("kill_signal", Text),
        key("kill_timeout", Duration),
    ],
};

static FILE: Section = Section {
    keys: &[
        key("guest_path", Text),
        key("local_path", Text),
        key("secret_name", Text),
        key("raw_value", Text),
        key("processes", Texts),
    ],
};
static RESTART: Section = Section {
    keys: &[
        key("policy", Text),
        key("retries", Int),
        key("processes", Texts),
    ],
};
static STATIC: Section = Section {
    keys: &[
        key("guest_path", Text),
        key("url_prefix", Text),
        key("tigris_bucket", Text),
        key("index_document", Text),
    ],
};
static METRICS: Section = Section {
    keys: &[
        key("port", Int),
        key("path", Text),
        key("https", Bool),
        key("processes", Texts),
    ],
};
