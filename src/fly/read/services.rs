//! Services and checks.

use super::value::{digits, flag, int, names, sections, text, time};
use crate::fly::document::{Node, Value, label};
use crate::fly::model::{Check, CheckKind, Limits, Port, Service, Spot, Stop};
use crate::fly::time::Unit;
use std::ops::Range;

pub(super) fn services(root: &Node) -> Vec<Service> {
    let mut found = Vec::new();
    if let Some(entry) = root
        .field_entry("http_service")
        .filter(|entry| matches!(entry.value.value, Value::Map(_)))
    {
        let mut service = service(
            &entry.value,
            "http_service".into(),
            entry.value.span.clone(),
            true,
        );
        let force_https = service
            .force_https
            .as_ref()
            .is_some_and(|force| force.value);
        let port = |number, handlers: &[&str], force_https| Port {
            range: (number, number),
            span: entry.value.span.clone(),
            handlers: handlers
                .iter()
                .map(|&handler| Spot {
                    value: handler.to_owned(),
                    span: entry.value.span.clone(),
                })
                .collect(),
            force_https,
        };
        service.ports = vec![
            port(80, &["http"], force_https),
            port(443, &["http", "tls"], false),
        ];
        found.push(service);
    }
    for (index, node) in sections(root, "services").enumerate() {
        if !node.entries().is_empty() {
            found.push(service(
                node,
                format!("services[{index}]"),
                node.span.clone(),
                false,
            ));
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
        &[
            ("tcp_checks", CheckKind::Tcp, Unit::Milliseconds),
            ("http_checks", CheckKind::Http, Unit::Milliseconds),
        ]
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
        stop: node.field("auto_stop_machines").and_then(stop),
        start: flag(node, "auto_start_machines"),
        min_machines: int(node, "min_machines_running"),
        ports: sections(node, "ports").map(port).collect(),
        force_https: flag(node, "force_https"),
        concurrency: node
            .field("concurrency")
            .and_then(|node| text(node, "type")),
        limits: node.field("concurrency").map(limits).unwrap_or_default(),
        checks,
        processes,
    }
}

fn limits(node: &Node) -> Limits {
    let Some((soft, hard)) = node.string().and_then(pair) else {
        return Limits {
            soft: int(node, "soft_limit"),
            hard: int(node, "hard_limit"),
        };
    };
    let spot = |value| {
        Some(Spot {
            value,
            span: node.span.clone(),
        })
    };
    Limits {
        soft: spot(soft),
        hard: spot(hard),
    }
}

/// The older notation of limits, `"soft,hard"`, as flyctl reads it.
pub(crate) fn pair(text: &str) -> Option<(i64, i64)> {
    let (soft, hard) = text.split_once(',')?;
    Some((soft.parse().ok()?, hard.parse().ok()?))
}

/// The modes flyctl takes; none for anything else.
fn stop(node: &Node) -> Option<Spot<Stop>> {
    let value = match &node.value {
        Value::Bool(true) => Stop::Stop,
        Value::Bool(false) => Stop::Off,
        Value::Text(text) => match text.as_str() {
            "off" => Stop::Off,
            "stop" => Stop::Stop,
            "suspend" => Stop::Suspend,
            _ => return None,
        },
        _ => return None,
    };
    Some(Spot {
        value,
        span: node.span.clone(),
    })
}

fn port(node: &Node) -> Port {
    let single = digits(node, "port");
    let first = single.clone().or_else(|| int(node, "start_port"));
    let last = single
        .or_else(|| int(node, "end_port"))
        .or_else(|| first.clone());
    let value = |spot: &Option<Spot<i64>>| spot.as_ref().map_or(0, |spot| spot.value);
    Port {
        range: (value(&first), value(&last)),
        span: first
            .as_ref()
            .map_or_else(|| node.span.clone(), |spot| spot.span.clone()),
        handlers: names(node, "handlers"),
        force_https: flag(node, "force_https").is_some_and(|force| force.value),
    }
}

fn check(
    node: &Node,
    place: String,
    unit: Unit,
    kind: Option<CheckKind>,
    processes: &[Spot<String>],
) -> Check {
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

pub(super) fn top_checks(root: &Node) -> Vec<Check> {
    let Some(node) = root.field("checks") else {
        return Vec::new();
    };
    let named: Vec<(String, &Node)> = match &node.value {
        Value::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.clone(), &entry.value))
            .collect(),
        _ => node
            .tables()
            .map(|item| {
                (
                    text(item, "name").map_or_else(String::new, |name| name.value),
                    item,
                )
            })
            .collect(),
    };
    let tables = named
        .into_iter()
        .filter(|(_, node)| matches!(node.value, Value::Map(_)));
    tables
        .map(|(name, node)| {
            let written_kind = text(node, "type");
            let kind = match written_kind.as_ref().map(|kind| kind.value.as_str()) {
                Some("http") => Some(CheckKind::Http),
                Some("tcp") => Some(CheckKind::Tcp),
                _ => None,
            };
            let base = check(
                node,
                format!("checks.{}", label(&name)),
                Unit::Milliseconds,
                kind,
                &names(node, "processes"),
            );
            Check {
                written_kind,
                top: true,
                port: int(node, "port"),
                ..base
            }
        })
        .collect()
}
