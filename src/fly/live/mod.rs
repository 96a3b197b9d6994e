//! What runs against what the file says: memory, CPUs, auto-stop, machines kept running, checks, names of variables.
//!
//! Pure: the store asks Fly, this compares. A machine whose host does not answer is unknown, and no difference.

use super::model::{Config, Service, Stop};
use crate::finding::Gap;
use crate::stores::fly::{FlyMachine, FlyMachineConfig, FlyReality, FlyService, HostStatus};
use crate::tree::{Draft, FileView};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The rule of every difference.
pub const RULE: &str = "fly-drift";

/// What is different, and what could not be seen.
#[derive(Debug, Default)]
pub struct Drift {
    /// Findings to be, in the file.
    pub drafts: Vec<Draft>,
    /// Machines nothing is known of.
    pub gaps: Vec<Gap>,
}

/// One difference, for all machines of a group that have it.
struct Difference {
    says: String,
    span: Option<Range<usize>>,
    live: BTreeSet<String>,
    machines: usize,
}

/// Compares a file with what runs of its app.
#[must_use]
pub fn drift(file: &FileView<'_>, config: &Config, reality: &FlyReality) -> Drift {
    let mut out = Drift::default();
    for group in config.groups() {
        let machines: Vec<&FlyMachine> = reality.of_group(group).collect();
        let mut found: BTreeMap<String, Difference> = BTreeMap::new();
        if machines.is_empty() {
            add(
                &mut found,
                "machines",
                "a process group",
                None,
                "none at all".into(),
            );
        }
        for machine in &machines {
            match machine
                .config
                .as_ref()
                .filter(|_| machine.complete && machine.host == HostStatus::Ok)
            {
                Some(live) => {
                    guest(config, group, live, &mut found);
                    services(config, group, live, &mut found);
                    variables(config, live, &mut found);
                    checks(machine, &mut found);
                }
                None => out.gaps.push(Gap {
                    what: format!("machine {} of fly:{}", machine.id, reality.app),
                    why: "its host does not answer, so what it runs with is not known".into(),
                }),
            }
        }
        if !machines.is_empty()
            && machines
                .iter()
                .all(|machine| machine.host == HostStatus::Ok)
        {
            running(config, group, reality, &mut found);
        }
        out.drafts.extend(
            found
                .into_iter()
                .map(|(what, one)| draft(file, &reality.app, group, &what, &one)),
        );
    }
    // Whose configuration is not known belongs to no group.
    out.gaps.extend(
        reality
            .machines
            .iter()
            .filter(|machine| machine.group.is_none())
            .map(|machine| Gap {
                what: format!("machine {} of fly:{}", machine.id, reality.app),
                why: "Fly does not tell its process group, so it was compared with nothing".into(),
            }),
    );
    out
}

fn add(
    found: &mut BTreeMap<String, Difference>,
    what: &str,
    says: &str,
    span: Option<&Range<usize>>,
    live: String,
) {
    let one = found.entry(what.to_owned()).or_insert_with(|| Difference {
        says: says.to_owned(),
        span: span.cloned(),
        live: BTreeSet::new(),
        machines: 0,
    });
    one.live.insert(live);
    one.machines += 1;
}

fn guest(
    config: &Config,
    group: &str,
    live: &FlyMachineConfig,
    found: &mut BTreeMap<String, Difference>,
) {
    // Without `[[vm]]` a deploy keeps the size the machines have.
    let Ok(Some(guest)) = config.guest(group) else {
        return;
    };
    let span = config.vm_for(group).map(|vm| &vm.span);
    if let Some(memory) = live
        .memory_mb
        .filter(|memory| u64::try_from(*memory).ok() != Some(guest.memory.0))
    {
        add(
            found,
            "memory",
            &guest.memory.to_string(),
            span,
            format!("{memory} MB"),
        );
    }
    if let Some(cpus) = live.cpus.filter(|cpus| *cpus != guest.cpus) {
        add(
            found,
            "CPUs",
            &guest.cpus.to_string(),
            span,
            cpus.to_string(),
        );
    }
    if let Some(kind) = live
        .cpu_kind
        .as_ref()
        .filter(|kind| **kind != guest.cpu_kind)
    {
        add(found, "CPU kind", &guest.cpu_kind, span, kind.clone());
    }
}

fn services(
    config: &Config,
    group: &str,
    live: &FlyMachineConfig,
    found: &mut BTreeMap<String, Difference>,
) {
    for service in config.services_of(group) {
        let Some(port) = service.internal_port.as_ref() else {
            continue;
        };
        let same = |one: &&FlyService| {
            one.internal_port == Some(port.value)
                && one
                    .protocol
                    .as_deref()
                    .unwrap_or("tcp")
                    .eq_ignore_ascii_case(
                        service
                            .protocol
                            .as_ref()
                            .map_or("tcp", |protocol| protocol.value.as_str()),
                    )
        };
        match live.services.iter().find(same) {
            Some(one) => proxied(service, one, port.value, found),
            None => add(
                found,
                &format!("service on port {}", port.value),
                "a service",
                Some(&service.span),
                "none".into(),
            ),
        }
    }
}

fn proxied(
    service: &Service,
    live: &FlyService,
    port: i64,
    found: &mut BTreeMap<String, Difference>,
) {
    let (want, have) = (service.stop_mode(), live.stop.unwrap_or(Stop::Off));
    if want != have {
        let span = service
            .stop
            .as_ref()
            .map_or(&service.span, |stop| &stop.span);
        add(
            found,
            &format!("auto_stop_machines on port {port}"),
            want.as_str(),
            Some(span),
            have.as_str().to_owned(),
        );
    }
    let want = service.min_machines.as_ref().map_or(0, |least| least.value);
    let have = live.min_machines_running.unwrap_or(0);
    if want != have {
        let span = service
            .min_machines
            .as_ref()
            .map_or(&service.span, |least| &least.span);
        add(
            found,
            &format!("min_machines_running on port {port}"),
            &want.to_string(),
            Some(span),
            have.to_string(),
        );
    }
}

/// Names only: values of `[env]` are in plain text there, and may be secrets.
fn variables(config: &Config, live: &FlyMachineConfig, found: &mut BTreeMap<String, Difference>) {
    for variable in config
        .env
        .iter()
        .filter(|variable| !live.env.contains(&variable.name.value))
    {
        add(
            found,
            &format!("variable {}", variable.name.value),
            "a variable",
            Some(&variable.name.span),
            "none".into(),
        );
    }
    // flyctl adds these itself.
    let own = |name: &&String| name.starts_with("FLY_") || *name == "PRIMARY_REGION";
    for name in live
        .env
        .iter()
        .filter(|name| !own(name) && config.variable(name).is_none())
    {
        add(
            found,
            &format!("variable {name}"),
            "none",
            None,
            "one of that name".into(),
        );
    }
}

fn checks(machine: &FlyMachine, found: &mut BTreeMap<String, Difference>) {
    let failing = machine
        .checks
        .iter()
        .filter(|check| check.status.as_deref() == Some("critical"));
    for check in failing.filter(|_| machine.state == "started") {
        add(
            found,
            &format!("check {}", check.name),
            "passing",
            None,
            "critical".into(),
        );
    }
}

fn running(
    config: &Config,
    group: &str,
    reality: &FlyReality,
    found: &mut BTreeMap<String, Difference>,
) {
    let Some(region) = config.primary_region.as_ref() else {
        return;
    };
    let least = config
        .services_of(group)
        .filter_map(|service| service.min_machines.as_ref())
        .max_by_key(|least| least.value);
    let Some(least) = least else {
        return;
    };
    let started = reality.started(group, &region.value);
    if i64::try_from(started).unwrap_or(i64::MAX) < least.value {
        add(
            found,
            &format!("machines started in {}", region.value),
            &least.value.to_string(),
            Some(&least.span),
            started.to_string(),
        );
    }
}

fn draft(file: &FileView<'_>, app: &str, group: &str, what: &str, one: &Difference) -> Draft {
    let live: Vec<&str> = one.live.iter().map(String::as_str).collect();
    let machines = crate::report::counted(one.machines as u64, "machine");
    let on = if what == "machines" || what.starts_with("machines ") {
        String::new()
    } else {
        format!(" on {machines}")
    };
    Draft {
        rule: RULE,
        path: file.path.clone(),
        mark: one.span.clone().map(|span| file.mark(span)),
        message: format!(
            "{what} of group `{group}` of `{app}`: the file has {}, Fly has {}{on}",
            one.says,
            live.join(" and ")
        ),
        help: None,
        content: format!("{app}\n{group}\n{what}"),
        severity: None,
        decided_by: None,
    }
}

#[cfg(test)]
mod tests;
