//! Keys and types: what flyctl refuses, and what it drops without a word.

use super::{Case, either, stranger};
use crate::fly::document::{Node, Value};
use crate::fly::schema::{Discord, Oddity, walk};
use crate::fly::sheet::Sheet;

/// The signals Fly can stop an app with: those of the reference and of the Machines API.
const SIGNALS: &[&str] = &[
    "SIGINT", "SIGTERM", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGKILL", "SIGSTOP",
];

pub(super) fn check(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    for discord in &walk(case.root) {
        report(discord, sheet);
    }
    stop_modes(case, sheet);
    words(case, sheet);
    compression(case, sheet);
    region(case, sheet);
}

fn report(discord: &Discord<'_>, sheet: &mut Sheet<'_, '_>) {
    let key = sheet.quote(discord.key, &discord.key_span);
    let content = format!(
        "{}.{}",
        discord.place,
        if key == "(masked)" { "" } else { discord.key }
    );
    let place = if discord.place.is_empty() {
        "at the top of the file".to_owned()
    } else {
        format!("in `{}`", discord.place)
    };
    let at = Some(&discord.span);
    match &discord.oddity {
        Oddity::Unknown(hint) => {
            let note = sheet.add(
                "fly-unknown-key",
                at,
                content,
                format!("flyctl knows no key {key} {place} and drops it without a word"),
            );
            if let Some(hint) = hint {
                note.help(hint.clone());
            }
        }
        Oddity::Dead => {
            let message =
                format!("{key} {place} was for Fly's first platform; nothing reads it any more");
            sheet.add("fly-legacy-key", at, content, message);
        }
        Oddity::Case(right) => {
            let message = format!(
                "{key} {place} is written `{right}`; flyctl happens to accept it, other readers need not"
            );
            sheet.add("fly-key-case", at, content, message);
        }
        Oddity::Type { wanted, found } => {
            let message =
                format!("{key} {place} must be {wanted}, not {found}: flyctl refuses the file");
            sheet.add("fly-wrong-type", at, content, message);
        }
    }
}

/// `auto_stop_machines` is not in the model when flyctl would not take it.
fn stop_modes(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let http = case.root.field("http_service").into_iter();
    let services = case
        .root
        .field("services")
        .into_iter()
        .flat_map(Node::tables);
    for (index, service) in http.chain(services).enumerate() {
        let Some(node) = service.field("auto_stop_machines") else {
            continue;
        };
        if let Value::Text(text) = &node.value
            && !matches!(text.as_str(), "off" | "stop" | "suspend")
        {
            let value = sheet.value(text, &node.span);
            let message = format!("`auto_stop_machines` = {value}: flyctl refuses the file");
            sheet
                .add(
                    "fly-value-invalid",
                    Some(&node.span),
                    format!("auto_stop_machines {index}"),
                    message,
                )
                .help("use \"off\", \"stop\" or \"suspend\"");
        }
    }
}

/// Regions come and go, but each is a code of three letters (<https://fly.io/docs/reference/regions/>).
fn region(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let Some(region) = &case.config.primary_region else {
        return;
    };
    let code =
        region.value.len() == 3 && region.value.bytes().all(|byte| byte.is_ascii_alphabetic());
    // A template that is filled in before the deploy.
    let template = region.value.contains(['{', '<', '$', '%']);
    if code || template {
        return;
    }
    let value = sheet.value(&region.value, &region.span);
    let message = format!("`primary_region` = {value}: Fly's regions are codes of three letters");
    sheet
        .add(
            "fly-value-invalid",
            Some(&region.span),
            "primary_region",
            message,
        )
        .help("use the code of a region, such as `iad`; `fly platform regions` lists them");
}

fn compression(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let build = case.root.field("build");
    let Some(node) = build.and_then(|build| build.field("compression_level")) else {
        return;
    };
    if let Value::Int(level, _) = node.value
        && !(0..=9).contains(&level)
    {
        let message = format!("`build.compression_level` = {level}: flyctl takes 0 to 9");
        sheet
            .add("fly-value-invalid", Some(&node.span), "level", message)
            .help("use 0 to 9");
    }
}

/// Values out of a fixed list.
fn words(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let config = case.config;
    let mut found = Vec::new();
    let mut look = |what: &'static str, known: &'static [&'static str], spot| {
        found.extend(stranger(spot, known).map(|spot| (what, known, spot.clone())));
    };
    look(
        "deploy.strategy",
        &["canary", "rolling", "immediate", "bluegreen"],
        config.strategy.as_ref(),
    );
    look(
        "build.compression",
        &["gzip", "zstd"],
        config.compression.as_ref(),
    );
    look("kill_signal", SIGNALS, config.kill_signal.as_ref());
    for policy in &config.restarts {
        look(
            "restart.policy",
            &["always", "never", "on-failure"],
            Some(policy),
        );
    }
    for service in &config.services {
        look("protocol", &["tcp", "udp"], service.protocol.as_ref());
        look(
            "concurrency.type",
            &["connections", "requests"],
            service.concurrency.as_ref(),
        );
    }
    for vm in &config.vms {
        look(
            "persist_rootfs",
            &["never", "restart", "always"],
            vm.persist_rootfs.as_ref(),
        );
    }
    for (index, (what, known, spot)) in found.into_iter().enumerate() {
        let value = sheet.value(&spot.value, &spot.span);
        sheet
            .add(
                "fly-value-invalid",
                Some(&spot.span),
                format!("{what} {index}"),
                format!("`{what}` = {value}: Fly knows {}", either(known)),
            )
            .help(format!("use {}", either(known)));
    }
    for (index, check) in config
        .checks
        .iter()
        .enumerate()
        .filter(|(_, check)| check.kind.is_none())
    {
        let span = check
            .written_kind
            .as_ref()
            .map_or(&check.span, |kind| &kind.span);
        let message =
            "a check in `[checks]` needs `type = \"http\"` or `type = \"tcp\"`: the deploy fails";
        sheet
            .add(
                "fly-value-invalid",
                Some(span),
                format!("check type {index}"),
                message,
            )
            .help("say what the check does: `type = \"http\"` or `type = \"tcp\"`");
    }
}
