//! Services, process groups and the way a release goes out.

use super::Case;
use crate::fly::model::{Port, Service};
use crate::fly::sheet::Sheet;
use crate::policy::Severity;

pub(super) fn check(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    for service in &case.config.services {
        not_forced(case, service, sheet);
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
    unknown_groups(case, sheet);
    strategy(case, sheet);
    unavailable(case, sheet);
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
    if is_private(case) {
        return;
    }
    if service.http {
        let span = match &service.force_https {
            Some(force) if force.value => return,
            Some(force) => &force.span,
            None => &service.span,
        };
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

/// Whether a value of the file is the app's own name on Flycast, Fly's private proxy, which speaks plain HTTP alone
/// (<https://fly.io/docs/networking/flycast/>). A comment is no fact: who knows better says so with an exception.
fn is_private(case: &Case<'_>) -> bool {
    let app = case.config.app.as_ref().map(|app| app.value.as_str());
    let name = app
        .filter(|app| !app.is_empty())
        .map(|app| format!("{app}.flycast"));
    name.is_some_and(|name| case.root.any_text(&|text| has_word(text, &name)))
}

/// Whether a name stands in a text, as a whole word.
fn has_word(text: &str, name: &str) -> bool {
    let wordy = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + name.len()..).unwrap_or_default();
        !before.ends_with(wordy) && !after.starts_with(wordy)
    })
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

/// `max_unavailable` counts while machines are replaced in turn.
fn unavailable(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let deploy = case.root.field("deploy");
    let Some(limit) = deploy.and_then(|deploy| deploy.field("max_unavailable")) else {
        return;
    };
    if let Some(name @ ("immediate" | "bluegreen")) = case
        .config
        .strategy
        .as_ref()
        .map(|strategy| strategy.value.as_str())
    {
        let message =
            format!("max_unavailable does nothing with strategy = \"{name}\": flyctl ignores it");
        sheet
            .add(
                "fly-deploy-strategy",
                Some(&limit.span),
                "unavailable",
                message,
            )
            .severity(Severity::Low)
            .help("remove the line, or deploy with `rolling` or `canary`");
    }
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
