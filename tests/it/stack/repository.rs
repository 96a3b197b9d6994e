//! A repository as in the README's introduction: every planted violation at its line, nothing else, and what the team's
//! searches for words would have reported besides.

use super::scene::{Scene, found};
use crate::harness::Sandbox;
use std::path::Path;

fn scene() -> Scene {
    Scene::read(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/repository/dashboard.txtar"),
    )
}

#[test]
fn every_violation_at_its_line_and_nothing_else() {
    let scene = scene();
    let sandbox = scene.lay_out();
    let run = sandbox.run(&["check", "--guard", "toolkit,fly", "--format", "json"]);
    assert_eq!(found(&run), scene.expected);
    assert_eq!(run.code, 1, "{}", run.err());
}

#[test]
fn a_fly_secret_of_the_credential_map_is_there() {
    let app = "app = \"acme-web\"\n[http_service]\ninternal_port = 3000\nforce_https = true\nchecks = [{ path = \"/health\", interval = \"30s\", timeout = \"5s\" }]\n[[vm]]\nmemory = \"1gb\"\n";
    let policy = "[credentials]\nmap = \"map.toml\"\n[[fly]]\napp = \"acme-web\"\nenv_required = [\"SESSION_KEY\"]\n";
    let map = "version = 1\n[[credential]]\nname = \"SESSION_KEY\"\nenvironment = \"production\"\nowner = \"web\"\nfly = { app = \"acme-web\" }\n";
    let found = |map: &str| {
        let sandbox = Sandbox::repo_of(&[
            ("fly.toml", app),
            ("stackguard.toml", policy),
            ("map.toml", map),
        ]);
        let run = sandbox.run(&["check", "--guard", "fly", "--format", "json"]);
        run.rules()
    };
    assert_eq!(found(map), Vec::<String>::new());
    assert_eq!(
        found(&map.replace("acme-web", "acme-jobs")),
        ["fly-env-missing"]
    );
}

/// What `grep -RInE WORDS PATHS` was used for, and where it cries wolf.
const SEARCHES: [(&[&str], &[&str]); 5] = [
    (
        &["redis://", "ioredis", "REDIS_URL"],
        &["app/", "packages/", "scripts/", "deploy/", "docs/"],
    ),
    (&["@remix-run"], &["app/", "packages/"]),
    (&["mongodb", "mysql"], &["app/", "packages/", "docs/"]),
    (&["fly postgres"], &["scripts/", "docs/"]),
    (
        &["postgres://", "postgresql://"],
        &["app/", "scripts/", "docs/", ".env"],
    ),
];

#[test]
fn a_search_for_words_reports_lines_that_are_no_violation() {
    let scene = scene();
    let mut false_alarms = 0;
    for (words, paths) in SEARCHES {
        for (path, text) in scene.files() {
            if !paths.iter().any(|start| path.starts_with(start)) {
                continue;
            }
            let lines = text.lines().enumerate();
            let hits = lines.filter(|(_, line)| words.iter().any(|word| line.contains(word)));
            for (index, _) in hits {
                let place = format!(" {path}:{}", index + 1);
                let planted = scene.expected.iter().any(|line| line.ends_with(&place));
                false_alarms += usize::from(!planted);
            }
        }
    }
    // The test above shows that none of these lines is reported.
    assert!(false_alarms >= 12, "only {false_alarms} decoys are left");
}
