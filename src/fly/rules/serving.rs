//! Services, ports, process groups and the way a release goes out.

use super::Case;
use crate::fly::model::{Port, Service};
use crate::fly::sheet::Sheet;
use crate::policy::Severity;
use std::ops::Range;

/// Ports compared with each other, at most; a real file has a handful.
const PORTS: usize = 300;

pub(super) fn check(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    for service in &case.config.services {
        not_forced(case, service, sheet);
        ports(case, service, sheet);
        if service.processes.is_empty() && !case.config.processes.is_empty() {
            let message = format!(
                "`{}` does not say which process groups it is for, and this app has `[processes]`: flyctl refuses to deploy",
                service.place
            );
            sheet.add(
                "fly-service-without-processes",
                Some(&service.span),
                service.place.clone(),
                message,
            );
        }
    }
    listening(case, sheet);
    overlap(case, sheet);
    unknown_groups(case, sheet);
    strategy(case, sheet);
    builds(case, sheet);
    commands(case, sheet);
}

/// Plain HTTP that stays plain.
fn not_forced(case: &Case<'_>, service: &Service, sheet: &mut Sheet<'_, '_>) {
    let groups = case.groups_of(service);
    let Some(ruling) = case
        .rulings
        .app(&groups, |entry| entry.force_https)
        .filter(|ruling| ruling.value)
    else {
        return;
    };
    if service.http {
        let span = match &service.force_https {
            Some(force) if force.value => return,
            Some(force) => &force.span,
            None => &service.span,
        };
        if is_private(case, span, sheet) {
            return;
        }
        let how = if service.force_https.is_some() {
            "force_https = false"
        } else {
            "without `force_https`"
        };
        let message =
            format!("{how}: Fly answers plain HTTP on port 80 instead of redirecting it to HTTPS");
        sheet
            .add(
                "fly-http-not-forced",
                Some(span),
                service.place.clone(),
                message,
            )
            .by(ruling.by);
        return;
    }
    // Without a port that speaks TLS there is nowhere to redirect to, as for an app on a private network.
    let encrypted = |port: &Port| port.handles("tls") && port.handles("http");
    if !service.ports.iter().any(encrypted) {
        return;
    }
    let plain = |port: &&Port| port.handles("http") && !port.handles("tls") && !port.force_https;
    for port in service.ports.iter().filter(plain) {
        if is_private(case, &port.span, sheet) {
            continue;
        }
        let message = format!(
            "port {} of `{}` answers plain HTTP instead of redirecting it to HTTPS",
            port.range.0, service.place
        );
        sheet
            .add(
                "fly-http-not-forced",
                Some(&port.span),
                format!("{} {}", service.place, port.range.0),
                message,
            )
            .by(ruling.by);
    }
}

/// Whether the file shows that the app is reached over Flycast, Fly's private proxy, which speaks plain HTTP alone
/// (<https://fly.io/docs/networking/flycast/>): by the app's own private name anywhere, or by a comment at that place.
fn is_private(case: &Case<'_>, span: &Range<usize>, sheet: &Sheet<'_, '_>) -> bool {
    let app = case
        .config
        .app
        .as_ref()
        .map_or("", |app| app.value.as_str());
    let named = !app.is_empty() && sheet.mentions(&format!("{app}.flycast"));
    named || sheet.remarked(span, "flycast")
}

fn ports(case: &Case<'_>, service: &Service, sheet: &mut Sheet<'_, '_>) {
    let valid = |port: i64| (1..=65_535).contains(&port);
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
    for (index, port) in service.ports.iter().enumerate() {
        let (first, last) = port.range;
        if !valid(first) || !valid(last) || last < first {
            let message = match (first, last) {
                (0, 0) => format!("a port of `{place}` has no number"),
                (first, last) if first == last => {
                    format!("port {first} of `{place}`: ports are 1 to 65535")
                }
                (first, last) => {
                    format!("ports {first} to {last} of `{place}` are no range of ports")
                }
            };
            sheet.add(
                "fly-port-invalid",
                Some(&port.span),
                format!("{place} port {index}"),
                message,
            );
        }
    }
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

fn unknown_groups(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let groups = case.config.groups();
    for (index, (section, name)) in case.config.named_groups.iter().enumerate() {
        let own = name.value.is_empty() || groups.contains(&name.value.as_str());
        // `fly console` and release commands run machines of their own, and a size may be set for them.
        let of_flyctl =
            *section == "vm" && (name.value == "console" || name.value.starts_with("fly_app_"));
        if own || of_flyctl {
            continue;
        }
        let value = sheet.quote(&name.value, &name.span);
        let message = if case.config.processes.is_empty() {
            format!(
                "`{section}` is for process group {value}, and without `[processes]` there is only `app`"
            )
        } else {
            format!(
                "`{section}` is for process group {value}, which `[processes]` does not have: it applies to no machine"
            )
        };
        sheet.add(
            "fly-unknown-process",
            Some(&name.span),
            format!("{section} {index}"),
            message,
        );
    }
}

/// Strategies that do not go together with the rest of the file (<https://fly.io/docs/reference/configuration/#picking-a-deployment-strategy>).
fn strategy(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let Some(strategy) = &case.config.strategy else {
        return;
    };
    let checked = !case.config.checks.is_empty()
        || case
            .config
            .services
            .iter()
            .any(|service| !service.checks.is_empty());
    let message = match (strategy.value.as_str(), case.config.mounts.is_empty()) {
        (name @ ("canary" | "bluegreen"), false) => {
            format!("strategy = \"{name}\" does not work with volumes: the deploy fails")
        }
        ("bluegreen", true) if !checked => {
            "strategy = \"bluegreen\" needs a health check to know when to switch: the deploy fails"
                .to_owned()
        }
        _ => return,
    };
    sheet.add("fly-deploy-strategy", Some(&strategy.span), "", message);
}

fn builds(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    if let [first, .., last] = case.config.builds.as_slice() {
        let message = format!(
            "`[build]` names both `{}` and `{}`: flyctl warns and picks one",
            first.value, last.value
        );
        sheet.add("fly-build-ambiguous", Some(&last.span), "", message);
    }
}

/// Commands whose quotes do not close.
fn commands(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    for (key, command) in &case.config.commands {
        if let Some(what) = unclosed(command.value.expose()) {
            let message =
                format!("`{key}` {what}: flyctl cannot split it into words and refuses to deploy");
            sheet.add(
                "fly-command-invalid",
                Some(&command.span),
                key.clone(),
                message,
            );
        }
    }
}

/// What is left open at the end of a command, as a shell reads it.
fn unclosed(command: &[u8]) -> Option<&'static str> {
    let mut quote = None;
    let mut escaped = false;
    let mut in_word = false;
    let mut in_comment = false;
    for &byte in command {
        let blank = byte.is_ascii_whitespace();
        match (byte, quote) {
            _ if escaped => escaped = false,
            (b'\n', None) => in_comment = false,
            _ if in_comment => continue,
            (b'\\', None | Some(b'"')) => escaped = true,
            (b'"' | b'\'', None) => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            (b'#', None) if !in_word => in_comment = true,
            _ => {}
        }
        in_word = !blank;
    }
    match (escaped, quote) {
        (true, _) => Some("ends in a backslash"),
        (false, Some(_)) => Some("opens a quote that does not close"),
        (false, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_that_do_not_close() {
        for closed in [
            "",
            "bin/rails s",
            "sh -c 'a \"b'",
            "a \\' b",
            "echo # it's",
            "a#'b'",
            "\"a\\\"b\"",
            "'\\'",
        ] {
            assert_eq!(unclosed(closed.as_bytes()), None, "{closed}");
        }
        for open in ["sh -c 'a", "a\"", "it's", "a \\", "'a' \"b", "# x\n'"] {
            assert!(unclosed(open.as_bytes()).is_some(), "{open}");
        }
    }
}
