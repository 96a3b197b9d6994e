//! Scans one text: literals, rules, overlaps, and what may be told of each secret.
//!
//! The work is split so that the three users of it agree byte for byte: [`Scanner::collect`] takes any ranges of a text and gives raw
//! hits, [`Scanner::settle`] decides between overlapping ones, and [`Scanner::sight`] makes of each what a report may know. A
//! whole file is one range; a large file is many (`stream`); a delta of the history only those that changed.

use super::bystanders;
use super::collect::Raw;
use super::matcher::Hit;
use super::rules::Ruleset;
use super::window;
use crate::finding::{Fingerprint, LineIndex, Position, Snippet, Veil};
use crate::policy::inline::{self, InlineAllow};
use crate::policy::{Policy, SecretRule, Severity};
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::sync::Arc;

/// Finds secrets in bytes.
#[derive(Debug, Clone)]
pub struct Scanner {
    rules: Arc<Ruleset>,
    /// Names secrets within one run; another run names them otherwise, so nothing can be tried against it.
    names: RandomState,
}

/// A secret in a text, with all that a finding needs but its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The rule's index.
    pub rule: u16,
    /// How bad it is, before its path is known.
    pub severity: Severity,
    /// First character.
    pub start: Position,
    /// Just past the last.
    pub end: Position,
    /// The masked line.
    pub snippet: Snippet,
    /// The inline exceptions on its line.
    pub inline: Vec<InlineAllow>,
    /// What the fingerprint knows of the value.
    pub tag: u16,
    /// Equal for equal secrets of one run.
    pub identity: u64,
    /// Whether the value looks thought of rather than drawn.
    pub made_up: bool,
    /// Exceptions whose `value` expression it satisfies.
    pub value_allows: Vec<u16>,
}

/// Which exceptions' `value` expressions a secret satisfies.
pub type ValueAllows<'a> = &'a dyn Fn(&[u8]) -> Vec<u16>;

impl Scanner {
    /// A scanner for the secret rules of a policy.
    ///
    /// # Errors
    /// Every rule that cannot be run.
    pub fn new(policy: &Policy) -> Result<Self, Vec<super::rules::RuleError>> {
        Self::veiling(policy, &[])
    }

    /// As [`Self::new`], with rules that report nothing but whose secrets no snippet shows.
    ///
    /// # Errors
    /// Every rule that cannot be run.
    pub fn veiling(
        policy: &Policy,
        rules: &[Arc<SecretRule>],
    ) -> Result<Self, Vec<super::rules::RuleError>> {
        Ok(Self {
            rules: Arc::new(Ruleset::new(policy, rules)?),
            names: RandomState::new(),
        })
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Ruleset {
        &self.rules
    }

    /// Everything in one text held in memory, in order of position. Without a path every rule applies, wherever it looks.
    #[must_use]
    pub fn scan(
        &self,
        text: &[u8],
        path: Option<&str>,
        values: ValueAllows<'_>,
    ) -> (Vec<Sighting>, Veil) {
        let mut raw = Raw::default();
        self.collect(text, 0..text.len(), &mut raw);
        if raw.is_empty() {
            return (Vec::new(), Veil::default());
        }
        let all = self.all_hits(text, &raw);
        let veil = Veil::new(all.iter().map(|hit| hit.hide.clone()).collect());
        let kept = self.settle(self.fit(all, is_binary(text), path));
        if kept.is_empty() {
            return (Vec::new(), veil);
        }
        let index = LineIndex::new(text);
        let sightings = kept
            .iter()
            .map(|hit| self.sight(text, hit, &veil, &index, values))
            .collect();
        (sightings, veil)
    }

    /// A text that is shown beside findings, with every secret in it masked.
    #[must_use]
    pub fn masked(&self, text: &str) -> String {
        self.scan(text.as_bytes(), None, &|_| Vec::new())
            .1
            .over(text)
    }

    /// The hits that count here: of rules that look at this path and, in a binary, where a name beside a value is
    /// chance, only of those with a shape.
    #[must_use]
    pub fn fit(&self, mut hits: Vec<Hit>, binary: bool, path: Option<&str>) -> Vec<Hit> {
        hits.retain(|hit| {
            let rule = self.rules.rule(hit.rule);
            rule.on
                && !(binary && rule.is_generic())
                && path.is_none_or(|path| rule.applies_to(path))
        });
        hits
    }

    /// Every hit once: several literals can lead to the same one.
    #[must_use]
    pub fn distinct(&self, mut hits: Vec<Hit>) -> Vec<Hit> {
        hits.sort_by(|a, b| {
            (a.span.start, a.span.end, a.rule, a.secret.start).cmp(&(
                b.span.start,
                b.span.end,
                b.rule,
                b.secret.start,
            ))
        });
        hits.dedup_by(|a, b| a.rule == b.rule && a.span == b.span && a.secret == b.secret);
        hits
    }

    /// One hit for each secret: of overlapping ones the rule that knows it best. Rules for one value are apart from that: each
    /// keeps its own, whatever contains it.
    #[must_use]
    pub fn settle(&self, mut hits: Vec<Hit>) -> Vec<Hit> {
        let exact: Vec<Hit> = hits
            .extract_if(.., |hit| self.rules.rule(hit.rule).is_exact())
            .collect();
        let mut kept = self.best(hits);
        if !exact.is_empty() {
            kept.extend(self.each_value(exact));
            kept.sort_by_key(|hit| (hit.secret.start, hit.secret.end, hit.rule));
        }
        kept
    }

    /// Every value once where it stands, though several literals and encodings can lead to it.
    fn each_value(&self, hits: Vec<Hit>) -> Vec<Hit> {
        let mut hits = self.distinct(hits);
        hits.sort_by_key(|hit| (hit.rule, hit.span.start, std::cmp::Reverse(hit.span.end)));
        hits.dedup_by(|later, kept| later.rule == kept.rule && later.span.start < kept.span.end);
        self.outside_of_others(&mut hits);
        hits
    }

    /// Leaves of the parts of values those that stand alone.
    fn outside_of_others(&self, hits: &mut Vec<Hit>) {
        let is_part = |hit: &Hit| self.rules.rule(hit.rule).is_part();
        if !hits.iter().any(is_part) {
            return;
        }
        let wholes = hits.iter().filter(|hit| !is_part(hit));
        let mut wholes: Vec<Range<usize>> = wholes.map(|hit| hit.span.clone()).collect();
        wholes.sort_by_key(|whole| whole.start);
        // For each the farthest end of it and those before, so that one look tells.
        let mut farthest = 0;
        for whole in &mut wholes {
            farthest = farthest.max(whole.end);
            whole.end = farthest;
        }
        hits.retain(|hit| {
            let before = wholes.partition_point(|whole| whole.start <= hit.span.start);
            let within = |at: usize| wholes[at].end >= hit.span.end;
            !(is_part(hit) && before.checked_sub(1).is_some_and(within))
        });
    }

    fn best(&self, mut hits: Vec<Hit>) -> Vec<Hit> {
        let rank = |hit: &Hit| {
            (
                self.rules.rule(hit.rule).is_generic(),
                std::cmp::Reverse(hit.severity),
                std::cmp::Reverse(hit.span.len()),
                hit.rule,
            )
        };
        hits.sort_by(|a, b| {
            (rank(a), a.span.start, a.secret.start).cmp(&(rank(b), b.span.start, b.secret.start))
        });
        let mut kept: Vec<Hit> = Vec::new();
        for hit in hits {
            let at = kept.partition_point(|other| other.secret.start < hit.secret.start);
            let overlaps = |other: &Hit| {
                other.secret.start < hit.secret.end && hit.secret.start < other.secret.end
            };
            // Kept hits do not overlap each other, so only the neighbours can.
            if kept.get(at).is_some_and(overlaps) || at > 0 && overlaps(&kept[at - 1]) {
                continue;
            }
            kept.insert(at, hit);
        }
        kept
    }

    /// What a report may know of a hit.
    #[must_use]
    pub fn sight(
        &self,
        text: &[u8],
        hit: &Hit,
        veil: &Veil,
        index: &LineIndex<'_>,
        values: ValueAllows<'_>,
    ) -> Sighting {
        let start = index.position(hit.span.start);
        let end = index.position(hit.span.end);
        self.sight_at(text, hit, veil, (start, end), values)
    }

    /// As [`Self::sight`], where first and last position are known.
    #[must_use]
    pub fn sight_at(
        &self,
        text: &[u8],
        hit: &Hit,
        veil: &Veil,
        (start, end): (Position, Position),
        values: ValueAllows<'_>,
    ) -> Sighting {
        let value = &text[hit.secret.clone()];
        let mut beside = bystanders::beside(text, &hit.span);
        beside.push(bystanders::rest_of_word(text, &hit.hide));
        let veil = veil.here(&hit.span, &beside);
        Sighting {
            rule: hit.rule,
            severity: hit.severity,
            start,
            end,
            snippet: Snippet::cut(text, &hit.span, &veil),
            inline: inline::around(text, &hit.span, start.line),
            tag: Fingerprint::tag(value),
            identity: self.names.hash_one((hit.rule, value)),
            made_up: hit.made_up,
            value_allows: values(value),
        }
    }
}

/// Whether a text is a binary, as git judges it: a NUL among its first 8000 bytes.
#[must_use]
pub fn is_binary(text: &[u8]) -> bool {
    memchr::memchr(0, &text[..text.len().min(8000)]).is_some()
}

/// Bytes that must stand either side of a range for its literals to be judged as in the whole text.
pub const MARGIN: usize = window::WIDE_BEFORE + window::WIDE_AFTER;
