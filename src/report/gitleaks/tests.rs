use super::super::fixture::rendered;
use super::super::{Format, fixture};
use super::row::UNSEEN;
use crate::finding::MASK;

#[test]
fn the_fields_are_those_of_gitleaks() {
    let text = rendered(Format::GitleaksJson, &fixture::hostile());
    let rows: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(&text).expect("an array of objects");
    for row in &rows {
        let fields: Vec<&str> = row.keys().map(String::as_str).collect();
        assert_eq!(fields, FIELDS);
        assert!([MASK, ""].contains(&row["Secret"].as_str().expect("text")));
    }
    let deploy: Vec<_> = rows
        .iter()
        .filter(|row| row["RuleID"] == "postgres-dsn" && row["File"] == "deploy.sh")
        .collect();
    assert_eq!(deploy.len(), 1);
    assert_eq!(deploy[0]["StartLine"], 33);
    assert_eq!(deploy[0]["Fingerprint"], "deploy.sh:postgres-dsn:33");
    let shown = deploy[0]["Match"].as_str().expect("text");
    assert!(
        shown.starts_with("postgres://app:*") && shown.contains(MASK),
        "{shown}"
    );
    let in_commit = rows
        .iter()
        .find(|row| row["Commit"] != "")
        .expect("the fixture has one");
    assert!(in_commit["Date"].as_str().expect("text").ends_with('Z'));
    let unseen = rows.iter().filter(|row| row["RuleID"] == UNSEEN).count();
    assert_eq!(unseen, fixture::hostile().incomplete.len());
    // What a reader finds in no other place: every occurrence has its row.
    assert_eq!(
        rows.iter()
            .filter(|row| row["File"]
                .as_str()
                .is_some_and(|file| file.starts_with("services/worker-")))
            .count(),
        7
    );
}

#[test]
fn nothing_hostile_comes_through() {
    for format in [Format::GitleaksJson, Format::GitleaksCsv] {
        let text = rendered(format, &fixture::hostile());
        assert!(!text.contains(&fixture::secret()) && !text.contains("##["));
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']));
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
    }
    let json = rendered(Format::GitleaksJson, &fixture::hostile());
    assert!(!json.contains(['<', '>', '&']));
    let csv = rendered(Format::GitleaksCsv, &fixture::hostile());
    for line in csv.lines() {
        assert!(!line.starts_with(['=', '+', '-', '@']), "{line}");
        assert!(!line.contains(",=") && !line.contains(",\"="), "{line}");
    }
}

#[test]
fn nothing_found_is_an_empty_list() {
    assert_eq!(rendered(Format::GitleaksJson, &fixture::clean()), "[]\n");
    assert_eq!(
        rendered(Format::GitleaksCsv, &fixture::clean())
            .lines()
            .count(),
        1
    );
}

const FIELDS: [&str; 18] = [
    "RuleID",
    "Description",
    "StartLine",
    "EndLine",
    "StartColumn",
    "EndColumn",
    "Match",
    "Secret",
    "File",
    "SymlinkFile",
    "Commit",
    "Entropy",
    "Author",
    "Email",
    "Date",
    "Message",
    "Tags",
    "Fingerprint",
];
