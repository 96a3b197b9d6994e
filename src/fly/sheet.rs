//! The sheet a file's findings are written on: the one place where a message meets the text of the file.

use super::env;
use super::model::Config;
use crate::finding::printable;
use crate::policy::Severity;
use crate::tree::{Draft, FileView};
use std::ops::Range;

/// Collects the findings of one file, with every secret of it hidden.
pub struct Sheet<'f, 't> {
    file: &'f FileView<'t>,
    hidden: Vec<Range<usize>>,
    drafts: Vec<Draft>,
    overflowed: bool,
}

impl<'f, 't> Sheet<'f, 't> {
    /// A sheet for a file; `hidden` are the ranges that no snippet may show besides those of the secrets guard.
    #[must_use]
    pub fn new(file: &'f FileView<'t>, hidden: Vec<Range<usize>>) -> Self {
        Self {
            file,
            hidden: apart(hidden),
            drafts: Vec::new(),
            overflowed: false,
        }
    }

    /// Notes a finding. `at` is its span, none for something absent; `content` tells it from others of its rule in this file.
    pub fn add(
        &mut self,
        rule: &'static str,
        at: Option<&Range<usize>>,
        content: impl Into<String>,
        message: impl Into<String>,
    ) -> Note<'_> {
        if self.drafts.len() >= MANY {
            self.overflowed = true;
            return Note(None);
        }
        let mark = at.map(|span| {
            // A snippet shows a part of one line only; hiding what is elsewhere costs time.
            let near =
                span.start.saturating_sub(SHOWN)..span.end.max(span.start.saturating_add(SHOWN));
            let hide: Vec<Range<usize>> = self.secrets_in(&near).cloned().collect();
            self.file.mark_hiding(span.clone(), &hide)
        });
        self.drafts.push(Draft {
            rule,
            path: self.file.path.clone(),
            mark,
            message: message.into(),
            help: None,
            content: content.into(),
            severity: None,
            decided_by: None,
        });
        Note(self.drafts.last_mut())
    }

    /// A name of the file for a message: in backticks, short, printable, and masked where any secret is in it.
    #[must_use]
    pub fn quote(&self, text: &str, span: &Range<usize>) -> String {
        self.between('`', text, span)
    }

    /// As [`Self::quote`], for a value: `'1gb'`.
    #[must_use]
    pub fn value(&self, text: &str, span: &Range<usize>) -> String {
        self.between('\'', text, span)
    }

    fn between(&self, mark: char, text: &str, span: &Range<usize>) -> String {
        if self.file.holds_secret(span) || self.secrets_in(span).next().is_some() {
            return "(masked)".into();
        }
        let short: String = text.chars().take(QUOTED).collect();
        let more = if short.len() < text.len() { "…" } else { "" };
        format!("{mark}{}{more}{mark}", printable(&short))
    }

    /// The hidden ranges that touch `span`. They do not overlap each other, so both ends are in order.
    fn secrets_in(&self, span: &Range<usize>) -> impl Iterator<Item = &Range<usize>> {
        let first = self
            .hidden
            .partition_point(|secret| secret.end <= span.start);
        let end = span.end;
        let rest = self.hidden.get(first..).unwrap_or_default();
        rest.iter().take_while(move |secret| secret.start < end)
    }

    /// Whether a variable holds a secret.
    #[must_use]
    pub fn leaks(&self, variable: &super::model::Variable) -> bool {
        env::leaks(variable, self.file)
    }

    /// The findings, and whether there were more than are kept.
    #[must_use]
    pub fn finish(self) -> (Vec<Draft>, bool) {
        (self.drafts, self.overflowed)
    }
}

impl Config {
    /// The ranges of the file that no snippet may show.
    #[must_use]
    pub fn hidden(&self, file: &FileView<'_>) -> Vec<Range<usize>> {
        env::hidden(self, file)
    }
}

/// The finding just noted, to say more of it.
pub struct Note<'s>(Option<&'s mut Draft>);

impl Note<'_> {
    /// Advice that fits better than the rule's own.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(draft) = self.0.as_deref_mut() {
            draft.help = Some(help.into());
        }
        self
    }

    /// Another severity than the rule's own.
    pub fn severity(mut self, severity: Severity) -> Self {
        if let Some(draft) = self.0.as_deref_mut() {
            draft.severity = Some(severity);
        }
        self
    }

    /// The policy entry that decided it.
    pub fn by(mut self, entry: &super::policy::AppPolicy) -> Self {
        if let Some(draft) = self.0.as_deref_mut() {
            draft.decided_by = Some(entry.place.clone());
        }
        self
    }
}

/// Sorted, and joined where they overlap.
fn apart(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| (range.start, range.end));
    ranges.dedup_by(|next, first| {
        let overlap = next.start < first.end;
        if overlap {
            first.end = first.end.max(next.end);
        }
        overlap
    });
    ranges
}

/// Findings kept of one file; a file with more has one thing wrong with it.
const MANY: usize = 500;
/// Bytes either side of a finding that its snippet could show, with room to spare.
const SHOWN: usize = 1024;
/// Characters of the file's text in a message, at most.
const QUOTED: usize = 60;
