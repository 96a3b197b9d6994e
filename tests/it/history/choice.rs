//! Which repository is looked at, and what of it is told.

use super::past::{Past, files};
use super::{history, only};
use crate::harness::{Run, Sandbox, leak};

fn paths(run: &Run) -> Vec<String> {
    assert!(run.code < 2, "{}", run.all());
    let mut paths: Vec<String> = run.hits().into_iter().map(|hit| hit.path).collect();
    paths.sort();
    paths
}

#[test]
fn another_repository_is_never_looked_at_instead() {
    let sandbox = Sandbox::repo_of(&[("a.env", &leak("outer")), ("sub/dir/b", "x\n")]);
    for (args, words) in [
        (&["TYPO"][..], "`TYPO` is no directory"),
        (&["a.env"], "`a.env` is no directory"),
        (&[".", "sub"], "only one path"),
    ] {
        let run = history(&sandbox, args);
        assert_eq!(run.code, 2, "{args:?} {}", run.all());
        assert!(run.err().contains(words), "{args:?} {}", run.err());
    }
    let root = |run: &Run| {
        run.json()["scope"]["root"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let run = history(&sandbox, &["sub/dir"]);
    assert_eq!(
        (paths(&run), root(&run)),
        (vec!["a.env".to_owned()], ".".to_owned())
    );
    // A repository without a work tree, within another one.
    let inner = sandbox.path("sub/inner.git").display().to_string();
    sandbox.git(&["init", "-q", "--bare", &inner]);
    for place in ["sub/inner.git", "sub/inner.git/refs"] {
        let run = history(&sandbox, &[place]);
        assert_eq!(
            (run.code, root(&run)),
            (0, "sub/inner.git".to_owned()),
            "{}",
            run.all()
        );
    }
    // One that is damaged is not passed over.
    sandbox.git(&["init", "-q", "sub/dir"]);
    std::fs::remove_dir_all(sandbox.path("sub/dir/.git/objects")).expect("it is there");
    assert_eq!(history(&sandbox, &["sub/dir"]).code, 2);
    // Nowhere.
    let outside = sandbox.outside("nothing");
    std::fs::create_dir(&outside).expect("it is new");
    assert_eq!(history(&sandbox, &[&outside.display().to_string()]).code, 2);
}

#[test]
fn git_dir_names_the_repository_of_a_hook() {
    let sandbox = Sandbox::repo_of(&[("a.env", &leak("hook"))]);
    let elsewhere = sandbox.outside("elsewhere");
    std::fs::create_dir(&elsewhere).expect("it is new");
    let look = |args: &[&str], git_dir: &str| {
        let mut command =
            sandbox.command(&[&["check", "--history", "--format", "json"], args].concat());
        Run::of(command.current_dir(&elsewhere).env("GIT_DIR", git_dir))
    };
    let git_dir = sandbox.path(".git").display().to_string();
    assert_eq!(paths(&look(&[], &git_dir)), ["a.env"]);
    assert_eq!(look(&[], "nowhere").code, 2);
    // A path that is given is meant.
    assert_eq!(look(&["../elsewhere"], &git_dir).code, 2);
}

#[test]
fn what_a_push_brings_is_not_passed_over() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    let elsewhere = sandbox.outside("incoming");
    std::fs::create_dir_all(elsewhere.join("pack")).expect("it can be made");
    let own = sandbox.path(".git/objects");
    let look = |objects: &std::path::Path, args: &[&str]| {
        let ask = ["check", "--history", "--format", "json"];
        let mut command = sandbox.command(&[&ask[..], args].concat());
        Run::of(command.env("GIT_OBJECT_DIRECTORY", objects))
    };
    for args in [&[][..], &["--unreachable"]] {
        let run = look(&elsewhere, args);
        assert_eq!(run.code, 2, "{}", run.all());
        assert!(run.out().contains("--range OLD..NEW"), "{}", run.all());
        assert_eq!(look(&own, args).code, 0);
    }
}

#[test]
fn excluded_paths_are_left_out_and_counted() {
    let sandbox = Sandbox::repo_of(&[
        ("old/a.env", &leak("excluded")),
        ("b.env", &leak("kept")),
        ("stackguard.toml", "exclude = [\"old/**\"]\n"),
    ]);
    sandbox.git(&[
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "x",
        "-m",
        &leak("words"),
    ]);
    for round in ["looked at", "remembered"] {
        let run = history(&sandbox, &[]);
        assert_eq!(paths(&run), ["<commit message>", "b.env"], "{round}");
        let notes = run.json()["notes"].to_string();
        assert!(
            notes.contains("1 place is excluded") || notes.contains("at 1 place"),
            "{notes}"
        );
    }
    // What is remembered does not depend on it.
    sandbox.write("stackguard.toml", "");
    let all = ["<commit message>", "b.env", "old/a.env"];
    assert_eq!(paths(&history(&sandbox, &[])), all);
}

#[test]
fn an_allowed_directory_hides_nothing_elsewhere() {
    let sandbox = Sandbox::repo();
    let token = leak("everywhere");
    let mut all = files(&[("z/prod.env", &token)]);
    for number in 0..150 {
        all.insert(format!("a/{number:03}"), token.clone().into_bytes());
    }
    let mut past = Past::default();
    past.commit("main", &[], 1_700_000_000, "all", &all);
    past.import(&sandbox);
    sandbox.write(
        "stackguard.toml",
        "[[allow]]\nrule = \"generic-secret\"\npath = \"a/**\"\nreason = \"known\"\n",
    );
    let run = history(&sandbox, &[]);
    assert_eq!(
        only(&run)["location"]["path"],
        "z/prod.env",
        "{}",
        run.all()
    );
}

#[test]
fn since_and_ref_choose_messages_too() {
    const DAY: i64 = 86_400;
    const START: i64 = 1_700_000_000;
    let sandbox = Sandbox::repo();
    let (old, new) = (leak("old words"), leak("new words"));
    let plain = files(&[("a", "x\n")]);
    let mut past = Past::default();
    let root = past.commit("main", &[], START, &format!("old\n\n{old}"), &plain);
    past.commit(
        "main",
        &[&root],
        START + 9 * DAY,
        &format!("new\n\n{new}"),
        &plain,
    );
    past.commit("side", &[], START + 9 * DAY, "side", &plain);
    let ids = past.import(&sandbox);
    let tag = |name: &str, time: i64| {
        let words = leak(name);
        let text = format!(
            "object {}\ntype commit\ntag {name}\ntagger A <a@b.c> {time} +0000\n\n{words}",
            ids[1]
        );
        sandbox.git_with(
            &["hash-object", "-w", "-t", "tag", "--stdin"],
            text.as_bytes(),
        )
    };
    let (early, late) = (tag("early", START), tag("late", START + 9 * DAY));
    let _lost = tag("lost", START + 9 * DAY);
    sandbox.git(&["update-ref", "refs/tags/early", &early]);
    sandbox.git(&["update-ref", "refs/tags/late", &late]);
    let count = |args: &[&str]| {
        let paths = paths(&history(&sandbox, args));
        let of = |kind: &str| paths.iter().filter(|path| *path == kind).count();
        (of("<commit message>"), of("<tag message>"))
    };
    assert_eq!(count(&[]), (2, 2));
    assert_eq!(count(&["--unreachable"]), (2, 3));
    assert_eq!(count(&["--since", "2023-11-20"]), (1, 1));
    assert_eq!(count(&["--ref", "side"]), (0, 0));
    assert_eq!(count(&["--ref", "side", "--unreachable"]), (0, 1));
    assert_eq!(count(&["--ref", "early"]), (2, 1));
    // Words of a commit that nothing reaches are lost, not past.
    sandbox.git(&["update-ref", "-d", "refs/tags/early"]);
    sandbox.git(&["update-ref", "-d", "refs/tags/late"]);
    sandbox.git(&["update-ref", "refs/heads/main", &ids[0]]);
    std::fs::remove_dir_all(sandbox.path(".git/logs")).expect("it is there");
    assert_eq!(count(&[]), (1, 0));
    let run = history(&sandbox, &["--unreachable"]);
    let mut presences: Vec<String> = run.json()["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|finding| finding["location"]["path"] == "<commit message>")
        .map(|finding| finding["location"]["commit"]["presence"].to_string())
        .collect();
    presences.sort();
    assert_eq!(
        presences,
        ["\"history\"", "\"unreachable\""],
        "{}",
        run.all()
    );
}
