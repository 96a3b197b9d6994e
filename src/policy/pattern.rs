//! The two kinds of pattern people write in exceptions: over paths, and over secrets.

use crate::policy::masking::mask_words;
use globset::{Glob, GlobBuilder, GlobMatcher};
use regex_syntax::hir::{Class, Hir, HirKind};
use std::sync::OnceLock;

/// A glob over whole paths of a report: `*` stays within a directory, `**` does not, case counts.
///
/// Checked when made and compiled when first asked: a hook that finds nothing pays for none.
#[derive(Clone)]
pub struct PathPattern {
    glob: Glob,
    compiled: OnceLock<GlobMatcher>,
}

/// A regular expression over the bytes of a secret; it may quote the secret, so it is never shown.
/// Classes such as `\w` are those of ASCII.
#[derive(Clone)]
pub struct SecretPattern {
    pattern: String,
    compiled: OnceLock<Option<regex::bytes::Regex>>,
}

impl PathPattern {
    /// A pattern; a leading `./` or `/` means the root, as no pattern does.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it.
    pub fn new(glob: &str) -> Result<Self, String> {
        let inner = glob
            .strip_prefix("./")
            .or_else(|| glob.strip_prefix('/'))
            .unwrap_or(glob);
        if inner.is_empty() {
            return Err("an empty pattern matches no file".into());
        }
        if inner.split('/').any(|part| part == "..") {
            return Err(
                "`..` never matches: paths are relative to the root of the repository".into(),
            );
        }
        let built = GlobBuilder::new(inner)
            .literal_separator(true)
            .backslash_escape(true)
            .build();
        let glob = built.map_err(|error| error.kind().to_string())?;
        Ok(Self {
            glob,
            compiled: OnceLock::new(),
        })
    }

    /// Whether the whole path matches.
    #[must_use]
    pub fn is_match(&self, path: &str) -> bool {
        self.compiled
            .get_or_init(|| self.glob.compile_matcher())
            .is_match(path)
    }

    /// Whether it names nothing at all, and so every file: only wildcards, or alternatives one of which has no more.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        // Of each open group: whether the alternative being read names nothing, and whether one before it did.
        let mut open = vec![(true, false)];
        let mut letters = self.as_str().chars();
        while let Some(letter) = letters.next() {
            let depth = open.len();
            let Some((current, before)) = open.last_mut() else {
                return false;
            };
            match letter {
                '*' | '?' | '/' => {}
                '{' => open.push((true, false)),
                ',' if depth > 1 => (*current, *before) = (true, *before || *current),
                '}' if depth > 1 => {
                    let any = *before || *current;
                    open.pop();
                    if let Some((outer, _)) = open.last_mut() {
                        *outer &= any;
                    }
                }
                _ => {
                    *current = false;
                    skip(letter, &mut letters);
                }
            }
        }
        open.iter().all(|(current, _)| *current)
    }

    /// The pattern without what stood for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.glob.glob()
    }
}

impl std::fmt::Debug for PathPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PathPattern({:?})", mask_words(self.as_str()))
    }
}

impl SecretPattern {
    /// A pattern, searched anywhere in the secret.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let mut parser = regex_syntax::ParserBuilder::new();
        let parsed = parser
            .unicode(false)
            .utf8(false)
            .nest_limit(NEST_LIMIT)
            .build()
            .parse(pattern);
        let hir = parsed.map_err(|error| match error {
            regex_syntax::Error::Parse(error) => {
                format!("{} at byte {}", error.kind(), error.span().start.offset)
            }
            regex_syntax::Error::Translate(error) => {
                format!("{} at byte {}", error.kind(), error.span().start.offset)
            }
            _ => "not a regular expression".to_owned(),
        })?;
        if hir.properties().minimum_len() == Some(0) {
            return Err("matches the empty string, and so every secret".into());
        }
        if size(&hir) > MOST_STATES {
            return Err("is too large: repeat less".into());
        }
        Ok(Self {
            pattern: pattern.to_owned(),
            compiled: OnceLock::new(),
        })
    }

    /// The expression, for fingerprints only.
    pub(super) fn as_str(&self) -> &str {
        &self.pattern
    }

    /// Whether it matches anywhere in the secret. A pattern that could not be compiled would match nothing, so
    /// that what it was to allow is reported.
    #[must_use]
    pub fn is_match(&self, secret: &[u8]) -> bool {
        let compile = || {
            let mut builder = regex::bytes::RegexBuilder::new(&self.pattern);
            builder
                .unicode(false)
                .nest_limit(NEST_LIMIT)
                .size_limit(SIZE_LIMIT)
                .dfa_size_limit(SIZE_LIMIT)
                .build()
                .ok()
        };
        self.compiled
            .get_or_init(compile)
            .as_ref()
            .is_some_and(|regex| regex.is_match(secret))
    }
}

impl std::fmt::Debug for SecretPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretPattern(…)")
    }
}

/// Takes what belongs to an escape or a class, so that no sign in it is read as one of the glob.
fn skip(letter: char, letters: &mut std::str::Chars<'_>) {
    match letter {
        '\\' => {
            letters.next();
        }
        '[' => {
            let rest = letters.as_str();
            let negated = usize::from(rest.starts_with(['!', '^']));
            // A bracket that comes first is one of its letters.
            let end = rest
                .char_indices()
                .skip(negated + 1)
                .find(|(_, letter)| *letter == ']')
                .map_or(rest.len(), |(at, _)| at + 1);
            *letters = rest.get(end..).unwrap_or_default().chars();
        }
        _ => {}
    }
}

/// About how many states the compiled expression has. Recursion ends at the parser's nest limit.
fn size(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Class(Class::Bytes(class)) => class.ranges().len() as u64,
        // A range of code points takes several of bytes.
        HirKind::Class(Class::Unicode(class)) => 4 * class.ranges().len() as u64,
        HirKind::Repetition(repetition) => {
            let times =
                u64::from(repetition.max.unwrap_or(repetition.min).max(repetition.min)).max(1);
            size(&repetition.sub)
                .saturating_mul(times)
                .saturating_add(1)
        }
        HirKind::Capture(capture) => size(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts
            .iter()
            .fold(1, |sum: u64, part| sum.saturating_add(size(part))),
    }
}

/// Groups within groups of a `value`.
const NEST_LIMIT: u32 = 64;
/// States of a `value`, by [`size`].
const MOST_STATES: u64 = 20_000;
/// Compiled bytes of a `value`; more than [`MOST_STATES`] take.
const SIZE_LIMIT: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_patterns_say_why_without_quoting() {
        for (pattern, why) in [
            ("hunter2(", "unclosed group at byte 7"),
            ("", "matches the empty string"),
            ("x*", "matches the empty string"),
            ("(?:a{1000}){1000}", "is too large"),
            ("\\p{hunter2}", "not allowed here"),
            ("^|x", "matches the empty string"),
        ] {
            let said = SecretPattern::new(pattern).expect_err("refused");
            assert!(
                said.contains(why) && !said.contains("hunter2"),
                "{pattern}: {said}"
            );
        }
        // Whatever passes the estimate does compile.
        for pattern in [
            "[^aeiou02468]{2000}x",
            "(?:[ace][bdf]){3000}",
            "(?u)\\pL{5}x",
            "(?i)stra{1,900}e",
        ] {
            if let Ok(good) = SecretPattern::new(pattern) {
                assert!(
                    !good.is_match(b"") && good.compiled.get().is_some_and(Option::is_some),
                    "{pattern}"
                );
            }
        }
        for (glob, everything) in [
            ("**", true),
            ("*/?", true),
            ("{**/*,**/*/**}", true),
            ("{?*,?*/**}", true),
            ("{a,*}", true),
            ("{a,{b,**}}/*", true),
            ("{,a}**", true),
            ("{**/*,v,**/*,v/**}", true),
            ("{a,b}*", false),
            ("{a{b,*},c}", false),
            ("**/*\\,v", false),
            ("\\{**\\,a\\}", false),
            ("[{]**", false),
            ("[!]{,*]*", false),
            ("*,v", false),
            ("\\*", false),
            ("**/*.md", false),
        ] {
            let pattern = PathPattern::new(glob).unwrap_or_else(|why| panic!("{glob}: {why}"));
            assert_eq!(pattern.is_everything(), everything, "{glob}");
        }
        for glob in ["a/../b", "", "/", "a[", "a{b"] {
            assert!(PathPattern::new(glob).is_err(), "{glob}");
        }
    }
}
