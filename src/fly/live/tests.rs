use super::*;
use crate::finding::{RepoPath, Veil};
use crate::fly::document::{Format, read};
use crate::fly::policy::Policies;

const FILE: &str = "app = \"acme\"\nprimary_region = \"fra\"\n[env]\nMODE = \"x\"\n[http_service]\ninternal_port = 8080\nauto_stop_machines = \"off\"\nmin_machines_running = 2\n[[vm]]\nmemory = \"2gb\"\ncpus = 1\ncpu_kind = \"shared\"\n";

fn machine(id: &str, memory: i64) -> FlyMachine {
    FlyMachine {
        id: id.into(),
        name: None,
        state: "started".into(),
        region: Some("fra".into()),
        group: Some("app".into()),
        release: None,
        host: HostStatus::Ok,
        config: Some(FlyMachineConfig {
            cpu_kind: Some("shared".into()),
            cpus: Some(1),
            memory_mb: Some(memory),
            services: vec![FlyService {
                protocol: Some("tcp".into()),
                internal_port: Some(8080),
                stop: Some(Stop::Off),
                min_machines_running: Some(2),
                ..FlyService::default()
            }],
            env: ["MODE", "FLY_PROCESS_GROUP", "PRIMARY_REGION"]
                .map(str::to_owned)
                .into(),
            ..FlyMachineConfig::default()
        }),
        complete: true,
        checks: Vec::new(),
    }
}

fn run(machines: Vec<FlyMachine>) -> (Vec<String>, usize) {
    run_with(FILE, "", None, machines)
}

/// With a file, `[[fly]]` entries and the names of secrets.
fn run_with(
    text: &str,
    policy: &str,
    secrets: Option<&[&str]>,
    machines: Vec<FlyMachine>,
) -> (Vec<String>, usize) {
    let (path, veil) = (RepoPath::new("fly.toml"), Veil::default());
    let file = FileView::new(&path, text.as_bytes(), &veil);
    let (root, flaws) = read(Format::Toml, text);
    assert!(flaws.is_empty());
    let reality = FlyReality {
        app: "acme".into(),
        machines,
    };
    let policies = Policies::new(entries(policy));
    let secrets = secrets.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    let config = crate::fly::read::config(&root);
    let expected = Expected {
        config: &config,
        rulings: &policies.of("acme", "fly.toml"),
        secrets: secrets.as_ref(),
    };
    let drift = drift(&file, &expected, &reality);
    (
        drift
            .drafts
            .into_iter()
            .map(|draft| {
                format!(
                    "{} {}",
                    draft.mark.map_or(0, |mark| mark.start.line),
                    draft.message
                )
            })
            .collect(),
        drift.gaps.len(),
    )
}

/// The team's entries.
fn entries(text: &str) -> Vec<crate::fly::AppPolicy> {
    let (table, errors) = toml::de::DeTable::parse_recoverable(text);
    assert!(errors.is_empty());
    let mut entries = Vec::new();
    for (_, value) in table.into_inner() {
        let list = crate::fly::AppPolicy::list(value, "stackguard.toml", text);
        entries.extend(list.expect("good entries"));
    }
    entries
}

#[test]
fn the_policy_counts_beside_the_file() {
    const POLICY: &str = "[[fly]]\napp = \"acme\"\nmemory_min = \"2gb\"\nauto_stop = [\"off\"]\nmachines_min = 2\nenv_required = [\"MODE\", \"KEY\", \"HOST\"]\n";
    let mut small = machine("a", 512);
    let live = small.config.as_mut().expect("set");
    live.services[0].stop = Some(Stop::Stop);
    live.services[0].min_machines_running = Some(1);
    let (found, gaps) = run_with(FILE, POLICY, Some(&["KEY"]), vec![small.clone()]);
    assert_eq!(
        found,
        [
            "7 auto_stop_machines on port 8080 of group `app` of `acme`: the file has off, the policy asks for off, Fly has stop on 1 machine",
            "8 machines started in fra of group `app` of `acme`: the file has 2, the policy asks for at least 2, Fly has 1",
            "9 memory of group `app` of `acme`: the file has 2 GB, the policy asks for at least 2 GB, Fly has 512 MB on 1 machine",
            "8 min_machines_running on port 8080 of group `app` of `acme`: the file has 2, the policy asks for at least 2, Fly has 1 on 1 machine",
            "0 variable HOST of group `app` of `acme`: the policy asks for one, Fly has neither a variable nor a secret of that name on 1 machine",
        ]
    );
    assert_eq!(gaps, 0);
    // A file that says nothing of machines leaves them as they are; the policy does not.
    let bare = "app = \"acme\"\n[env]\nMODE = \"x\"\n";
    let (found, _) = run_with(bare, POLICY, None, vec![small, machine("b", 2048)]);
    assert_eq!(
        found,
        [
            "0 memory of group `app` of `acme`: the policy asks for at least 2 GB, Fly has 512 MB on 1 machine"
        ]
    );
}

#[test]
fn a_machine_of_unknown_group_may_be_any() {
    let unknown = FlyMachine {
        group: None,
        config: None,
        complete: false,
        host: HostStatus::Unreachable,
        ..machine("u", 0)
    };
    // It may be the one that is missing: none of the group, or too few of it.
    assert_eq!(run(vec![unknown.clone()]), (Vec::new(), 1));
    assert_eq!(run(vec![machine("a", 2048), unknown]), (Vec::new(), 1));
    assert_eq!(run(vec![machine("a", 2048)]).0.len(), 1);
}

#[test]
fn what_is_as_written_is_no_drift() {
    assert_eq!(
        run(vec![machine("a", 2048), machine("b", 2048)]),
        (Vec::new(), 0)
    );
}

#[test]
fn both_values_are_told() {
    let mut changed = machine("b", 512);
    let live = changed.config.as_mut().expect("set");
    live.env = ["EXTRA".to_owned()].into();
    live.services[0].stop = Some(Stop::Suspend);
    live.services[0].min_machines_running = None;
    changed.state = "stopped".into();
    let (found, gaps) = run(vec![machine("a", 512), changed]);
    assert_eq!(
        found,
        [
            "7 auto_stop_machines on port 8080 of group `app` of `acme`: the file has off, Fly has suspend on 1 machine",
            "8 machines started in fra of group `app` of `acme`: the file has 2, Fly has 1",
            "9 memory of group `app` of `acme`: the file has 2 GB, Fly has 512 MB on 2 machines",
            "8 min_machines_running on port 8080 of group `app` of `acme`: the file has 2, Fly has 0 on 1 machine",
            "0 variable EXTRA of group `app` of `acme`: the file has none, Fly has one of that name on 1 machine",
            "4 variable MODE of group `app` of `acme`: the file has a variable, Fly has none on 1 machine",
        ]
    );
    assert_eq!(gaps, 0);
}

#[test]
fn checks_pass_and_are_there() {
    let checked = |status: Option<&str>| FlyMachine {
        checks: vec![FlyCheckStatus {
            name: "http".into(),
            status: status.map(str::to_owned),
        }],
        ..machine("a", 2048)
    };
    let text = format!("{FILE}[[http_service.checks]]\npath = \"/up\"\n")
        .replace("_running = 2", "_running = 1");
    let run = |machine: FlyMachine| {
        let mut machine = machine;
        let live = machine.config.as_mut().expect("set");
        live.services[0].min_machines_running = Some(1);
        run_with(&text, "", None, vec![machine])
    };
    let said = |what: &str| vec![format!("{what} on 1 machine")];
    for status in ["warning", "critical"] {
        let want = format!(
            "0 check http of group `app` of `acme`: the file has passing, Fly has {status}"
        );
        assert_eq!(run(checked(Some(status))), (said(&want), 0));
    }
    assert_eq!(run(checked(Some("passing"))), (Vec::new(), 0));
    assert_eq!(
        run(checked(None)),
        (Vec::new(), 1),
        "unknown is not passing"
    );
    let none = "13 checks of group `app` of `acme`: the file has some, Fly has none";
    assert_eq!(run(machine("a", 2048)), (said(none), 0));
    // One that is stopped is checked by nobody.
    let stopped = FlyMachine {
        state: "stopped".into(),
        ..machine("a", 2048)
    };
    assert!(
        run(stopped)
            .0
            .iter()
            .all(|said| !said.contains("checks of"))
    );
}

#[test]
fn memory_that_is_not_told_is_unknown() {
    let mut untold = machine("a", 2048);
    untold.config.as_mut().expect("set").memory_mb = None;
    assert_eq!(run(vec![untold, machine("b", 2048)]), (Vec::new(), 1));
}

/// Without a primary region nobody knows where a machine counts; there are too few where there are too few in all.
#[test]
fn without_a_region_all_machines_count() {
    let text = FILE.replace("primary_region = \"fra\"\n", "");
    let (found, _) = run_with(&text, "", None, vec![machine("a", 2048)]);
    assert_eq!(
        found,
        ["7 machines started of group `app` of `acme`: the file has 2, Fly has 1"]
    );
    let elsewhere = FlyMachine {
        region: Some("ams".into()),
        ..machine("b", 2048)
    };
    let both = vec![machine("a", 2048), elsewhere];
    assert_eq!(run_with(&text, "", None, both), (Vec::new(), 0));
}

#[test]
fn what_cannot_be_seen_is_unknown() {
    let unreachable = FlyMachine {
        host: HostStatus::Unreachable,
        ..machine("a", 512)
    };
    let unknown = FlyMachine {
        group: None,
        config: None,
        ..machine("b", 512)
    };
    assert_eq!(run(vec![unreachable, unknown]), (Vec::new(), 2));
    assert_eq!(
        run(Vec::new()).0,
        ["0 machines of group `app` of `acme`: the file has a process group, Fly has none at all"]
    );
}
