//! Judges a value: is it a placeholder, is it of the kind the map expects, does it point at a database that is not Supabase's?
//!
//! It is the secrets guard's rules that know what things look like; here one value is put before them, and nothing of it
//! is in any answer.

use crate::finding::Secret;
use crate::policy::Matcher;
use crate::secrets::{Raw, Rule, Scanner, noise};
use crate::toolkit::Canon;
use zeroize::Zeroizing;

/// Knows what values look like.
#[derive(Clone, Copy)]
pub struct Values<'v> {
    scanner: &'v Scanner,
    canon: &'v Canon,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It stands for one that is to be filled in.
    Placeholder,
    /// It has not the shape it should have; says which it has, in words for people.
    Malformed(String),
}

impl<'v> Values<'v> {
    /// A judge with these rules and this canon.
    #[must_use]
    pub fn new(scanner: &'v Scanner, canon: &'v Canon) -> Self {
        Self { scanner, canon }
    }

    /// Whether there is a rule a map may expect a value to satisfy.
    #[must_use]
    pub fn can_expect(&self, rule: &str) -> bool {
        self.scanner
            .rules()
            .find(rule)
            .is_some_and(|rule| !matches!(rule.spec.matcher, Matcher::Prose(_)))
    }

    /// What is wrong with the value of a name; `expect` is the id of the rule it must satisfy.
    #[must_use]
    pub fn fault(&self, name: &str, value: &Secret, expect: Option<&str>) -> Option<Fault> {
        let bytes = value.expose();
        // What a rule with a shape of its own finds is none, whatever words are in it.
        if stands_for_another(name, bytes) && self.kind(name, bytes).is_none() {
            return Some(Fault::Placeholder);
        }
        let lines = memchr::memchr(b'\n', bytes.trim_ascii()).is_some();
        if bytes.trim_ascii().len() != bytes.len() && !lines {
            return Some(Fault::Malformed(
                "has blanks or a line break at an end, which most programs take for a part of it"
                    .into(),
            ));
        }
        if [b'"', b'\''].iter().any(|quote| {
            bytes.len() > 1 && bytes.first() == Some(quote) && bytes.last() == Some(quote)
        }) {
            return Some(Fault::Malformed(
                "has quotes round it, which are a part of it".into(),
            ));
        }
        let expected = self.scanner.rules().find(expect?)?;
        if self.satisfies(expected, name, bytes) {
            return None;
        }
        let what = match self.kind(name, bytes) {
            Some(other) => format!(
                "is what the rule `{other}` finds, not `{}`",
                expected.spec.id
            ),
            None => format!("does not satisfy the rule `{}`", expected.spec.id),
        };
        Some(Fault::Malformed(what))
    }

    /// The host of a Postgres the value points at that is not one of Supabase's.
    #[must_use]
    pub fn foreign_postgres(&self, value: &Secret) -> Option<String> {
        let text = std::str::from_utf8(value.expose()).ok()?;
        crate::toolkit::foreign_postgres(self.canon, text)
    }

    /// Whether the rule finds this value, all of it. Rules that look at the name, or at words beside the value, are given those.
    fn satisfies(&self, rule: &Rule, name: &str, value: &[u8]) -> bool {
        let near = rule.spec.near.as_ref().and_then(|near| near.any.first());
        let system = rule.spec.id.split('-').next().unwrap_or_default();
        let told = match &rule.spec.matcher {
            Matcher::Assigned { names, .. } => names.first().cloned(),
            Matcher::Pattern(_) | Matcher::Prose(_) | Matcher::Exact(_) => {
                near.map(|word| format!("{word}_{name}"))
            }
        };
        let by_system = Some(format!("{system}_{name}"));
        [Some(name.to_owned()), told, by_system]
            .into_iter()
            .flatten()
            .any(|name| {
                let name = name
                    .replace(|letter: char| !letter.is_ascii_alphanumeric(), "_")
                    .to_ascii_uppercase();
                self.found_whole(&format!("{name}="), value)
                    .contains(&rule.spec.id)
            })
    }

    /// The rule with a shape of its own that finds the value.
    fn kind(&self, name: &str, value: &[u8]) -> Option<String> {
        let found = self.found_whole(&format!("{}=", name.to_ascii_uppercase()), value);
        found.into_iter().find(|id| !id.starts_with("generic-"))
    }

    /// The ids of all rules that find the value as a whole when it is assigned.
    fn found_whole(&self, before: &str, value: &[u8]) -> Vec<String> {
        let text: Zeroizing<Vec<u8>> = Zeroizing::new([before.as_bytes(), value, b"\n"].concat());
        let mut raw = Raw::default();
        self.scanner.collect(&text, 0..text.len(), &mut raw);
        let (start, end) = (before.len(), before.len() + value.len());
        // Of an address the secret is a part, of a key file or a JSON document as well.
        let wraps = value.first() == Some(&b'{')
            || memchr::memchr(b'\n', value).is_some()
            || [&b"://"[..], b"@tcp(", b"@unix("]
                .iter()
                .any(|sign| memchr::memmem::find(value, sign).is_some());
        let whole = |hit: &crate::secrets::Hit| {
            let open = |at: usize| at == end || matches!(text.get(at), Some(b'/' | b'?' | b'#'));
            hit.span.start == start && hit.span.end <= end && open(hit.span.end)
                || wraps && hit.span.start >= start && hit.span.end <= end
        };
        let mut hits = self.scanner.all_hits(&text, &raw);
        hits.sort_by_key(|hit| (std::cmp::Reverse(hit.severity), hit.rule));
        hits.iter()
            .filter(|hit| whole(hit))
            .map(|hit| self.scanner.rules().rule(hit.rule).spec.id.clone())
            .collect()
    }
}

impl std::fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Values")
    }
}

/// Whether a value is to be filled in. What is secret must not be a common word either; what is no secret (an account, a
/// host, a region) often is one.
fn stands_for_another(name: &str, value: &[u8]) -> bool {
    if !is_public(name) {
        return noise::is_placeholder(value);
    }
    let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
    lower.trim().is_empty()
        || noise::is_reference(value)
        || UNFILLED.iter().any(|mark| lower.contains(mark))
}

/// Whether a name's last word says that its value is no secret.
pub(super) fn is_public(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    PUBLIC
        .iter()
        .any(|end| name == *end || name.ends_with(&format!("_{end}")))
}

/// Last words of names whose values are no secrets.
const PUBLIC: &[&str] = &[
    "USER", "USERNAME", "LOGIN", "ACCOUNT", "NAME", "DATABASE", "SCHEMA", "HOST", "HOSTNAME",
    "DOMAIN", "URL", "URI", "EMAIL", "PORT", "REGION", "ID", "ENABLED", "MODE", "ENV", "LEVEL",
    "BUCKET", "PROJECT", "ORG", "FROM", "SCOPES", "VERSION", "ADDRESS",
];

/// What says so in any value.
const UNFILLED: &[&str] = &[
    "your-",
    "your_",
    "changeme",
    "change-me",
    "change_me",
    "placeholder",
    "replace",
    "xxxx",
    "todo",
    "fixme",
    "redacted",
    "[your",
    "<your",
    "***",
];

#[cfg(test)]
mod tests;
