//! What runs, read from the machines of an app.

use super::{Contract, store};
use crate::fly::model::Stop;
use crate::policy::pack::expand;
use crate::stores::fixture::{Reply, Server};
use crate::stores::fly::reality::{FlyReality, HostStatus};
use serde_json::{Value, json};

/// A machine with everything in it that is read, and things that must not be.
fn machine(id: &str, secret: &str) -> Value {
    let check = json!({
        "type": "http", "port": 3000, "path": "/up", "interval": "15s", "timeout": "2s", "grace_period": "5s",
        "headers": [{"name": "Authorization", "values": [secret]}],
    });
    json!({
        "id": id, "name": "quiet-sea-1", "state": "started", "region": "fra", "host_status": "ok",
        "instance_id": "01", "private_ip": "fdaa::1",
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z",
        "config": {
            "image": "registry.fly.io/acme:1",
            "guest": {"cpu_kind": "shared", "cpus": 2, "memory_mb": 2048},
            "env": {"RAILS_ENV": "production", "TOKEN": secret},
            "metadata": {
                "fly_platform_version": "v2", "fly_process_group": "web", "fly_release_version": "12",
            },
            "services": [{
                "protocol": "tcp", "internal_port": 3000, "autostop": "suspend", "autostart": true,
                "min_machines_running": 1, "checks": [{"type": "tcp"}],
                "ports": [
                    {"port": 80, "handlers": ["http"], "force_https": true},
                    {"start_port": 443, "end_port": 444, "handlers": ["tls", "http"]},
                ],
            }],
            "checks": {"alive": check},
            "mounts": [{"volume": "vol_1", "path": "/data"}],
            "restart": {"policy": "on-failure"},
        },
        "checks": [{"name": "alive", "status": "passing", "output": secret, "updated_at": "2026-01-02T00:00:00Z"}],
    })
}

async fn reality(body: &Value) -> FlyReality {
    let server = Server::always(Reply::ok(body.to_string()));
    let reality = store(&server.origin, &[], None)
        .machines("acme")
        .await
        .expect("machines");
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    Contract::new().knows(&seen[0]);
    reality
}

#[tokio::test]
async fn everything_but_values_is_read() {
    let secret = expand("{base62:46}");
    let body = json!([machine("b", &secret), machine("a", &secret)]);
    Contract::new().answers("/v1/apps/acme/machines", &body);
    let reality = reality(&body).await;
    assert!(!format!("{reality:?}").contains(&secret));
    let ids: Vec<_> = reality
        .machines
        .iter()
        .map(|machine| machine.id.as_str())
        .collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(reality.started("web", Some("fra")), 2);
    assert_eq!(reality.started("web", Some("ams")), 0);
    assert_eq!(reality.started("worker", Some("fra")), 0);
    let machine = &reality.machines[0];
    assert_eq!(
        (machine.release, machine.host, machine.complete),
        (Some(12), HostStatus::Ok, true)
    );
    assert_eq!(machine.checks[0].status.as_deref(), Some("passing"));
    let config = machine.config.as_ref().expect("it is known");
    assert_eq!((config.cpus, config.memory_mb), (Some(2), Some(2048)));
    assert_eq!(config.cpu_kind.as_deref(), Some("shared"));
    assert_eq!(
        config.env.iter().collect::<Vec<_>>(),
        ["RAILS_ENV", "TOKEN"]
    );
    assert_eq!(config.checks["alive"].path.as_deref(), Some("/up"));
    assert_eq!(config.checks["alive"].grace.as_deref(), Some("5s"));
    let service = &config.services[0];
    assert_eq!(
        (service.stop, service.start),
        (Some(Stop::Suspend), Some(true))
    );
    assert_eq!(
        (service.internal_port, service.min_machines_running),
        (Some(3000), Some(1))
    );
    assert_eq!(service.checks.len(), 1);
    let ports: Vec<_> = service
        .ports
        .iter()
        .map(|port| (port.range, port.force_https))
        .collect();
    assert_eq!(ports, [(Some((80, 80)), true), (Some((443, 444)), false)]);
}

#[tokio::test]
async fn five_forms_of_autostop() {
    for (form, want) in [
        (json!(false), Some(Stop::Off)),
        (json!(true), Some(Stop::Stop)),
        (json!("off"), Some(Stop::Off)),
        (json!("stop"), Some(Stop::Stop)),
        (json!("suspend"), Some(Stop::Suspend)),
        (json!(null), None),
    ] {
        let mut one = machine("a", "x");
        one["config"]["services"][0]["autostop"] = form.clone();
        let reality = reality(&json!([one])).await;
        let config = reality.machines[0].config.as_ref().expect("it is known");
        assert_eq!(config.services[0].stop, want, "{form}");
    }
}

#[tokio::test]
async fn only_machines_of_deployments_count() {
    let with = |id: &str, change: &dyn Fn(&mut Value)| {
        let mut one = machine(id, "x");
        change(&mut one);
        one
    };
    let body = json!([
        with("destroyed", &|one| one["state"] = "destroyed".into()),
        with("destroying", &|one| one["state"] = "destroying".into()),
        with(
            "v1",
            &|one| one["config"]["metadata"]["fly_platform_version"] = "v1".into()
        ),
        with("bare", &|one| one["config"]["metadata"] = json!({})),
        with("release", &|one| {
            one["config"]["metadata"]["fly_process_group"] = "fly_app_release_command".into();
        }),
        with("console", &|one| {
            one["config"]["metadata"]["fly_process_group"] = "fly_app_console".into();
        }),
        with("stopped", &|one| one["state"] = "stopped".into()),
    ]);
    let reality = reality(&body).await;
    let ids: Vec<_> = reality
        .machines
        .iter()
        .map(|machine| machine.id.as_str())
        .collect();
    assert_eq!(ids, ["stopped"]);
    assert_eq!(reality.started("web", Some("fra")), 0);
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_unknown() {
    let mut lost = machine("lost", "x");
    lost["config"] = Value::Null;
    lost["host_status"] = "unreachable".into();
    let mut partly = machine("partly", "x");
    partly["incomplete_config"] = partly["config"].take();
    partly["host_status"] = "unknown".into();
    let reality = reality(&json!([lost, partly])).await;
    let [lost, partly] = &reality.machines[..] else {
        panic!("{reality:?}");
    };
    assert_eq!(
        (lost.host, &lost.config, &lost.group),
        (HostStatus::Unreachable, &None, &None)
    );
    assert!(!lost.complete && !partly.complete);
    assert_eq!(partly.host, HostStatus::Unknown);
    let memory = partly.config.as_ref().and_then(|config| config.memory_mb);
    assert_eq!(memory, Some(2048));
}

#[tokio::test]
async fn what_is_left_out_is_not_made_up() {
    let reality = reality(&json!([{
        "id": "a", "state": "started",
        "config": {"metadata": {"fly_platform_version": "v2"}, "services": null, "env": null, "guest": null},
    }]))
    .await;
    let machine = &reality.machines[0];
    assert_eq!(
        (&machine.group, machine.release, &machine.region),
        (&None, None, &None)
    );
    assert_eq!(machine.config, Some(Default::default()));
}

#[tokio::test]
async fn an_app_that_cannot_be_asked_is_an_error() {
    for (reply, words) in [
        (Reply::status(403), "no right"),
        (Reply::status(404), "is not there, or"),
        (Reply::ok("{}"), "not in the form"),
        (Reply::ok("[{\"id\":1}]"), "not in the form"),
        (Reply::Page(200), "a web page"),
    ] {
        let server = Server::always(reply);
        let failure = store(&server.origin, &[], None)
            .machines("acme")
            .await
            .expect_err(words);
        assert!(failure.why.contains(words), "{failure:?}");
    }
}
