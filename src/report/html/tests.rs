use super::super::{CredentialRow, Evidence, Format, State, StoreState, fixture};
use super::*;
use crate::exit::ExitStatus;

fn rendered(report: &Report) -> String {
    let policy = fixture::policy();
    let mut out = Vec::new();
    Format::Html
        .render(
            report,
            &View::new(&policy, ExitStatus::Incomplete),
            &mut out,
        )
        .expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

/// What stands between two marks that occur once.
fn between<'p>(page: &'p str, from: &str, to: &str) -> &'p str {
    assert_eq!(page.matches(from).count(), 1, "{from}");
    let rest = page.split_once(from).expect("counted").1;
    rest.split_once(to).expect("it is closed").0
}

/// Every start tag, as written. In our page no attribute holds `>`: the escaping makes it a reference.
fn tags(page: &str) -> Vec<&str> {
    page.split('<')
        .skip(1)
        .filter(|part| part.starts_with(|c: char| c.is_ascii_alphabetic()))
        .map(|part| part.split_once('>').expect("it is closed").0)
        .collect()
}

#[test]
fn nothing_is_loaded_and_only_its_own_script_runs() {
    let page = rendered(&fixture::hostile());
    let style = between(&page, "<style>", "</style>");
    let script = between(&page, "<script>", "</script>");
    let policy = between(
        &page,
        "http-equiv=\"Content-Security-Policy\" content=\"",
        "\"",
    );
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
            digest(style),
            digest(script)
        )
    );
    let markup = page.replace(style, "").replace(script, "");
    for tag in tags(&markup) {
        let mut words = tag.split_whitespace();
        let name = words.next().unwrap_or_default();
        assert!(
            !["iframe", "img", "link", "object", "embed", "base", "b", "i"].contains(&name),
            "{tag}"
        );
        assert!(
            !tag.contains(" style=") && !tag.contains(" src=") && !tag.contains(" on"),
            "{tag}"
        );
        if let Some((_, target)) = tag.split_once("href=\"") {
            assert!(target.starts_with('#'), "{tag}");
        }
    }
}

#[test]
fn hostile_names_are_text() {
    let page = rendered(&fixture::hostile());
    assert!(
        page.contains("a\\nb/&#60;script&#62;alert(1)&#60;/script&#62;.ts"),
        "the name is shown as it is"
    );
    assert!(!page.contains("<script>alert") && !page.contains("<b>") && !page.contains("<img>"));
    assert!(!page.contains(&fixture::secret()));
    assert!(!page.contains("##["));
    assert_eq!(page, rendered(&fixture::hostile()));
}

#[test]
fn every_part_is_there_when_there_is_something_to_say() {
    let page = rendered(&fixture::hostile());
    for id in ["gaps", "findings", "matrix", "timeline", "allowed", "notes"] {
        assert!(page.contains(&format!("<h2 id=\"{id}\">")), "{id}");
    }
    assert!(!page.contains("id=\"exposures\""));
    let clean = rendered(&fixture::clean());
    assert!(
        clean.contains("No findings.")
            && !clean.contains("id=\"matrix\"")
            && !clean.contains("id=\"gaps\"")
    );
    for (opened, closed) in [
        ("<section", "</section>"),
        ("<table", "</table>"),
        ("<tr", "</tr>"),
        ("<form", "</form>"),
        ("<div", "</div>"),
        ("<ul", "</ul>"),
        ("<td", "</td>"),
    ] {
        assert_eq!(
            page.matches(opened).count(),
            page.matches(closed).count(),
            "{opened}"
        );
    }
}

#[test]
fn exposed_credentials_have_a_table() {
    let mut report = fixture::hostile();
    let mut finding = report
        .findings
        .iter()
        .find(|finding| finding.location.commit.is_some())
        .expect("one is in a commit")
        .clone();
    finding.rule = crate::policy::RuleId::new("credential-exposed");
    finding.location.key = Some("DATABASE_URL".into());
    report.findings.push(finding);
    let page = rendered(&report);
    let table = between(&page, "id=\"exposure-table\">", "</table>");
    assert!(
        table.contains("<code>DATABASE_URL</code>") && table.contains("2024-05-01T10:11:12+02:00"),
        "{table}"
    );
}

fn row(
    name: &str,
    age: Option<u32>,
    due: Option<&str>,
    updated: Option<&str>,
    state: State,
) -> CredentialRow {
    let said = StoreState {
        state,
        evidence: Some(Evidence::Time),
        updated: updated.map(str::to_owned),
    };
    CredentialRow {
        name: name.into(),
        environment: "staging".into(),
        owner: None,
        rotate_every: None,
        age_days: age,
        due: due.map(str::to_owned),
        stores: [("vault".to_owned(), said)].into(),
    }
}

#[test]
fn the_timeline_tells_what_is_late() {
    let mut report = fixture::clean();
    report.credentials = vec![
        row(
            "LATE",
            Some(100),
            Some("2026-08-01"),
            Some("2026-05-03T00:00:00Z"),
            State::Stale,
        ),
        row(
            "SOON",
            Some(80),
            Some("2026-08-20"),
            Some("2026-05-23T00:00:00Z"),
            State::Present,
        ),
        row(
            "FINE",
            Some(1),
            Some("2026-12-01"),
            Some("2026-08-10T23:59:59Z"),
            State::Present,
        ),
        row("OPEN", None, None, None, State::Error),
        row(
            "ODD",
            Some(u32::MAX),
            Some("someday"),
            Some("<b>yesterday</b>"),
            State::Missing,
        ),
        row(
            "FAR",
            None,
            Some("9999-12-31"),
            Some("-009999-01-02T00:00:00Z"),
            State::Missing,
        ),
    ];
    let page = rendered(&report);
    for said in [
        "as of 2026-08-11",
        "✗ overdue 10 days, 2026-08-01",
        "▲ due in 9 days, 2026-08-20",
        "✓ due 2026-12-01",
        "2 credentials without any date not drawn",
    ] {
        assert!(page.contains(said), "{said}");
    }
    report.credentials.truncate(1);
    report.credentials[0].age_days = None;
    let page = rendered(&report);
    assert!(
        page.contains("due 2026-08-01") && !page.contains("as of "),
        "without an age there is no today"
    );
}

#[test]
fn ten_thousand_findings_are_written() {
    let mut report = fixture::hostile();
    let one = report.findings[0].clone();
    report.findings = vec![one; 10_000];
    report.credentials = vec![
        row(
            "A",
            Some(1),
            Some("2026-12-01"),
            Some("2026-08-10T00:00:00Z"),
            State::Present
        );
        2_000
    ];
    let page = rendered(&report);
    assert_eq!(page.matches("<td class=\"what\"").count(), 10_000);
}
