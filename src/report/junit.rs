//! JUnit XML, for CI systems that show tests: a suite for each guard, a case for each finding.
//!
//! A case fails exactly when the finding fails the run; what is allowed, known or below the threshold is skipped
//! with the reason, so that the picture and the exit code agree.

use super::{Report, View, runner, wording};
use crate::exit::ExitStatus;
use crate::finding::{Allowed, Finding, Gap, Location, printable};
use crate::policy::Guard;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes the document.
pub(super) fn render(report: &Report, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut suites: BTreeMap<&str, Suite> = BTreeMap::new();
    for finding in &report.findings {
        suites
            .entry(finding.guard.as_str())
            .or_default()
            .finding(finding, view);
    }
    for allowed in &report.allowed {
        suites
            .entry(allowed.finding.guard.as_str())
            .or_default()
            .allowed(allowed);
    }
    for gap in &report.incomplete {
        suites.entry("incomplete").or_default().gap(gap, view);
    }
    if suites.is_empty() {
        // Some readers take a file without a case for a broken run.
        suites
            .entry(Guard::Policy.as_str())
            .or_default()
            .passed(&report.extent());
    }
    let sum = |of: fn(&Suite) -> usize| suites.values().map(of).sum::<usize>();
    let time = format!(
        "{}.{:03}",
        report.stats.milliseconds / 1000,
        report.stats.milliseconds % 1000
    );
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        text,
        "<testsuites name=\"stackguard\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{time}\">",
        sum(|suite| suite.tests),
        sum(|suite| suite.failures),
        sum(|suite| suite.errors),
        sum(|suite| suite.skipped)
    );
    for (name, suite) in &suites {
        let _ = writeln!(
            text,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            suite.tests, suite.failures, suite.errors, suite.skipped
        );
        text.push_str(&suite.cases);
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    out.write_all(text.as_bytes())
}

/// The cases of one guard.
#[derive(Debug, Default)]
struct Suite {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    cases: String,
}

impl Suite {
    fn finding(&mut self, finding: &Finding, view: &View<'_>) {
        if view.fails(finding) {
            self.failures += 1;
            let inner = format!(
                "<failure type=\"{}\" message=\"{}\">{}</failure>",
                finding.severity,
                xml(&finding.message),
                detail(finding, view)
            );
            return self.case(finding.rule.as_str(), &place(&finding.location), &inner);
        }
        let why = match view.fail_on {
            _ if finding.known => "in the baseline".to_owned(),
            Some(least) => format!("{}, below {least}", finding.severity),
            None => format!("{}; no severity fails the run", finding.severity),
        };
        self.skip(finding, &format!("{why}: {}", finding.message));
    }

    fn allowed(&mut self, allowed: &Allowed) {
        self.skip(
            &allowed.finding,
            &format!("allowed by {}", wording::exception(allowed)),
        );
    }

    fn gap(&mut self, gap: &Gap, view: &View<'_>) {
        let message = xml(&gap.why);
        if view.verdict == ExitStatus::Incomplete {
            self.errors += 1;
            self.case(
                "not looked at",
                &gap.what,
                &format!("<error type=\"incomplete\" message=\"{message}\"/>"),
            );
        } else {
            self.skipped += 1;
            self.case(
                "not looked at",
                &gap.what,
                &format!("<skipped message=\"{message}\"/>"),
            );
        }
    }

    fn passed(&mut self, extent: &str) {
        self.case("no findings", extent, "");
    }

    fn skip(&mut self, finding: &Finding, why: &str) {
        self.skipped += 1;
        self.case(
            finding.rule.as_str(),
            &place(&finding.location),
            &format!("<skipped message=\"{}\"/>", xml(why)),
        );
    }

    fn case(&mut self, rule: &str, place: &str, inner: &str) {
        self.tests += 1;
        let (rule, place) = (xml(rule), xml(place));
        let _ = writeln!(
            self.cases,
            "    <testcase classname=\"{rule}\" name=\"{place}\">{inner}</testcase>"
        );
    }
}

/// The masked line, the other places and what to do, as the text of an element.
fn detail(finding: &Finding, view: &View<'_>) -> String {
    let mut lines = Vec::new();
    if let Some(snippet) = &finding.snippet {
        lines.push(snippet.text().trim().to_owned());
    }
    lines.extend(
        finding
            .occurrences
            .iter()
            .map(|other| format!("also at {}", place(other))),
    );
    lines.extend(wording::help(finding, view).map(str::to_owned));
    lines.push(format!("fingerprint {}", finding.fingerprint));
    let lines: Vec<String> = lines.iter().map(|line| xml(line)).collect();
    // As references, so that no line of the file begins with text of a repository.
    lines.join("&#10;")
}

fn place(location: &Location) -> String {
    let commit = location
        .commit
        .as_ref()
        .map(|commit| format!(" in commit {}", wording::short(&commit.id)));
    wording::spot(location) + &commit.unwrap_or_default()
}

/// Text for an element or an attribute, on one line; what XML cannot hold is shown as an escape or left out.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for letter in printable(text).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(letter),
        }
    }
    runner::without_brackets(&out, "&#91;")
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Format, fixture};
    use super::*;
    use crate::policy::Severity;
    use regex::Regex;

    fn rendered(report: &Report, fail_on: Option<Severity>, allow_incomplete: bool) -> String {
        let policy = fixture::policy();
        let mut view = View::new(&policy, report.verdict(fail_on, allow_incomplete));
        view.fail_on = fail_on;
        let mut out = Vec::new();
        Format::Junit
            .render(report, &view, &mut out)
            .expect("a vector takes everything");
        String::from_utf8(out).expect("text")
    }

    /// Reads the document as a strict parser would: tags balanced, attributes quoted, references known, no other markup.
    pub(in crate::report) fn check(text: &str) {
        let tag = Regex::new(r#"<(/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(/?)>"#).expect("a pattern");
        let reference = Regex::new("&(?:amp|lt|gt|quot|apos|#[0-9]+);").expect("a pattern");
        let body = text
            .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
            .expect("a declaration");
        let mut open = Vec::new();
        for tag in tag.captures_iter(body) {
            match (&tag[1], &tag[4]) {
                ("/", _) => assert_eq!(open.pop().as_deref(), Some(&tag[2])),
                (_, "") => open.push(tag[2].to_owned()),
                _ => {}
            }
        }
        assert!(open.is_empty(), "{open:?}");
        assert!(!tag.replace_all(body, "").contains(['<', '>']));
        assert!(!reference.replace_all(body, "").contains('&'));
        assert!(!body.contains(|letter: char| letter != '\n' && letter.is_control()));
    }

    #[test]
    fn is_well_formed_whatever_the_names() {
        for report in [Report::default(), fixture::clean(), fixture::hostile()] {
            check(&rendered(&report, Some(Severity::Medium), false));
        }
        let text = rendered(&fixture::hostile(), Some(Severity::Medium), false);
        assert!(
            !text.contains(&fixture::secret())
                && !text.contains("##[")
                && !text.contains('\u{202e}')
        );
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
        insta::with_settings!({snapshot_path => "../../tests/snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!("junit", text);
        });
    }

    #[test]
    fn agrees_with_the_exit_code() {
        let report = fixture::hostile();
        let text = rendered(&report, Some(Severity::Medium), false);
        let failing = report
            .new_findings()
            .filter(|finding| finding.severity >= Severity::Medium)
            .count();
        assert_eq!(text.matches("<failure ").count(), failing);
        assert!(text.contains(&format!("failures=\"{failing}\" errors=\"2\"")));
        let accepted = rendered(&report, None, true);
        assert!(!accepted.contains("<failure ") && !accepted.contains("<error "));
        assert!(rendered(&fixture::clean(), None, false).contains("tests=\"1\" failures=\"0\""));
    }
}
