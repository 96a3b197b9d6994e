use super::super::{Basis, CredentialRow, Evidence, Format, Rotated, State, StoreState, fixture};
use super::*;
use crate::exit::ExitStatus;
use crate::finding::{
    Allowed, AllowedBy, CommitRef, Finding, Gap, Location, Presence, RepoPath, Snippet, Veil,
};
use crate::policy::RuleId;
use crate::report::LeakRow;

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

/// A report of which every text is this one.
fn filled(text: &str) -> Report {
    let mut report = fixture::hostile();
    let own = || text.to_owned();
    let mut location = Location {
        store: Some(own()),
        key: Some(own()),
        commit: Some(CommitRef {
            id: own(),
            author: own(),
            date: own(),
            summary: own(),
            presence: Some(Presence::Ref(own())),
        }),
        ..report.findings[0].location.clone()
    };
    location.path = RepoPath::new(text);
    for rule in [text, "credential-exposed"] {
        report.findings.push(Finding {
            rule: RuleId::new(rule),
            message: own(),
            location: location.clone(),
            snippet: Some(Snippet::cut(
                text.as_bytes(),
                &(0..text.len()),
                &Veil::default(),
            )),
            occurrences: vec![location.clone()],
            help: Some(own()),
            decided_by: Some(own()),
            ..report.findings[0].clone()
        });
    }
    for by in [AllowedBy::Config, AllowedBy::Baseline] {
        report.allowed.push(Allowed {
            finding: report.findings[report.findings.len() - 1].clone(),
            by,
            place: own(),
            reason: Some(own()),
        });
    }
    report.incomplete.push(Gap {
        what: own(),
        why: own(),
    });
    report.notes.push(own());
    report.scope.root = own();
    report.scope.head = Some(own());
    let mut credential = row(text, Some(1), Some(text), Some(text), State::Present);
    credential.environment = own();
    credential.owner = Some(own());
    credential.rotate_every = Some(own());
    let store = credential.stores["vault"].clone();
    // Behind the others, whatever it is called.
    credential.stores.insert(format!("zz{text}"), store);
    report.credentials.push(credential);
    report.leaks.push(LeakRow {
        credentials: vec![(own(), own())],
        rule: RuleId::new(text),
        location,
        ..report.leaks[0].clone()
    });
    report
}

/// Tags and the names of their attributes, in order.
fn skeleton(page: &str) -> Vec<String> {
    let style = between(page, "<style>", "</style>");
    let script = between(page, "<script>", "</script>");
    let markup = page.replace(style, "").replace(script, "");
    let names = |tag: &str| -> String { tag.split('"').step_by(2).collect() };
    tags(&markup).into_iter().map(names).collect()
}

#[test]
fn no_text_anywhere_is_markup() {
    let plain = skeleton(&rendered(&filled("plain")));
    for text in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover=alert(1) x='",
        "</title></style></script></svg><b>",
        "<!--",
        "&lt;i&gt;",
    ] {
        let page = rendered(&filled(text));
        assert!(!page.contains(text), "{text}");
        assert!(skeleton(&page) == plain, "{text}");
    }
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
        rotated: updated.map(|updated| Rotated {
            at: updated.to_owned(),
            by: Basis::Vault,
        }),
        age_days: age,
        due: due.map(str::to_owned),
        stores: [("vault".to_owned(), said)].into(),
    }
}

#[test]
fn the_timeline_tells_what_is_late() {
    let mut report = fixture::clean();
    report.today = Some(jiff::civil::date(2026, 8, 11));
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
    report.today = None;
    let page = rendered(&report);
    assert!(
        page.contains("due 2026-08-01") && !page.contains("as of ") && !page.contains("overdue"),
        "nothing is late on no day"
    );
}

/// Where the vault has files only, the age is that of the oldest copy: the file was touched since.
#[test]
fn the_timeline_begins_where_the_age_does() {
    let mut report = fixture::clean();
    report.today = Some(jiff::civil::date(2026, 11, 21));
    let mut touched = row(
        "TOUCHED",
        Some(70),
        Some("2026-12-11"),
        Some("2026-11-19T00:00:00Z"),
        State::Present,
    );
    touched.rotated = Some(Rotated {
        at: "2026-09-12T00:00:00Z".into(),
        by: Basis::Copy,
    });
    report.credentials = vec![touched];
    let page = rendered(&report);
    assert!(
        page.contains("as of 2026-11-21") && page.contains("✓ due 2026-12-11"),
        "{page}"
    );
    // From the copy at the left to the due date at the right.
    assert!(page.contains("class=\"span\" x1=\"332\" x2=\"716\""));
    assert!(page.contains("the time a copy was set"));
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
