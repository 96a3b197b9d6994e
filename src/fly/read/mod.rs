//! From the tree of a document to the model: every form flyctl takes becomes one.
//!
//! Lenient: what has a wrong type is left out here, and reported by the schema.

mod services;
mod value;

use super::document::{Entry, Node, Value, label};
use super::model::{Config, Mount, Spot, Variable, Vm};
use super::time::{Time, Unit};
use crate::finding::Secret;
pub(super) use services::pair;
use services::{services, top_checks};
use value::{int, loose, names, scalar, sections, text, time};

/// Reads the model out of a document.
#[must_use]
pub fn config(root: &Node) -> Config {
    let experimental = root.field("experimental");
    let deploy = root.field("deploy");
    let build = root.field("build");
    Config {
        app: text(root, "app"),
        primary_region: text(root, "primary_region").filter(|region| !region.value.is_empty()),
        swap_mb: int(root, "swap_size_mb"),
        kill_signal: text(root, "kill_signal").filter(|signal| !signal.value.is_empty()),
        kill_timeout: time(root, "kill_timeout", Unit::Seconds)
            .or_else(|| experimental.and_then(|node| time(node, "kill_timeout", Unit::Seconds))),
        processes: groups(root),
        services: services(root),
        checks: top_checks(root),
        vms: ["compute", "computes", "vm"]
            .iter()
            .flat_map(|name| sections(root, name))
            .map(vm)
            .collect(),
        release_vm: deploy
            .and_then(|deploy| deploy.field("release_command_vm"))
            .map(vm),
        env: root.field("env").map(variables).unwrap_or_default(),
        build_args: build
            .and_then(|build| build.field("args"))
            .map(variables)
            .unwrap_or_default(),
        headers: headers(root),
        mounts: ["mount", "mounts"]
            .iter()
            .flat_map(|name| sections(root, name))
            .map(mount)
            .collect(),
        secret_files: sections(root, "files")
            .filter_map(|file| text(file, "secret_name"))
            .collect(),
        restarts: sections(root, "restart")
            .filter_map(|restart| text(restart, "policy"))
            .collect(),
        strategy: deploy
            .and_then(|deploy| text(deploy, "strategy"))
            .filter(|strategy| !strategy.value.is_empty()),
        times: times(root),
        commands: commands(root),
        builds: build.map(builds).unwrap_or_default(),
        compression: build.and_then(|build| text(build, "compression")),
        named_groups: named_groups(root),
    }
}

fn groups(root: &Node) -> Vec<Spot<String>> {
    let Some(node) = root.field("processes") else {
        return Vec::new();
    };
    match &node.value {
        Value::Map(entries) => entries
            .iter()
            .map(|entry| Spot {
                value: entry.key.clone(),
                span: entry.key_span.clone(),
            })
            .collect(),
        _ => node
            .tables()
            .filter_map(|item| loose(item, "name"))
            .collect(),
    }
}

fn vm(node: &Node) -> Vm {
    Vm {
        span: node.span.clone(),
        size: text(node, "size").filter(|size| !size.value.is_empty()),
        memory: loose(node, "memory").filter(|memory| !memory.value.is_empty()),
        memory_mb: int(node, "memory_mb"),
        cpu_kind: text(node, "cpu_kind").filter(|kind| !kind.value.is_empty()),
        cpus: int(node, "cpus"),
        gpu_kind: text(node, "gpu_kind").filter(|kind| !kind.value.is_empty()),
        persist_rootfs: text(node, "persist_rootfs"),
        processes: names(node, "processes"),
    }
}

fn mount(node: &Node) -> Mount {
    let keys = [
        "initial_size",
        "auto_extend_size_increment",
        "auto_extend_size_limit",
    ];
    Mount {
        span: node.span.clone(),
        destination: text(node, "destination"),
        sizes: keys
            .into_iter()
            .filter_map(|key| Some((key, loose(node, key).filter(|size| !size.value.is_empty())?)))
            .collect(),
        retention: int(node, "snapshot_retention"),
        threshold: int(node, "auto_extend_size_threshold"),
        processes: names(node, "processes"),
    }
}

/// The variables of a table, or of the tables of the older `[[env]]`.
fn variables(node: &Node) -> Vec<Variable> {
    node.tables()
        .flat_map(Node::entries)
        .map(variable)
        .collect()
}

fn variable(entry: &Entry) -> Variable {
    Variable {
        name: Spot {
            value: entry.key.clone(),
            span: entry.key_span.clone(),
        },
        value: Secret::new(scalar(&entry.value).unwrap_or_default().as_bytes()),
        value_span: entry.value.span.clone(),
        nested: matches!(entry.value.value, Value::Map(_) | Value::List(_)),
    }
}

fn headers(root: &Node) -> Vec<Variable> {
    let mut checks: Vec<&Node> = Vec::new();
    if let Some(service) = root.field("http_service") {
        checks.extend(sections(service, "checks"));
    }
    for service in sections(root, "services") {
        checks.extend(sections(service, "http_checks"));
    }
    if let Some(top) = root.field("checks") {
        match &top.value {
            Value::Map(entries) => checks.extend(entries.iter().map(|entry| &entry.value)),
            _ => checks.extend(top.tables()),
        }
    }
    let mut found = Vec::new();
    for headers in checks
        .into_iter()
        .filter_map(|check| check.field("headers"))
    {
        match &headers.value {
            Value::Map(entries) => found.extend(entries.iter().map(variable)),
            _ => found.extend(headers.tables().filter_map(|item| {
                let (name, value) = (loose(item, "name")?, item.field_entry("value")?);
                Some(Variable {
                    name,
                    ..variable(value)
                })
            })),
        }
    }
    found
}

fn times(root: &Node) -> Vec<(String, Time)> {
    let mut found = Vec::new();
    let mut take = |node: &Node, key: &str, place: &str| {
        found.extend(
            time(node, key, Unit::Nanoseconds).map(|time| (format!("{place}.{key}"), time)),
        );
    };
    if let Some(deploy) = root.field("deploy") {
        take(deploy, "wait_timeout", "deploy");
        take(deploy, "release_command_timeout", "deploy");
    }
    let owners = root
        .field("http_service")
        .into_iter()
        .chain(sections(root, "services"))
        .chain([root]);
    for check in owners.flat_map(|owner| sections(owner, "machine_checks")) {
        take(check, "kill_timeout", "machine_checks");
    }
    found
}

fn commands(root: &Node) -> Vec<(String, Spot<Secret>)> {
    let mut found = Vec::new();
    let mut take = |node: &Node, key: &str, place: String| {
        found.extend(text(node, key).map(|command| {
            let value = Secret::new(command.value.as_bytes());
            (
                place,
                Spot {
                    value,
                    span: command.span,
                },
            )
        }));
    };
    take(root, "console_command", "console_command".into());
    if let Some(deploy) = root.field("deploy") {
        take(deploy, "release_command", "deploy.release_command".into());
    }
    match root.field("processes").map(|node| (node, &node.value)) {
        Some((node, Value::Map(entries))) => {
            for entry in entries {
                take(node, &entry.key, format!("processes.{}", label(&entry.key)));
            }
        }
        Some((node, _)) => {
            for item in node.tables() {
                take(item, "command", "processes.command".into());
            }
        }
        None => {}
    }
    found
}

fn builds(build: &Node) -> Vec<Spot<&'static str>> {
    let filled = |key: &'static str, value: &'static str| {
        let node = build.field(key)?;
        let empty = matches!(&node.value, Value::Text(text) if text.is_empty())
            || matches!(&node.value, Value::List(items) if items.is_empty());
        (!empty).then(|| Spot {
            value,
            span: node.span.clone(),
        })
    };
    let ways = [
        filled("image", "image"),
        filled("builder", "builder").or_else(|| filled("buildpacks", "buildpacks")),
        filled("dockerfile", "dockerfile")
            .or_else(|| filled("build-target", "build-target"))
            .or_else(|| filled("build_target", "build_target")),
        filled("builtin", "builtin"),
    ];
    ways.into_iter().flatten().collect()
}

/// Every group that a section names.
fn named_groups(root: &Node) -> Vec<(&'static str, Spot<String>)> {
    let mut found = Vec::new();
    for section in [
        "http_service",
        "services",
        "vm",
        "compute",
        "computes",
        "mounts",
        "mount",
        "metrics",
        "metric",
        "files",
        "restart",
    ] {
        for node in sections(root, section) {
            found.extend(
                names(node, "processes")
                    .into_iter()
                    .map(|name| (section, name)),
            );
        }
    }
    if let Some(Value::Map(entries)) = root.field("checks").map(|node| &node.value) {
        for entry in entries {
            found.extend(
                names(&entry.value, "processes")
                    .into_iter()
                    .map(|name| ("checks", name)),
            );
        }
    }
    found
}
