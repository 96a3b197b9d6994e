//! The rules on whole files: `tests/fixtures/fly/<rule>/{bad,good}-*`.
//!
//! A bad file says on its first line what is to be found, `# expect: rule@line, …` (line 0: the whole file); a good
//! file gives nothing at all. `# policy: key = value` lines make up a `[[fly]]` entry, `# secrets: NAME` the
//! app's known Fly secrets, `# as: name` the name the guard sees. `{base62:32}` becomes a random-looking value.

mod corpus;
mod hostile;

use super::document::{Format, read};
use super::{AppPolicy, FlyGuard};
use crate::finding::{LineIndex, RepoPath, Veil};
use crate::policy::{Guard, embedded, pack::expand};
use crate::tree::{Conclusion, FileView, TreeGuard as _};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn entries(text: &str) -> Vec<AppPolicy> {
    let table = toml::de::DeTable::parse(text)
        .expect("a policy")
        .into_inner();
    let fly = table.into_iter().find(|(key, _)| key.get_ref() == "fly");
    fly.map_or_else(Vec::new, |(_, value)| {
        AppPolicy::list(value, "stackguard.toml", text).expect("a policy")
    })
}

fn run(guard: &FlyGuard, files: &[(&str, &str)]) -> Conclusion {
    let veil = Veil::default();
    let notes = files.iter().filter_map(|(path, text)| {
        let path = RepoPath::new(path);
        let notes = guard
            .wants(&path)
            .then(|| guard.inspect(&FileView::new(&path, text.as_bytes(), &veil)))??;
        Some((path, notes))
    });
    guard.conclude(notes.collect())
}

fn one(policy: &str, text: &str) -> Conclusion {
    run(&FlyGuard::new(entries(policy)), &[("fly.toml", text)])
}

fn messages(conclusion: &Conclusion) -> Vec<&str> {
    conclusion
        .drafts
        .iter()
        .map(|draft| draft.message.as_str())
        .collect()
}

/// `rule@line` of everything found, sorted.
fn found(conclusion: &Conclusion) -> Vec<String> {
    let line = |draft: &crate::tree::Draft| draft.mark.as_ref().map_or(0, |mark| mark.start.line);
    let mut found: Vec<String> = conclusion
        .drafts
        .iter()
        .map(|draft| format!("{}@{}", draft.rule, line(draft)))
        .collect();
    found.sort();
    found
}

/// What is not read must not pass for clean, and what is not for flyctl must not be told of.
#[test]
fn a_broken_file_is_told_of_whatever_it_is_called() {
    let toml = "app = 'x'\nprimary_region = 'iad'\n[env\n";
    let json = "{\"app\": \"x\", \"env\": {\"A\": 1\n";
    let yaml = "app: {x\nenv: ]\n";
    let (finding, gap, nothing) = ((1, 0), (0, 1), (0, 0));
    for (path, text, told) in [
        ("fly.toml", toml, finding),
        ("fly_prod.toml", toml, finding),
        ("web.fly.toml", toml, finding),
        ("fly.json", json, finding),
        ("fly.prod.json", json, finding),
        ("fly.yaml", yaml, finding),
        ("fly-prod.yaml", yaml, finding),
        // What it is for is not known.
        ("fly.prod.json", "{\"app\": \"x\",\n", gap),
        ("fly-prod.yaml", "app: {x\n", gap),
        ("fly.yaml", "kill_signal: [\n", gap),
        ("fly.json", "{\"frames\": [1,\n", gap),
        ("fly_web.toml", "no toml\n", gap),
        (
            "fly-icons.json",
            "{ // of the \"app\"\n\"icon\": 1 }",
            nothing,
        ),
    ] {
        let conclusion = run(&FlyGuard::new(Vec::new()), &[(path, text)]);
        let broken = |draft: &&crate::tree::Draft| draft.rule == "fly-invalid";
        let found = conclusion.drafts.iter().filter(broken).count();
        assert_eq!((found, conclusion.gaps.len()), told, "{path}: {text}");
    }
    let latin = FlyGuard::new(Vec::new());
    for (path, told) in [("fly.json", true), ("fly-icons.json", false)] {
        let (path, veil) = (RepoPath::new(path), Veil::default());
        let notes = latin.inspect(&FileView::new(&path, b"{\"app\": \"\xe9\"}", &veil));
        assert_eq!(notes.is_some(), told, "{path}");
    }
}

#[test]
fn advice_fits_what_a_port_speaks() {
    for (ports, key) in [
        ("port = 22", "[[services.tcp_checks]]"),
        (
            "port = 443\nhandlers = [\"tls\"]",
            "[[services.tcp_checks]]",
        ),
        (
            "port = 80\nhandlers = [\"http\"]",
            "[[services.http_checks]]",
        ),
    ] {
        let text =
            format!("app = \"a\"\n[[services]]\ninternal_port = 1\n[[services.ports]]\n{ports}\n");
        let conclusion = one("", &text);
        let mut checks = conclusion.drafts.iter();
        let check = checks.find(|draft| draft.rule == "fly-no-health-check");
        let help = check.expect("it has none").help.as_deref();
        assert_eq!(help, Some(format!("add `{key}`").as_str()));
    }
}

#[test]
fn the_case_of_the_introduction() {
    let policy = "[[fly]]\napp = \"acme-chatwoot\"\nmemory_min = \"2gb\"\nmachines_min = 1\nhealth_path = \"/api\"\n";
    let text = "app = \"acme-chatwoot\"\nprimary_region = \"iad\"\n\n[http_service]\n  internal_port = 3000\n  force_https = true\n\
                \n  [[http_service.checks]]\n    interval = \"15s\"\n    timeout = \"5s\"\n    path = \"/\"\n\n[[vm]]\n  memory = \"512mb\"\n";
    let conclusion = one(policy, text);
    assert_eq!(
        found(&conclusion),
        ["fly-health-check-path@11", "fly-memory-below-minimum@14"]
    );
    let memory = conclusion
        .drafts
        .iter()
        .find(|draft| draft.rule == "fly-memory-below-minimum")
        .expect("found");
    assert_eq!(
        memory.message,
        "memory = '512mb' gives this app 512 MB; the policy asks for at least 2 GB for `acme-chatwoot`"
    );
    assert_eq!(memory.decided_by.as_deref(), Some("stackguard.toml:1"));
    assert!(conclusion.remarks.is_empty());
}

#[test]
fn messages_say_what_fly_will_do() {
    let conclusion = one("", "app = 'a'\n[[vm]]\nmemory = '1gb'\nmemory_mb = 256\n");
    assert_eq!(
        messages(&conclusion),
        ["memory_mb = 256 wins over memory = '1gb': this app gets 256 MB"]
    );
}

#[test]
fn an_app_without_an_entry_gets_the_defaults_and_a_remark() {
    let conclusion = run(
        &FlyGuard::new(entries("[[fly]]\napp = 'other'\n")),
        &[(
            "apps/web/fly.toml",
            "app = 'acme-web'\n[vm]\nmemory = '1gb'\n",
        )],
    );
    assert_eq!(
        conclusion.remarks,
        ["apps/web/fly.toml of `acme-web` matches no [[fly]] entry: the defaults apply"]
    );
    assert!(conclusion.drafts.is_empty());
}

#[test]
fn all_three_formats_are_read_alike() {
    let toml = "app = 'a'\n[vm]\nmemory = '1gb'\ncpuz = 1\n";
    let json = "{\"app\": \"a\",\n\n\n\"vm\": {\"memory\": \"1gb\", \"cpuz\": 1}}";
    let yaml = "app: a\nvm:\n  memory: 1gb\n  cpuz: 1\n";
    for (path, text) in [("fly.toml", toml), ("fly.json", json), ("fly.yaml", yaml)] {
        assert_eq!(
            found(&run(&FlyGuard::new(Vec::new()), &[(path, text)])),
            ["fly-unknown-key@4"],
            "{path}"
        );
    }
    let broken = [
        ("fly.toml", "app = "),
        ("fly.json", "{\"app\": }"),
        ("fly.yaml", "app: ["),
        ("fly.toml", "a = 1\na = 2"),
    ];
    for (path, text) in broken {
        let conclusion = run(&FlyGuard::new(Vec::new()), &[(path, text)]);
        assert!(
            conclusion
                .drafts
                .iter()
                .all(|draft| draft.rule == "fly-invalid" && draft.mark.is_some()),
            "{text}"
        );
        assert!(
            !conclusion.drafts.is_empty() && conclusion.remarks.is_empty(),
            "{text}"
        );
    }
}

#[test]
fn a_file_beside_fly_toml_is_not_read() {
    let toml = ("deploy/fly.toml", "app = 'a'\n[vm]\nmemory = '1gb'\n");
    let json = (
        "deploy/fly.json",
        "{\"app\": \"a\", \"vm\": {\"memory\": \"1gb\"}}",
    );
    let guard = FlyGuard::new(Vec::new());
    let both = run(&guard, &[json, toml]);
    assert_eq!(found(&both), ["fly-file-ignored@0"]);
    assert_eq!(both.drafts[0].path.as_str(), "deploy/fly.json");
    assert!(found(&run(&guard, &[json, ("fly.toml", toml.1)])).is_empty());
}

#[test]
fn wanted_by_name_and_then_by_content() {
    let guard = FlyGuard::new(Vec::new());
    let wants = |path: &str| guard.wants(&RepoPath::new(path));
    for path in [
        "fly.toml",
        "a/fly.production.toml",
        "fly.json",
        "fly.yaml",
        "fly.yml",
        "web.fly.toml",
        "deploy/fly/web.toml",
        "fly-staging.toml",
    ] {
        assert!(wants(path), "{path}");
    }
    for path in [
        "Cargo.toml",
        "butterfly.toml",
        "fly.rs",
        "node_modules/a/fly.toml",
        "fly.yaml.tmpl",
        "src/fly/mod.rs",
    ] {
        assert!(!wants(path), "{path}");
    }
    // Not ours: a Concourse pipeline, a Rust manifest in a directory of that name, an animation.
    // So is what another reader takes for JSON.
    let strangers = [
        ("fly-pipeline.yaml", "resources: []\njobs: []\n"),
        ("crates/fly/Cargo.toml", "[package]\nname = 'fly'\n"),
        ("fly.json", "{\"frames\": 12}"),
        ("fly.json", "{\"frames\": 12, /* of them */}"),
    ];
    for (path, text) in strangers {
        assert!(
            guard
                .inspect(&FileView::new(
                    &RepoPath::new(path),
                    text.as_bytes(),
                    &Veil::default()
                ))
                .is_none(),
            "{path}"
        );
    }
}

#[test]
fn a_secret_is_masked_in_the_findings_of_other_rules() {
    let token = expand("{base62:32}");
    let inline = format!(
        "app = 'a'\nenv = {{ LOG = 'x', API_TOKEN = '{token}', Fly = {{ a = 1 }} }}\n[vm]\nmemory = '1gb'\n"
    );
    let typed = format!(
        "app = 'a'\nprimary_region = 7 # '{token}'\n[env]\nAPI_TOKEN = '{token}'\n[vm]\nmemory = '{token}'\n"
    );
    let broken = format!("app = 'a'\n[env]\nAPI_TOKEN = {token}\n");
    for text in [&inline, &broken] {
        let conclusion = one("", text);
        assert!(!conclusion.drafts.is_empty());
        assert!(!format!("{conclusion:?}").contains(&token), "{text}");
    }
    // The secrets guard knows the token wherever it stands.
    let spans: Vec<_> = typed
        .match_indices(&token)
        .map(|(at, found)| at..at + found.len())
        .collect();
    let (path, veil) = (RepoPath::new("fly.toml"), Veil::new(spans));
    let guard = FlyGuard::new(Vec::new());
    let notes = guard
        .inspect(&FileView::new(&path, typed.as_bytes(), &veil))
        .expect("looked at");
    let conclusion = guard.conclude(vec![(path.clone(), notes)]);
    assert!(conclusion.drafts.len() >= 3 && !format!("{conclusion:?}").contains(&token));
}
