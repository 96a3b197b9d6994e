//! From a hit on a literal to a secret: runs one rule in a bounded window round it.
//!
//! What a rule sees, and no decision depends on more, is in `window`.

use super::checks::{Candidate, Verdict};
use super::lines::lines_round;
use super::rules::{Check, How, NameParts, Rule, Ruleset, Target};
use super::search::{Match, around, search};
use super::{assign, dsn, escapes, exact, generic, noise, prose, window};
use crate::policy::{Matcher, Severity};
use regex_automata::{Anchored, meta};
use std::ops::Range;

/// Something a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The rule's index.
    pub rule: u16,
    /// What is reported: the token, or the whole connection string.
    pub span: Range<usize>,
    /// What must not be shown: the token, or the password in the connection string.
    pub secret: Range<usize>,
    /// What a snippet must hide: the secret, or the whole encoded run it was found in.
    pub hide: Range<usize>,
    /// How bad it is, after the checks.
    pub severity: Severity,
    /// Whether the value looks thought of rather than drawn.
    pub made_up: bool,
    /// Where the literal begins that led to it; what is found inside an encoding has that of the encoding.
    pub anchor: usize,
}

/// What a rule says of one literal, before it is placed.
struct Found {
    span: Range<usize>,
    secret: Range<usize>,
    severity: Severity,
    made_up: bool,
}

impl Ruleset {
    /// Runs what a literal at `at` asks for and hands every hit to `out`. Encoded forms are not followed.
    pub(super) fn run(
        &self,
        text: &[u8],
        target: Target,
        at: usize,
        needle_len: usize,
        out: &mut Vec<Hit>,
    ) {
        let Target::Rule(index, held) = target else {
            return;
        };
        let (rule, before) = (self.rule(index), held.before);
        if window::lacks_required(text, at, held, rule) {
            return;
        }
        let context = window::of(text, at, rule);
        let slice = &text[context.clone()];
        let local = at - context.start;
        let mut found = Vec::new();
        match &rule.how {
            How::Pattern { regex, .. } => {
                if let Some(regex) = regex.get() {
                    rule.pattern(regex, slice, local, before, &mut found);
                }
            }
            How::Assigned { names, value } => {
                let value = match value {
                    Some(value) => match value.get() {
                        Some(regex) => Some(regex),
                        None => return,
                    },
                    None => None,
                };
                let keyword = local..local + needle_len;
                found.extend(rule.assigned(slice, keyword, names.as_deref(), value));
            }
            How::Prose => found.extend(rule.prose(slice, local..local + needle_len)),
            How::Exact { .. } => found.extend(rule.exact(slice, local, before)),
        }
        let moved = |range: Range<usize>| range.start + context.start..range.end + context.start;
        out.extend(found.into_iter().map(|found| Hit {
            rule: index,
            span: moved(found.span),
            hide: moved(found.secret.clone()),
            secret: moved(found.secret),
            severity: found.severity,
            made_up: found.made_up,
            anchor: at,
        }));
    }
}

impl Rule {
    /// All matches of the pattern that contain the literal, or lie near the word.
    fn pattern(
        &self,
        regex: &meta::Regex,
        text: &[u8],
        at: usize,
        before: (u32, u32),
        out: &mut Vec<Found>,
    ) {
        let near_word = self
            .spec
            .anchors
            .first()
            .is_some_and(|anchor| anchor.shape == crate::policy::pack::Shape::Near);
        if near_word {
            let range = lines_round(
                text,
                at,
                self.spec.near.as_ref().map_or(0, |near| near.lines),
            );
            let mut from = range.start;
            // A window has few tokens; the bound keeps hostile text from costing more.
            for _ in 0..64 {
                let Some(found) = search(regex, text, from..range.end, Anchored::No) else {
                    break;
                };
                from = found.span.end.max(from + 1);
                out.extend(self.candidate(text, found));
            }
            return;
        }
        let low = at.saturating_sub(before.1 as usize);
        let high = at.saturating_sub(before.0 as usize);
        let end = (at + self.reach()).min(text.len());
        let found = if low == high {
            search(regex, text, low..end, Anchored::Yes)
        } else {
            around(regex, text, low..end, at, high)
        };
        let found = found.or_else(|| {
            // A word that an escape sequence precedes begins after it, and nothing before that is part of it.
            let cut = escapes::last_end(text, low, high)?;
            let moved = around(regex, &text[cut..], 0..end - cut, at - cut, high - cut)?;
            Some(moved.moved(cut))
        });
        out.extend(found.and_then(|found| self.candidate(text, found)));
    }

    /// The rule's own value; nothing about it is judged, as it is known to be one.
    fn exact(&self, text: &[u8], at: usize, before: (u32, u32)) -> Option<Found> {
        let Matcher::Exact(value) = &self.spec.matcher else {
            return None;
        };
        let low = at.saturating_sub(before.1 as usize);
        let high = at.saturating_sub(before.0 as usize);
        let span = exact::find(value.expose(), text, low, high)?;
        Some(Found {
            secret: span.clone(),
            span,
            severity: self.severity,
            made_up: false,
        })
    }

    fn assigned(
        &self,
        text: &[u8],
        keyword: Range<usize>,
        names: Option<&[NameParts]>,
        value: Option<&meta::Regex>,
    ) -> Option<Found> {
        let name = assign::name(text, &keyword);
        if names.is_some_and(|names| !is_called(&text[name.clone()], names)) {
            return None;
        }
        let assignment = assign::read(text, name, &keyword)?;
        let mut secret = assignment.value.clone();
        if let Some(regex) = value {
            let inner = &text[secret.clone()];
            let found = search(regex, inner, 0..inner.len(), Anchored::Yes)?;
            secret = found.moved(secret.start).secret;
        }
        self.judge(text, secret.clone(), secret, Some(&assignment))
    }

    fn prose(&self, text: &[u8], keyword: Range<usize>) -> Vec<Found> {
        prose::read(text, keyword)
            .into_iter()
            .filter_map(|secret| self.judge(text, secret.clone(), secret, None))
            .collect()
    }

    fn candidate(&self, text: &[u8], found: Match) -> Option<Found> {
        if self.checks.iter().any(|check| matches!(check, Check::Dsn)) {
            return self.connection(text, found.span.start);
        }
        self.judge(text, found.secret.clone(), found.secret, None)
    }

    fn connection(&self, text: &[u8], start: usize) -> Option<Found> {
        let parsed = dsn::read(text, start)?;
        let severity = match parsed.worth(text) {
            dsn::Worth::Leak => self.severity,
            dsn::Worth::Doubtful => self.severity.min(Severity::Medium),
            dsn::Worth::Nothing => return None,
        };
        let made_up = !noise::is_random(&text[parsed.password.clone()]);
        Some(Found {
            span: parsed.span,
            secret: parsed.password,
            severity,
            made_up,
        })
    }

    /// Placeholder, entropy, `near`, then the named checks.
    fn judge(
        &self,
        text: &[u8],
        span: Range<usize>,
        secret: Range<usize>,
        assignment: Option<&assign::Assignment>,
    ) -> Option<Found> {
        let value = &text[secret.clone()];
        let (name, quoted, compared) = assignment.map_or((&b""[..], true, false), |found| {
            (&text[found.name.clone()], found.quoted, found.compared)
        });
        let one_line = value.len() < 512 && !value.contains(&b'\n');
        if value.is_empty()
            || self
                .checks
                .iter()
                .filter_map(|check| check.kind())
                .any(|kind| generic::is_short(kind, value, quoted))
            || one_line && (noise::is_placeholder(body(value)) || noise::is_repetitive(body(value)))
        {
            return None;
        }
        if self
            .spec
            .entropy
            .is_some_and(|least| noise::entropy(value) < least)
            || !self.is_near(text, &span)
        {
            return None;
        }
        let mut severity = self.severity;
        let mut made_up = false;
        for check in &self.checks {
            match check {
                Check::Dsn => {}
                Check::Generic(kind) => {
                    match generic::judge(*kind, name, value, quoted)? {
                        generic::Worth::Random => {}
                        generic::Worth::Thought => {
                            made_up = true;
                            severity = severity.lowered();
                        }
                    }
                    if compared {
                        severity = severity.lowered();
                    }
                }
                Check::Named(check) => match check(&Candidate {
                    text,
                    span: span.clone(),
                    secret: secret.clone(),
                }) {
                    Verdict::Keep => {}
                    Verdict::Severity(other) => severity = other,
                    Verdict::Lower => severity = severity.lowered(),
                    Verdict::Drop => return None,
                },
            }
        }
        Some(Found {
            span,
            made_up: made_up || one_line && !noise::is_random(body(value)),
            secret,
            severity,
        })
    }

    /// Whether one of the words of `near` stands within its lines; true for rules without.
    fn is_near(&self, text: &[u8], span: &Range<usize>) -> bool {
        let Some(near) = &self.spec.near else {
            return true;
        };
        let range = lines_round(text, span.start, near.lines);
        let lower = text[range].to_ascii_lowercase();
        near.any.iter().any(|word| {
            memchr::memmem::find(&lower, word.to_ascii_lowercase().as_bytes()).is_some()
        })
    }
}

/// Whether the letters and digits of a name hold the parts of one of these names, one after the other.
fn is_called(name: &[u8], names: &[NameParts]) -> bool {
    let squeezed: Vec<u8> = name
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    names.iter().any(|parts| {
        let mut rest = squeezed.as_slice();
        parts.iter().all(|part| match part.find(rest) {
            Some(found) => {
                rest = &rest[found + part.needle().len()..];
                true
            }
            None => false,
        })
    })
}

/// The part of a token after its fixed prefix: `sb_secret_` says nothing about what follows.
fn body(value: &[u8]) -> &[u8] {
    let prefix = value
        .iter()
        .take(24)
        .rposition(|byte| matches!(byte, b'_' | b'-' | b'.'))
        .map_or(0, |at| at + 1);
    if value.len() - prefix >= 12 {
        &value[prefix..]
    } else {
        value
    }
}
