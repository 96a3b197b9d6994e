//! Repositories that name their objects by SHA-256, or are made of something else that git knew later: staged changes, ranges
//! and hooks are the same as elsewhere, or what cannot be read is named.

use crate::harness::{Run, Sandbox, by_sha256, leak, token};
use crate::{changes, repositories};
use std::path::Path;

#[test]
fn repositories_in_every_state() {
    by_sha256(&[
        repositories::linked_work_trees_have_an_index_of_their_own,
        repositories::submodules_are_a_pointer_in_the_index,
        repositories::bare_repositories_have_commits_but_no_index,
        repositories::what_a_shallow_clone_left_behind_is_said,
        repositories::alternates_are_read,
        repositories::packed_history_is_the_same_history,
        repositories::stashes_and_deleted_branches_are_history,
        repositories::staged_reads_the_index_that_git_names,
        repositories::what_is_only_announced_is_not_staged,
        repositories::a_renamed_file_is_checked_where_it_changed,
        repositories::as_a_hook,
        repositories::a_submodule_has_a_history_of_its_own,
        repositories::a_linked_work_tree_has_refs_of_its_own,
    ]);
    #[cfg(unix)]
    by_sha256(&[
        repositories::a_link_to_a_file_of_another_name_is_not_clean,
        repositories::the_text_of_a_link_is_looked_at,
    ]);
}

#[test]
fn what_changes() {
    by_sha256(&[
        changes::a_file_that_moves_has_a_new_name,
        changes::what_moves_out_of_an_exception_is_news,
        changes::what_moves_to_another_name_is_judged_by_it,
        changes::what_is_too_large_to_compare_is_new_where_it_moves,
        changes::exceptions_of_the_place_it_left_are_not_used,
        changes::tests_and_manuals_lower_what_is_unsure_by_a_step,
        changes::new_lines_of_utf_16_are_those_that_are_shown,
        changes::a_range_shows_the_same_of_a_commit_as_the_history,
        changes::grafts_hide_no_commit_from_a_range,
        changes::no_extension_of_an_index_hides_what_is_staged,
    ]);
}

/// Both hashes, one after the other.
fn by_each_hash(test: fn()) {
    test();
    by_sha256(&[test]);
}

fn check(sandbox: &Sandbox, args: &[&str]) -> Run {
    let ask = ["check", "--guard", "secrets", "--format", "json"];
    sandbox.run(&[&ask[..], args].concat())
}

/// Path and line of what was found, sorted.
fn places(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let run = check(sandbox, args);
    assert_eq!(
        run.json()["incomplete"].as_array().map(Vec::len),
        Some(0),
        "{}",
        run.all()
    );
    let mut places: Vec<String> = run
        .hits()
        .iter()
        .map(|hit| format!("{}:{}", hit.path, hit.line))
        .collect();
    places.sort();
    places
}

/// Lines that differ, so that versions of a text are kept as deltas.
fn lines(from: usize) -> String {
    (from..from + 300)
        .map(|line| format!("line {line} of the text\n"))
        .collect()
}

/// A history with two branches and a merge of them that slips something in, a tag, and a file that is moved and edited.
fn branched() -> Sandbox {
    let sandbox = Sandbox::repo_of(&[("a.txt", &lines(0)), ("deep/er/b.txt", &lines(500))]);
    sandbox.git(&["tag", "-a", "-m", "one", "v1"]);
    sandbox.git(&["checkout", "-qb", "side"]);
    sandbox.write("deep/er/side.env", leak("side"));
    sandbox.commit("side");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("a.txt", lines(0) + &leak("end of a"));
    sandbox.commit("main");
    sandbox.git(&["merge", "-q", "--no-commit", "side"]);
    sandbox.write("evil.env", leak("slipped in"));
    sandbox.commit("merge");
    sandbox.git(&["mv", "deep/er/b.txt", "moved.txt"]);
    sandbox.write("moved.txt", lines(500) + &leak("end of b"));
    let message = format!("moved\n\nwith {}", token("message"));
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-qm", &message]);
    sandbox
}

#[test]
fn ranges_of_objects_kept_in_every_way() {
    by_each_hash(|| {
        let sandbox = branched();
        let short = sandbox.git(&["rev-parse", "--short=8", "HEAD~1"]);
        let last = format!("{short}..HEAD");
        let full = sandbox.git(&["rev-parse", "v1^{commit}"]);
        let all = format!("{full}..");
        let ways: [&[&[&str]]; 6] = [
            &[],
            &[&["repack", "-q"]],
            &[&["gc", "-q", "--aggressive", "--prune=now"]],
            &[&["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"]],
            &[
                &["commit-graph", "write", "--reachable"],
                &["multi-pack-index", "write"],
            ],
            &[
                &["pack-refs", "--all"],
                &["reflog", "expire", "--expire=now", "--all"],
            ],
        ];
        for steps in ways {
            for step in steps {
                sandbox.git(step);
            }
            for (range, wanted) in [
                (&*last, &["<commit message>:8", "moved.txt:301"][..]),
                ("HEAD~2..HEAD~1", &["deep/er/side.env:1", "evil.env:1"]),
                ("HEAD~1^2...main~1", &["a.txt:301", "evil.env:1"]),
                ("main...side", &[]),
                ("v1..side", &["deep/er/side.env:1"]),
                ("side...HEAD~2", &["a.txt:301"]),
                (
                    &*all,
                    &[
                        "<commit message>:8",
                        "a.txt:301",
                        "deep/er/side.env:1",
                        "evil.env:1",
                        "moved.txt:301",
                    ],
                ),
            ] {
                assert_eq!(
                    places(&sandbox, &["--range", range]),
                    wanted,
                    "{range}, {steps:?}"
                );
            }
        }
    });
}

#[test]
fn a_root_commit_and_ends_that_are_not_there() {
    by_each_hash(|| {
        let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
        sandbox.git(&["checkout", "-q", "--orphan", "island"]);
        sandbox.write("b.env", leak("island"));
        sandbox.commit("island");
        assert_eq!(places(&sandbox, &["--range", "main..island"]), ["b.env:1"]);
        let zeros = "0".repeat(sandbox.git(&["rev-parse", "HEAD"]).len());
        for (range, said) in [
            (format!("{zeros}..HEAD"), "DEFAULT_BRANCH"),
            (format!("{}..HEAD", zeros.replace('0', "1")), "fetched"),
            ("main...island".to_owned(), "merge base"),
        ] {
            let run = check(&sandbox, &["--range", &range]);
            assert_eq!(run.code, 2, "{}", run.all());
            assert!(run.err().contains(said), "{}", run.all());
        }
    });
}

#[test]
fn conflicts_and_sparse_indexes() {
    by_each_hash(|| {
        let sandbox = Sandbox::repo_of(&[("in/a.txt", "base\n"), ("out/b.txt", "base\n")]);
        sandbox.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
        let blob = sandbox.git_with(&["hash-object", "-w", "--stdin"], leak("sparse").as_bytes());
        let entry = format!("100644,{blob},out/new.env");
        sandbox.git(&["update-index", "--add", "--cacheinfo", &entry]);
        assert_eq!(places(&sandbox, &["--staged"]), ["out/new.env:1"]);
        sandbox.git(&["rm", "-q", "--cached", "--sparse", "out/new.env"]);
        for (stage, text) in [(1, "base"), (2, "ours"), (3, "theirs")] {
            let blob = sandbox.git_with(&["hash-object", "-w", "--stdin"], text.as_bytes());
            let line = format!("100644 {blob} {stage}\tin/c.txt\n");
            sandbox.git_with(&["update-index", "--index-info"], line.as_bytes());
        }
        let run = check(&sandbox, &["--staged"]);
        assert_eq!(run.code, 2, "{}", run.all());
        assert!(run.out().contains("merge conflict"), "{}", run.all());
    });
}

#[test]
fn baselines_and_exceptions_know_no_hash() {
    let reports = ["sha1", "sha256"].map(|hash| {
        let sandbox = Sandbox::new();
        sandbox.git(&[
            "init",
            "-q",
            "-b",
            "main",
            &format!("--object-format={hash}"),
            ".",
        ]);
        sandbox.write("a.env", leak("old"));
        sandbox.commit("old");
        let run = sandbox.run(&["baseline", "create"]);
        assert_eq!(run.code, 0, "{}", run.all());
        sandbox.commit("baseline");
        sandbox.write("a.env", format!("{}{}", leak("old"), leak("new")));
        sandbox.write("old/b.env", leak("old"));
        sandbox.write(
            "c.env",
            format!(
                "# stackguard:allow generic-secret a test\n{}",
                leak("allowed")
            ),
        );
        sandbox.git(&["add", "-A"]);
        let staged = check(&sandbox, &["--staged"]);
        sandbox.git(&["commit", "-qm", "new"]);
        let ranged = check(&sandbox, &["--range", "HEAD~1.."]);
        [staged, ranged].map(|run| {
            assert_eq!(run.code, 1, "{}", run.all());
            let report = run.json();
            let findings = report["findings"].as_array().expect("a list").clone();
            let prints: Vec<String> = findings
                .iter()
                .map(|finding| finding["fingerprint"].to_string())
                .collect();
            assert!(prints.iter().all(|print| print.len() > 10), "{}", run.all());
            (
                prints,
                report["summary"]
                    .to_string()
                    .replace(char::is_numeric, "")
                    .len(),
            )
        })
    });
    assert_eq!(reports[0], reports[1]);
}

#[test]
fn init_installs_a_hook_that_refuses_a_leak() {
    by_each_hash(|| {
        let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
        let run = sandbox.run(&["init", "--yes", "--no-workflow"]);
        assert_eq!(run.code, 0, "{}", run.all());
        sandbox.write("b.env", leak("hook"));
        let (said, code) = sandbox.shell("git add -A && git commit -qm leak");
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("b.env"), "{said}");
        sandbox.git(&["rm", "-q", "--cached", "b.env"]);
        let (said, code) = sandbox.shell("git commit -qm clean");
        assert_eq!(code, 0, "{said}");
    });
}

/// What `git push` sends is looked at before it is taken in: new objects stand apart until the hook agrees.
#[cfg(unix)]
#[test]
fn a_server_refuses_a_push() {
    by_each_hash(|| {
        let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
        sandbox.git(&["clone", "-q", "--bare", ".", "../server.git"]);
        let hook = sandbox.outside("server.git/hooks/pre-receive");
        std::fs::write(
            &hook,
            "#!/bin/sh\nwhile read old new name; do stackguard check --range \"$old..$new\" || exit 1; done\n",
        )
        .expect("git made the directory");
        let set = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&hook, set).expect("it is ours");
        sandbox.write("b.txt", "harmless\n");
        sandbox.commit("harmless");
        let (said, code) = sandbox.shell("git push -q ../server.git main");
        assert_eq!(code, 0, "{said}");
        sandbox.write("b.env", leak("pushed"));
        sandbox.commit("leak");
        let (said, code) = sandbox.shell("git push -q ../server.git main");
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("b.env"), "{said}");
    });
}

/// A linked work tree and its repository that name each other from where they stand (`extensions.relativeWorktrees`).
fn relative_work_tree() -> Sandbox {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    sandbox.git(&["worktree", "add", "-q", "../linked"]);
    sandbox.git(&["config", "core.repositoryFormatVersion", "1"]);
    sandbox.git(&["config", "extensions.relativeWorktrees", "true"]);
    let write = |path: &Path, text: &str| std::fs::write(path, text).expect("git made it");
    let name = sandbox
        .dir()
        .file_name()
        .expect("it has one")
        .display()
        .to_string();
    write(
        &sandbox.outside("linked/.git"),
        &format!("gitdir: ../{name}/.git/worktrees/linked\n"),
    );
    write(
        &sandbox.path(".git/worktrees/linked/gitdir"),
        "../../../../linked/.git\n",
    );
    sandbox
}

#[test]
fn work_trees_may_be_named_from_where_they_stand() {
    by_each_hash(|| {
        let sandbox = relative_work_tree();
        let linked = sandbox.outside("linked").display().to_string();
        std::fs::write(sandbox.outside("linked/b.env"), leak("linked")).expect("git made it");
        // Git 2.39 does not know the extension.
        let forget =
            || sandbox.shell("git config --file .git/config --unset extensions.relativeWorktrees");
        let again =
            || sandbox.shell("git config --file .git/config extensions.relativeWorktrees true");
        forget();
        sandbox.git(&["-C", &linked, "add", "b.env"]);
        again();
        let git_dir = sandbox.path(".git/worktrees/linked");
        let in_hook = |args: &[&str]| {
            let mut command = sandbox.command(
                &[
                    &["check", "--guard", "secrets", "--format", "json"][..],
                    args,
                ]
                .concat(),
            );
            command
                .current_dir(&linked)
                .env("GIT_DIR", &git_dir)
                .env("GIT_INDEX_FILE", git_dir.join("index"));
            Run::of(&mut command)
        };
        assert_eq!(places(&sandbox, &["--staged"]), Vec::<String>::new());
        assert_eq!(places(&sandbox, &["--staged", &linked]), ["b.env:1"]);
        let hits = in_hook(&["--staged"]).hits();
        assert_eq!((hits.len(), &*hits[0].path), (1, "b.env"));
        forget();
        sandbox.git(&["-C", &linked, "commit", "-qm", "leak"]);
        again();
        assert_eq!(
            places(&sandbox, &["--range", "main..HEAD", &linked]),
            ["b.env:1"]
        );
        assert_eq!(in_hook(&["--range", "main..HEAD"]).hits().len(), 1);
        assert_eq!(places(&sandbox, &["--history", &linked]), ["b.env:1"]);
        assert_eq!(check(&sandbox, &[&linked]).code, 1);
    });
}

#[test]
fn refs_in_tables_are_refused_by_name() {
    by_each_hash(|| {
        let sandbox = Sandbox::repo_of(&[("b.env", &leak("unseen"))]);
        // As `git init --ref-format=reftable` leaves it.
        sandbox.git(&["config", "core.repositoryFormatVersion", "1"]);
        sandbox.git(&["config", "extensions.refStorage", "reftable"]);
        std::fs::remove_dir_all(sandbox.path(".git/refs")).expect("git made it");
        sandbox.write(".git/HEAD", "ref: refs/heads/.invalid\n");
        sandbox.write(
            ".git/refs/heads",
            "this repository uses the reftable format\n",
        );
        sandbox.write(
            ".git/reftable/tables.list",
            "0x000000000001-0x000000000001-00000000.ref\n",
        );
        for args in [
            &["--staged"][..],
            &["--range", "HEAD~1..HEAD"],
            &["--history"],
        ] {
            let run = check(&sandbox, args);
            assert_eq!(run.code, 2, "{args:?}: {}", run.all());
            let said = run.err();
            assert!(
                said.contains("refs") && said.contains("git refs migrate"),
                "{args:?}: {said}"
            );
        }
        assert_eq!(check(&sandbox, &[]).code, 1, "the files can be looked at");
    });
}
