//! What a fly.toml says, typed, with the place of everything that a rule may point at.
//!
//! Legacy forms are gone here: a service is a service whether it was `[http_service]`, `[services]` or
//! `[[services]]`. No `Debug` on what holds values of `[env]`.

use super::time::Time;
use crate::finding::Secret;
use std::collections::BTreeSet;
use std::ops::Range;

/// A value and its bytes in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Range<usize>,
}

/// One configuration of one app.
pub struct Config {
    /// The app's name; absent where it is given on the command line.
    pub app: Option<Spot<String>>,
    /// `primary_region`.
    pub primary_region: Option<Spot<String>>,
    /// `swap_size_mb`, MiB.
    pub swap_mb: Option<Spot<i64>>,
    /// `kill_signal`.
    pub kill_signal: Option<Spot<String>>,
    /// `kill_timeout`.
    pub kill_timeout: Option<Time>,
    /// Process groups as written; see [`Config::groups`].
    pub processes: Vec<Spot<String>>,
    /// `[http_service]` first, then `[[services]]`.
    pub services: Vec<Service>,
    /// `[checks]`.
    pub checks: Vec<Check>,
    /// `[[vm]]`, after its older names.
    pub vms: Vec<Vm>,
    /// `deploy.release_command_vm`.
    pub release_vm: Option<Vm>,
    /// `[env]`.
    pub env: Vec<Variable>,
    /// `[build.args]`.
    pub build_args: Vec<Variable>,
    /// Header values of checks, which may hold a token.
    pub headers: Vec<Variable>,
    /// `[[mounts]]`.
    pub mounts: Vec<Mount>,
    /// `[[files]]` that take their content from a Fly secret: its name.
    pub secret_files: Vec<Spot<String>>,
    /// `[[restart]]`: the policies.
    pub restarts: Vec<Spot<String>>,
    /// `deploy.strategy`.
    pub strategy: Option<Spot<String>>,
    /// Other durations, with the dotted name of their key.
    pub times: Vec<(String, Time)>,
    /// Commands that flyctl splits into words, with the dotted name of their key. They may hold secrets.
    pub commands: Vec<(String, Spot<Secret>)>,
    /// Ways to build, in the order flyctl lists them.
    pub builds: Vec<Spot<&'static str>>,
    /// `build.compression`.
    pub compression: Option<Spot<String>>,
    /// Every process group named by a section, with the section's name.
    pub named_groups: Vec<(&'static str, Spot<String>)>,
}

/// Something Fly's proxy sends traffic to.
pub struct Service {
    /// `http_service`, `services[0]`.
    pub place: String,
    /// The header of its section.
    pub span: Range<usize>,
    /// Whether it is `[http_service]`.
    pub http: bool,
    /// `tcp` or `udp`; `[http_service]` has none.
    pub protocol: Option<Spot<String>>,
    /// The port the app listens on.
    pub internal_port: Option<Spot<i64>>,
    /// `auto_stop_machines`.
    pub stop: Option<Spot<Stop>>,
    /// `auto_start_machines`.
    pub start: Option<Spot<bool>>,
    /// `min_machines_running`.
    pub min_machines: Option<Spot<i64>>,
    /// The ports the proxy listens on; for `[http_service]`, 80 and 443.
    pub ports: Vec<Port>,
    /// `force_https` of `[http_service]`.
    pub force_https: Option<Spot<bool>>,
    /// `concurrency.type`.
    pub concurrency: Option<Spot<String>>,
    /// `concurrency.soft_limit` and `concurrency.hard_limit`, or the older `"soft,hard"`.
    pub limits: Limits,
    /// Its checks.
    pub checks: Vec<Check>,
    /// The groups it names; empty means the default group.
    pub processes: Vec<Spot<String>>,
}

/// From how many connections or requests on a machine counts as busy, and gets no more.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Limits {
    /// Busy: others are preferred, stopped ones are started.
    pub soft: Option<Spot<i64>>,
    /// Full.
    pub hard: Option<Spot<i64>>,
}

/// A port, or a range of them, the proxy listens on.
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// First and last.
    pub range: (i64, i64),
    /// Bytes of the port, or of the section when it has none.
    pub span: Range<usize>,
    /// `http`, `tls` …
    pub handlers: Vec<Spot<String>>,
    /// `force_https`.
    pub force_https: bool,
}

impl Port {
    /// Whether Fly's proxy does that with the connections of this port.
    #[must_use]
    pub fn handles(&self, handler: &str) -> bool {
        self.handlers.iter().any(|known| known.value == handler)
    }
}

/// What becomes of idle machines.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Deserialize,
    serde::Serialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Stop {
    /// They run on.
    Off,
    /// They are stopped.
    Stop,
    /// They are suspended, and resume with their memory.
    Suspend,
}

impl Stop {
    /// As fly.toml writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Stop => "stop",
            Self::Suspend => "suspend",
        }
    }
}

/// A health check.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// `http_service.checks[0]`, `checks.alive`.
    pub place: String,
    /// The header of its section.
    pub span: Range<usize>,
    /// What it does; none when the file does not say, or says something else.
    pub kind: Option<CheckKind>,
    /// `type` of a check in `[checks]`, as written.
    pub written_kind: Option<Spot<String>>,
    /// Whether it stands in `[checks]`.
    pub top: bool,
    /// `port` of a check in `[checks]`.
    pub port: Option<Spot<i64>>,
    /// `path`.
    pub path: Option<Spot<String>>,
    /// `interval`.
    pub interval: Option<Time>,
    /// `timeout`.
    pub timeout: Option<Time>,
    /// `grace_period`.
    pub grace: Option<Time>,
    /// The groups it is for: its own, or its service's.
    pub processes: Vec<Spot<String>>,
}

/// The kinds of check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckKind {
    /// A request that must be answered with 200.
    Http,
    /// A connection that must open.
    Tcp,
}

/// `[[vm]]`: the size of machines, as written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vm {
    /// The header of its section.
    pub span: Range<usize>,
    /// `size`.
    pub size: Option<Spot<String>>,
    /// `memory`, as text.
    pub memory: Option<Spot<String>>,
    /// `memory_mb`.
    pub memory_mb: Option<Spot<i64>>,
    /// `cpu_kind`.
    pub cpu_kind: Option<Spot<String>>,
    /// `cpus`.
    pub cpus: Option<Spot<i64>>,
    /// `gpu_kind`.
    pub gpu_kind: Option<Spot<String>>,
    /// `persist_rootfs`.
    pub persist_rootfs: Option<Spot<String>>,
    /// The groups it names; empty means all.
    pub processes: Vec<Spot<String>>,
}

/// A name and a value that may be a secret.
pub struct Variable {
    /// The name.
    pub name: Spot<String>,
    /// The value as the app will see it.
    pub value: Secret,
    /// Bytes of the value.
    pub value_span: Range<usize>,
    /// Whether the value is a table or list, which Go writes out as `map[…]`.
    pub nested: bool,
}

/// `[[mounts]]`: a volume for each machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Mount {
    /// The header of its section.
    pub span: Range<usize>,
    /// `destination`.
    pub destination: Option<Spot<String>>,
    /// Sizes as text, with their key.
    pub sizes: Vec<(&'static str, Spot<String>)>,
    /// `snapshot_retention`, days.
    pub retention: Option<Spot<i64>>,
    /// `auto_extend_size_threshold`, percent.
    pub threshold: Option<Spot<i64>>,
    /// The groups it names; empty means the default group.
    pub processes: Vec<Spot<String>>,
}

impl Config {
    /// The process groups: those of `[processes]` in alphabetical order, or `app`.
    #[must_use]
    pub fn groups(&self) -> Vec<&str> {
        if self.processes.is_empty() {
            return vec![DEFAULT_GROUP];
        }
        let names = self.processes.iter().map(|spot| spot.value.as_str());
        names.collect::<BTreeSet<&str>>().into_iter().collect()
    }

    /// The group that sections without `processes` are for: `app`, else the first in alphabetical order.
    #[must_use]
    pub fn default_group(&self) -> &str {
        let names = self.processes.iter().map(|spot| spot.value.as_str());
        // `app` before all others, then by name.
        names
            .min_by_key(|name| (*name != DEFAULT_GROUP, *name))
            .unwrap_or(DEFAULT_GROUP)
    }

    /// Whether a section that names `processes` is for `group`.
    #[must_use]
    pub fn applies(&self, processes: &[Spot<String>], group: &str) -> bool {
        if processes.is_empty() {
            return group == self.default_group();
        }
        processes.iter().any(|name| {
            name.value == group || name.value.is_empty() && group == self.default_group()
        })
    }

    /// The services of a group.
    pub fn services_of<'c>(&'c self, group: &'c str) -> impl Iterator<Item = &'c Service> {
        self.services
            .iter()
            .filter(move |service| self.applies(&service.processes, group))
    }

    /// The checks of some groups: those of their services, then those of `[checks]`.
    pub fn checks_of<'c>(&'c self, groups: &'c [&str]) -> impl Iterator<Item = &'c Check> {
        let of_services = self.services.iter().flat_map(|service| &service.checks);
        let mine = move |check: &&Check| {
            groups
                .iter()
                .any(|group| self.applies(&check.processes, group))
        };
        of_services.chain(&self.checks).filter(mine)
    }

    /// The variable of that name in `[env]`; the last one wins.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.env
            .iter()
            .rfind(|variable| variable.name.value == name)
    }
}

impl Service {
    /// Whether it speaks UDP, for which Fly has no checks.
    #[must_use]
    pub fn is_udp(&self) -> bool {
        self.protocol
            .as_ref()
            .is_some_and(|protocol| protocol.value.eq_ignore_ascii_case("udp"))
    }

    /// What becomes of its idle machines; Fly's default is to let them run.
    #[must_use]
    pub fn stop_mode(&self) -> Stop {
        self.stop.as_ref().map_or(Stop::Off, |stop| stop.value)
    }
}

/// The group of an app without `[processes]`.
pub const DEFAULT_GROUP: &str = "app";
