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
}

impl<'f, 't> Sheet<'f, 't> {
    /// A sheet for a file; `hidden` are the ranges that no snippet may show besides those of the secrets guard.
    #[must_use]
    pub fn new(file: &'f FileView<'t>, hidden: Vec<Range<usize>>) -> Self {
        Self {
            file,
            hidden,
            drafts: Vec::new(),
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
        self.drafts.push(Draft {
            rule,
            path: self.file.path.clone(),
            mark: at.map(|span| self.file.mark_hiding(span.clone(), &self.hidden)),
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
        let masked = self.file.holds_secret(span)
            || self
                .hidden
                .iter()
                .any(|secret| secret.start < span.end && span.start < secret.end);
        if masked {
            return "(masked)".into();
        }
        let short: String = text.chars().take(QUOTED).collect();
        let more = if short.len() < text.len() { "…" } else { "" };
        format!("{mark}{}{more}{mark}", printable(&short))
    }

    /// Whether a variable holds a secret.
    #[must_use]
    pub fn leaks(&self, variable: &super::model::Variable) -> bool {
        env::leaks(variable, self.file)
    }

    /// The findings.
    #[must_use]
    pub fn finish(self) -> Vec<Draft> {
        self.drafts
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

/// Characters of the file's text in a message, at most.
const QUOTED: usize = 60;
