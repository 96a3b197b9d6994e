//! Memory and CPUs: what machines get, against what Fly has and what the team asks.

use super::Case;
use crate::fly::machine::{
    DEFAULT_MEMORY, DEFAULT_SIZE, Decided, Guest, GuestError, Misfit, sizes,
};
use crate::fly::model::Vm;
use crate::fly::sheet::Sheet;
use crate::fly::size::{Memory, SizeError};
use crate::policy::Severity;
use std::ops::Range;

pub(super) fn check(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    for (index, vm) in case
        .config
        .vms
        .iter()
        .chain(&case.config.release_vm)
        .enumerate()
    {
        conflict(vm, index, sheet);
        match vm.guest() {
            Ok(guest) => misfit(vm, &guest, index, sheet),
            Err(error) => refused(&error, index, sheet),
        }
    }
    ignored(case, sheet);
    unset(case, sheet);
    limits(case, sheet);
}

/// A `[[vm]]` that another one keeps from every machine: of those without `processes` flyctl takes the first, of those
/// that name a group the last.
fn ignored(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let config = case.config;
    let groups = config.groups();
    for (index, vm) in config.vms.iter().enumerate() {
        let why = if vm.processes.is_empty() {
            let first = config.vms.iter().find(|other| other.processes.is_empty());
            if first.is_none_or(|first| std::ptr::eq(first, vm)) {
                continue;
            }
            "an earlier one names no `processes` either, and flyctl takes the first"
        } else {
            let later = |name: &str| {
                let mut rest = config.vms.iter().skip(index + 1);
                rest.any(|other| other.processes.iter().any(|spot| spot.value == name))
            };
            // Of a group that does not exist it is said that it does not.
            let taken = |name: &str| groups.contains(&name) && later(name);
            if !vm.processes.iter().all(|name| taken(&name.value)) {
                continue;
            }
            "later ones name the same `processes`, and flyctl takes the last"
        };
        sheet.add(
            "fly-vm-ignored",
            Some(&vm.span),
            format!("vm[{index}]"),
            format!("this [[vm]] holds for no machine: {why}"),
        );
    }
}

/// `memory` and `memory_mb` side by side.
fn conflict(vm: &Vm, index: usize, sheet: &mut Sheet<'_, '_>) {
    let (Some(text), Some(number)) = (
        &vm.memory,
        vm.memory_mb.as_ref().filter(|spot| spot.value != 0),
    ) else {
        return;
    };
    let Ok(wanted) = Memory::parse(&text.value) else {
        return;
    };
    let gets = Memory(u64::try_from(number.value).unwrap_or(0));
    if wanted == gets {
        return;
    }
    let memory = sheet.value(&text.value, &text.span);
    let whom = if vm.processes.is_empty() {
        "this app gets"
    } else {
        "these process groups get"
    };
    let message = format!(
        "memory_mb = {} wins over memory = {memory}: {whom} {gets}",
        number.value
    );
    let note = sheet.add(
        "fly-memory-conflict",
        Some(&number.span),
        format!("vm[{index}]"),
        message,
    );
    if gets > wanted {
        note.severity(Severity::Medium);
    }
}

fn refused(error: &GuestError, index: usize, sheet: &mut Sheet<'_, '_>) {
    match error {
        GuestError::Size(spot) => {
            let size = sheet.value(&spot.value, &spot.span);
            sheet
                .add(
                    "fly-size-unknown",
                    Some(&spot.span),
                    format!("vm[{index}]"),
                    format!("Fly has no machine of size {size}: the deploy fails"),
                )
                .help(format!("use one of {}", sizes()));
        }
        GuestError::Memory(spot, error) => {
            let memory = sheet.value(&spot.value, &spot.span);
            let why = match error {
                SizeError::NotASize => "is not a size flyctl can read",
                SizeError::Zero => "comes to 0 MB",
            };
            sheet.add(
                "fly-memory-invalid",
                Some(&spot.span),
                format!("vm[{index}]"),
                format!("memory = {memory} {why}: the deploy fails"),
            );
        }
    }
}

/// A machine Fly does not have.
fn misfit(vm: &Vm, guest: &Guest, index: usize, sheet: &mut Sheet<'_, '_>) {
    let Some(misfit) = guest.misfit() else { return };
    let Guest { cpus, memory, .. } = guest;
    let kind_span = vm.cpu_kind.as_ref().map_or(&vm.span, |spot| &spot.span);
    let kind = sheet.quote(&guest.cpu_kind, kind_span);
    let content = format!("vm[{index}]");
    let machine = format!(
        "{kind} with {cpus} CPU{}",
        if *cpus == 1 { "" } else { "s" }
    );
    match misfit {
        Misfit::CpuKind => {
            let message = format!(
                "cpu_kind = {kind}: Fly knows `shared` and `performance`; the deploy fails"
            );
            sheet.add("fly-cpus-invalid", Some(kind_span), content, message);
        }
        Misfit::Cpus(numbers) => {
            let numbers = numbers
                .iter()
                .map(i64::to_string)
                .collect::<Vec<_>>()
                .join(", ");
            let span = vm.cpus.as_ref().map_or(kind_span, |spot| &spot.span);
            let message =
                format!("cpus = {cpus}: {kind} machines have {numbers}; the deploy fails");
            sheet.add("fly-cpus-invalid", Some(span), content, message);
        }
        Misfit::Memory(least, most) => {
            let message = format!(
                "{} gives {memory}, and {machine} takes {least} to {most}: the deploy fails",
                origin(guest, sheet)
            );
            let span = place(vm, guest);
            sheet.add("fly-memory-out-of-range", Some(&span), content, message);
        }
        Misfit::Step(step) => {
            let message = format!(
                "{} gives {memory}, and memory of a {kind} machine comes in steps of {step}: the deploy fails",
                origin(guest, sheet)
            );
            let span = place(vm, guest);
            sheet.add("fly-memory-out-of-range", Some(&span), content, message);
        }
    }
}

/// No memory in the file: what `fly scale` set is kept, or new machines get Fly's smallest.
fn unset(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let bundles = case.bundles(|group| {
        let least = case.rulings.group(group, |entry| entry.memory_min);
        let key = (
            least.map(|ruling| ruling.value),
            least.map(|ruling| ruling.by.place.as_str()),
        );
        match case.config.vm_for(group) {
            None => Some((None, key)),
            Some(vm) => {
                let guest = vm.guest().ok().filter(|guest| guest.misfit().is_none())?;
                // Of another type than flyctl takes: reported as such.
                let lost = |key, read: bool| {
                    !read && case.written(&["vm", "compute", "computes"], &vm.span, key)
                };
                if lost("size", vm.size.is_some())
                    || lost("memory", vm.memory.is_some())
                    || lost("memory_mb", vm.memory_mb.is_some())
                {
                    return None;
                }
                matches!(guest.decided, Decided::Preset { written: false, .. })
                    .then(|| (Some(vm.span.clone()), key))
            }
        }
    });
    for ((span, (least, _)), groups) in bundles {
        let who = case.who(sheet, &groups);
        let mut message = match &span {
            None => format!(
                "no [[vm]] holds for {who}: a deploy leaves memory as it is, new machines get {DEFAULT_MEMORY} ({DEFAULT_SIZE})"
            ),
            Some(_) => format!(
                "[[vm]] names neither size nor memory: each deploy resets {who} to {DEFAULT_MEMORY}, the preset of {DEFAULT_SIZE}"
            ),
        };
        let severity = match (least, &span) {
            (Some(least), _) if least > DEFAULT_MEMORY => {
                message.push_str(&format!("; the policy asks for at least {least}"));
                Some(Severity::High)
            }
            // Fly's smallest machine may be what is meant.
            (_, None) => Some(Severity::Low),
            _ => None,
        };
        let ruling = groups
            .first()
            .and_then(|group| case.rulings.group(group, |entry| entry.memory_min));
        let mut note = sheet.add("fly-memory-unset", span.as_ref(), groups.join(","), message);
        if let Some(severity) = severity {
            note = note.severity(severity);
        }
        if let (Some(Severity::High), Some(ruling)) = (severity, ruling) {
            note.by(ruling.by);
        }
    }
}

/// The team's least and most.
fn limits(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let bundles = case.bundles(|group| {
        let guest = case.config.guest(group).ok().flatten()?;
        let vm = case.config.vm_for(group)?;
        // Reported as unset, with the same limit.
        let unset = matches!(guest.decided, Decided::Preset { written: false, .. })
            && guest.misfit().is_none();
        let least = case
            .rulings
            .group(group, |entry| entry.memory_min)
            .filter(|ruling| guest.memory < ruling.value && !unset);
        let most = case
            .rulings
            .group(group, |entry| entry.memory_max)
            .filter(|ruling| guest.memory > ruling.value);
        let (low, ruling) = least
            .map(|ruling| (true, ruling))
            .or(most.map(|ruling| (false, ruling)))?;
        Some((
            low,
            ruling.value,
            ruling.by.place.as_str(),
            vm.span.clone(),
            guest.memory,
        ))
    });
    for ((low, limit, _, _, gets), groups) in bundles {
        let Some(group) = groups.first() else {
            continue;
        };
        let (Some(vm), Ok(Some(guest))) = (case.config.vm_for(group), case.config.guest(group))
        else {
            continue;
        };
        let who = case.who(sheet, &groups);
        let origin = origin(&guest, sheet);
        let app = case.app(sheet);
        let (rule, message) = if low {
            (
                "fly-memory-below-minimum",
                format!(
                    "{origin} gives {who} {gets}; the policy asks for at least {limit} for {app}"
                ),
            )
        } else {
            (
                "fly-memory-above-maximum",
                format!("{origin} gives {who} {gets}; the policy allows at most {limit} for {app}"),
            )
        };
        let ruling = case.rulings.group(group, |entry| {
            if low {
                entry.memory_min
            } else {
                entry.memory_max
            }
        });
        let note = sheet.add(rule, Some(&place(vm, &guest)), groups.join(","), message);
        if let Some(ruling) = ruling {
            let bound = if low { "at least" } else { "at most" };
            note.by(ruling.by)
                .help(format!("set `memory` to {bound} {limit}, in one key only"));
        }
    }
}

/// Where the memory of a machine is decided.
fn place(vm: &Vm, guest: &Guest) -> Range<usize> {
    match &guest.decided {
        Decided::MemoryMb(spot) => spot.span.clone(),
        Decided::Memory(spot) => spot.span.clone(),
        Decided::Preset { .. } => vm
            .size
            .as_ref()
            .or(vm.gpu_kind.as_ref())
            .map_or_else(|| vm.span.clone(), |spot| spot.span.clone()),
    }
}

/// What decided it, as the file says it.
fn origin(guest: &Guest, sheet: &Sheet<'_, '_>) -> String {
    match &guest.decided {
        Decided::MemoryMb(spot) => format!("memory_mb = {}", spot.value),
        Decided::Memory(spot) => format!("memory = {}", sheet.value(&spot.value, &spot.span)),
        Decided::Preset { size, .. } => format!("the preset of {size}"),
    }
}
