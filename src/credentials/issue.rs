//! What is wrong with a credential, before the policy says how bad it is; and its place in the map file.

use crate::finding::{Location, RepoPath, Veil};
use crate::policy::Severity;
use crate::secrets::Scanner;
use crate::tree::{Draft, FileView};
use std::fmt;

/// Something wrong with a credential or with a place that holds some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Id of a `[[rule]]` of the shipped packs.
    pub rule: &'static str,
    /// The 1-based line of the map it is about; 0 for none.
    pub line: u32,
    /// The file it is about, where that is not the map.
    pub file: Option<String>,
    /// The place, as [`crate::credentials::StorePlace`] shows it.
    pub store: Option<String>,
    /// The name there.
    pub key: Option<String>,
    /// One sentence without a full stop; never a value.
    pub message: String,
    /// What to do, where the rule's own advice is not enough.
    pub help: Option<String>,
    /// What makes it itself besides rule, place and name; goes into the fingerprint.
    pub content: String,
    /// Severity, where it differs from the rule's own.
    pub severity: Option<Severity>,
}

impl Issue {
    /// An issue with a rule and a sentence.
    #[must_use]
    pub fn new(rule: &'static str, message: String) -> Self {
        Self {
            rule,
            line: 0,
            file: None,
            store: None,
            key: None,
            message,
            help: None,
            content: String::new(),
            severity: None,
        }
    }

    /// The finding to be, in the map or in the file it is about.
    #[must_use]
    pub fn draft(&self, map: &MapText) -> Draft {
        let mark = match self.file {
            None => map.mark(self.line),
            Some(_) => None,
        };
        let path = self
            .file
            .as_deref()
            .map_or_else(|| map.path.clone(), RepoPath::new);
        let empty = String::new();
        let parts = [self.store.as_ref(), self.key.as_ref(), Some(&self.content)];
        let content: Vec<&str> = parts
            .iter()
            .map(|part| part.unwrap_or(&empty).as_str())
            .collect();
        Draft {
            rule: self.rule,
            path,
            mark,
            message: self.message.clone(),
            help: self.help.clone(),
            content: content.join("\n"),
            severity: self.severity,
            decided_by: None,
        }
    }

    /// Says in a finding's location which store and name it is about.
    pub fn locate(&self, location: &mut Location) {
        location.store.clone_from(&self.store);
        location.key.clone_from(&self.key);
    }
}

/// The map file, for the lines findings are about. A secret pasted into it is not shown.
pub struct MapText {
    path: RepoPath,
    text: Vec<u8>,
    veil: Veil,
}

/// Where the file is and how long; its text may hold a secret.
impl fmt::Debug for MapText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapText")
            .field("path", &self.path)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

impl MapText {
    /// The file with its text; `path` is as reports name it.
    #[must_use]
    pub fn new(path: &str, text: Vec<u8>, scanner: &Scanner) -> Self {
        let veil = scanner.scan(&text, Some(path), &|_| Vec::new()).1;
        Self {
            path: RepoPath::new(path),
            text,
            veil,
        }
    }

    /// The path as reports name it.
    #[must_use]
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    fn mark(&self, line: u32) -> Option<crate::finding::Mark> {
        let index = crate::finding::LineIndex::new(&self.text);
        let range = index.line(line);
        if line == 0 || range.is_empty() {
            return None;
        }
        let text = &self.text[range.clone()];
        let start = range.start + (text.len() - text.trim_ascii_start().len());
        let end = start + text.trim_ascii().len();
        Some(FileView::new(&self.path, &self.text, &self.veil).mark(start..end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::policy::pack::expand;

    #[test]
    fn issues_stand_in_the_map_and_show_no_secret_of_it() {
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&policy).expect("shipped rules can be run");
        let pasted = expand("sb_secret_{base62:32}");
        let text = format!(
            "version = 1\n  name = \"{pasted}\" # stackguard:allow credential-stale until Monday\n"
        );
        let map = MapText::new("ops/map.toml", text.into_bytes(), &scanner);
        let bytes: Vec<String> = pasted.bytes().map(|byte| byte.to_string()).collect();
        let debug = format!("{map:?}");
        assert!(
            debug.contains("ops/map.toml")
                && !debug.contains(&pasted)
                && !debug.contains(&bytes.join(", ")),
            "{debug}"
        );
        let issue = Issue {
            line: 2,
            store: Some("fly:app".into()),
            key: Some("NAME".into()),
            ..Issue::new("credential-stale", "old".into())
        };
        let draft = issue.draft(&map);
        let mark = draft.mark.as_ref().expect("the line is there");
        assert_eq!((mark.start.line, mark.start.column), (2, 3));
        assert_eq!(mark.inline[0].rule.as_deref(), Some("credential-stale"));
        assert!(!format!("{draft:?}").contains(&pasted));
        assert_eq!(draft.content, "fly:app\nNAME\n");
        for line in [0, 99] {
            assert!(
                Issue {
                    line,
                    ..issue.clone()
                }
                .draft(&map)
                .mark
                .is_none()
            );
        }
        let elsewhere = Issue {
            file: Some("vault/a.env".into()),
            ..issue
        };
        assert_eq!(elsewhere.draft(&map).path.as_str(), "vault/a.env");
    }
}
