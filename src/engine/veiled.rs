//! What is told besides findings, with every secret in it masked: commits, gaps, notes, errors.

use super::{Engine, names};
use crate::finding::{CommitRef, Presence};
use crate::policy::masking::mask_words;
use crate::report::Report;
use crate::secrets::Scanner;
use crate::source::SourceError;
use std::borrow::Cow;

impl Engine<'_> {
    /// Hides secrets in what a report says of its own work: names of files, refs and objects' paths stand in it.
    pub(super) fn mask(&self, report: &mut Report) {
        let gaps = report.incomplete.iter_mut();
        let texts = gaps.flat_map(|gap| [&mut gap.what, &mut gap.why]);
        for text in texts.chain(&mut report.notes) {
            self.hide(text);
        }
    }

    /// The same in an error, which may name a ref of the repository.
    pub(super) fn veiled_error(&self, mut error: SourceError) -> SourceError {
        self.hide(&mut error.message);
        if let Some(help) = &mut error.help {
            self.hide(help);
        }
        error
    }

    fn hide(&self, text: &mut String) {
        if let Cow::Owned(masked) = names::masked(self.scanner, text) {
            *text = masked;
        }
    }
}

/// A commit as reports may show it: people paste tokens into messages, and names and branches can hold one too. Of the
/// summary, which is cut out of a message that made its meaning clear, only what looks like words is left.
pub(super) fn veiled(scanner: &Scanner, commit: &CommitRef) -> CommitRef {
    CommitRef {
        author: scanner.masked(&commit.author),
        summary: mask_words(&scanner.masked(&commit.summary)),
        presence: match &commit.presence {
            Some(Presence::Ref(name)) => Some(Presence::Ref(scanner.masked(name))),
            other => other.clone(),
        },
        ..commit.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::policy::pack::expand;

    #[test]
    fn a_commit_shows_no_secret() {
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&policy).expect("shipped rules can be run");
        let token = expand("sb_secret_{base62:32}");
        let password = expand("{base62:18}");
        let told = CommitRef {
            id: "0".repeat(40),
            author: format!("Kim {token} <kim@example.com>"),
            date: "2026-01-01T00:00:00Z".into(),
            summary: format!(
                "Use postgres://app:{password}@db.acmecorp.io/main and {token} from now on"
            ),
            presence: Some(Presence::Ref(format!("refs/heads/{token}"))),
        };
        let shown = veiled(&scanner, &told);
        let all = format!("{shown:?}");
        assert!(!all.contains(&token) && !all.contains(&password), "{all}");
        assert!(shown.author.starts_with("Kim ") && shown.author.ends_with(" <kim@example.com>"));
        assert!(shown.summary.starts_with("Use ") && shown.summary.ends_with(" from now on"));
        assert_eq!(shown.id, told.id);

        let plain = CommitRef {
            author: "Zoë <zoe@example.com>".into(),
            summary: "Merge pull request #12 from acme/cache: docs/cache.md, v2.1".into(),
            presence: Some(Presence::Ref("refs/heads/main".into())),
            ..told
        };
        assert_eq!(veiled(&scanner, &plain), plain);
    }
}
