//! What runs on Fly, as data: the machines of an app and what they were made with, to be held against its fly.toml.
//!
//! Environment variables have their names only. A machine whose host does not answer has no configuration here:
//! that is unknown, not missing.

use super::wire;
use crate::fly::model::Stop;
use std::collections::{BTreeMap, BTreeSet};

/// An app as it is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlyReality {
    /// Its name.
    pub app: String,
    /// Its machines by identifier: those of deployments, not the ones flyctl makes for a moment, and none that is
    /// destroyed.
    pub machines: Vec<FlyMachine>,
}

/// One machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlyMachine {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// `started`, `stopped`, `suspended` …
    pub state: String,
    /// Three letters.
    pub region: Option<String>,
    /// The process group; none where the configuration is not known.
    pub group: Option<String>,
    /// The release it runs.
    pub release: Option<u64>,
    /// Whether the host it is on answers.
    pub host: HostStatus,
    /// What it was made with; none where that is not known.
    pub config: Option<FlyMachineConfig>,
    /// Whether `config` is all of it, and not what Fly remembers of a host that does not answer.
    pub complete: bool,
    /// How its checks went last, by name.
    pub checks: Vec<FlyCheckStatus>,
}

/// Whether a host answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostStatus {
    /// It does.
    Ok,
    /// It does not.
    Unreachable,
    /// Fly does not know.
    Unknown,
}

/// How a check went last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlyCheckStatus {
    /// Its name.
    pub name: String,
    /// `passing`, `warning` or `critical`; none where Fly does not say.
    pub status: Option<String>,
}

/// What a machine was made with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlyMachineConfig {
    /// `shared` or `performance`.
    pub cpu_kind: Option<String>,
    /// Virtual CPUs.
    pub cpus: Option<i64>,
    /// Memory, MiB.
    pub memory_mb: Option<i64>,
    /// What the proxy sends to it.
    pub services: Vec<FlyService>,
    /// Checks beside services, by name.
    pub checks: BTreeMap<String, FlyCheck>,
    /// Names of the variables of `[env]`.
    pub env: BTreeSet<String>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlyService {
    /// `tcp` or `udp`.
    pub protocol: Option<String>,
    /// The port the app listens on.
    pub internal_port: Option<i64>,
    /// What becomes of idle machines.
    pub stop: Option<Stop>,
    /// Whether a request starts machines.
    pub start: Option<bool>,
    /// Machines kept running in the primary region.
    pub min_machines_running: Option<i64>,
    /// The ports the proxy listens on.
    pub ports: Vec<FlyPort>,
    /// Its checks.
    pub checks: Vec<FlyCheck>,
}

/// Ports the proxy listens on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlyPort {
    /// First and last.
    pub range: Option<(i64, i64)>,
    /// `http`, `tls` …
    pub handlers: Vec<String>,
    /// Whether plain HTTP is redirected.
    pub force_https: bool,
}

/// A health check. Times as Fly writes them (`15s`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlyCheck {
    /// `http` or `tcp`.
    pub kind: Option<String>,
    /// The port asked, where it is not the service's.
    pub port: Option<i64>,
    /// The path asked.
    pub path: Option<String>,
    /// Time between two.
    pub interval: Option<String>,
    /// Time until it counts as failed.
    pub timeout: Option<String>,
    /// Time after a start in which failures do not count.
    pub grace: Option<String>,
}

impl FlyReality {
    /// The machines of a process group, those of unknown group left out.
    pub fn of_group<'r>(&'r self, group: &'r str) -> impl Iterator<Item = &'r FlyMachine> {
        self.machines
            .iter()
            .filter(move |machine| machine.group.as_deref() == Some(group))
    }

    /// How many machines of a group are started in a region, or in all of them.
    #[must_use]
    pub fn started(&self, group: &str, region: Option<&str>) -> usize {
        self.of_group(group)
            .filter(|machine| {
                machine.state == "started"
                    && region.is_none_or(|region| machine.region.as_deref() == Some(region))
            })
            .count()
    }

    pub(super) fn new(app: &str, machines: Vec<wire::Machine>) -> Self {
        let mut machines: Vec<_> = machines
            .into_iter()
            .filter_map(FlyMachine::of_deployment)
            .collect();
        machines.sort_by(|one, other| one.id.cmp(&other.id));
        Self {
            app: app.to_owned(),
            machines,
        }
    }
}

impl FlyMachine {
    /// The machine; none for one that no deployment made or that is gone.
    fn of_deployment(machine: wire::Machine) -> Option<Self> {
        if matches!(machine.state.as_str(), "destroyed" | "destroying") {
            return None;
        }
        let complete = machine.config.is_some();
        let config = machine.config.or(machine.incomplete_config);
        let metadata = |key: &str| config.as_ref()?.metadata.get(key).cloned();
        let group = metadata("fly_process_group");
        // Of a machine without a configuration nobody knows whose it is: it stays, as unknown.
        let theirs = config.is_none() || metadata("fly_platform_version").as_deref() == Some("v2");
        if !theirs
            || group
                .as_deref()
                .is_some_and(|group| PASSING.contains(&group))
        {
            return None;
        }
        let mut checks: Vec<_> = machine
            .checks
            .into_iter()
            .map(|check| FlyCheckStatus {
                name: check.name.unwrap_or_default(),
                status: check.status,
            })
            .collect();
        checks.sort();
        Some(Self {
            id: machine.id,
            name: machine.name,
            state: machine.state,
            region: machine.region,
            release: metadata("fly_release_version").and_then(|version| version.parse().ok()),
            group,
            host: match machine.host_status.as_deref() {
                Some("unreachable") => HostStatus::Unreachable,
                Some("unknown") => HostStatus::Unknown,
                // Not told by older answers, which came from hosts that answer.
                Some("ok") | None => HostStatus::Ok,
                Some(_) => HostStatus::Unknown,
            },
            config: config.map(FlyMachineConfig::from),
            complete,
            checks,
        })
    }
}

impl From<wire::Config> for FlyMachineConfig {
    fn from(config: wire::Config) -> Self {
        let guest = config.guest.as_ref();
        Self {
            cpu_kind: guest.and_then(|guest| guest.cpu_kind.clone()),
            cpus: guest.and_then(|guest| guest.cpus),
            memory_mb: guest.and_then(|guest| guest.memory_mb),
            services: config.services.into_iter().map(FlyService::from).collect(),
            checks: config
                .checks
                .into_iter()
                .map(|(name, check)| (name, check.into()))
                .collect(),
            env: config.env.into_keys().collect(),
        }
    }
}

impl From<wire::Service> for FlyService {
    fn from(service: wire::Service) -> Self {
        Self {
            protocol: service.protocol,
            internal_port: service.internal_port,
            stop: service.autostop.map(|stop| match stop {
                wire::Autostop::Old(true) => Stop::Stop,
                wire::Autostop::Old(false) => Stop::Off,
                wire::Autostop::New(stop) => stop,
            }),
            start: service.autostart,
            min_machines_running: service.min_machines_running,
            ports: service.ports.into_iter().map(FlyPort::from).collect(),
            checks: service.checks.into_iter().map(FlyCheck::from).collect(),
        }
    }
}

impl From<wire::Port> for FlyPort {
    fn from(port: wire::Port) -> Self {
        Self {
            range: match (port.port, port.start_port, port.end_port) {
                (Some(port), ..) => Some((port, port)),
                (None, Some(first), Some(last)) => Some((first, last)),
                _ => None,
            },
            handlers: port.handlers,
            force_https: port.force_https.unwrap_or(false),
        }
    }
}

impl From<wire::Check> for FlyCheck {
    fn from(check: wire::Check) -> Self {
        Self {
            kind: check.kind,
            port: check.port,
            path: check.path,
            interval: check.interval,
            timeout: check.timeout,
            grace: check.grace_period,
        }
    }
}

/// Groups of machines that flyctl makes for one task.
const PASSING: [&str; 3] = [
    "fly_app_release_command",
    "fly_app_console",
    "fly_app_test_machine_command",
];
