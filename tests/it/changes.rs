//! What `--staged` and `--range` see where a repository is unusual: files that only moved, who made a commit, grafts, and
//! every extension an index may have.

use crate::harness::{Run, Sandbox, leak, token};

fn check(sandbox: &Sandbox, args: &[&str]) -> Run {
    let ask = ["check", "--guard", "secrets", "--format", "json"];
    sandbox.run(&[&ask[..], args].concat())
}

#[test]
pub(crate) fn a_file_that_moves_has_a_new_name() {
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
pub(crate) fn what_moves_out_of_an_exception_is_news() {
    let token = token("moved");
    let text: String = (0..30).map(|line| format!("line {line}\n")).collect();
    let generic = leak("generic");
    let sandbox = Sandbox::repo_of(&[
        ("docs/allowed.txt", &format!("{text}TOKEN={token}\n")),
        (
            "archive/excluded.txt",
            &format!("{text}# archive\nTOKEN={token}\n"),
        ),
        ("yarn.lock", &format!("{text}# lock\n{generic}")),
        ("plain.txt", &format!("{text}# plain\nTOKEN={token}\n")),
        (
            "stackguard.toml",
            "exclude = [\"archive\"]\n[[allow]]\nrule = \"shopify-access-token\"\npath = \"docs/**\"\nreason = \"for this test\"\n",
        ),
    ]);
    let moves = [
        ("docs/allowed.txt", "app/allowed.txt", 1),
        ("archive/excluded.txt", "app/excluded.txt", 1),
        ("yarn.lock", "app/lock.txt", 1),
        // From one exception to another, and from nowhere special to nowhere special.
        ("app/allowed.txt", "docs/again.txt", 0),
        ("plain.txt", "app/plain.txt", 0),
    ];
    for (from, to, found) in moves {
        std::fs::create_dir_all(sandbox.path("app")).expect("it can be made");
        sandbox.git(&["mv", from, to]);
        for change in ["", "one more line\n"] {
            let moved = sandbox.read(to);
            sandbox.write(to, format!("{change}{moved}"));
            sandbox.git(&["add", "-A"]);
            let run = check(&sandbox, &["--staged"]);
            let paths: Vec<String> = run.hits().into_iter().map(|hit| hit.path).collect();
            assert_eq!(paths, vec![to; found], "{from}, {change:?}: {}", run.all());
        }
        sandbox.commit("moved");
        let run = check(&sandbox, &["--range", "HEAD~1..HEAD"]);
        assert_eq!(run.hits().len(), found, "{from}: {}", run.all());
    }
}

#[test]
pub(crate) fn what_moves_to_another_name_is_judged_by_it() {
    let sandbox = Sandbox::repo_of(&[
        (
            "machine.txt",
            "app = \"acme\"\n\n[[vm]]\nmemory = \"128mb\"\n",
        ),
        ("list.txt", "{\"dependencies\": {\"mongodb\": \"1\"}}\n"),
        (
            "stackguard.toml",
            "[[fly]]\napp = \"*\"\nmemory_min = \"2gb\"\n",
        ),
    ]);
    sandbox.git(&["mv", "machine.txt", "fly.toml"]);
    sandbox.git(&["mv", "list.txt", "package.json"]);
    let found = |args: &[&str]| {
        let run = sandbox.run(&[&["check", "--format", "json"], args].concat());
        assert_eq!(run.code, 1, "{}", run.all());
        run.rules()
    };
    let staged = found(&["--staged"]);
    for rule in ["fly-memory-below-minimum", "alternate-database"] {
        assert!(staged.iter().any(|found| found == rule), "{staged:?}");
    }
    sandbox.commit("moved");
    assert_eq!(found(&["--range", "HEAD~1..HEAD"]), staged);
}

#[test]
pub(crate) fn what_is_too_large_to_compare_is_new_where_it_moves() {
    let name = token("name");
    let text = format!("TOKEN={}\n{}", token("large"), "x\n".repeat(9 << 20));
    let sandbox = Sandbox::repo_of(&[
        ("docs/large.txt", &text),
        (
            "stackguard.toml",
            "[[allow]]\nrule = \"shopify-access-token\"\npath = \"docs/**\"\nreason = \"for this test\"\n",
        ),
    ]);
    sandbox.git(&["mv", "docs/large.txt", &name]);
    let run = check(&sandbox, &["--staged"]);
    let lines: Vec<u64> = run.hits().into_iter().map(|hit| hit.line).collect();
    assert_eq!(lines, [0, 1], "its name and its first line: {}", run.all());
}

#[test]
pub(crate) fn exceptions_of_the_place_it_left_are_not_used() {
    let text = format!("TOKEN={}\n", token("left"));
    // What was over already covered nothing.
    let ended = "[[allow]]\nrule = \"shopify-access-token\"\npath = \"old/**\"\nreason = \"for this test\"\nexpires = 2020-01-01\n";
    let sandbox = Sandbox::repo_of(&[("old/a.txt", &text), ("stackguard.toml", ended)]);
    sandbox.git(&["mv", "old/a.txt", "a.txt"]);
    let run = check(&sandbox, &["--staged"]);
    assert_eq!(run.hits(), [], "{}", run.all());
    // What the baseline knows it knows where it is.
    let sandbox = Sandbox::repo_of(&[("old/a.txt", &text)]);
    assert_eq!(sandbox.run(&["baseline", "create"]).code, 0);
    sandbox.commit("accepted");
    assert_eq!(check(&sandbox, &[]).code, 0);
    sandbox.git(&["mv", "old/a.txt", "a.txt"]);
    for args in [&["--staged"][..], &[]] {
        let run = check(&sandbox, args);
        assert_eq!(run.code, 1, "{args:?}: {}", run.all());
    }
}

#[test]
pub(crate) fn tests_and_manuals_lower_what_is_unsure_by_a_step() {
    let text = leak("unsure");
    let places = [
        ("app/a.env", "high"),
        ("docs/a.md", "medium"),
        ("tests/a.env", "medium"),
    ];
    let files = places.map(|(path, _)| (path, text.as_str()));
    let sandbox = Sandbox::repo_of(&files);
    let hits = check(&sandbox, &[]).hits();
    let told: Vec<_> = hits
        .iter()
        .map(|hit| (hit.path.as_str(), hit.severity.as_str()))
        .collect();
    assert_eq!(told, places);
    // A step up is news, a step down is none.
    for (from, to, code) in [
        ("tests/a.env", "app/b.env", 1),
        ("app/b.env", "docs/b.md", 0),
    ] {
        sandbox.git(&["mv", from, to]);
        let run = check(&sandbox, &["--staged"]);
        assert_eq!(run.code, code, "{from}: {}", run.all());
        sandbox.commit("moved");
    }
}

#[test]
pub(crate) fn new_lines_of_utf_16_are_those_that_are_shown() {
    // These letters hold the byte of a line end.
    let old: String = (0..20)
        .map(|line| format!("{line} \u{4e0a}\u{10a}\n"))
        .collect();
    let new = format!("{old}TOKEN={}\n", token("wide"));
    for little in [true, false] {
        let encoded = |text: &str| -> Vec<u8> {
            let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
            let pair = |unit: u16| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            };
            units.flat_map(pair).collect()
        };
        let sandbox = Sandbox::repo();
        sandbox.write("a.txt", encoded(&old));
        sandbox.commit("first");
        sandbox.write("a.txt", encoded(&new));
        sandbox.git(&["add", "a.txt"]);
        let staged = check(&sandbox, &["--staged"]);
        sandbox.commit("second");
        for run in [staged, check(&sandbox, &["--range", "HEAD~1..HEAD"])] {
            let lines: Vec<u64> = run.hits().into_iter().map(|hit| hit.line).collect();
            assert_eq!(lines, [21], "{}", run.all());
        }
    }
}

#[test]
pub(crate) fn a_range_shows_the_same_of_a_commit_as_the_history() {
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
pub(crate) fn grafts_hide_no_commit_from_a_range() {
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
pub(crate) fn no_extension_of_an_index_hides_what_is_staged() {
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
