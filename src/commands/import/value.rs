//! Patterns over secrets, as the `value` of an `[[allow]]` entry; but never a secret written out as one.

use crate::policy::masking::mask_words;
use crate::policy::pattern::SecretPattern;
use regex_syntax::hir::{Hir, HirKind};

/// What a foreign pattern over secrets becomes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// This expression.
    Pattern(String),
    /// It is one text, and that text looks like a secret.
    Literal(String),
}

/// A regular expression.
pub(super) fn of_regex(pattern: &str) -> Result<Value, String> {
    SecretPattern::new(pattern)?;
    let hir = parse(pattern).ok_or("it is no regular expression that Rust knows")?;
    let whole = literal(&hir);
    if let Some(text) = whole.filter(|text| looks_secret(text)) {
        return Ok(Value::Literal(text));
    }
    if quotes_secret(&hir, 64) {
        return Err(QUOTES.to_owned());
    }
    Ok(Value::Pattern(pattern.to_owned()))
}

/// Refuses a pattern that holds what looks like a secret.
pub(super) fn without_secret(pattern: &str) -> Result<(), String> {
    match parse(pattern) {
        Some(hir) if !quotes_secret(&hir, 64) => Ok(()),
        _ => Err(QUOTES.to_owned()),
    }
}

/// As `SecretPattern` reads it.
fn parse(pattern: &str) -> Option<Hir> {
    let mut parser = regex_syntax::ParserBuilder::new();
    let parser = parser.unicode(false).utf8(false).nest_limit(64);
    parser.build().parse(pattern).ok()
}

/// A plain text, found in any case.
pub(super) fn of_text(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if looks_secret(text) {
        return Ok(Value::Literal(text.to_owned()));
    }
    Ok(Value::Pattern(format!("(?i){}", regex::escape(text))))
}

/// Several expressions as one; flags of one do not reach the next.
pub(super) fn joined(patterns: &[String]) -> Option<String> {
    match patterns {
        [] => None,
        [one] => Some(one.clone()),
        many => {
            let parts: Vec<String> = many.iter().map(|part| format!("(?:{part})")).collect();
            let all = parts.join("|");
            SecretPattern::new(&all).is_ok().then_some(all)
        }
    }
}

/// The text it matches, if it is only one; anchors do not count.
fn literal(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => String::from_utf8(literal.0.to_vec()).ok(),
        HirKind::Capture(capture) => literal(&capture.sub),
        HirKind::Concat(parts) => {
            let mut parts = parts
                .iter()
                .filter(|part| !matches!(part.kind(), HirKind::Look(_)));
            let only = parts.next()?;
            parts.next().is_none().then(|| literal(only))?
        }
        _ => None,
    }
}

/// Whether any run of letters in it looks like a secret.
fn quotes_secret(hir: &Hir, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    match hir.kind() {
        HirKind::Literal(literal) => looks_secret(&String::from_utf8_lossy(&literal.0)),
        HirKind::Capture(capture) => quotes_secret(&capture.sub, depth),
        HirKind::Repetition(repetition) => quotes_secret(&repetition.sub, depth),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().any(|part| quotes_secret(part, depth))
        }
        _ => false,
    }
}

/// An address without an account is none: the parts of it are judged as those of a path.
pub(super) fn looks_secret(text: &str) -> bool {
    let text = text.replace("://", "/");
    text.len() >= SHORTEST && mask_words(&text) != text
}

/// Bytes of a text that could be a secret.
const SHORTEST: usize = 12;
const QUOTES: &str = "it quotes what looks like a secret, which belongs in no configuration";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_told_from_a_pattern() {
        let token = crate::policy::pack::expand("{base62:30}");
        assert_eq!(of_regex(&token), Ok(Value::Literal(token.clone())));
        assert_eq!(
            of_regex(&format!("^{token}$")),
            Ok(Value::Literal(token.clone()))
        );
        assert_eq!(of_text(&token), Ok(Value::Literal(token.clone())));
        assert!(of_regex(&format!("x|{token}[0-9]")).is_err());
        assert!(without_secret(&format!("(a|{token})[0-9]")).is_err());
        for pattern in [
            "https://hooks\\.example\\.com/services/([A-Z]{9})",
            "\\b(acme_live_[a-z]{9})",
        ] {
            assert_eq!(without_secret(pattern), Ok(()), "{pattern}");
        }
        for pattern in ["(?i)example", "^[A-Z]{20}$", "dummy-[a-z]+"] {
            assert_eq!(of_regex(pattern), Ok(Value::Pattern(pattern.into())));
        }
        assert_eq!(of_text("a.b"), Ok(Value::Pattern("(?i)a\\.b".into())));
        assert!(of_regex("(").is_err() && of_regex(".*").is_err());
        assert_eq!(
            joined(&["a".into(), "(?i)b".into()]).as_deref(),
            Some("(?:a)|(?:(?i)b)")
        );
    }
}
