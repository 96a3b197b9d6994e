//! A history told to `git fast-import`: any shape, any dates, in one process.

use crate::harness::Sandbox;
use std::collections::BTreeMap;

/// The files of a commit.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Commits, told one after the other.
#[derive(Default)]
pub(super) struct Past {
    stream: Vec<u8>,
    marks: usize,
    branches: Vec<String>,
}

impl Past {
    /// Goes on from what a repository has: branches are taken up where they stand.
    pub(super) fn after() -> Self {
        Self {
            branches: vec![String::new()],
            ..Self::default()
        }
    }

    /// A commit whose tree is `files`, made at `time` (seconds since 1970); its mark.
    pub(super) fn commit(
        &mut self,
        branch: &str,
        parents: &[&str],
        time: i64,
        message: &str,
        files: &Files,
    ) -> String {
        self.marks += 1;
        let mark = format!(":{}", self.marks);
        let mut text = String::new();
        if parents.is_empty() && !self.branches.iter().any(|known| known == branch) {
            text.push_str(&format!("reset refs/heads/{branch}\n"));
        }
        self.branches.push(branch.to_owned());
        text.push_str(&format!(
            "commit refs/heads/{branch}\nmark {mark}\nauthor Ada <ada@acme.dev> {time} +0000\ncommitter Ada <ada@acme.dev> {time} +0000\ndata {}\n{message}\n",
            message.len()
        ));
        for (number, parent) in parents.iter().enumerate() {
            let word = if number == 0 { "from" } else { "merge" };
            text.push_str(&format!("{word} {parent}\n"));
        }
        text.push_str("deleteall\n");
        self.stream.extend_from_slice(text.as_bytes());
        for (path, bytes) in files {
            let head = format!("M 100644 inline {path}\ndata {}\n", bytes.len());
            self.stream.extend_from_slice(head.as_bytes());
            self.stream.extend_from_slice(bytes);
            self.stream.push(b'\n');
        }
        mark
    }

    /// Hands it to git; the ids of the commits, in the order told.
    pub(super) fn import(&self, sandbox: &Sandbox) -> Vec<String> {
        let marks = sandbox.outside("marks");
        let export = format!("--export-marks={}", marks.display());
        sandbox.git_with(
            &["fast-import", "--quiet", "--force", &export],
            &self.stream,
        );
        let text = std::fs::read_to_string(marks).expect("git wrote it");
        let mut ids: Vec<(usize, String)> = text
            .lines()
            .filter_map(|line| line.strip_prefix(':')?.split_once(' '))
            .map(|(mark, id)| (mark.parse().expect("a number"), id.to_owned()))
            .collect();
        ids.sort();
        ids.into_iter().map(|(_, id)| id).collect()
    }
}

/// Files of texts.
pub(super) fn files(of: &[(&str, &str)]) -> Files {
    of.iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect()
}
