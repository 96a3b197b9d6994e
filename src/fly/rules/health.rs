//! Health checks: that there is one, that it asks for the right path, and that Fly runs it as written.

use super::{Case, either};
use crate::fly::model::{Check, CheckKind, Service};
use crate::fly::policy::Ruling;
use crate::fly::sheet::Sheet;
use crate::fly::time::{Time, Unit, shown};
use crate::policy::Severity;

pub(super) fn check(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    for service in &case.config.services {
        missing(case, service, sheet);
    }
    path(case, sheet);
    for check in case
        .config
        .services
        .iter()
        .flat_map(|service| &service.checks)
        .chain(&case.config.checks)
    {
        durations(check, sheet);
        relative(check, sheet);
        port(case, check, sheet);
    }
    for (key, time) in &case.config.times {
        timeout(key, time, sheet);
    }
    kill_timeout(case, sheet);
}

/// A service that gets traffic whatever its state.
fn missing(case: &Case<'_>, service: &Service, sheet: &mut Sheet<'_, '_>) {
    if service.is_udp() || service.ports.is_empty() || !service.checks.is_empty() {
        return;
    }
    let groups = case.groups_of(service);
    let ruling = case.rulings.app(&groups, |entry| entry.health_check);
    if ruling.is_none_or(|ruling| !ruling.value) {
        return;
    }
    let watched = case.config.checks.iter().any(|check| {
        groups
            .iter()
            .any(|group| case.config.applies(&check.processes, group))
    });
    let place = &service.place;
    let message = if watched {
        format!(
            "`{place}` has no check of its own: those in `[checks]` are watched, but Fly sends traffic to a machine that fails them"
        )
    } else {
        format!(
            "`{place}` has no health check: Fly sends traffic to a machine as soon as it has started, and a broken release replaces a good one"
        )
    };
    let path = case
        .rulings
        .app(&groups, |entry| entry.health_path.as_deref());
    let speaks_http = service.ports.iter().any(|port| port.handles("http"));
    let key = if service.http {
        "[[http_service.checks]]"
    } else if speaks_http || path.is_some() {
        "[[services.http_checks]]"
    } else {
        "[[services.tcp_checks]]"
    };
    let advice = path.map_or_else(
        || format!("add `{key}`"),
        |ruling| format!("add `{key}` with `path = \"{}\"`", ruling.value),
    );
    let mut note = sheet
        .add(
            "fly-no-health-check",
            Some(&service.span),
            place.clone(),
            message,
        )
        .help(advice);
    if watched {
        note = note.severity(Severity::Low);
    }
    if let Some(ruling) = path
        .map(|ruling| ruling.by)
        .or(ruling.map(|ruling| ruling.by))
    {
        note.by(ruling);
    }
}

/// The path the team asks for: one HTTP check of the groups the entry is for must ask for it.
fn path(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let ruling = |group: &str| {
        case.rulings
            .group(group, |entry| entry.health_path.as_deref())
    };
    for ((place, wanted), groups) in
        case.bundles(|group| ruling(group).map(|ruling| (ruling.by.place.as_str(), ruling.value)))
    {
        let Some(ruling) = groups.first().and_then(|group| ruling(group)) else {
            continue;
        };
        let checks: Vec<&Check> = case.config.checks_of(&groups).collect();
        let asked: Vec<&Check> = checks
            .iter()
            .copied()
            .filter(|check| check.kind == Some(CheckKind::Http))
            .collect();
        if asked.iter().any(|check| asks(check) == wanted) {
            continue;
        }
        wrong_path(
            case,
            &ruling,
            (place, wanted),
            &checks,
            &asked,
            &groups,
            sheet,
        );
    }
}

fn wrong_path(
    case: &Case<'_>,
    ruling: &Ruling<'_, &str>,
    (place, wanted): (&str, &str),
    checks: &[&Check],
    asked: &[&Check],
    groups: &[&str],
    sheet: &mut Sheet<'_, '_>,
) {
    let app = case.app(sheet);
    let content = format!("{place} {}", groups.join(","));
    let Some(first) = asked.first() else {
        let services = groups.iter().any(|group| {
            case.config
                .services_of(group)
                .any(|service| !service.is_udp())
        });
        if checks.is_empty() && services {
            // Reported as missing, with the path in the advice.
            return;
        }
        let (span, rule, what) = match checks.first() {
            Some(check) => (
                Some(&check.span),
                "fly-health-check-path",
                "only connections are checked",
            ),
            None => (
                case.config.app.as_ref().map(|app| &app.span),
                "fly-no-health-check",
                "there is no service and no check",
            ),
        };
        let message = format!("{what}; the policy asks for an HTTP check of `{wanted}` for {app}");
        sheet.add(rule, span, content, message).by(ruling.by);
        return;
    };
    let span = first.path.as_ref().map_or(&first.span, |path| &path.span);
    let found: Vec<String> = asked
        .iter()
        .map(|check| {
            check.path.as_ref().map_or_else(
                || "'/'".to_owned(),
                |path| sheet.value(&path.value, &path.span),
            )
        })
        .collect();
    let message = format!(
        "health checks ask for {}; the policy asks for `{wanted}` for {app}",
        found.join(", ")
    );
    sheet
        .add("fly-health-check-path", Some(span), content, message)
        .by(ruling.by)
        .help(format!("set `path = \"{wanted}\"`"));
}

/// The path a check asks for, without its query.
fn asks(check: &Check) -> &str {
    let path = check.path.as_ref().map_or("/", |path| path.value.as_str());
    path.split(['?', '#']).next().unwrap_or(path)
}

fn durations(check: &Check, sheet: &mut Sheet<'_, '_>) {
    let before = [
        ("interval", &check.interval),
        ("timeout", &check.timeout),
        ("grace_period", &check.grace),
    ];
    let mut clean = true;
    for (key, time) in before {
        if let Some(time) = time {
            clean &= duration(check, key, time, sheet);
        }
    }
    if let (true, Some(interval), Some(timeout)) = (clean, &check.interval, &check.timeout)
        && let (Some(every), Some(wait)) = (interval.seconds, timeout.seconds)
        && wait >= every
    {
        let message = format!(
            "`{}` waits {} for an answer and asks every {}: checks overlap",
            check.place,
            shown(wait),
            shown(every)
        );
        sheet
            .add(
                "fly-check-duration",
                Some(&timeout.span),
                format!("{} overlap", check.place),
                message,
            )
            .severity(Severity::Low)
            .help("make `timeout` shorter than `interval`");
    }
}

/// Reports one duration; true when there is nothing to say.
fn duration(check: &Check, key: &str, time: &Time, sheet: &mut Sheet<'_, '_>) -> bool {
    let content = format!("{}.{key}", check.place);
    let mut say = |severity, message: String| {
        let note = sheet.add(
            "fly-check-duration",
            Some(&time.span),
            content.clone(),
            message,
        );
        if let Some(severity) = severity {
            note.severity(severity);
        }
        false
    };
    let name = &check.place;
    let Some(seconds) = time.seconds else {
        return say(
            Some(Severity::High),
            format!(
                "`{key}` of `{name}` is not a duration such as \"10s\": flyctl refuses the file"
            ),
        );
    };
    let is = match time.assumed {
        None => format!("`{key}` of `{name}` is {}", shown(seconds)),
        Some(unit) => format!(
            "`{key}` of `{name}` is taken for {}, so it is {}",
            unit.as_str(),
            shown(seconds)
        ),
    };
    let zero_grace = key == "grace_period" && seconds == 0.0;
    match (check.top, key) {
        (true, "interval") if seconds < 2.0 => say(
            Some(Severity::High),
            format!("{is}: flyctl refuses less than 2 s"),
        ),
        (true, "timeout") if seconds > 60.0 => say(
            Some(Severity::High),
            format!("{is}: flyctl refuses more than 60 s"),
        ),
        (false, _) if seconds < 1.0 && !zero_grace => {
            say(None, format!("{is}: Fly raises it to 1 s"))
        }
        (false, _) if seconds > 60.0 => say(None, format!("{is}: Fly lowers it to 60 s")),
        _ if time.assumed == Some(Unit::Milliseconds) && !zero_grace => say(
            Some(Severity::Low),
            format!("{is}; a bare number means another unit elsewhere in this file"),
        ),
        _ => true,
    }
}

fn relative(check: &Check, sheet: &mut Sheet<'_, '_>) {
    let Some(path) = check
        .path
        .as_ref()
        .filter(|path| !path.value.is_empty() && !path.value.starts_with('/'))
    else {
        return;
    };
    let value = sheet.value(&path.value, &path.span);
    let message = format!(
        "path = {value} does not begin with `/`: the check asks for no page there is, and fails"
    );
    sheet.add(
        "fly-check-path-relative",
        Some(&path.span),
        check.place.clone(),
        message,
    );
}

fn port(case: &Case<'_>, check: &Check, sheet: &mut Sheet<'_, '_>) {
    if !check.top || check.port.is_some() {
        return;
    }
    let served = |group: &str| case.config.services_of(group).any(|service| service.http);
    let alone = case
        .config
        .groups()
        .into_iter()
        .find(|group| case.config.applies(&check.processes, group) && !served(group));
    if let Some(group) = alone {
        let who = case.who(sheet, &[group]);
        let message = format!(
            "`{}` names no port, and {who} has no `[http_service]` to take one from: the deploy fails",
            check.place
        );
        sheet.add(
            "fly-check-port-missing",
            Some(&check.span),
            check.place.clone(),
            message,
        );
    }
}

/// Durations of `[deploy]` and of machine checks.
fn timeout(key: &str, time: &Time, sheet: &mut Sheet<'_, '_>) {
    match (time.seconds, time.assumed) {
        (None, _) => {
            let message =
                format!("`{key}` is not a duration such as \"5m\": flyctl refuses the file");
            sheet
                .add("fly-timeout-invalid", Some(&time.span), key, message)
                .severity(Severity::High);
        }
        (Some(seconds), Some(unit)) => {
            let message = format!(
                "`{key}` is taken for {}, so it is {}",
                unit.as_str(),
                shown(seconds)
            );
            sheet.add("fly-timeout-invalid", Some(&time.span), key, message);
        }
        (Some(_), None) => {}
    }
}

/// Fly waits five minutes at most between the signal and the end (<https://fly.io/docs/reference/configuration/#kill_timeout-option>).
fn kill_timeout(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let Some(time) = &case.config.kill_timeout else {
        return;
    };
    match time.seconds {
        None => {
            let message =
                "`kill_timeout` is not a duration such as \"30s\": flyctl refuses the file";
            sheet
                .add(
                    "fly-timeout-invalid",
                    Some(&time.span),
                    "kill_timeout",
                    message,
                )
                .severity(Severity::High);
        }
        Some(seconds) if seconds > 300.0 => {
            let message = format!(
                "`kill_timeout` is {}: Fly waits 300 s at most",
                shown(seconds)
            );
            sheet
                .add(
                    "fly-timeout-invalid",
                    Some(&time.span),
                    "kill_timeout",
                    message,
                )
                .help(format!("use at most {}", either(&["300s"])));
        }
        Some(_) => {}
    }
}
