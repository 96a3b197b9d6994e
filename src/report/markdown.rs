//! Markdown, for pull-request comments, step summaries and logs.
//!
//! Nothing taken from a repository is markup here: names of files stand in code spans, all other text is escaped,
//! and neither mentions anyone, links anywhere, nor begins a formula when the table is pasted into a sheet.

use super::{CredentialRow, LeakRow, Report, View, counted, wording};
use crate::finding::{Allowed, AllowedBy, Finding, Gap, Location, printable};
use std::cmp::Reverse;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes the whole report.
pub(super) fn render(report: &Report, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(document(report, view, usize::MAX).as_bytes())
}

/// The report in at most `limit` bytes (if that is 4 KiB or more): what does not fit is counted at the end.
pub(super) fn document(report: &Report, view: &View<'_>, limit: usize) -> String {
    let mut page = Page {
        out: String::new(),
        limit: limit.saturating_sub(RESERVE),
        left_out: 0,
    };
    let _ = writeln!(
        page.out,
        "### stackguard\n\n**{}**",
        text(&report.headline(view))
    );
    gaps(&report.incomplete, &mut page);
    let mut new: Vec<&Finding> = report.new_findings().collect();
    // Where something is cut, it is not the worst.
    new.sort_by_key(|finding| Reverse(finding.severity));
    findings(&new, view, &mut page);
    if report.has_secret_in_commits() {
        page.out.push_str("\nRotate first: secrets in commits stay readable in clones, forks and caches after the line is gone.\n");
    }
    for (number, note) in report.notes.iter().enumerate() {
        let gap = if number == 0 { "\n" } else { "" };
        page.row(format!("{gap}- {}\n", text(note)));
    }
    credentials(&report.credentials, &mut page);
    leaks(&report.leaks, &mut page);
    let known: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.known)
        .collect();
    if !known.is_empty() {
        page.fold(
            &format!("{} in the baseline", counted(known.len() as u64, "finding")),
            |page| findings(&known, view, page),
        );
    }
    if !report.allowed.is_empty() {
        page.fold(
            &format!(
                "{} allowed",
                counted(report.allowed.len() as u64, "finding")
            ),
            |page| allowed(&report.allowed, page),
        );
    }
    if page.left_out > 0 {
        let rows = counted(page.left_out, "row");
        let _ = writeln!(
            page.out,
            "\n**{rows} did not fit here.** The other formats (`--format json`, `sarif`) have them all."
        );
    }
    page.out
}

/// What was written, and how much of the limit it has taken.
struct Page {
    out: String,
    limit: usize,
    left_out: u64,
}

impl Page {
    /// Adds one row, or counts it as left out.
    fn row(&mut self, row: String) {
        if self.left_out > 0 || self.out.len() + row.len() > self.limit {
            self.left_out += 1;
        } else {
            self.out.push_str(&row);
        }
    }

    /// Adds a part that is closed until it is clicked.
    fn fold(&mut self, title: &str, inner: impl FnOnce(&mut Self)) {
        let _ = writeln!(self.out, "\n<details><summary>{title}</summary>");
        inner(self);
        self.out.push_str("\n</details>\n");
    }
}

fn gaps(gaps: &[Gap], page: &mut Page) {
    if gaps.is_empty() {
        return;
    }
    page.out.push_str("\n**Could not be looked at:**\n\n");
    for gap in gaps {
        page.row(format!("- {}: {}\n", code(&gap.what), text(&gap.why)));
    }
}

fn findings(findings: &[&Finding], view: &View<'_>, page: &mut Page) {
    if findings.is_empty() {
        return;
    }
    page.out
        .push_str("\n| Severity | Rule | Place | What | Do |\n| --- | --- | --- | --- | --- |\n");
    for finding in findings {
        let help = wording::help(finding, view).unwrap_or_default();
        let row = format!(
            "| {} | {} | {} | {} | {} |\n",
            finding.severity,
            code(finding.rule.as_str()),
            places(finding),
            text(&finding.message),
            text(help)
        );
        page.row(row);
    }
}

fn places(finding: &Finding) -> String {
    let mut out = place(&finding.location);
    if !finding.occurrences.is_empty() {
        let more = counted(finding.occurrences.len() as u64, "more place");
        let _ = write!(out, " and {more}");
    }
    out.extend(wording::spread(finding).map(|spread| format!(", {spread}")));
    out
}

fn place(location: &Location) -> String {
    let path = location.path.as_str();
    // A sheet takes a cell that begins so for a formula.
    let dot = if path.starts_with(['=', '+', '-', '@']) {
        "./"
    } else {
        ""
    };
    let mut spot = format!("{dot}{path}");
    if location.start.line > 0 {
        let _ = write!(spot, ":{}:{}", location.start.line, location.start.column);
    }
    let mut out = code(&spot);
    if let Some(store) = &location.store {
        let key = location.key.as_deref().unwrap_or("");
        out = format!("{} {}, {out}", code(store), code(key));
    }
    if let Some(commit) = &location.commit {
        let presence = wording::presence(commit).map(|words| format!(", {}", text(&words)));
        let id = code(wording::short(&commit.id));
        let _ = write!(out, " in commit {id}{}", presence.unwrap_or_default());
    }
    out
}

fn allowed(allowed: &[Allowed], page: &mut Page) {
    page.out
        .push_str("\n| Rule | Place | Allowed by | Reason |\n| --- | --- | --- | --- |\n");
    for entry in allowed {
        let by = match entry.by {
            AllowedBy::Config => code(&entry.place),
            AllowedBy::Inline(mark) => format!("{} at {}", code(mark), code(&entry.place)),
            AllowedBy::Baseline => format!("baseline {}", code(&entry.place)),
        };
        let reason = entry.reason.as_deref().map(text).unwrap_or_default();
        page.row(format!(
            "| {} | {} | {by} | {reason} |\n",
            code(entry.finding.rule.as_str()),
            place(&entry.finding.location)
        ));
    }
}

fn credentials(rows: &[CredentialRow], page: &mut Page) {
    if rows.is_empty() {
        return;
    }
    page.out.push_str("\n| Credential | Environment | Owner | Age | Due | Stores |\n| --- | --- | --- | --- | --- | --- |\n");
    for row in rows {
        let stores: Vec<String> = row
            .stores
            .iter()
            .map(|(name, said)| {
                let proof = said.evidence.map(|proof| format!(" ({})", proof.as_str()));
                let state = said.state.as_str();
                format!("{} {state}{}", text(name), proof.unwrap_or_default())
            })
            .collect();
        let age = row
            .age_days
            .map(|days| counted(u64::from(days), "day"))
            .unwrap_or_default();
        page.row(format!(
            "| {} | {} | {} | {age} | {} | {} |\n",
            code(&row.name),
            text(&row.environment),
            text(row.owner.as_deref().unwrap_or("")),
            text(row.due.as_deref().unwrap_or("")),
            stores.join(", ")
        ));
    }
}

fn leaks(rows: &[LeakRow], page: &mut Page) {
    if rows.is_empty() {
        return;
    }
    page.out.push_str("\n**What leaked before:**\n\n| Verdict | Rule | Place | Credentials | Matched by |\n| --- | --- | --- | --- | --- |\n");
    for row in rows {
        let names: Vec<String> = row.names().iter().map(|name| text(name)).collect();
        page.row(format!(
            "| {} | {} | {} | {} | {} |\n",
            row.verdict.as_str(),
            code(row.rule.as_str()),
            place(&row.location),
            names.join(", "),
            row.tie.as_str()
        ));
    }
}

/// A code span that holds exactly this text, also in a table.
///
/// GitHub makes no mentions, issue links or emoji inside code. Where back-quotes would not do, the element
/// is written out with its text in character references, which are never markup.
pub(crate) fn code(text: &str) -> String {
    let text = plain(text);
    if text.is_empty() {
        return String::new();
    }
    let simple =
        !text.contains(['`', '|', '\\', '[']) && !text.starts_with(' ') && !text.ends_with(' ');
    if simple {
        format!("`{text}`")
    } else {
        format!("<code>{}</code>", references(&text, ""))
    }
}

/// Text outside code: no markup but the back-quotes of our own messages, no mention, no link, no formula.
pub(crate) fn text(text: &str) -> String {
    let text = plain(text);
    let mut out = String::with_capacity(text.len() + 16);
    if text.trim_start_matches('`').starts_with(['=', '+', '-']) {
        out.push('\'');
    }
    let parts: Vec<&str> = text.split('`').collect();
    let paired = parts.len() % 2 == 1;
    for (number, part) in parts.iter().enumerate() {
        if paired && number % 2 == 1 {
            out.push_str(&code(part));
            continue;
        }
        if !paired && number > 0 {
            out.push_str("&#96;");
        }
        out.push_str(&references(part, "\u{200b}"));
    }
    out
}

/// One line, nothing in it invisible.
fn plain(text: &str) -> String {
    printable(text).replace('\t', " ")
}

/// Every character that may be markup as a character reference.
///
/// GitHub looks for `@name` and `#1` after rendering, when a reference is a character again: outside code,
/// `breaker` (a space without width) keeps those from being found.
fn references(text: &str, breaker: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (at, letter) in text.char_indices() {
        let reference = match letter {
            // `https://` and `www.` are made links wherever they stand.
            ':' => text[at..].starts_with("://"),
            '.' => text[..at].ends_with(['w', 'W']),
            _ => "&<>|`*_[]\\~$@#\"".contains(letter),
        };
        if reference {
            let _ = write!(out, "&#{};", u32::from(letter));
        } else {
            out.push(letter);
        }
        if matches!(letter, '@' | '#') {
            out.push_str(breaker);
        }
    }
    out
}

/// Bytes kept free for the ends of what was begun and the line that counts what is missing.
const RESERVE: usize = 2048;

#[cfg(test)]
mod tests {
    use super::super::{Format, fixture};
    use super::*;
    use crate::policy::Severity;

    fn hostile(limit: usize) -> String {
        let policy = fixture::policy();
        let report = fixture::hostile();
        let view = View::new(&policy, report.verdict(Some(Severity::Medium), false));
        document(&report, &view, limit)
    }

    #[test]
    fn looks_as_it_should() {
        insta::with_settings!({snapshot_path => "../../tests/snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!("markdown", hostile(usize::MAX));
        });
    }

    #[test]
    fn escapes() {
        let cases = [
            (code("a|b"), "<code>a&#124;b</code>"),
            (code("a`b"), "<code>a&#96;b</code>"),
            (code("tail\\"), "<code>tail&#92;</code>"),
            (code("<b>.env"), "`<b>.env`"),
            (code("a\nb"), "<code>a&#92;nb</code>"),
            (
                text("see @team and #12"),
                "see &#64;\u{200b}team and &#35;\u{200b}12",
            ),
            (
                text("`@scope/x` is *not* listed"),
                "`@scope/x` is &#42;not&#42; listed",
            ),
            (text("one ` only <b>"), "one &#96; only &#60;b&#62;"),
            (text("=HYPERLINK(1)"), "'=HYPERLINK(1)"),
            (text("`=1`+2"), "'`=1`+2"),
            (text("http://x www.x"), "http&#58;//x www&#46;x"),
        ];
        for (got, want) in cases {
            assert_eq!(got, want);
        }
    }

    #[test]
    fn hostile_names_stay_in_their_cells() {
        let document = hostile(usize::MAX);
        let tables: Vec<&str> = document
            .lines()
            .filter(|line| line.starts_with('|'))
            .collect();
        let columns = |row: &str| row.matches('|').count();
        assert!(
            tables.iter().all(|row| [5, 6, 7].contains(&columns(row))),
            "{tables:#?}"
        );
        assert_eq!(
            tables.iter().filter(|row| columns(row) == 6).count(),
            2 + fixture::hostile().findings.len() + 2 + fixture::hostile().leaks.len() + 2
        );
        for bad in ["<script>", "<b>", "<i>", "\u{1b}", "\u{202e}", "##["] {
            let outside: String = document.split('`').step_by(2).collect();
            assert!(!outside.contains(bad), "{bad}");
        }
        assert!(!document.contains("##[") && !document.contains("\n::"));
        assert!(!document.contains(&fixture::secret()));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let whole = hostile(usize::MAX);
        let cut = hostile(4096);
        assert!(cut.len() <= 4096 && cut.len() < whole.len());
        assert!(cut.contains("did not fit here"));
        assert_eq!(
            cut.matches("<details>").count(),
            cut.matches("</details>").count()
        );
        assert!(!whole.contains("did not fit here"));
    }

    #[test]
    fn a_clean_run_is_short() {
        let policy = fixture::policy();
        let view = View::new(&policy, crate::exit::ExitStatus::Clean);
        let mut out = Vec::new();
        Format::Markdown
            .render(&fixture::clean(), &view, &mut out)
            .expect("a vector takes everything");
        assert_eq!(
            String::from_utf8(out).expect("text"),
            "### stackguard\n\n**Clean: no findings (1,234 files, 12.3 MiB in 412 ms)**\n"
        );
    }
}
