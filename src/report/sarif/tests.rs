use super::super::{Format, fixture};
use super::*;
use crate::finding::RepoPath;
use crate::policy::Severity;
use std::collections::BTreeSet;

fn rendered(report: &Report, change: impl Fn(&mut View<'_>)) -> String {
    let policy = fixture::policy();
    let mut view = View::new(&policy, report.verdict(Some(Severity::Medium), false));
    change(&mut view);
    let mut out = Vec::new();
    Format::Sarif
        .render(report, &view, &mut out)
        .expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

fn parsed(report: &Report) -> Value {
    serde_json::from_str(&rendered(report, |_| ())).expect("JSON")
}

#[test]
fn satisfies_the_schema() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/sarif-schema-2.1.0.json"
    );
    let mut schema: Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("the schema is there"))
            .expect("JSON");
    // A stray `]` makes this pattern no regular expression; we write no language.
    for kind in ["run", "toolComponent"] {
        schema["definitions"][kind]["properties"]["language"]
            .as_object_mut()
            .expect("an object")
            .remove("pattern");
    }
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("a valid schema");
    for report in [Report::default(), fixture::clean(), fixture::hostile()] {
        let value = parsed(&report);
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    let mut broken = parsed(&fixture::hostile());
    broken["runs"][0]["results"][0]["level"] = json!("critical");
    assert!(!validator.is_valid(&broken), "the schema is really used");
}

#[test]
fn looks_as_it_should() {
    let text = serde_json::to_string_pretty(&parsed(&fixture::hostile())).expect("a value");
    let text = super::super::json::inert(&text).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::with_settings!({snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("sarif", text);
    });
}

#[test]
fn every_result_has_a_rule_a_place_and_one_fingerprint() {
    let report = fixture::hostile();
    let value = parsed(&report);
    let run = &value["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("a list");
    let ids: Vec<&str> = rules
        .iter()
        .filter_map(|rule| rule["id"].as_str())
        .collect();
    assert!(
        ids.is_sorted() && ids.contains(&"allow-unused"),
        "rules without a result are there too"
    );
    for rule in rules {
        let score: f32 = rule["properties"]["security-severity"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .expect("a number");
        assert!((0.1..=10.0).contains(&score));
        assert!(
            rule["properties"]["tags"]
                .as_array()
                .is_some_and(|tags| tags.len() <= 20)
        );
        for text in [
            &rule["shortDescription"]["text"],
            &rule["fullDescription"]["text"],
            &rule["help"]["text"],
            &rule["help"]["markdown"],
        ] {
            assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{rule}");
        }
    }
    let results = run["results"].as_array().expect("a list");
    assert_eq!(results.len(), report.findings.len() + report.allowed.len());
    for result in results {
        let index =
            usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(result["ruleId"], ids[index]);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().expect("text");
        assert!(
            !uri.starts_with('/')
                && uri.is_ascii()
                && !uri.contains([' ', '#', '?', ':', '\\', '"', '<', '|']),
            "{uri}"
        );
        assert!(place["region"]["startLine"].as_u64() >= Some(1));
        let prints: Vec<&String> = result["partialFingerprints"]
            .as_object()
            .expect("an object")
            .keys()
            .collect();
        assert_eq!(prints, ["stackguard/v1", "primaryLocationLineHash"]);
        let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str();
        let (hex, number) = hash
            .and_then(|hash| hash.split_once(':'))
            .expect("two parts");
        assert!(
            hex.len() == 16 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{hex}"
        );
        assert!(
            number.parse::<u32>().is_ok_and(|number| number > 0),
            "{number}"
        );
    }
    let hash =
        |result: &Value| result["partialFingerprints"]["primaryLocationLineHash"].to_string();
    let hashes: BTreeSet<String> = results.iter().map(hash).collect();
    assert_eq!(hashes.len(), results.len(), "each alert has its own");
}

#[test]
fn what_is_allowed_or_known_is_suppressed() {
    let report = fixture::hostile();
    let value = parsed(&report);
    let results = value["runs"][0]["results"].as_array().expect("a list");
    let kinds: Vec<&str> = results
        .iter()
        .filter_map(|result| result["suppressions"][0]["kind"].as_str())
        .collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "inSource").count(), 2);
    assert_eq!(kinds.len(), report.allowed.len() + 1);
    let all: BTreeSet<&str> = results
        .iter()
        .filter_map(|result| result["suppressions"][0]["justification"].as_str())
        .collect();
    assert!(
        all.contains("in the baseline") && all.contains("stackguard.toml:12: canonical local DSN")
    );
}

#[test]
fn a_run_with_gaps_did_not_succeed() {
    let run = &parsed(&fixture::hostile())["runs"][0];
    let invocation = &run["invocations"][0];
    assert_eq!(
        (&invocation["executionSuccessful"], &invocation["exitCode"]),
        (&json!(false), &json!(2))
    );
    let notes = invocation["toolExecutionNotifications"]
        .as_array()
        .expect("a list");
    assert_eq!(
        notes.iter().filter(|note| note["level"] == "error").count(),
        2
    );
    let clean = &parsed(&fixture::clean())["runs"][0]["invocations"][0];
    assert_eq!(
        (
            &clean["executionSuccessful"],
            &clean["toolExecutionNotifications"]
        ),
        (&json!(true), &json!([]))
    );
}

#[test]
fn a_line_of_an_older_commit_is_not_shown_as_a_line_of_the_file() {
    let value = parsed(&fixture::hostile());
    let results = value["runs"][0]["results"].as_array().expect("a list");
    let of = |path: &str| {
        results
            .iter()
            .find(|result| {
                result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == path
            })
            .expect("there")
    };
    let old = of("old/config.yml");
    assert_eq!(
        old["locations"][0]["physicalLocation"]["region"],
        json!({"startLine": 1})
    );
    assert_eq!(old["properties"]["commit"]["line"], 7);
    assert!(
        old["message"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("commit cccccccccccc"))
    );
    assert_eq!(
        of("app/db.ts")["locations"][0]["physicalLocation"]["region"]["startLine"],
        41
    );
}

#[test]
fn too_many_results_and_places_are_cut_and_counted() {
    let mut report = fixture::hostile();
    let low = report
        .findings
        .iter()
        .position(|finding| finding.severity == Severity::Low)
        .expect("there is one");
    let many = report.findings[low].clone();
    let critical = report.counts().critical;
    report.findings.extend(std::iter::repeat_n(many, RESULTS));
    let mut places = report.findings[0].clone();
    places.occurrences = (0..150)
        .map(|number| crate::finding::Location::whole(RepoPath::new(&format!("f{number}"))))
        .collect();
    report.findings.insert(0, places);
    let value = parsed(&report);
    let run = &value["runs"][0];
    let results = run["results"].as_array().expect("a list");
    assert_eq!(results.len(), RESULTS);
    assert_eq!(
        results[0]["relatedLocations"].as_array().map(Vec::len),
        Some(100)
    );
    let kept = results
        .iter()
        .filter(|result| result["ruleId"] == "postgres-dsn" && result["suppressions"].is_null())
        .count();
    assert_eq!(kept, critical, "the worst are kept");
    let texts = run["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(
        texts.contains("results left out") && texts.contains("50 places left out"),
        "{texts}"
    );
}

#[test]
fn nothing_in_it_acts_on_a_terminal_or_a_log() {
    let text = rendered(&fixture::hostile(), |_| ());
    assert!(!text.contains(|letter: char| letter != '\n' && letter.is_control()));
    assert!(!text.contains('\u{202e}') && !text.contains("##[") && !text.contains("]("));
    assert!(!text.contains(&fixture::secret()));
}
