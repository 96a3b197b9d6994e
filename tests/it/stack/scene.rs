//! A small tree in one text file (`-- path --` before each of its files), and what is to be found in it:
//! `expect: path:line rule` lines before the first file; line 0 is a whole file, path `.` the whole tree.

use crate::harness::{Run, Sandbox};
use std::path::Path;

/// A tree and what is to be found in it.
pub(super) struct Scene {
    /// `rule path:line`, sorted.
    pub(super) expected: Vec<String>,
    files: Vec<(String, String)>,
}

impl Scene {
    /// Reads one; `{base62:32}` and its like become random-looking values.
    pub(super) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("the fixture is there");
        let mut expected = Vec::new();
        let mut files: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            let name = line
                .strip_prefix("-- ")
                .and_then(|line| line.strip_suffix(" --"));
            if let Some(name) = name {
                files.push((name.to_owned(), String::new()));
            } else if let Some((_, body)) = files.last_mut() {
                body.push_str(line);
                body.push('\n');
            } else if let Some((place, rule)) = line
                .strip_prefix("expect: ")
                .and_then(|line| line.split_once(' '))
            {
                expected.push(format!("{rule} {place}"));
            }
        }
        assert!(!files.is_empty(), "{} holds no file", path.display());
        expected.sort();
        for (_, body) in &mut files {
            *body = stackguard::policy::pack::expand(body);
        }
        Self { expected, files }
    }

    /// Writes the tree and commits it.
    pub(super) fn lay_out(&self) -> Sandbox {
        let files: Vec<(&str, &str)> = self
            .files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        Sandbox::repo_of(&files)
    }

    /// The texts of files, with their paths.
    pub(super) fn files(&self) -> &[(String, String)] {
        &self.files
    }
}

/// `rule path:line` of every place of everything found, sorted.
pub(super) fn found(run: &Run) -> Vec<String> {
    let mut found: Vec<String> = run
        .hits()
        .into_iter()
        .map(|hit| format!("{} {}:{}", hit.rule, hit.path, hit.line))
        .collect();
    found.sort();
    found
}
