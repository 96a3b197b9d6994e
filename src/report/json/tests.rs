use super::super::fixture::rendered;
use super::super::{Format, fixture};
use super::*;
use serde_json::Value;

#[test]
fn schema_is_fresh() {
    crate::config::tests::is_committed("docs/report.schema.json", &schema());
}

#[test]
fn every_report_satisfies_the_schema() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    for report in [Report::default(), fixture::clean(), fixture::hostile()] {
        let value: Value = serde_json::from_str(&rendered(Format::Json, &report)).expect("JSON");
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    assert!(!validator.is_valid(&serde_json::json!({"version": 1})));
}

#[test]
fn every_line_satisfies_the_schema() {
    let mut schema = schema();
    for key in ["properties", "required", "type"] {
        schema.as_object_mut().expect("an object").remove(key);
    }
    schema["allOf"] = serde_json::json!([{"$ref": "#/definitions/LineV1"}]);
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    let text = rendered(Format::Jsonl, &fixture::hostile());
    let mut types = Vec::new();
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).expect("JSON");
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}\n{line}");
        types.push(value["type"].as_str().expect("a word").to_owned());
    }
    types.dedup();
    assert_eq!(
        types,
        [
            "finding",
            "allowed",
            "incomplete",
            "credential",
            "leak",
            "summary"
        ]
    );
    assert!(!validator.is_valid(&serde_json::json!({"type": "other"})));
}

#[test]
fn has_the_promised_shape() {
    let report = fixture::hostile();
    let value: Value = serde_json::from_str(&rendered(Format::Json, &report)).expect("JSON");
    let keys: Vec<&String> = value.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        [
            "version",
            "tool",
            "scope",
            "findings",
            "allowed",
            "incomplete",
            "notes",
            "credentials",
            "leaks",
            "stats",
            "verdict"
        ]
    );
    assert_eq!(value["verdict"], "incomplete");
    assert_eq!(value["scope"]["kind"], "history");
}

#[test]
fn findings_say_where_they_are() {
    let report = fixture::hostile();
    let value: Value = serde_json::from_str(&rendered(Format::Json, &report)).expect("JSON");
    let findings = value["findings"].as_array().expect("a list");
    let by_path = |path: &str| {
        findings
            .iter()
            .find(|finding| finding["location"]["path"] == path)
            .expect("reported")
    };
    let deploy = by_path("deploy.sh");
    assert_eq!(
        (
            &deploy["occurrences"],
            &deploy["location"]["line"],
            &deploy["baseline"]
        ),
        (&8.into(), &33.into(), &"new".into())
    );
    assert_eq!(by_path("legacy/.env")["baseline"], "known");
    let whole = &by_path("apps/web/fly.toml")["location"];
    assert!(
        [
            "line",
            "column",
            "end_line",
            "end_column",
            "commit",
            "store"
        ]
        .iter()
        .all(|key| whole[key].is_null())
    );
    let commit = &by_path("old/config.yml")["location"]["commit"];
    assert_eq!(
        (&commit["presence"], &commit["ref"]),
        (&"history".into(), &Value::Null)
    );
    assert_eq!(commit["author"], "Eve \u{202e}\n::error::<eve@example.com>");
    for path in fixture::PATHS {
        assert_eq!(by_path(path)["rule"], "direct-redis");
    }
    let inline = &value["allowed"][1];
    assert_eq!(
        (&inline["by"], &inline["mark"], &inline["place"]),
        (
            &"inline".into(),
            &"gitleaks:allow".into(),
            &"app/\u{1b}[1my.ts:2".into()
        )
    );
    assert_eq!(
        value["credentials"][0]["stores"]["vault"]["evidence"],
        "value"
    );
}

#[test]
fn nothing_in_it_acts_on_a_terminal_or_a_log() {
    for format in [Format::Json, Format::Jsonl] {
        let text = rendered(format, &fixture::hostile());
        assert!(!text.contains(|letter: char| letter != '\n' && letter.is_control()));
        assert!(!text.contains('\u{202e}') && !text.contains("##["));
        assert!(!text.contains(&fixture::secret()));
    }
}
