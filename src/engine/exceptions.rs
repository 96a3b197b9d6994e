//! From a draft to a finding, and from a finding to a report: what the policy says of the rule, and which exception covers it.
//!
//! The same for every guard, whether it looked at files or at stores.

use crate::finding::{Allowed, AllowedBy, Finding, Fingerprint, Location};
use crate::policy::allow::Allows;
use crate::policy::baseline::Baseline;
use crate::policy::inline::InlineAllow;
use crate::policy::{Guard, Policy};
use crate::tree::Draft;

/// What decides whether something found is reported.
#[derive(Debug, Clone, Copy)]
pub struct Exceptions<'e> {
    /// Rules and their severities.
    pub policy: &'e Policy,
    /// `[[allow]]` entries.
    pub allows: &'e Allows,
    /// What was accepted before.
    pub baseline: Option<&'e Baseline>,
}

/// What became of a finding.
#[derive(Debug, Clone, PartialEq)]
pub enum Judged {
    /// It is reported; marked where the baseline knew it.
    Reported(Finding),
    /// An exception covers it.
    Allowed(Allowed),
}

impl Exceptions<'_> {
    /// The finding a draft becomes, and the comments beside it; none where its rule is not in force.
    #[must_use]
    pub fn finding(&self, draft: Draft) -> Option<(Finding, Vec<InlineAllow>)> {
        let meta = self.policy.meta(draft.rule)?;
        let severity = meta.severity?;
        let (location, snippet, inline) = match draft.mark {
            Some(mark) => (
                Location::file(draft.path.clone(), mark.start, mark.end),
                Some(mark.snippet),
                mark.inline,
            ),
            None => (Location::whole(draft.path.clone()), None, Vec::new()),
        };
        let finding = Finding {
            rule: meta.id.clone(),
            guard: meta.guard,
            severity: draft.severity.unwrap_or(severity),
            message: draft.message,
            fingerprint: Fingerprint::new(
                draft.rule,
                draft.path.as_str(),
                draft.content.as_bytes(),
            ),
            location,
            snippet,
            occurrences: Vec::new(),
            spread: None,
            help: draft.help,
            decided_by: draft.decided_by,
            known: false,
        };
        Some((finding, inline))
    }

    /// Reports a finding, or says which exception covers it. `values` are the exceptions whose `value` its secret
    /// satisfies ([`Allows::matching_values`]).
    #[must_use]
    pub fn judge(&self, mut finding: Finding, inline: &[InlineAllow], values: &[u16]) -> Judged {
        let rule = finding.rule.as_str();
        let secret_marks_only = finding.guard != Guard::Secrets;
        let mark = inline
            .iter()
            .find(|mark| mark.allows(rule) && (!secret_marks_only || mark.rule.is_some()));
        if let Some(mark) = mark {
            let place = format!("{}:{}", finding.location.path, mark.line);
            return Judged::Allowed(Allowed {
                finding,
                by: AllowedBy::Inline(mark.mark),
                place,
                reason: mark.reason.clone(),
            });
        }
        if let Some(entry) = self.allows.judge(
            rule,
            finding.location.path.as_str(),
            &finding.fingerprint,
            values,
        ) {
            return Judged::Allowed(Allowed {
                finding,
                by: AllowedBy::Config,
                place: entry.place,
                reason: Some(entry.reason),
            });
        }
        finding.known = self
            .baseline
            .is_some_and(|baseline| baseline.knows(&finding.fingerprint));
        Judged::Reported(finding)
    }
}
