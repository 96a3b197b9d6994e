//! Packages of the canon that only do from some version on.

use super::Dependency;
use crate::toolkit::canon::Canon;
use crate::tree::{Draft, FileView};

/// A finding where only versions below the least one are asked for.
pub(super) fn too_old(
    dependency: &Dependency,
    file: &FileView<'_>,
    canon: &Canon,
) -> Option<Draft> {
    let (asked, rule) = canon.version(dependency.ecosystem, &dependency.name)?;
    let major = newest_major(dependency.version.as_deref()?)?;
    (major < asked.least).then(|| Draft {
        rule,
        path: file.path.clone(),
        mark: Some(file.mark(dependency.span.clone())),
        message: format!(
            "`{}` is asked for in version {major}; use {}",
            dependency.name, asked.instead
        ),
        help: None,
        content: dependency.name.clone(),
        severity: canon
            .is_test(file.path)
            .then_some(canon.weights().test)
            .flatten(),
        decided_by: Some("policies/toolkit.toml [[version]]".to_owned()),
    })
}

/// The highest major version a range asks for: 6 of `^6.4.0 || 5`; none where it has no end or names no version.
pub(super) fn newest_major(range: &str) -> Option<u64> {
    let mut newest = None;
    for alternative in range.split("||") {
        let upper = alternative.split_whitespace().next_back()?;
        if upper.starts_with('>') {
            return None;
        }
        let digits = upper.trim_start_matches(['^', '~', '=', '<', 'v']);
        let end = digits
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(digits.len());
        let rest = digits.get(end..)?;
        let major: u64 = digits.get(..end)?.parse().ok()?;
        if !(rest.is_empty() || rest.starts_with(['.', '-', '('])) {
            return None;
        }
        // `<7` and `<7.0.0` end below 7.
        let below = upper.starts_with('<')
            && !upper.starts_with("<=")
            && rest.trim_start_matches(['.', '0']).is_empty();
        newest = newest.max(Some(major.saturating_sub(u64::from(below))));
    }
    newest
}
