//! From the tree of a document to the model: every form flyctl takes becomes one.
//!
//! Lenient: what has a wrong type is left out here, and reported by the schema.

use super::document::{Entry, Kind, Node};
use super::model::{Check, CheckKind, Config, Mount, Port, Service, Spot, Stop, Variable, Vm};
use super::time::{Time, Unit};
use crate::finding::Secret;
use std::ops::Range;

/// Reads the model out of a document.
#[must_use]
pub fn config(root: &Node) -> Config {
    let experimental = root.get("experimental");
    let deploy = root.get("deploy");
    let build = root.get("build");
    let mut config = Config {
        app: text(root, "app"),
        primary_region: text(root, "primary_region").filter(|region| !region.value.is_empty()),
        swap_mb: int(root, "swap_size_mb"),
        kill_timeout: time(root, "kill_timeout", Unit::Seconds)
            .or_else(|| experimental.and_then(|node| time(node, "kill_timeout", Unit::Seconds))),
        processes: groups(root),
        services: services(root),
        checks: top_checks(root),
        vms: ["compute", "computes", "vm"].iter().flat_map(|name| sections(root, name)).map(vm).collect(),
        env: root.get("env").map(variables).unwrap_or_default(),
        build_args: build.and_then(|build| build.get("args")).map(variables).unwrap_or_default(),
        headers: Vec::new(),
        mounts: ["mount", "mounts"].iter().flat_map(|name| sections(root, name)).map(mount).collect(),
        secret_files: sections(root, "files").filter_map(|file| text(file, "secret_name")).collect(),
        restarts: sections(root, "restart").filter_map(|restart| text(restart, "policy")).collect(),
        strategy: deploy.and_then(|deploy| text(deploy, "strategy")).filter(|strategy| !strategy.value.is_empty()),
        times: Vec::new(),
        builds: build.map(builds).unwrap_or_default(),
        compression: build.and_then(|build| text(build, "compression")),
        named_groups: Vec::new(),
    };
    config.times = times(root);
    config.headers = headers(root);
    config.named_groups = named_groups(root);
    config
}

fn groups(root: &Node) -> Vec<Spot<String>> {
    let Some(node) = root.get("processes") else { return Vec::new() };
    match &node.kind {
        Kind::Table(entries) => entries.iter().map(|entry| Spot { value: entry.key.clone(), span: entry.key_span.clone() }).collect(),
        _ => node.tables().filter_map(|item| loose(item, "name")).collect(),
    }
}

fn services(root: &Node) -> Vec<Service> {
    let mut found = Vec::new();
    if let Some(entry) = root.entry("http_service").filter(|entry| matches!(entry.value.kind, Kind::Table(_))) {
        let mut service = service(&entry.value, "http_service".into(), entry.value.span.clone(), true);
        let force_https = service.force_https.as_ref().is_some_and(|force| force.value);
        let port = |number, handlers: &[&str], force_https| Port {
            range: (number, number),
            span: entry.value.span.clone(),
            handlers: handlers.iter().map(|&handler| handler.to_owned()).collect(),
            force_https,
        };
        service.ports = vec![port(80, &["http"], force_https), port(443, &["http", "tls"], false)];
        found.push(service);
    }
    for (index, node) in sections(root, "services").enumerate() {
        if !node.entries().is_empty() {
            found.push(service(node, format!("services[{index}]"), node.span.clone(), false));
        }
    }
    found
}

fn service(node: &Node, place: String, span: Range<usize>, http: bool) -> Service {
    let processes = names(node, "processes");
    let mut checks = Vec::new();
    let kinds: &[_] = if http {
        &[("checks", CheckKind::Http, Unit::Nanoseconds)]
    } else {
        &[("tcp_checks", CheckKind::Tcp, Unit::Milliseconds), ("http_checks", CheckKind::Http, Unit::Milliseconds)]
    };
    for (name, kind, unit) in kinds {
        for (index, item) in sections(node, name).enumerate() {
            let place = format!("{place}.{name}[{index}]");
            checks.push(check(item, place, *unit, Some(*kind), &processes));
        }
    }
    Service {
        place,
        span,
        http,
        protocol: text(node, "protocol"),
        internal_port: digits(node, "internal_port"),
        stop: node.get("auto_stop_machines").and_then(stop),
        start: flag(node, "auto_start_machines"),
        min_machines: int(node, "min_machines_running"),
        ports: sections(node, "ports").map(port).collect(),
        force_https: flag(node, "force_https"),
        concurrency: node.get("concurrency").and_then(|node| text(node, "type")),
        checks,
        processes,
    }
}

/// The modes flyctl takes; none for anything else.
fn stop(node: &Node) -> Option<Spot<Stop>> {
    let value = match &node.kind {
        Kind::Bool(true) => Stop::Stop,
        Kind::Bool(false) => Stop::Off,
        Kind::Text(text) => match text.as_str() {
            "off" => Stop::Off,
            "stop" => Stop::Stop,
            "suspend" => Stop::Suspend,
            _ => return None,
        },
        _ => return None,
    };
    Some(Spot { value, span: node.span.clone() })
}

fn port(node: &Node) -> Port {
    let single = digits(node, "port");
    let first = single.clone().or_else(|| int(node, "start_port"));
    let last = single.or_else(|| int(node, "end_port")).or_else(|| first.clone());
    let value = |spot: &Option<Spot<i64>>| spot.as_ref().map_or(0, |spot| spot.value);
    Port {
        range: (value(&first), value(&last)),
        span: first.as_ref().map_or_else(|| node.span.clone(), |spot| spot.span.clone()),
        handlers: names(node, "handlers").into_iter().map(|spot| spot.value).collect(),
        force_https: flag(node, "force_https").is_some_and(|force| force.value),
    }
}

fn check(node: &Node, place: String, unit: Unit, kind: Option<CheckKind>, processes: &[Spot<String>]) -> Check {
    Check {
        place,
        span: node.span.clone(),
        kind,
        written_kind: None,
        top: false,
        port: None,
        path: text(node, "path"),
        interval: time(node, "interval", unit),
        timeout: time(node, "timeout", unit),
        grace: time(node, "grace_period", unit),
        processes: processes.to_vec(),
    }
}

fn top_checks(root: &Node) -> Vec<Check> {
    let Some(node) = root.get("checks") else { return Vec::new() };
    let named: Vec<(String, &Node)> = match &node.kind {
        Kind::Table(entries) => entries.iter().map(|entry| (entry.key.clone(), &entry.value)).collect(),
        _ => node.tables().map(|item| (text(item, "name").map_or_else(String::new, |name| name.value), item)).collect(),
    };
    let tables = named.into_iter().filter(|(_, node)| matches!(node.kind, Kind::Table(_)));
    tables
        .map(|(name, node)| {
            let written_kind = text(node, "type");
            let kind = match written_kind.as_ref().map(|kind| kind.value.as_str()) {
                Some("http") => Some(CheckKind::Http),
                Some("tcp") => Some(CheckKind::Tcp),
                _ => None,
            };
            let base = check(node, format!("checks.{name}"), Unit::Milliseconds, kind, &names(node, "processes"));
            Check { written_kind, top: true, port: int(node, "port"), ..base }
        })
        .collect()
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
    let keys = ["initial_size", "auto_extend_size_increment", "auto_extend_size_limit"];
    Mount {
        span: node.span.clone(),
        destination: text(node, "destination"),
        sizes: keys.into_iter().filter_map(|key| Some((key, loose(node, key).filter(|size| !size.value.is_empty())?))).collect(),
        retention: int(node, "snapshot_retention"),
        threshold: int(node, "auto_extend_size_threshold"),
        processes: names(node, "processes"),
    }
}

/// The variables of a table, or of the tables of the older `[[env]]`.
fn variables(node: &Node) -> Vec<Variable> {
    node.tables().flat_map(Node::entries).map(variable).collect()
}

fn variable(entry: &Entry) -> Variable {
    Variable {
        name: Spot { value: entry.key.clone(), span: entry.key_span.clone() },
        value: Secret::new(scalar(&entry.value).unwrap_or_default().as_bytes()),
        value_span: entry.value.span.clone(),
        nested: matches!(entry.value.kind, Kind::Table(_) | Kind::List(_)),
    }
}

fn headers(root: &Node) -> Vec<Variable> {
    let mut checks: Vec<&Node> = Vec::new();
    if let Some(service) = root.get("http_service") {
        checks.extend(sections(service, "checks"));
    }
    for service in sections(root, "services") {
        checks.extend(sections(service, "http_checks"));
    }
    if let Some(top) = root.get("checks") {
        match &top.kind {
            Kind::Table(entries) => checks.extend(entries.iter().map(|entry| &entry.value)),
            _ => checks.extend(top.tables()),
        }
    }
    let mut found = Vec::new();
    for headers in checks.into_iter().filter_map(|check| check.get("headers")) {
        match &headers.kind {
            Kind::Table(entries) => found.extend(entries.iter().map(variable)),
            _ => found.extend(headers.tables().filter_map(|item| {
                let (name, value) = (loose(item, "name")?, item.entry("value")?);
                Some(Variable { name, ..variable(value) })
            })),
        }
    }
    found
}

fn times(root: &Node) -> Vec<(String, Time)> {
    let mut found = Vec::new();
    let mut take = |node: &Node, key: &str, place: &str| {
        found.extend(time(node, key, Unit::Nanoseconds).map(|time| (format!("{place}.{key}"), time)));
    };
    if let Some(deploy) = root.get("deploy") {
        take(deploy, "wait_timeout", "deploy");
        take(deploy, "release_command_timeout", "deploy");
    }
    let owners = root.get("http_service").into_iter().chain(sections(root, "services")).chain([root]);
    for check in owners.flat_map(|owner| sections(owner, "machine_checks")) {
        take(check, "kill_timeout", "machine_checks");
    }
    found
}

fn builds(build: &Node) -> Vec<Spot<&'static str>> {
    let filled = |key: &'static str, value: &'static str| {
        let node = build.get(key)?;
        let empty = matches!(&node.kind, Kind::Text(text) if text.is_empty()) || matches!(&node.kind, Kind::List(items) if items.is_empty());
        (!empty).then(|| Spot { value, span: node.span.clone() })
    };
    let ways = [
        filled("image", "image"),
        filled("builder", "builder").or_else(|| filled("buildpacks", "buildpacks")),
        filled("dockerfile", "dockerfile").or_else(|| filled("build-target", "build-target")).or_else(|| filled("build_target", "build_target")),
        filled("builtin", "builtin"),
    ];
    ways.into_iter().flatten().collect()
}

/// Every group that a section names.
fn named_groups(root: &Node) -> Vec<(&'static str, Spot<String>)> {
    let mut found = Vec::new();
    for section in ["http_service", "services", "vm", "compute", "computes", "mounts", "mount", "metrics", "metric", "files", "restart"] {
        for node in sections(root, section) {
            found.extend(names(node, "processes").into_iter().map(|name| (section, name)));
        }
    }
    if let Some(Kind::Table(entries)) = root.get("checks").map(|node| &node.kind) {
        for entry in entries {
            found.extend(names(&entry.value, "processes").into_iter().map(|name| ("checks", name)));
        }
    }
    found
}

fn sections<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = &'n Node> + use<'n> {
    node.get(key).into_iter().flat_map(Node::tables)
}

fn text(node: &Node, key: &str) -> Option<Spot<String>> {
    let value = node.get(key)?;
    Some(Spot { value: value.text()?.to_owned(), span: value.span.clone() })
}

/// A scalar as Go writes it.
fn loose(node: &Node, key: &str) -> Option<Spot<String>> {
    let value = node.get(key)?;
    Some(Spot { value: scalar(value)?, span: value.span.clone() })
}

fn scalar(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Text(text) => Some(text.clone()),
        Kind::Int(number) => Some(number.to_string()),
        Kind::Float(number) => Some(number.to_string()),
        Kind::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn flag(node: &Node, key: &str) -> Option<Spot<bool>> {
    let value = node.get(key)?;
    match value.kind {
        Kind::Bool(flag) => Some(Spot { value: flag, span: value.span.clone() }),
        _ => None,
    }
}

fn int(node: &Node, key: &str) -> Option<Spot<i64>> {
    let value = node.get(key)?;
    let number = match value.kind {
        Kind::Int(number) => number,
        #[expect(clippy::cast_possible_truncation, reason = "a cast saturates; only whole numbers get here")]
        Kind::Float(number) if number.is_finite() && number.fract() == 0.0 => number as i64,
        _ => return None,
    };
    Some(Spot { value: number, span: value.span.clone() })
}

/// An integer, or a string of digits.
fn digits(node: &Node, key: &str) -> Option<Spot<i64>> {
    int(node, key).or_else(|| {
        let spot = text(node, key)?;
        Some(Spot { value: spot.value.parse().ok()?, span: spot.span })
    })
}

fn time(node: &Node, key: &str, unit: Unit) -> Option<Time> {
    node.get(key).and_then(|value| Time::read(value, unit))
}

fn names(node: &Node, key: &str) -> Vec<Spot<String>> {
    let Some(Kind::List(items)) = node.get(key).map(|value| &value.kind) else { return Vec::new() };
    items.iter().filter_map(|item| Some(Spot { value: item.text()?.to_owned(), span: item.span.clone() })).collect()
}
