//! Ports: those the proxy listens on, the one the app listens on, and what stands between.

use super::{Case, either};
use crate::fly::model::{Port, Service};
use crate::fly::sheet::Sheet;
use crate::policy::Severity;

/// Ports compared with each other, at most; a real file has a handful.
const PORTS: usize = 300;

/// What Fly's proxy can do with the connections of a port (<https://fly.io/docs/networking/services/#connection-handlers>).
const HANDLERS: [&str; 4] = ["http", "tls", "pg_tls", "proxy_proto"];

pub(super) fn check(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    for service in &case.config.services {
        if service.ports.is_empty() {
            unreachable(case, service, sheet);
        } else {
            inside(case, service, sheet);
        }
        for (index, port) in service.ports.iter().enumerate() {
            numbers(service, index, port, sheet);
            handlers(service, index, port, sheet);
            unmapped(service, index, port, sheet);
        }
    }
    listening(case, sheet);
    overlap(case, sheet);
}

/// A service that nothing can reach. For its checks alone a section of their own is there.
fn unreachable(case: &Case<'_>, service: &Service, sheet: &mut Sheet<'_, '_>) {
    // Of another type: reported as such.
    if case.written(&["services"], &service.span, "ports") {
        return;
    }
    let place = &service.place;
    let strayed =
        service.internal_port.is_none() && case.config.services.iter().any(|one| one.http);
    let (severity, what, help) = if service.checks.is_empty() {
        (
            Severity::Low,
            "nothing reaches the app through it",
            "add `[[services.ports]]`, or remove the section",
        )
    } else if strayed {
        (
            Severity::Medium,
            "it is a service of its own, and its checks are not those of `[http_service]`",
            "write the checks of `[http_service]` as `[[http_service.checks]]`",
        )
    } else {
        (
            Severity::Low,
            "only its checks are of use",
            "write checks that belong to no service in `[checks]`",
        )
    };
    let message = format!("`{place}` has no `[[services.ports]]`, of which flyctl warns: {what}");
    sheet
        .add(
            "fly-port-invalid",
            Some(&service.span),
            format!("{place} none"),
            message,
        )
        .severity(severity)
        .help(help);
}

/// The port the app listens on.
fn inside(case: &Case<'_>, service: &Service, sheet: &mut Sheet<'_, '_>) {
    let place = &service.place;
    match &service.internal_port {
        Some(port) if !valid(port.value) => {
            let message = format!("internal_port = {}: ports are 1 to 65535", port.value);
            sheet.add(
                "fly-port-invalid",
                Some(&port.span),
                format!("{place} internal"),
                message,
            );
        }
        // Of another type: reported as such.
        None if case.written(
            &["http_service", "services"],
            &service.span,
            "internal_port",
        ) => {}
        Some(_) => {}
        None => {
            let message = format!(
                "`{place}` has no `internal_port`: Fly does not know where the app listens"
            );
            sheet
                .add(
                    "fly-port-invalid",
                    Some(&service.span),
                    format!("{place} internal"),
                    message,
                )
                .severity(Severity::Medium);
        }
    }
}

fn numbers(service: &Service, index: usize, port: &Port, sheet: &mut Sheet<'_, '_>) {
    let place = &service.place;
    let (first, last) = port.range;
    if valid(first) && valid(last) && first <= last {
        return;
    }
    let message = match (first, last) {
        (0, 0) => format!("a port of `{place}` has no number"),
        (first, last) if first == last => {
            format!("port {first} of `{place}`: ports are 1 to 65535")
        }
        (first, last) => format!("ports {first} to {last} of `{place}` are no range of ports"),
    };
    sheet.add(
        "fly-port-invalid",
        Some(&port.span),
        format!("{place} port {index}"),
        message,
    );
}

/// What is done with the connections of a port.
fn handlers(service: &Service, index: usize, port: &Port, sheet: &mut Sheet<'_, '_>) {
    if service.http {
        return;
    }
    let place = &service.place;
    let content = format!("{place} handlers {index}");
    if let Some(odd) = port
        .handlers
        .iter()
        .find(|handler| !HANDLERS.contains(&handler.value.as_str()))
    {
        let value = sheet.value(&odd.value, &odd.span);
        let message = format!(
            "a port of `{place}` has the handler {value}: Fly's proxy has {}",
            either(&HANDLERS)
        );
        sheet
            .add("fly-value-invalid", Some(&odd.span), content, message)
            .severity(Severity::Medium)
            .help(format!("use {}", either(&HANDLERS)));
    } else if let (true, Some(first)) = (service.is_udp(), port.handlers.first()) {
        let message =
            format!("a port of `{place}` has handlers, and it is UDP: they are for TCP alone");
        sheet
            .add("fly-port-invalid", Some(&first.span), content, message)
            .severity(Severity::Medium)
            .help("remove `handlers`");
    } else if port.range == (443, 443) && port.handles("http") && !port.handles("tls") {
        let message = format!(
            "port 443 of `{place}` speaks plain HTTP, without the handler `tls`: no browser gets an answer there"
        );
        sheet
            .add("fly-port-invalid", Some(&port.span), content, message)
            .severity(Severity::Medium)
            .help("set `handlers = [\"tls\", \"http\"]`");
    }
}

/// UDP goes to the app on the port it came in on (<https://fly.io/docs/networking/udp-and-tcp/>).
fn unmapped(service: &Service, index: usize, port: &Port, sheet: &mut Sheet<'_, '_>) {
    let Some(inside) = &service.internal_port else {
        return;
    };
    let (first, last) = port.range;
    if !service.is_udp() || first != last || !valid(first) || first == inside.value {
        return;
    }
    let message = format!(
        "internal_port = {}, and UDP that comes in on port {first} of `{}` goes to port {first} of the app: Fly rewrites no port of UDP",
        inside.value, service.place
    );
    sheet
        .add(
            "fly-port-invalid",
            Some(&inside.span),
            format!("{} udp {index}", service.place),
            message,
        )
        .severity(Severity::Medium)
        .help(format!(
            "listen on port {first}, and set `internal_port = {first}`"
        ));
}

fn valid(port: i64) -> bool {
    (1..=65_535).contains(&port)
}

/// `PORT`, from which most servers take the port they listen on, against where requests are sent.
fn listening(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let Some(told) = case.config.env.iter().find(|one| one.name.value == "PORT") else {
        return;
    };
    let value = std::str::from_utf8(told.value.expose()).ok();
    let Some(port) = value.and_then(|value| value.trim().parse::<i64>().ok()) else {
        return;
    };
    let services = case.config.services.iter();
    let sent: Option<Vec<i64>> = services
        .filter(|service| !service.is_udp())
        .map(|service| Some(service.internal_port.as_ref()?.value))
        .collect();
    // Of a service without a port it is said that it has none.
    let Some(sent) = sent.filter(|sent| !sent.is_empty() && !sent.contains(&port)) else {
        return;
    };
    let sent: Vec<String> = sent.iter().map(i64::to_string).collect();
    let message = format!(
        "`PORT` in `[env]` is {port}, and requests are sent to {}: what listens where `PORT` says gets none",
        sent.join(", ")
    );
    sheet
        .add("fly-port-invalid", Some(&told.value_span), "PORT", message)
        .severity(Severity::Medium)
        .help("give `internal_port` and `PORT` the same number");
}

/// Two services of one process group on one port.
fn overlap(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let all: Vec<(&Service, &Port)> = case
        .config
        .services
        .iter()
        .flat_map(|service| service.ports.iter().map(move |port| (service, port)))
        .take(PORTS)
        .collect();
    let groups = case.config.groups();
    let meet = |a: &Service, b: &Service| {
        std::ptr::eq(a, b)
            || groups.iter().any(|group| {
                case.config.applies(&a.processes, group) && case.config.applies(&b.processes, group)
            })
    };
    for (index, (service, port)) in all.iter().enumerate() {
        let twin = all.iter().take(index).find(|(other, taken)| {
            taken.range.0 <= port.range.1
                && port.range.0 <= taken.range.1
                && other.is_udp() == service.is_udp()
                && port.range.0 > 0
                && meet(other, service)
        });
        if let Some((other, _)) = twin {
            let message = format!(
                "port {} of `{}` is taken already by `{}`: only one of them gets the traffic",
                port.range.0, service.place, other.place
            );
            sheet.add(
                "fly-port-overlap",
                Some(&port.span),
                format!("{} {index}", service.place),
                message,
            );
        }
    }
}
