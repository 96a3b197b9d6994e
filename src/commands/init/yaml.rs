//! Adds one entry to the YAML of a hook manager, leaving every other byte as it is.
//!
//! Edits by line, and only layouts that are certain; the result must parse, with one thing more in it than before.

use saphyr_parser::{Event, Parser};

/// `.pre-commit-config.yaml` with one repository more; none when its layout is not the usual one.
pub(super) fn pre_commit(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some(format!("repos:\n{}", entry("", LOCAL)));
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let start = lines.iter().position(|line| line.trim_end() == "repos:")?;
    let item = lines
        .get(start + 1..)?
        .iter()
        .find(|line| !is_blank(line))?;
    let indent = &item[..item.len() - item.trim_start().len()];
    if !item.trim_start().starts_with("- ") {
        return None;
    }
    // The list ends where something stands further left.
    let inside = |line: &str| {
        is_blank(line)
            || line.starts_with(indent) && {
                let rest = &line[indent.len()..];
                rest.starts_with([' ', '-'])
            }
    };
    let end = lines
        .get(start + 1..)?
        .iter()
        .position(|line| !inside(line))
        .map_or(lines.len(), |at| start + 1 + at);
    insert(
        &lines,
        last_content(&lines, end),
        &entry(indent, LOCAL),
        text,
    )
}

/// `lefthook.yml` with one command more; none when its layout is not the usual one.
pub(super) fn lefthook(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let Some(start) = lines
        .iter()
        .position(|line| line.trim_end() == "pre-commit:")
    else {
        let known = text.lines().any(|line| line.starts_with("pre-commit"));
        let gap = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let new = format!(
            "{text}{gap}pre-commit:\n  commands:\n{}",
            entry("    ", COMMAND)
        );
        return (!known).then(|| checked(text, new)).flatten();
    };
    let key = (start + 1..lines.len()).find(|at| {
        let line = lines.get(*at).copied().unwrap_or_default();
        ["commands:", "jobs:"].contains(&line.trim())
    })?;
    // It must belong to this hook: nothing further left in between.
    let between = lines.get(start + 1..=key)?;
    if between
        .iter()
        .any(|line| !is_blank(line) && !line.starts_with(' '))
    {
        return None;
    }
    let first = lines.get(key + 1..)?.iter().find(|line| !is_blank(line))?;
    let indent = &first[..first.len() - first.trim_start().len()];
    let template = if first.trim_start().starts_with("- ") {
        JOB
    } else {
        COMMAND
    };
    insert(&lines, key + 1, &entry(indent, template), text)
}

/// The lines with `new` before line `at`.
fn insert(lines: &[&str], at: usize, new: &str, old: &str) -> Option<String> {
    let mut out: String = lines.get(..at)?.concat();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(new);
    out.push_str(&lines.get(at..)?.concat());
    checked(old, out)
}

/// The result, when both parse and nothing but our words came in.
fn checked(old: &str, new: String) -> Option<String> {
    let before = scalars(old)?;
    let mut after = scalars(&new)?.into_iter();
    // Every word of before, in order.
    let kept = before
        .iter()
        .all(|word| after.by_ref().any(|other| &other == word));
    kept.then_some(new)
}

/// The words of a document; none when it does not parse.
fn scalars(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for event in Parser::new_from_str(text) {
        if let (Event::Scalar(word, ..), _) = event.ok()? {
            words.push(word.into_owned());
        }
    }
    Some(words)
}

/// The index after the last line before `end` that says something.
fn last_content(lines: &[&str], end: usize) -> usize {
    (0..end)
        .rev()
        .find(|at| lines.get(*at).is_some_and(|line| !is_blank(line)))
        .map_or(end, |at| at + 1)
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

fn entry(indent: &str, template: &str) -> String {
    template
        .lines()
        .map(|line| format!("{indent}{line}\n"))
        .collect()
}

const LOCAL: &str = "- repo: local
  hooks:
  - id: stackguard
    name: stackguard
    language: system
    entry: stackguard check --staged
    pass_filenames: false
    always_run: true
";
const COMMAND: &str = "stackguard:
  run: stackguard check --staged
";
const JOB: &str = "- name: stackguard
  run: stackguard check --staged
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pre_commit_gets_one_repository_more() {
        for (old, has) in [
            ("", "repos:\n- repo: local\n  hooks:\n"),
            (
                "repos:\n  - repo: a\n    hooks:\n      - id: b\n\n# the end\nci:\n  x: 1\n",
                "      - id: b\n  - repo: local\n    hooks:\n    - id: stackguard\n",
            ),
            (
                "# c\nrepos:\n- repo: a\n  hooks:\n  - id: b # d",
                "  - id: b # d\n- repo: local\n",
            ),
        ] {
            let new = pre_commit(old).expect("a usual layout");
            assert!(new.contains(has), "{new}");
            assert!(old.lines().all(|line| new.contains(line)), "{new}");
        }
        for odd in ["repos: []\n", "repos: [{repo: a}]\n", "a: [\n", "x: 1\n"] {
            assert_eq!(pre_commit(odd), None, "{odd}");
        }
    }

    #[test]
    fn lefthook_gets_one_command_more() {
        for (old, has) in [
            ("", "pre-commit:\n  commands:\n    stackguard:\n      run:"),
            (
                "pre-push:\n  commands:\n    a:\n      run: b\n",
                "      run: b\npre-commit:\n",
            ),
            (
                "pre-commit:\n  parallel: true\n  commands:\n    lint:\n      run: b\n",
                "commands:\n    stackguard:\n      run: stackguard check --staged\n    lint:",
            ),
            (
                "pre-commit:\n  jobs:\n    - run: b\n",
                "jobs:\n    - name: stackguard\n      run: stackguard",
            ),
        ] {
            let new = lefthook(old).expect("a usual layout");
            assert!(new.contains(has), "{new}");
            assert!(old.lines().all(|line| new.contains(line)), "{new}");
        }
        for odd in [
            "pre-commit: {commands: {a: {run: b}}}\n",
            "pre-commit:\n  scripts:\n    a: b\npre-push:\n  commands:\n    a: b\n",
        ] {
            assert_eq!(lefthook(odd), None, "{odd}");
        }
    }
}
