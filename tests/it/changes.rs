//! What `--staged` and `--range` see where a repository is unusual: files that only moved, who made a commit, grafts, and
//! every extension an index may have.

use crate::harness::{Run, Sandbox, leak, token};

fn check(sandbox: &Sandbox, args: &[&str]) -> Run {
    let ask = ["check", "--guard", "secrets", "--format", "json"];
    sandbox.run(&[&ask[..], args].concat())
}

#[test]
fn a_file_that_moves_has_a_new_name() {
    let text: String = (0..30).map(|line| format!("line {line}\n")).collect();
    let sandbox = Sandbox::repo_of(&[("a.txt", &text), ("b.txt", &text.replace("line", "row"))]);
    let names = [token("one"), token("two")];
    sandbox.git(&["mv", "a.txt", &names[0]]);
    sandbox.git(&["mv", "b.txt", &names[1]]);
    // Of one of them a line changes on the way.
    sandbox.write(
        &names[1],
        text.replace("line", "row")
            .replace("row 7\n", "row seven\n"),
    );
    sandbox.git(&["add", "-A"]);
    let staged = check(&sandbox, &["--staged"]);
    sandbox.commit("move");
    let ranged = check(&sandbox, &["--range", "HEAD~1..HEAD"]);
    let history = check(&sandbox, &["--history"]);
    for run in [staged, ranged, history] {
        assert_eq!(run.code, 1, "{}", run.all());
        assert_eq!(run.hits().len(), 2, "{}", run.all());
        assert!(names.iter().all(|name| !run.all().contains(name)));
    }
    // Moved on to a plain name, or changed where it stands, it is no news.
    sandbox.git(&["mv", &names[0], "c.txt"]);
    sandbox.write(&names[1], &text);
    sandbox.git(&["add", "-A"]);
    let run = check(&sandbox, &["--staged"]);
    assert_eq!(run.code, 0, "{}", run.all());
}

#[test]
fn a_range_shows_the_same_of_a_commit_as_the_history() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    let author = format!("--author=Ada {} <ada@acme.dev>", token("author"));
    let message = format!("two\n\nuse {}", token("message"));
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", &message, &author]);
    let ranged = check(&sandbox, &["--range", "HEAD~1..HEAD"]);
    let history = check(&sandbox, &["--history"]);
    assert_eq!(ranged.hits().len(), 2, "{}", ranged.all());
    assert_eq!(ranged.hits(), history.hits());
}

#[test]
fn grafts_hide_no_commit_from_a_range() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    let first = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write("b.env", leak("grafted"));
    sandbox.commit("leak");
    sandbox.git(&["rm", "-q", "b.env"]);
    sandbox.commit("gone");
    let last = sandbox.git(&["rev-parse", "HEAD"]);
    let range = format!("{first}..{last}");
    assert_eq!(check(&sandbox, &["--range", &range]).code, 1);
    // The last commit now says that it follows the first.
    sandbox.write(".git/info/grafts", format!("{last} {first}\n"));
    let run = check(&sandbox, &["--range", &range]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.all().contains("info/grafts"), "{}", run.all());
    assert_eq!(check(&sandbox, &["--history"]).code, 1);
    // And a replacement hides nothing either.
    std::fs::remove_file(sandbox.path(".git/info/grafts")).expect("it is there");
    let clean = sandbox.git(&["commit-tree", "-m", "clean", "-p", &first, "HEAD^{tree}"]);
    sandbox.git(&["replace", "HEAD~1", &clean]);
    assert_eq!(check(&sandbox, &["--range", &range]).code, 1);
    assert_eq!(check(&sandbox, &["--history"]).code, 1);
}

#[test]
fn no_extension_of_an_index_hides_what_is_staged() {
    type Setup<'s> = (&'s str, &'s [&'s [&'s str]], i32);
    let setups: [Setup<'_>; 6] = [
        (
            "untracked cache",
            &[
                &["config", "core.untrackedCache", "true"],
                &["update-index", "--untracked-cache"],
            ],
            1,
        ),
        (
            "file system monitor",
            &[
                &["config", "core.fsmonitor", ".git/none"],
                &["update-index", "--fsmonitor"],
            ],
            1,
        ),
        (
            "offsets for threads",
            &[
                &["config", "index.threads", "4"],
                &["update-index", "--force-write-index"],
            ],
            1,
        ),
        (
            "no checksum",
            &[
                &["config", "index.skipHash", "true"],
                &["update-index", "--force-write-index"],
            ],
            1,
        ),
        (
            "skipped and assumed",
            &[
                &["update-index", "--assume-unchanged", "1.txt"],
                &["update-index", "--skip-worktree", "2.txt"],
            ],
            1,
        ),
        // Half of it stands in another file.
        ("split", &[&["update-index", "--split-index"]], 2),
    ];
    for (what, steps, code) in setups {
        let sandbox = Sandbox::repo();
        for number in 0..40 {
            sandbox.write(format!("{number}.txt"), format!("{number}\n"));
        }
        sandbox.commit("first");
        for step in steps {
            sandbox.git(step);
        }
        sandbox.git(&["-c", "core.fsmonitor=false", "status"]);
        sandbox.write("b.env", leak(what));
        sandbox.git(&["-c", "core.fsmonitor=false", "add", "b.env"]);
        let run = sandbox.run(&["check", "--staged"]);
        assert_eq!(run.code, code, "{what}: {}", run.all());
        if code == 2 {
            assert!(run.err().contains("--no-split-index"), "{}", run.all());
        }
        assert_eq!(sandbox.run(&["check", "-q"]).code, code, "{what}");
    }
}
