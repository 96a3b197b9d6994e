//! How many machines keep running, where, and what becomes of idle ones.

use super::{Case, either};
use crate::fly::model::{Service, Stop};
use crate::fly::sheet::Sheet;
use crate::fly::size::Memory;
use crate::policy::Severity;
use std::ops::Range;

/// A machine with more memory than this is not suspended
/// (<https://fly.io/docs/reference/suspend-resume/>).
const SUSPEND_LIMIT: Memory = Memory(2048);

/// Where a file gives none (<https://fly.io/docs/apps/concurrency/>).
const DEFAULT_SOFT_LIMIT: i64 = 20;

pub(super) fn check(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    for service in &case.config.services {
        unpaired(service, sheet);
        ignored(case, service, sheet);
        suspend(case, service, sheet);
        modes(case, service, sheet);
        too_few(case, service, sheet);
        limits(service, sheet);
    }
    region(case, sheet);
}

fn unpaired(service: &Service, sheet: &mut Sheet<'_, '_>) {
    let Some(start) = service.start.as_ref().filter(|start| !start.value) else {
        return;
    };
    if service.stop_mode() != Stop::Off {
        let mode = service.stop_mode().as_str();
        let message = format!(
            "auto_stop_machines = \"{mode}\" with auto_start_machines = false: idle machines stop, and no request starts them again"
        );
        sheet.add(
            "fly-auto-stop-unpaired",
            Some(&start.span),
            service.place.clone(),
            message,
        );
    }
}

fn ignored(case: &Case<'_>, service: &Service, sheet: &mut Sheet<'_, '_>) {
    let Some(least) = service
        .min_machines
        .as_ref()
        .filter(|least| least.value > 0)
    else {
        return;
    };
    let number = least.value;
    let content = service.place.clone();
    if service.stop_mode() == Stop::Off {
        let message = format!(
            "min_machines_running = {number} does nothing: with auto_stop_machines off, machines are never stopped"
        );
        sheet
            .add(
                "fly-min-machines-ignored",
                Some(&least.span),
                content,
                message,
            )
            .severity(Severity::Low)
            .help("set `auto_stop_machines` to \"stop\" or \"suspend\", or remove the line");
    } else if case.config.primary_region.is_none() {
        let message = format!(
            "min_machines_running = {number} counts machines of the primary region only, and this file names no `primary_region`"
        );
        sheet.add(
            "fly-min-machines-ignored",
            Some(&least.span),
            content,
            message,
        );
    }
}

fn suspend(case: &Case<'_>, service: &Service, sheet: &mut Sheet<'_, '_>) {
    let Some(stop) = service
        .stop
        .as_ref()
        .filter(|stop| stop.value == Stop::Suspend)
    else {
        return;
    };
    let big = case.groups_of(service).into_iter().find_map(|group| {
        let guest = case.config.guest(group).ok().flatten()?;
        (guest.memory > SUSPEND_LIMIT).then_some(guest.memory)
    });
    let why = match (
        big,
        case.config.swap_mb.as_ref().filter(|swap| swap.value > 0),
    ) {
        (Some(memory), _) => {
            format!("{memory} of memory are more than the {SUSPEND_LIMIT} Fly suspends")
        }
        (None, Some(swap)) => format!("swap_size_mb = {} rules it out", swap.value),
        (None, None) => return,
    };
    let message = format!("auto_stop_machines = \"suspend\" falls back to \"stop\": {why}");
    sheet.add(
        "fly-suspend-unavailable",
        Some(&stop.span),
        service.place.clone(),
        message,
    );
}

/// The modes the team allows.
fn modes(case: &Case<'_>, service: &Service, sheet: &mut Sheet<'_, '_>) {
    let ruling = case
        .rulings
        .app(&case.groups_of(service), |entry| entry.auto_stop.as_ref());
    let Some(ruling) = ruling.filter(|ruling| !ruling.value.contains(&service.stop_mode())) else {
        return;
    };
    // A value flyctl refuses is reported as such.
    if service.stop.is_none()
        && case.written(
            &["http_service", "services"],
            &service.span,
            "auto_stop_machines",
        )
    {
        return;
    }
    let allowed: Vec<&str> = ruling.value.iter().map(|mode| mode.as_str()).collect();
    let mode = service.stop_mode().as_str();
    let (span, how) = match &service.stop {
        Some(stop) => (&stop.span, format!("auto_stop_machines = \"{mode}\"")),
        None => (
            &service.span,
            format!("without auto_stop_machines it is \"{mode}\""),
        ),
    };
    let app = case.app(sheet);
    let message = format!(
        "{how}: {}; the policy allows {} for {app}",
        effect(service.stop_mode()),
        either(&allowed)
    );
    sheet
        .add("fly-auto-stop", Some(span), service.place.clone(), message)
        .by(ruling.by)
        .help(format!("set `auto_stop_machines` to {}", either(&allowed)));
}

fn effect(mode: Stop) -> &'static str {
    match mode {
        Stop::Off => "idle machines run on",
        Stop::Stop => "idle machines are stopped and start cold",
        Stop::Suspend => "idle machines are suspended",
    }
}

/// The team's least number of machines. With stopping off every machine there is keeps running; how many
/// there are is not in the file.
fn too_few(case: &Case<'_>, service: &Service, sheet: &mut Sheet<'_, '_>) {
    if service.stop_mode() == Stop::Off {
        return;
    }
    let Some(ruling) = case
        .rulings
        .app(&case.groups_of(service), |entry| entry.machines_min)
    else {
        return;
    };
    let runs = service.min_machines.as_ref().map_or(0, |least| least.value);
    if runs >= i64::from(ruling.value) {
        return;
    }
    let span: &Range<usize> = match (&service.min_machines, &service.stop) {
        (Some(least), _) => &least.span,
        (None, Some(stop)) => &stop.span,
        (None, None) => &service.span,
    };
    let app = case.app(sheet);
    let how = if service.min_machines.is_some() {
        "min_machines_running ="
    } else {
        "without min_machines_running it is"
    };
    let message = format!(
        "{how} {runs}: Fly stops idle machines down to {runs}; the policy asks for at least {} of {app}",
        ruling.value
    );
    sheet
        .add(
            "fly-too-few-machines",
            Some(span),
            service.place.clone(),
            message,
        )
        .by(ruling.by)
        .help(format!(
            "set `min_machines_running = {}`, or \"off\" for `auto_stop_machines`",
            ruling.value
        ));
}

/// A machine that is full before it counts as busy (<https://fly.io/docs/apps/concurrency/>).
fn limits(service: &Service, sheet: &mut Sheet<'_, '_>) {
    let Some(hard) = service.limits.hard.as_ref().filter(|hard| hard.value > 0) else {
        return;
    };
    let written = service.limits.soft.as_ref().filter(|soft| soft.value > 0);
    let soft = written.map_or(DEFAULT_SOFT_LIMIT, |soft| soft.value);
    if soft <= hard.value {
        return;
    }
    let how = if written.is_some() {
        "soft_limit ="
    } else {
        "without soft_limit it is"
    };
    let message = format!(
        "{how} {soft}, and hard_limit = {} ends traffic before: the machine is full and never counts as busy, so others are neither preferred nor started for it",
        hard.value
    );
    let note = sheet
        .add(
            "fly-soft-limit-above-hard",
            Some(&written.unwrap_or(hard).span),
            service.place.clone(),
            message,
        )
        .help(format!("set `soft_limit` below {}", hard.value));
    if written.is_none() {
        note.severity(Severity::Low);
    }
}

fn region(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let Some(ruling) = case
        .rulings
        .app(&case.config.groups(), |entry| entry.regions.as_ref())
    else {
        return;
    };
    let app = case.app(sheet);
    let allowed = either(ruling.value);
    match &case.config.primary_region {
        Some(region) if ruling.value.contains(&region.value) => {}
        Some(region) => {
            let name = sheet.value(&region.value, &region.span);
            let message = format!(
                "primary_region = {name}: new machines start there; the policy allows {allowed} for {app}"
            );
            sheet
                .add("fly-region-not-allowed", Some(&region.span), "", message)
                .by(ruling.by);
        }
        None => {
            let message = format!(
                "no `primary_region`: Fly takes the region nearest to who deploys; the policy allows {allowed} for {app}"
            );
            let span = case.config.app.as_ref().map(|app| app.span.clone());
            sheet
                .add("fly-region-not-allowed", span.as_ref(), "", message)
                .by(ruling.by);
        }
    }
}
