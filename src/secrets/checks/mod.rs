//! Named checks written in code: what a pattern cannot say (`check = "jwt"` in a pack).
//!
//! A check sees a candidate and the text round it, decides from nothing else, and must look no further
//! than [`CONTEXT`] bytes either side, so that history and large files give the same answer.

use crate::policy::Severity;
use std::ops::Range;

/// How far round a candidate a check may look, in bytes.
pub const CONTEXT: usize = 1024;

/// Something that matched a rule's pattern.
#[derive(Debug, Clone)]
pub struct Candidate<'t> {
    /// The text it stands in.
    pub text: &'t [u8],
    /// The whole match.
    pub span: Range<usize>,
    /// The secret in it.
    pub secret: Range<usize>,
}

impl<'t> Candidate<'t> {
    /// The secret's bytes.
    #[must_use]
    pub fn value(&self) -> &'t [u8] {
        &self.text[self.secret.clone()]
    }
}

/// What a check says of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing against it.
    Keep,
    /// Real as far as can be told, of this severity.
    Severity(Severity),
    /// Doubtful: one step less severe.
    Lower,
    /// Not a secret.
    Drop,
}

/// The check of this name.
#[must_use]
pub fn find(_name: &str) -> Option<fn(&Candidate<'_>) -> Verdict> {
    None
}
