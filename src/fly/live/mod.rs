//! What runs against what the file and the policy say: memory, CPUs, auto-stop, machines kept running, checks, names of variables.
//!
//! Pure: the store asks Fly, this compares. A machine whose host does not answer is unknown, and no difference.

mod asked;
mod difference;

use super::model::{Config, Service, Stop};
use super::policy::Rulings;
use crate::finding::Gap;
use crate::stores::fly::{
    FlyCheckStatus, FlyMachine, FlyMachineConfig, FlyReality, FlyService, HostStatus,
};
use crate::tree::{Draft, FileView};
use difference::{Differences, Found};
use std::collections::BTreeSet;

/// The rule of every difference.
pub const RULE: &str = "fly-drift";

/// What should run.
#[derive(Clone, Copy)]
pub struct Expected<'e> {
    /// What the file says.
    pub config: &'e Config,
    /// What the policy asks of this app.
    pub rulings: &'e Rulings<'e>,
    /// The names of its Fly secrets; none where they are not known.
    pub secrets: Option<&'e BTreeSet<String>>,
}

/// What is different, and what could not be seen.
#[derive(Debug, Default)]
pub struct Drift {
    /// Findings to be, in the file.
    pub drafts: Vec<Draft>,
    /// Machines nothing is known of.
    pub gaps: Vec<Gap>,
}

/// Compares a file, and what the policy asks of its app, with what runs.
#[must_use]
pub fn drift(file: &FileView<'_>, expected: &Expected<'_>, reality: &FlyReality) -> Drift {
    let config = expected.config;
    let mut out = Drift::default();
    // A machine of which not even that is known may be of any group: none is short of machines for sure.
    let all_told = reality
        .machines
        .iter()
        .all(|machine| machine.group.is_some());
    for group in config.groups() {
        let machines: Vec<&FlyMachine> = reality.of_group(group).collect();
        let mut found = Differences::default();
        if machines.is_empty() && all_told {
            let live = "none at all".to_owned();
            found
                .group()
                .file("machines", "a process group", None, live);
        }
        for machine in &machines {
            match machine
                .config
                .as_ref()
                .filter(|_| machine.complete && machine.host == HostStatus::Ok)
            {
                Some(live) => {
                    let mut found = found.of(&machine.id);
                    guest(config, group, live, &mut found);
                    services(config, group, live, &mut found);
                    variables(config, live, &mut found);
                    checks(config, group, machine, &mut found);
                    asked::of(expected, group, live, &mut found);
                    out.gaps.extend(untold(machine, live).map(|what| Gap {
                        what: format!("machine {} of fly:{}", machine.id, reality.app),
                        why: format!("Fly does not tell {what}"),
                    }));
                }
                None => out.gaps.push(Gap {
                    what: format!("machine {} of fly:{}", machine.id, reality.app),
                    why: "its host does not answer, so what it runs with is not known".into(),
                }),
            }
        }
        let answers = |machine: &&FlyMachine| machine.host == HostStatus::Ok;
        if !machines.is_empty() && all_told && machines.iter().all(answers) {
            running(expected, group, reality, &mut found.group());
        }
        out.drafts.extend(found.drafts(file, &reality.app, group));
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

fn guest(config: &Config, group: &str, live: &FlyMachineConfig, found: &mut Found<'_>) {
    // Without `[[vm]]` a deploy keeps the size the machines have.
    let Ok(Some(guest)) = config.guest(group) else {
        return;
    };
    let span = config.vm_for(group).map(|vm| &vm.span);
    if let Some(memory) = live
        .memory_mb
        .filter(|memory| u64::try_from(*memory).ok() != Some(guest.memory.0))
    {
        found.file(
            "memory",
            &guest.memory.to_string(),
            span,
            format!("{memory} MB"),
        );
    }
    if let Some(cpus) = live.cpus.filter(|cpus| *cpus != guest.cpus) {
        found.file("CPUs", &guest.cpus.to_string(), span, cpus.to_string());
    }
    if let Some(kind) = live
        .cpu_kind
        .as_ref()
        .filter(|kind| **kind != guest.cpu_kind)
    {
        found.file("CPU kind", &guest.cpu_kind, span, kind.clone());
    }
}

fn services(config: &Config, group: &str, live: &FlyMachineConfig, found: &mut Found<'_>) {
    for service in config.services_of(group) {
        let Some(port) = service.internal_port.as_ref() else {
            continue;
        };
        let same = |one: &&FlyService| same_service(service, one);
        match live.services.iter().find(same) {
            Some(one) => proxied(service, one, port.value, found),
            None => found.file(
                &format!("service on port {}", port.value),
                "a service",
                Some(&service.span),
                "none".into(),
            ),
        }
    }
}

/// Whether a service that runs is the one of the file: port and protocol are its name.
fn same_service(service: &Service, live: &FlyService) -> bool {
    let protocol = service.protocol.as_ref();
    let protocol = protocol.map_or("tcp", |protocol| protocol.value.as_str());
    let port = service.internal_port.as_ref();
    port.is_some_and(|port| live.internal_port == Some(port.value))
        && live
            .protocol
            .as_deref()
            .unwrap_or("tcp")
            .eq_ignore_ascii_case(protocol)
}

fn proxied(service: &Service, live: &FlyService, port: i64, found: &mut Found<'_>) {
    let (want, have) = (service.stop_mode(), live.stop.unwrap_or(Stop::Off));
    if want != have {
        let span = service
            .stop
            .as_ref()
            .map_or(&service.span, |stop| &stop.span);
        found.file(
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
        found.file(
            &format!("min_machines_running on port {port}"),
            &want.to_string(),
            Some(span),
            have.to_string(),
        );
    }
}

/// Names only: values of `[env]` are in plain text there, and may be secrets.
fn variables(config: &Config, live: &FlyMachineConfig, found: &mut Found<'_>) {
    for variable in config
        .env
        .iter()
        .filter(|variable| !live.env.contains(&variable.name.value))
    {
        found.file(
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
        found.file(
            &format!("variable {name}"),
            "none",
            None,
            "one of that name".into(),
        );
    }
}

/// On a machine that runs every check must pass, and those of the file must be there.
fn checks(config: &Config, group: &str, machine: &FlyMachine, found: &mut Found<'_>) {
    if machine.state != "started" {
        return;
    }
    if machine.checks.is_empty()
        && let Some(check) = config.checks_of(&[group]).next()
    {
        found.file("checks", "some", Some(&check.span), "none".into());
    }
    for check in &machine.checks {
        if let Some(status) = check
            .status
            .as_ref()
            .filter(|status| status.as_str() != "passing")
        {
            let what = format!("check {}", check.name);
            found.file(&what, "passing", None, status.clone());
        }
    }
}

/// What Fly says nothing of, and should.
fn untold(machine: &FlyMachine, live: &FlyMachineConfig) -> Option<&'static str> {
    let unknown = |check: &FlyCheckStatus| check.status.is_none();
    if live.memory_mb.is_none() {
        Some("how much memory it has")
    } else if machine.state == "started" && machine.checks.iter().any(unknown) {
        Some("how all of its checks go")
    } else {
        None
    }
}

fn running(expected: &Expected<'_>, group: &str, reality: &FlyReality, found: &mut Found<'_>) {
    let config = expected.config;
    let region = config.primary_region.as_ref();
    // Without one there may be fewer where it counts, never more.
    let what = match region {
        Some(region) => format!("machines started in {}", region.value),
        None => "machines started".to_owned(),
    };
    let started = reality.started(group, region.map(|region| region.value.as_str()));
    let few = |least: i64| i64::try_from(started).unwrap_or(i64::MAX) < least;
    let least = config
        .services_of(group)
        .filter_map(|service| service.min_machines.as_ref())
        .max_by_key(|least| least.value);
    if let Some(least) = least.filter(|least| few(least.value)) {
        let says = least.value.to_string();
        found.file(&what, &says, Some(&least.span), started.to_string());
    }
    let ruling = expected.rulings.group(group, |entry| entry.machines_min);
    let serves = config.services_of(group).next().is_some();
    if let Some(ruling) = ruling.filter(|ruling| serves && few(i64::from(ruling.value))) {
        let asks = format!("at least {}", ruling.value);
        let says = least.map(|least| (least.value.to_string(), &least.span));
        found.policy(&what, asks, ruling.by, says, started.to_string());
    }
}

#[cfg(test)]
mod tests;
