//! What runs against what the team's policy asks of the app, whatever the file says.

use super::difference::Found;
use super::{Expected, same_service};
use crate::fly::model::Stop;
use crate::fly::size::Memory;
use crate::stores::fly::FlyMachineConfig;

/// Compares one machine.
pub(super) fn of(
    expected: &Expected<'_>,
    group: &str,
    live: &FlyMachineConfig,
    found: &mut Found<'_>,
) {
    memory(expected, group, live, found);
    services(expected, group, live, found);
    variables(expected, live, found);
}

fn memory(expected: &Expected<'_>, group: &str, live: &FlyMachineConfig, found: &mut Found<'_>) {
    let Some(has) = live.memory_mb.and_then(|memory| u64::try_from(memory).ok()) else {
        return;
    };
    let vm = expected.config.vm_for(group);
    let guest = expected.config.guest(group).ok().flatten();
    let says = || Some((guest.as_ref()?.memory.to_string(), &vm?.span));
    let rulings = expected.rulings;
    let least = rulings.group(group, |entry| entry.memory_min);
    let most = rulings.group(group, |entry| entry.memory_max);
    let limits = [
        least
            .filter(|least| has < least.value.0)
            .map(|least| ("at least", least)),
        most.filter(|most| has > most.value.0)
            .map(|most| ("at most", most)),
    ];
    for (bound, ruling) in limits.into_iter().flatten() {
        let asks = format!("{bound} {}", ruling.value);
        found.policy("memory", asks, ruling.by, says(), Memory(has).to_string());
    }
}

/// Services of the file only: of one the file does not have nobody said how it should be.
fn services(expected: &Expected<'_>, group: &str, live: &FlyMachineConfig, found: &mut Found<'_>) {
    let modes = expected
        .rulings
        .group(group, |entry| entry.auto_stop.as_ref());
    let least = expected.rulings.group(group, |entry| entry.machines_min);
    for service in expected.config.services_of(group) {
        let Some(one) = live.services.iter().find(|one| same_service(service, one)) else {
            continue;
        };
        let port = one.internal_port.unwrap_or_default();
        let mode = one.stop.unwrap_or(Stop::Off);
        if let Some(ruling) = modes.filter(|ruling| !ruling.value.contains(&mode)) {
            let allowed: Vec<&str> = ruling.value.iter().map(|mode| mode.as_str()).collect();
            let span = service
                .stop
                .as_ref()
                .map_or(&service.span, |stop| &stop.span);
            found.policy(
                &format!("auto_stop_machines on port {port}"),
                allowed.join(" or "),
                ruling.by,
                Some((service.stop_mode().as_str().to_owned(), span)),
                mode.as_str().to_owned(),
            );
        }
        // With stopping off every machine there is keeps running.
        let runs = one.min_machines_running.unwrap_or(0);
        let few = least.filter(|least| mode != Stop::Off && runs < i64::from(least.value));
        if let Some(ruling) = few {
            let written = service.min_machines.as_ref();
            let says = written.map_or(0, |least| least.value).to_string();
            found.policy(
                &format!("min_machines_running on port {port}"),
                format!("at least {}", ruling.value),
                ruling.by,
                Some((says, written.map_or(&service.span, |least| &least.span))),
                runs.to_string(),
            );
        }
    }
}

/// Names the app needs. One that the file sets and Fly lacks is told as a difference of the file.
fn variables(expected: &Expected<'_>, live: &FlyMachineConfig, found: &mut Found<'_>) {
    let groups = expected.config.groups();
    let needed = expected
        .rulings
        .app(&groups, |entry| entry.env_required.as_ref());
    let (Some(ruling), Some(secrets)) = (needed, expected.secrets) else {
        return;
    };
    for name in ruling.value {
        let there = live.env.contains(name) || secrets.contains(name);
        if !there && expected.config.variable(name).is_none() {
            found.policy(
                &format!("variable {name}"),
                "one".to_owned(),
                ruling.by,
                None,
                "neither a variable nor a secret of that name".to_owned(),
            );
        }
    }
}
