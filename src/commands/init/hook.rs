//! The check before each commit, in front of whatever runs there already.

use super::super::changes::{Changes, is_executable, read};
use super::survey::Survey;
use super::{relative, yaml};
use crate::cli::Hook;
use miette::miette;
use std::path::{Path, PathBuf};

/// Plans the hook: the one asked for, or the one the repository's own tool wants.
///
/// # Errors
/// Hooks that are shared with other repositories; a file that cannot be read.
pub(super) fn plan(
    wanted: Option<Hook>,
    survey: &Survey,
    changes: &mut Changes,
) -> miette::Result<()> {
    let hook = wanted.unwrap_or_else(|| usual(&survey.root));
    if hook == Hook::None {
        return Ok(());
    }
    if !survey.is_git && hook == Hook::Git {
        changes.note("no hook: this is no git repository");
        return Ok(());
    }
    match hook {
        Hook::Git => git(survey, changes),
        Hook::Husky => {
            husky(&survey.root, changes)?;
            if survey.is_git && !runs_husky(&survey.root) {
                changes.note("git does not run .husky here yet: husky sets `core.hooksPath` when packages are installed (`npx husky`)");
            }
            Ok(())
        }
        Hook::PreCommit => {
            let name = first_of(&survey.root, &PRE_COMMIT);
            in_yaml(&survey.root, name, yaml::pre_commit, changes)?;
            changes.note("`pre-commit install` once in each clone makes the framework run it");
            Ok(())
        }
        Hook::Lefthook => {
            let other = LEFTHOOK_OTHERS
                .iter()
                .find(|name| survey.root.join(name).exists());
            if let Some(name) = other {
                changes.note(format!("{name}: add `{COMMAND}` to its pre-commit by hand"));
                return Ok(());
            }
            let name = first_of(&survey.root, &LEFTHOOK);
            in_yaml(&survey.root, name, yaml::lefthook, changes)?;
            changes.note("`lefthook install` once in each clone makes it run");
            Ok(())
        }
        Hook::None => Ok(()),
    }
}

/// The tool the repository uses.
fn usual(root: &Path) -> Hook {
    let is_there = |names: &[&str]| names.iter().any(|name| root.join(name).exists());
    if is_there(&PRE_COMMIT) {
        Hook::PreCommit
    } else if is_there(&LEFTHOOK) || is_there(&LEFTHOOK_OTHERS) {
        Hook::Lefthook
    } else if is_there(&[".husky"]) {
        Hook::Husky
    } else {
        Hook::Git
    }
}

fn first_of(root: &Path, names: &[&'static str]) -> &'static str {
    let there = names.iter().find(|name| root.join(name).exists());
    there.or_else(|| names.first()).copied().unwrap_or_default()
}

/// git's own hook, where this repository (or the one this worktree belongs to) keeps it.
fn git(survey: &Survey, changes: &mut Changes) -> miette::Result<()> {
    let place = hooks(&survey.root)?;
    let there = place.path(NAME);
    if there.is_symlink() {
        changes.note(format!(
            "{} is a link: add `{COMMAND}` to its target by hand",
            there.display()
        ));
        return Ok(());
    }
    let mut write = |name: &str, text: Vec<u8>| {
        changes.file(&place.fence, &format!("{}/{name}", place.inner), text, true)
    };
    let Some(old) = read(&there)? else {
        return write(NAME, format!("#!/bin/sh\n{}", block()).into_bytes());
    };
    let text = std::str::from_utf8(&old).ok();
    if text.is_some_and(|text| text.contains(BEGIN)) {
        // The same bytes: no change, unless it lost the right to run.
        return write(NAME, old);
    }
    if !is_executable(&there) {
        changes.note(format!(
            "git does not run {}, which is not executable: with `chmod +x` a second `init` adds the check to it, without the file \
             it writes one",
            there.display()
        ));
        return Ok(());
    }
    if text.is_some_and(runs) {
        changes.note(format!("{} {RUNS}", there.display()));
        return Ok(());
    }
    if let Some(text) = text.filter(|text| is_shell(text)) {
        return write(NAME, chained(text).into_bytes());
    }
    // Not a shell script: kept beside, and run afterwards.
    if read(&place.path(KEPT))?.is_some() {
        return Err(miette!(
            help = "move one of them away, or give `--hook none`",
            "{} and {} are both there",
            there.display(),
            place.path(KEPT).display()
        ));
    }
    write(KEPT, old)?;
    let run = format!(
        "#!/bin/sh\n{}exec \"$(dirname \"$0\")/{KEPT}\" \"$@\"\n",
        block()
    );
    write(NAME, run.into_bytes())
}

/// A directory of hooks: below something that exists, and that its files must not lead out of.
struct Place {
    fence: PathBuf,
    /// Relative to the fence, with `/`.
    inner: String,
}

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.fence.join(&self.inner).join(name)
    }
}

/// The directory of the hooks: `core.hooksPath`, else that of the main repository, which all worktrees share.
fn hooks(root: &Path) -> miette::Result<Place> {
    let opened = git2::Repository::open(root).map_err(|error| {
        miette!(
            help = "`--hook none` leaves the hook out",
            "could not open the repository: {}",
            error.message()
        )
    })?;
    let common = opened.commondir().to_owned();
    let common = common.canonicalize().unwrap_or(common);
    let configured = opened
        .config()
        .and_then(|config| config.get_path("core.hooksPath"));
    let given = configured.unwrap_or_else(|_| common.join("hooks"));
    let dir = root.join(&given);
    for fence in [root, &common] {
        let inner = relative(&dir, fence)
            .filter(|inner| !inner.is_empty() && !inner.split('/').any(|part| part == ".."));
        if let Some(inner) = inner {
            return Ok(Place {
                fence: fence.to_owned(),
                inner,
            });
        }
    }
    Err(miette!(
        help = "add `stackguard check --staged` there by hand if that is meant for all of them, and give `--hook none`",
        "core.hooksPath is {}, which other repositories may use as well",
        given.display()
    ))
}

/// Whether git looks for hooks in husky's directory.
fn runs_husky(root: &Path) -> bool {
    hooks(root).is_ok_and(|place| {
        place
            .fence
            .join(place.inner)
            .starts_with(root.join(".husky"))
    })
}

/// husky runs `.husky/pre-commit` with `sh`; from version 9 on it has no first line and need not be executable.
fn husky(root: &Path, changes: &mut Changes) -> miette::Result<()> {
    let path = root.join(HUSKY);
    let old = read(&path)?;
    let text = old.as_deref().map(std::str::from_utf8);
    match text {
        None => changes.file(root, HUSKY, block(), true),
        Some(Ok(text)) => {
            let by_git = text.contains(HUSKY_8);
            if text.contains(BEGIN) {
                changes.file(root, HUSKY, text, by_git)
            } else if by_git && !is_executable(&path) {
                changes.note(format!(
                    "git does not run {HUSKY}, which is not executable: with `chmod +x` a second `init` adds the check to it"
                ));
                Ok(())
            } else if runs(text) {
                changes.note(format!("{HUSKY} {RUNS}"));
                Ok(())
            } else {
                changes.file(root, HUSKY, chained(text), by_git)
            }
        }
        Some(Err(_)) => {
            changes.note(format!("{HUSKY} is not text: add `{COMMAND}` by hand"));
            Ok(())
        }
    }
}

/// Edits a YAML file, or says what to add to it by hand.
fn in_yaml(
    root: &Path,
    name: &str,
    edit: fn(&str) -> Option<String>,
    changes: &mut Changes,
) -> miette::Result<()> {
    let old = read(&root.join(name))?.unwrap_or_default();
    let text = std::str::from_utf8(&old).ok();
    if text.is_some_and(runs) {
        return Ok(());
    }
    match text.and_then(edit) {
        Some(new) => changes.file(root, name, new, false),
        None => {
            changes.note(format!(
                "{name} is not laid out as expected: add `{COMMAND}` to it by hand"
            ));
            Ok(())
        }
    }
}

/// A shell script with the check at its beginning, so that no `exit` or `exec` of its own comes before it.
fn chained(text: &str) -> String {
    let mut at = 0;
    for line in text.split_inclusive('\n').take(5) {
        if line.starts_with("#!") || line.trim_end().ends_with(HUSKY_8) {
            at += line.len();
        } else {
            break;
        }
    }
    let (head, rest) = text.split_at(at);
    let newline = if head.is_empty() || head.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{head}{newline}{}{rest}", block())
}

fn block() -> String {
    format!("{BEGIN}\n{COMMAND} || exit $?\n{END}\n")
}

/// Whether a line that is no comment runs the check already, or names its entry for the pre-commit framework.
fn runs(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("- ").unwrap_or(line);
        let line = line.split(" #").next().unwrap_or_default().trim();
        let is_entry = ["id: stackguard", "id: 'stackguard'", "id: \"stackguard\""].contains(&line);
        // `/usr/bin/stackguard -q check --staged` as well.
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_run = words
            .iter()
            .position(|word| {
                word.rsplit(['/', '"', '\'']).find(|part| !part.is_empty()) == Some("stackguard")
            })
            .is_some_and(|at| words.iter().skip(at + 1).any(|word| *word == "check"));
        !line.starts_with('#') && (is_entry || is_run)
    })
}

fn is_shell(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let Some(interpreter) = first.strip_prefix("#!") else {
        return false;
    };
    let words: Vec<&str> = interpreter.split_whitespace().collect();
    let program = words
        .iter()
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        .find(|word| *word != "env" && !word.starts_with('-'));
    matches!(
        program,
        Some("sh" | "bash" | "dash" | "zsh" | "ksh" | "ash")
    )
}

/// The hook that git runs before a commit.
const NAME: &str = "pre-commit";
/// What is kept of a hook that is no shell script.
const KEPT: &str = "pre-commit.before-stackguard";
const HUSKY: &str = ".husky/pre-commit";
const PRE_COMMIT: [&str; 2] = [".pre-commit-config.yaml", ".pre-commit-config.yml"];
const LEFTHOOK: [&str; 4] = [
    "lefthook.yml",
    "lefthook.yaml",
    ".lefthook.yml",
    ".lefthook.yaml",
];
/// Its configuration where it is not edited here.
const LEFTHOOK_OTHERS: [&str; 6] = [
    "lefthook.toml",
    ".lefthook.toml",
    "lefthook.json",
    ".lefthook.json",
    ".config/lefthook.yml",
    ".config/lefthook.yaml",
];
/// How a hook of husky 8 and before ends its first lines; git runs it, so it must be executable.
const HUSKY_8: &str = "_/husky.sh\"";
/// Said of a hook that somebody else made.
const RUNS: &str = "runs the check already, as far as can be seen, and stays as it is";
const COMMAND: &str = "stackguard check --staged";
const BEGIN: &str =
    "# stackguard: what is about to be committed; 127 means that it is not on the PATH";
const END: &str = "# stackguard: end";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_comes_first() {
        let block = block();
        for (old, new) in [
            (
                "#!/bin/sh\nexec lint\n",
                format!("#!/bin/sh\n{block}exec lint\n"),
            ),
            ("npx lint-staged\n", format!("{block}npx lint-staged\n")),
            (
                "#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n\nnpm test\n",
                format!(
                    "#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n{block}\nnpm test\n"
                ),
            ),
            ("#!/bin/sh", format!("#!/bin/sh\n{block}")),
        ] {
            assert_eq!(chained(old), new);
            assert!(runs(&new) && !runs(old));
        }
    }

    #[test]
    fn only_a_line_that_runs_the_check_counts() {
        for (text, expected) in [
            ("stackguard check --staged\n", true),
            ("exec /opt/bin/stackguard -q check --staged || exit 1", true),
            ("\"$HOME/bin/stackguard\" check", true),
            ("  - id: stackguard # ours\n", true),
            ("    id: \"stackguard\"\n", true),
            ("      run: stackguard check --staged\n", true),
            ("# stackguard check --staged\n", false),
            ("lint # then stackguard check\n", false),
            ("echo stackguard is gone\n", false),
            ("cd ../stackguard-fork && make check\n", false),
            ("- id: stackguard-old\n", false),
            ("", false),
        ] {
            assert_eq!(runs(text), expected, "{text}");
        }
    }

    #[test]
    fn shells_by_their_first_line() {
        for (text, shell) in [
            ("#!/bin/sh\n", true),
            ("#!/usr/bin/env bash\n", true),
            ("#!/usr/bin/env -S bash -e\n", true),
            ("#!/bin/bash -e", true),
            ("#!/usr/bin/env python3\n", false),
            ("echo\n", false),
            ("", false),
        ] {
            assert_eq!(is_shell(text), shell, "{text}");
        }
    }
}
