//! Rules made ready to run: literals in one prefilter, expressions compiled when first needed.

use super::checks;
use super::forms::{folded_forms, forms, secret_forms};
use super::generic;
use super::lazy::Lazy;
use super::paths::Paths;
use super::prefilter::{Needle, Prefilter};
use crate::policy::pack::says_all;
use crate::policy::{Matcher, Policy, SecretRule, Severity};
use hashbrown::{HashMap, HashSet};
use memchr::memmem::Finder;
use std::ops::Range;
use std::sync::Arc;

/// All secret rules in force. Its `Debug` counts them: the literals of a rule for one value are parts of it.
pub struct Ruleset {
    rules: Vec<Rule>,
    pub(super) prefilter: Prefilter,
    /// What hits mean, needle by needle.
    targets: Vec<Target>,
    /// For every needle which targets are its own.
    spans: Vec<Range<u32>>,
}

/// What a hit on a literal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Run the rule with this index, whose matches hold the literal so.
    Rule(u16, Held),
    /// Decode what stands here and scan it again.
    Encoded(Encoding),
}

/// How a match holds a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    /// Fewest and most bytes of the match before it.
    pub before: (u32, u32),
    /// A byte that the match holds besides.
    pub required: Option<u8>,
}

/// Encodings in which a literal is looked for as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Base64, standard or URL-safe; the hit begins so many characters into a group of four.
    Base64(u8),
    /// Two hexadecimal digits a byte.
    Hex,
    /// `%3A`, or `\/` in JSON: a word in which some bytes are escaped.
    Escaped,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// What the pack says.
    pub spec: Arc<SecretRule>,
    /// Severity in force.
    pub severity: Severity,
    /// Whether it reports; one that does not still veils.
    pub on: bool,
    pub(super) how: How,
    pub(super) checks: Vec<Check>,
    paths: Paths,
}

#[derive(Debug)]
pub(super) enum How {
    /// A shape of its own. `wide` ones look over several lines or far along one.
    Pattern { regex: Lazy, wide: bool },
    /// The value of a named assignment, which must match as a whole.
    Assigned {
        /// What the name must hold, unless any literal says all of that.
        names: Option<Vec<NameParts>>,
        value: Option<Lazy>,
    },
    /// A quoted value in a sentence.
    Prose,
    /// One value, which the rule has. `wide` ones have several lines or are long.
    Exact { wide: bool },
}

/// The parts of a name, lower case letters and digits only.
pub(super) type NameParts = Vec<Finder<'static>>;

/// A check of the matcher's own, or one by name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Check {
    Dsn,
    Generic(generic::Kind),
    Named(fn(&checks::Candidate<'_>) -> checks::Verdict),
}

impl Check {
    /// For a check by the look of a value, what the name promises.
    pub(super) fn kind(&self) -> Option<generic::Kind> {
        match self {
            Self::Generic(kind) => Some(*kind),
            Self::Dsn | Self::Named(_) => None,
        }
    }
}

/// Why rules cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule `{rule}`: {problem}")]
pub struct RuleError {
    /// The rule's id.
    pub rule: String,
    /// What is wrong with it.
    pub problem: String,
}

impl std::fmt::Debug for Ruleset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ruleset")
            .field("rules", &self.rules.len())
            .finish_non_exhaustive()
    }
}

impl Ruleset {
    /// Makes the rules of a policy ready, and more that only say what must not be shown.
    ///
    /// # Errors
    /// Every rule that names an unknown check or a bad glob.
    pub fn new(policy: &Policy, veiling: &[Arc<SecretRule>]) -> Result<Self, Vec<RuleError>> {
        let mut errors = Vec::new();
        let mut rules = Vec::new();
        let mut asked: Vec<(Needle, Target)> = Vec::new();
        let known_ids: HashSet<&str> = policy
            .all_secrets()
            .map(|(spec, _)| spec.id.as_str())
            .collect();
        let more = veiling
            .iter()
            .filter(|spec| !known_ids.contains(spec.id.as_str()))
            .map(|spec| (spec, false));
        for (spec, on) in policy.all_secrets().chain(more) {
            let severity = policy
                .meta(&spec.id)
                .and_then(|meta| meta.severity)
                .unwrap_or(spec.severity);
            let rule = match Rule::new(spec.clone(), severity, on) {
                Ok(rule) => rule,
                Err(problem) => {
                    errors.push(RuleError {
                        rule: spec.id.clone(),
                        problem,
                    });
                    continue;
                }
            };
            let index = u16::try_from(rules.len()).unwrap_or(u16::MAX);
            let encoded = rule.has_shape();
            rules.push(rule);
            if let Matcher::Exact(value) = &spec.matcher {
                value.each_anchor(|anchor| asked.extend(secret_forms(anchor, index)));
                asked.extend(folded_forms(value));
            }
            let anchors = spec.anchors.iter();
            asked.extend(anchors.flat_map(|anchor| forms(anchor, index, encoded)));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let (needles, targets, spans) = grouped(asked);
        Ok(Self {
            rules,
            prefilter: Prefilter::new(needles),
            targets,
            spans,
        })
    }

    /// What a hit on a needle means.
    pub(super) fn targets(&self, needle: u32) -> &[Target] {
        self.spans.get(needle as usize).map_or(&[], |span| {
            &self.targets[span.start as usize..span.end as usize]
        })
    }

    /// The rule with this index.
    #[must_use]
    pub fn rule(&self, index: u16) -> &Rule {
        &self.rules[usize::from(index)]
    }

    /// The rule with this id, whether it reports or not.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.spec.id == id)
    }

    /// How many rules report.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.iter().filter(|rule| rule.on).count()
    }

    /// Whether no rule reports.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The literal filter, for benchmarks.
    #[must_use]
    pub fn prefilter(&self) -> &Prefilter {
        &self.prefilter
    }
}

impl Rule {
    fn new(spec: Arc<SecretRule>, severity: Severity, on: bool) -> Result<Self, String> {
        let how = match &spec.matcher {
            Matcher::Pattern(pattern) => How::Pattern {
                regex: Lazy::new(pattern.clone()),
                wide: spec.near.is_some()
                    || spec
                        .reach
                        .is_some_and(|bytes| bytes as usize >= super::window::AFTER)
                    || names_line_ends(pattern)
                    || spec
                        .checks
                        .iter()
                        .any(|name| checks::looks_over_lines(name)),
            },
            Matcher::Assigned { names, value } => How::Assigned {
                names: (!names.iter().all(|name| says_all(name)))
                    .then(|| names.iter().map(|name| name_parts(name)).collect()),
                value: value
                    .as_ref()
                    .map(|value| Lazy::new(format!("^(?:{value})$"))),
            },
            Matcher::Prose(_) => How::Prose,
            Matcher::Exact(_) => How::Exact {
                wide: spec.reach.is_some(),
            },
        };
        let checks = spec
            .checks
            .iter()
            .map(|name| match name.as_str() {
                "dsn" => Ok(Check::Dsn),
                "generic-secret" => Ok(Check::Generic(generic::Kind::Secret)),
                "generic-password" => Ok(Check::Generic(generic::Kind::Password)),
                other => checks::find(other)
                    .map(Check::Named)
                    .ok_or_else(|| format!("there is no check named `{other}`")),
            })
            .collect::<Result<_, _>>()?;
        let paths = Paths::new(&spec.paths)?;
        Ok(Self {
            spec,
            on,
            severity,
            how,
            checks,
            paths,
        })
    }

    /// Whether the rule looks at files of this path.
    #[must_use]
    pub fn applies_to(&self, path: &str) -> bool {
        self.paths.covers(path)
    }

    /// Whether the rule judges by the look of a value, so that any rule with a shape knows better.
    #[must_use]
    pub fn is_generic(&self) -> bool {
        matches!(self.how, How::Prose)
            || self
                .checks
                .iter()
                .any(|check| matches!(check, Check::Generic(_)))
    }

    /// Whether the rule knows a secret by more than its look and what stands beside it. Only these are looked for in
    /// encodings: each literal has several forms there, which cost time in every text.
    fn has_shape(&self) -> bool {
        let by_its_look = |name: &String| matches!(name.as_str(), "password" | "secret");
        !self.is_generic() && !self.spec.checks.iter().any(by_its_look)
    }

    /// Whether the rule knows only the name of what a value is assigned to.
    #[must_use]
    pub fn is_assigned_generic(&self) -> bool {
        self.is_generic() && !matches!(self.how, How::Prose)
    }

    /// Whether the rule is for one value, which is reported besides whatever other rules find there.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        matches!(self.how, How::Exact { .. })
    }

    /// Whether it reads what a name is set to, perhaps on the lines that follow.
    pub(super) fn is_assigned(&self) -> bool {
        matches!(self.how, How::Assigned { .. })
    }

    /// Whether that value is a part of others, which are found in its place where they stand.
    pub(super) fn is_part(&self) -> bool {
        matches!(&self.spec.matcher, Matcher::Exact(value) if value.is_part())
    }

    pub(super) fn is_wide(&self) -> bool {
        matches!(
            self.how,
            How::Pattern { wide: true, .. } | How::Exact { wide: true }
        )
    }

    /// Bytes a match may reach past its literal.
    pub(super) fn reach(&self) -> usize {
        self.spec
            .reach
            .map_or(super::window::REACH, |bytes| bytes as usize)
    }
}

/// Whether a pattern says `\n`, or lets `.` stand for it.
fn names_line_ends(pattern: &str) -> bool {
    let mut bytes = pattern.bytes();
    // What a backslash is before is taken with it: `\\n` is a backslash and a letter.
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && bytes.next() == Some(b'n') {
            return true;
        }
    }
    pattern.contains("(?s")
}

/// Each literal once, with everything it stands for: the same one may lead to many rules. One list holds the targets of
/// all of them, as thousands of small ones take longer to make than to search.
fn grouped(asked: Vec<(Needle, Target)>) -> (Vec<Needle>, Vec<Target>, Vec<Range<u32>>) {
    let numbers: Vec<usize> = {
        let mut known: HashMap<&Needle, usize> = HashMap::with_capacity(asked.len());
        asked
            .iter()
            .map(|(needle, _)| {
                let next = known.len();
                *known.entry(needle).or_insert(next)
            })
            .collect()
    };
    let different = numbers.iter().max().map_or(0, |last| last + 1);
    let mut spans = vec![0..0; different];
    for number in &numbers {
        spans[*number].end += 1;
    }
    let mut before = 0;
    for span in &mut spans {
        let room = span.end;
        *span = before..before;
        before += room;
    }
    // What a span does not fill is left over by targets that were asked for twice.
    let mut targets = vec![Target::Encoded(Encoding::Hex); asked.len()];
    let mut needles = Vec::with_capacity(spans.len());
    for (number, (needle, target)) in numbers.into_iter().zip(asked) {
        let span = &mut spans[number];
        if !targets[span.start as usize..span.end as usize].contains(&target) {
            targets[span.end as usize] = target;
            span.end += 1;
        }
        if number == needles.len() {
            needles.push(needle);
        }
    }
    (needles, targets, spans)
}

/// `"twilio*auth token"` → `["twilio", "authtoken"]`: parts that must follow each other in the squeezed name.
fn name_parts(name: &str) -> NameParts {
    name.split('*')
        .map(|part| {
            part.bytes()
                .filter(u8::is_ascii_alphanumeric)
                .map(|byte| byte.to_ascii_lowercase())
                .collect::<Vec<u8>>()
        })
        .filter(|part| !part.is_empty())
        .map(|part| Finder::new(&part).into_owned())
        .collect()
}
