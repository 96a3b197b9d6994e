//! Baselines: made, kept, pruned.

use super::{json, token, with};
use crate::harness::{Sandbox, secret};

/// From "this is how it is today" to "nothing of it is left".
#[test]
fn the_life_of_a_baseline() {
    let sandbox = Sandbox::repo();
    let (one, two) = (token("one"), token("two"));
    sandbox.write("a.env", format!("A=1\nAPI_TOKEN={one}\n"));
    sandbox.commit("old sins");
    assert_eq!(sandbox.run(&["check"]).code, 1);
    assert_eq!(sandbox.run(&["baseline", "create"]).code, 0);
    let run = json(&sandbox);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(run.json()["findings"][0]["baseline"], "known");

    // Lines move, the finding stays known.
    sandbox.write("a.env", format!("B=2\n\n\nA=1\nAPI_TOKEN={one}\n"));
    assert_eq!(sandbox.run(&["check"]).code, 0, "moved");
    // A new secret on the old line is not the old one.
    sandbox.write("a.env", format!("A=1\nAPI_TOKEN={two}\n"));
    let run = json(&sandbox);
    assert_eq!(run.code, 1, "{}", run.all());
    assert_eq!(run.rules(), ["baseline-unused", "generic-secret"]);
    // Beside the old one it is found as well.
    sandbox.write("a.env", format!("API_TOKEN={one} OTHER_TOKEN={two}\n"));
    assert_eq!(sandbox.run(&["check"]).code, 1, "beside");
    sandbox.git(&["add", "-A"]);
    assert_eq!(sandbox.run(&["check", "--staged"]).code, 1, "staged");
    // In another file it is another finding.
    sandbox.write("a.env", "A=1\n");
    sandbox.write("b.env", format!("API_TOKEN={one}\n"));
    assert_eq!(sandbox.run(&["check"]).code, 1, "elsewhere");
    sandbox.write("b.env", "B=1\n");
    assert_eq!(json(&sandbox).rules(), ["baseline-unused"]);

    let run = sandbox.run(&["baseline", "prune"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(json(&sandbox).rules(), Vec::<String>::new());
    sandbox.write("a.env", format!("API_TOKEN={one}\n"));
    assert_eq!(sandbox.run(&["check"]).code, 1, "forgotten");
}

/// What is replaced need be neither there nor readable.
#[test]
fn a_baseline_is_made_wherever_it_is_wanted() {
    let sandbox = Sandbox::repo_of(&[("a.env", &format!("API_TOKEN={}\n", token("a")))]);
    for history in [&[][..], &["--history"]] {
        let file = "../other-baseline.json";
        for old in [None, Some("<<<<<<< ours\n"), Some("{\"version\": 99}")] {
            let _ = std::fs::remove_file(sandbox.path(file));
            if let Some(old) = old {
                sandbox.write(file, old);
            }
            let create = ["--baseline", file, "baseline", "create"];
            let run = sandbox.run(&[&create[..], history].concat());
            assert_eq!(run.code, 0, "{old:?} {}", run.all());
            let check = ["--baseline", file, "check"];
            assert_eq!(
                sandbox.run(&[&check[..], history].concat()).code,
                0,
                "{old:?}"
            );
        }
    }
    let run = sandbox.run(&["--baseline", "../none.json", "baseline", "prune"]);
    assert_eq!(run.code, 2, "{}", run.all());
}

/// A rule that did not run finds nothing, which is no news of what it knew.
#[test]
fn entries_of_a_rule_that_did_not_run_stay() {
    let pack = "[[secret]]\nid = \"our-key\"\nsummary = \"Ours\"\nseverity = \"high\"\npattern = '\\b(ourkey_[a-z0-9]{24})\\b'\nrotate = \"Ask.\"\nreferences = []\nleaks = [\"ourkey_{alnum:24}\"]\nsafe = [\"x\"]\n";
    let text = format!("{}\n", secret("ours", "k: ourkey_{alnum:24}"));
    let sandbox = Sandbox::repo_of(&[
        ("a.txt", &text),
        ("ours.toml", pack),
        (
            "stackguard.toml",
            "packs = [\"secrets\", \"toolkit\", \"fly\", \"ours.toml\"]\n",
        ),
    ]);
    assert_eq!(sandbox.run(&["baseline", "create"]).code, 0);
    let before = sandbox.read(".stackguard-baseline.json");
    assert!(before.contains("our-key"), "{before}");
    let run = sandbox.run(&["check", "--no-config", "--format", "json"]);
    assert!(
        !run.rules().contains(&"baseline-unused".to_owned()),
        "{}",
        run.all()
    );
    assert_eq!(sandbox.run(&["baseline", "prune", "--no-config"]).code, 0);
    assert_eq!(sandbox.read(".stackguard-baseline.json"), before);
}

#[test]
fn a_baseline_is_not_made_of_what_was_not_seen() {
    let sandbox = with("");
    sandbox.write("compose.yaml", "services: [\n");
    let run = sandbox.run(&["baseline", "create"]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(!sandbox.path(".stackguard-baseline.json").exists());
}
