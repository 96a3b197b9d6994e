use super::*;

fn entries(text: &str) -> Result<Vec<AppPolicy>, Vec<Problem>> {
    let table = DeTable::parse(text).expect("toml").into_inner();
    let (_, value) = table
        .into_iter()
        .find(|(key, _)| key.get_ref() == "fly")
        .expect("there");
    AppPolicy::list(value, "stackguard.toml", text)
}

fn policies(text: &str) -> Policies {
    Policies::new(entries(text).expect("reads"))
}

#[test]
fn the_most_specific_entry_wins_key_by_key() {
    let text = "[[fly]]\napp = '*'\nmemory_min = '512mb'\nregions = ['iad']\n\n\
                    [[fly]]\napp = 'acme-*'\nmemory_min = '1gb'\nmachines_min = 1\n\n\
                    [[fly]]\napp = 'acme-chatwoot'\nmemory_min = '2gb'\n\n\
                    [[fly]]\napp = 'acme-*'\nprocesses = ['worker']\nmemory_min = 4096\n\n\
                    [[fly]]\napp = '*'\npath = 'deploy/**'\nmachines_min = 3\n";
    let policies = policies(text);
    let memory = |app, path, group| {
        policies
            .of(app, path)
            .group(group, |entry| entry.memory_min)
            .map(|ruling| (ruling.value.0, ruling.by.place.clone()))
    };
    let at = |line: u32| format!("stackguard.toml:{line}");
    assert_eq!(
        memory("acme-chatwoot", "fly.toml", "app"),
        Some((2048, at(11)))
    );
    assert_eq!(memory("acme-web", "fly.toml", "app"), Some((1024, at(6))));
    assert_eq!(
        memory("acme-web", "fly.toml", "worker"),
        Some((4096, at(15)))
    );
    assert_eq!(
        memory("acme-chatwoot", "fly.toml", "worker"),
        Some((2048, at(11)))
    );
    assert_eq!(memory("other", "fly.toml", "app"), Some((512, at(1))));
    let machines = |app, path| {
        policies
            .of(app, path)
            .group("app", |entry| entry.machines_min)
            .map(|ruling| ruling.value)
    };
    assert_eq!(machines("acme-chatwoot", "fly.toml"), Some(1));
    assert_eq!(machines("other", "deploy/fly.toml"), Some(3));
    assert_eq!(machines("other", "fly.toml"), None);
}

#[test]
fn shipped_entries_come_last() {
    let team = policies("[[fly]]\napp = '*'\nhealth_check = false\n");
    let ruling = team
        .of("x", "fly.toml")
        .group("app", |entry| entry.health_check)
        .expect("set");
    assert!(!ruling.value && ruling.team);
    let none = Policies::new(Vec::new());
    let rulings = none.of("x", "fly.toml");
    let ruling = rulings
        .group("app", |entry| entry.health_check)
        .expect("shipped");
    assert!(ruling.value && !ruling.team && ruling.by.place.starts_with("policies/fly-apps.toml:"));
    assert!(!rulings.any_of_team());
}

#[test]
fn paths_are_left_out_unless_named() {
    let none = Policies::new(Vec::new());
    for path in [
        "node_modules/x/fly.toml",
        "a/vendor/fly.toml",
        "tests/fixtures/fly/fly.toml",
        "pkg/testdata/fly.toml",
    ] {
        assert!(none.skips(path), "{path}");
    }
    for path in [
        "fly.toml",
        "apps/web/fly.toml",
        "deploy/fly.production.toml",
    ] {
        assert!(!none.skips(path), "{path}");
    }
    let named = policies("[[fly]]\napp = '*'\npath = 'vendor/chatwoot/**'\n");
    assert!(!named.skips("vendor/chatwoot/fly.toml") && named.skips("vendor/other/fly.toml"));
}

#[test]
fn mistakes_are_shown_all_at_once() {
    let text = "[[fly]]\napp = '*'\nmemory = '1gb'\n[[fly]]\napp = '['\n[[fly]]\napp = '*'\nmemory_min = 'lots'\n\
                    [[fly]]\napp = '*'\nauto_stop = ['never']\n[[fly]]\napp = '*'\nhealth_path = 'up'\n\
                    [[fly]]\napp = '*'\nmemory_min = '2gb'\nmemory_max = '1gb'\n[[fly]]\nmachines_min = 1\n";
    let problems = entries(text).expect_err("all bad");
    assert_eq!(problems.len(), 7, "{problems:#?}");
    assert!(
        problems[2].message.contains("a bare integer is MB"),
        "{problems:#?}"
    );
    assert_eq!(entries("fly = 1").expect_err("bad").len(), 1);
}
