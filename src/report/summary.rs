//! Counts and groups: what every format says in its first or last lines.

use super::{Report, ScopeKind, View};
use crate::exit::ExitStatus;
use crate::finding::{AllowedBy, Finding};
use crate::policy::{Guard, Severity};
use std::collections::BTreeMap;

/// How many findings there are of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Live ways in.
    pub critical: usize,
    /// To be fixed before merging.
    pub high: usize,
    /// To be fixed.
    pub medium: usize,
    /// Worth knowing.
    pub low: usize,
}

/// What one line of policy (or one comment, or the baseline) allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedGroup<'r> {
    /// The kind of exception.
    pub by: AllowedBy,
    /// Where it is written.
    pub place: &'r str,
    /// How many findings it covers.
    pub count: usize,
}

impl Counts {
    /// Counts findings.
    pub fn of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            match finding.severity {
                Severity::Critical => counts.critical += 1,
                Severity::High => counts.high += 1,
                Severity::Medium => counts.medium += 1,
                Severity::Low => counts.low += 1,
            }
        }
        counts
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> usize {
        self.critical + self.high + self.medium + self.low
    }

    /// `2 critical, 1 low`; the worst first, what there is none of left out.
    #[must_use]
    pub fn words(&self) -> String {
        let each = [
            (self.critical, Severity::Critical),
            (self.high, Severity::High),
            (self.medium, Severity::Medium),
            (self.low, Severity::Low),
        ];
        let parts: Vec<String> = each
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, severity)| format!("{} {severity}", grouped(*count as u64)))
            .collect();
        parts.join(", ")
    }
}

impl Report {
    /// The findings no baseline knew.
    pub fn new_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.known)
    }

    /// How many findings a baseline knew, whether they were left marked among the findings or moved to the allowed.
    #[must_use]
    pub fn known_count(&self) -> usize {
        let marked = self.findings.iter().filter(|finding| finding.known).count();
        let moved = self
            .allowed
            .iter()
            .filter(|allowed| allowed.by == AllowedBy::Baseline)
            .count();
        marked + moved
    }

    /// New findings by severity.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::of(self.new_findings())
    }

    /// All findings by guard, in the guards' order; each in the report's order.
    #[must_use]
    pub fn by_guard(&self) -> BTreeMap<Guard, Vec<&Finding>> {
        let mut groups: BTreeMap<Guard, Vec<&Finding>> = BTreeMap::new();
        for finding in &self.findings {
            groups.entry(finding.guard).or_default().push(finding);
        }
        groups
    }

    /// What each exception allowed; configuration first, then comments, then baselines, each by place.
    #[must_use]
    pub fn allowed_groups(&self) -> Vec<AllowedGroup<'_>> {
        let mut groups: BTreeMap<(AllowedBy, &str), usize> = BTreeMap::new();
        for allowed in &self.allowed {
            *groups.entry((allowed.by, &allowed.place)).or_default() += 1;
        }
        groups
            .into_iter()
            .map(|((by, place), count)| AllowedGroup { by, place, count })
            .collect()
    }

    /// Whether a secret was found where deleting the line does not help: in commits.
    #[must_use]
    pub fn has_secret_in_commits(&self) -> bool {
        let in_commits = matches!(self.scope.kind, ScopeKind::History | ScopeKind::Range);
        self.new_findings().any(|finding| {
            finding.guard == Guard::Secrets && (in_commits || finding.location.commit.is_some())
        })
    }

    /// What was looked at, in words: `1,234 files, 12.3 MiB in 412 ms`.
    #[must_use]
    pub fn extent(&self) -> String {
        let stats = &self.stats;
        let mut parts: Vec<String> = [
            (stats.files, "file"),
            (stats.blobs, "blob"),
            (stats.commits, "commit"),
        ]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| counted(*count, noun))
        .collect();
        if !self.credentials.is_empty() {
            parts.push(counted(self.credentials.len() as u64, "credential"));
        }
        if parts.is_empty() {
            parts.push(counted(0, "file"));
        }
        // Of stores and maps no bytes are counted.
        if stats.bytes > 0 {
            parts.push(bytes(stats.bytes));
        }
        format!("{} in {}", parts.join(", "), duration(stats.milliseconds))
    }

    /// The whole result in one sentence without a full stop.
    pub(super) fn headline(&self, view: &View<'_>) -> String {
        let counts = self.counts();
        let mut parts = vec![match counts.total() {
            0 if self.incomplete.is_empty() => "Clean: no findings".to_owned(),
            0 => "No findings".to_owned(),
            total => format!("{}: {}", counted(total as u64, "finding"), counts.words()),
        }];
        let failing = self
            .findings
            .iter()
            .filter(|finding| view.fails(finding))
            .count();
        if let (true, Some(least)) = (failing < counts.total(), view.fail_on) {
            parts.push(format!("{} at or above {least}", grouped(failing as u64)));
        }
        let known = self.findings.iter().filter(|finding| finding.known).count();
        if known > 0 {
            parts.push(format!("{} in the baseline", grouped(known as u64)));
        }
        if !self.allowed.is_empty() {
            parts.push(format!("{} allowed", grouped(self.allowed.len() as u64)));
        }
        if !self.incomplete.is_empty() {
            let gaps = format!(
                "{} could not be looked at",
                counted(self.incomplete.len() as u64, "item")
            );
            let rest = if view.verdict == ExitStatus::Incomplete {
                ""
            } else {
                " (--allow-incomplete)"
            };
            parts.push(gaps + rest);
        }
        format!("{} ({})", parts.join("; "), self.extent())
    }
}

/// A number with its noun: `1 finding`, `1,234 entries`. The one place that knows plurals.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    let number = grouped(count);
    if count == 1 {
        return format!("{number} {noun}");
    }
    let stem = noun
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match stem {
        Some(stem) => format!("{number} {stem}ies"),
        None if noun.ends_with(['s', 'x']) || noun.ends_with("ch") || noun.ends_with("sh") => {
            format!("{number} {noun}es")
        }
        None => format!("{number} {noun}s"),
    }
}

/// Digits in groups of three.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size: `512 bytes`, `12.3 MiB`.
fn bytes(count: u64) -> String {
    let scaled = |shift: u32, unit: &str| {
        let tenths = (u128::from(count) * 10) >> shift;
        format!(
            "{}.{} {unit}",
            grouped(u64::try_from(tenths / 10).unwrap_or(u64::MAX)),
            tenths % 10
        )
    };
    match count {
        0..0x400 => counted(count, "byte"),
        0x400..0x10_0000 => scaled(10, "KiB"),
        0x10_0000..0x4000_0000 => scaled(20, "MiB"),
        _ => scaled(30, "GiB"),
    }
}

/// A time: `412 ms`, `1.2 s`, `2 min 3 s`.
fn duration(milliseconds: u64) -> String {
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        1000..60_000 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        _ => format!(
            "{} min {} s",
            grouped(milliseconds / 60_000),
            milliseconds % 60_000 / 1000
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn plurals() {
        let cases = [
            (0, "file", "0 files"),
            (1, "entry", "1 entry"),
            (2, "entry", "2 entries"),
            (2, "key", "2 keys"),
            (1_234_567, "match", "1,234,567 matches"),
            (100, "alias", "100 aliases"),
        ];
        for (count, noun, want) in cases {
            assert_eq!(counted(count, noun), want);
        }
    }

    #[test]
    fn sizes_and_times() {
        assert_eq!(bytes(0), "0 bytes");
        assert_eq!(bytes(1023), "1,023 bytes");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(u64::MAX), "17,179,869,183.9 GiB");
        assert_eq!(duration(999), "999 ms");
        assert_eq!(duration(1250), "1.2 s");
        assert_eq!(duration(123_456), "2 min 3 s");
    }

    #[test]
    fn groups_say_which_line_allowed() {
        let report = fixture::hostile();
        let groups = report.allowed_groups();
        let shown: Vec<_> = groups
            .iter()
            .map(|group| (group.by, group.place, group.count))
            .collect();
        assert_eq!(shown[0], (AllowedBy::Config, "stackguard.toml:12", 2));
        assert_eq!(
            groups.iter().map(|group| group.count).sum::<usize>(),
            report.allowed.len()
        );
        assert_eq!(report.counts().total() + 1, report.findings.len());
        assert_eq!(report.known_count(), 2);
    }

    #[test]
    fn the_headline_counts_everything() {
        let policy = fixture::policy();
        let report = fixture::hostile();
        let view = View::new(&policy, report.verdict(Some(Severity::Medium), false));
        let text = report.headline(&view);
        assert!(
            text.contains("in the baseline") && text.contains("2 items could not be looked at"),
            "{text}"
        );
        let clean = fixture::clean();
        let view = View::new(&policy, ExitStatus::Clean);
        assert_eq!(
            clean.headline(&view),
            "Clean: no findings (1,234 files, 12.3 MiB in 412 ms)"
        );
    }
}
