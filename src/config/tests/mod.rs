//! Tests of the whole way from bytes to a configuration and a policy.

mod hostile;
mod mistakes;
mod packs;

use super::*;
use crate::policy::pack::{Pack, expand};
use miette::{GraphicalReportHandler, GraphicalTheme};
use proptest::prelude::*;

fn rendered(error: &ConfigError) -> String {
    let mut out = String::new();
    let handler =
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(80);
    handler
        .render_report(&mut out, error)
        .expect("a string takes all");
    out
}

fn load_text(text: &str) -> Result<Config, ConfigError> {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join(FILE_NAME), text).expect("written");
    load(dir.path(), Choice::Discover)
}

/// `line: message` of every problem.
fn problems(error: &ConfigError) -> Vec<String> {
    error
        .problems()
        .iter()
        .map(|problem| format!("{}: {problem}", problem.line()))
        .collect()
}

fn shipped() -> Vec<(String, Pack)> {
    let rule = |id: &str| {
        let text = format!(
            "[[secret]]\nid = \"{id}\"\nsummary = \"s\"\nseverity = \"high\"\npattern = '''\\b({id}_[a-z]{{8}})\\b'''\nrotate = \"r\"\nleaks = [\"x\"]\nsafe = [\"y\"]\n"
        );
        Pack::parse(&text).expect("a good pack")
    };
    let own = "[[rule]]\nid = \"allow-unused\"\nguard = \"policy\"\nseverity = \"low\"\nsummary = \"s\"\nhelp = \"h\"\n";
    let fly = "[[rule]]\nid = \"fly-auto-stop\"\nguard = \"fly\"\nseverity = \"low\"\nsummary = \"s\"\nhelp = \"h\"\n";
    vec![
        (
            "policies/fly.toml".into(),
            Pack::parse(fly).expect("a good pack"),
        ),
        (
            "policies/rules.toml".into(),
            Pack::parse(own).expect("a good pack"),
        ),
        ("policies/secrets/a.toml".into(), rule("alpha-token")),
        ("policies/secrets/b.toml".into(), rule("beta-token")),
    ]
}

const EXAMPLE: &str = r#"
packs   = ["secrets", "toolkit", "fly"]
exclude = ["docs/_archive/**"]

[severity]
"alpha-token" = "off"

[[allow]]
rule = "beta-token"
path = "docs/runbooks/**"
reason = "canonical local token"
expires = 2026-12-31

[toolkit]
app_code = ["app/**", "packages/**"]
redis_allowed = ["deploy/chatwoot/**"]
supabase_hosts = ["*.supabase.co", "127.0.0.1:54322"]

[[fly]]
app = "acme-chatwoot"
memory_min = "2gb"
machines_min = 1
auto_stop = ["off", "suspend"]
health_path = "/api"
env_required = ["FRONTEND_URL"]
env_equals = { POSTGRES_PORT = "5432" }

[credentials]
map = "docs/ops/credential_index.md"
[stores.vault]
kind = "directory"
[stores.github]
repository = "owner/name"
[stores.fly]
"#;

#[test]
fn a_whole_file_is_read() {
    let config = load_text(EXAMPLE).unwrap_or_else(|error| panic!("{}", rendered(&error)));
    assert_eq!(config.packs().collect::<Vec<_>>(), SELECTABLE);
    assert_eq!(
        config
            .exclude
            .iter()
            .map(values::PathGlob::as_str)
            .collect::<Vec<_>>(),
        ["docs/_archive/**"]
    );
    assert_eq!(config.severity.get("alpha-token"), Some(&None));
    let allow = &config.allows[0];
    assert_eq!(
        (allow.place().as_str(), allow.start.column),
        ("stackguard.toml:8", 1)
    );
    assert_eq!(allow.expires, Some(jiff::civil::date(2026, 12, 31)));
    assert_eq!(
        (
            config.toolkit.line,
            config.toolkit.line_of("redis_allowed"),
            config.toolkit.line_of("absent")
        ),
        (14, 16, 14)
    );
    let fly = &config.fly[0];
    assert_eq!((fly.line, fly.line_of("health_path")), (19, 24));
    assert_eq!(fly.value.memory_min.map(values::Memory::mib), Some(2048));
    assert_eq!(fly.value.env_equals.as_ref().map(BTreeMap::len), Some(1));
    assert_eq!(config.place(24).as_deref(), Some("stackguard.toml:24"));
    assert_eq!(config.place(0), None);
    assert_eq!(
        config
            .stores
            .value
            .github
            .as_ref()
            .and_then(|github| github.repository.as_ref())
            .map(values::GithubRepository::as_str),
        Some("owner/name")
    );
    assert!(config.stores.value.fly.is_some());
    let policy = assemble::assemble(&config, shipped())
        .unwrap_or_else(|error| panic!("{}", rendered(&error)));
    assert_eq!(
        policy.meta("alpha-token").map(|meta| meta.severity),
        Some(None)
    );
    assert_eq!(policy.secrets().count(), 1);
    let all = assemble::assemble(&Config::default(), shipped()).expect("a policy");
    assert_ne!(
        policy.digest(),
        all.digest(),
        "a rule that is switched on again finds what was clean"
    );
}

#[test]
fn nothing_written_means_the_defaults() {
    for config in [
        load_text("").expect("an empty file"),
        load_text("\u{feff}# only a comment\r\n").expect("a comment"),
        Config::default(),
    ] {
        assert_eq!(config.packs().collect::<Vec<_>>(), SELECTABLE);
        assert!(config.allows.is_empty() && config.fly.is_empty() && config.toolkit.line == 0);
        assert_eq!(
            assemble::assemble(&config, shipped())
                .expect("a policy")
                .secrets()
                .count(),
            2
        );
    }
}

#[test]
fn the_committed_schema_is_the_one_of_the_types() {
    is_committed("docs/stackguard.schema.json", &schema());
}

/// Whether a generated file is as it is generated now; `STACKGUARD_BLESS=1` writes it anew.
pub(crate) fn is_committed(file: &str, schema: &serde_json::Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let fresh = serde_json::to_string_pretty(schema).expect("a JSON value") + "\n";
    if std::env::var_os("STACKGUARD_BLESS").is_some() {
        std::fs::write(&path, &fresh).expect("written");
    }
    let committed = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        committed == fresh,
        "{file} is out of date: run the tests with STACKGUARD_BLESS=1"
    );
}

#[test]
fn the_schema_takes_what_we_take() {
    let validator = jsonschema::validator_for(&schema()).expect("a valid schema");
    let json = |text: &str| {
        serde_json::to_value(toml::from_str::<toml::Table>(text).expect("TOML")).expect("JSON")
    };
    let mut example = json(&EXAMPLE.replace("2026-12-31", "'2026-12-31'"));
    assert!(
        validator.is_valid(&example),
        "{:?}",
        validator
            .iter_errors(&example)
            .map(|error| error.to_string())
            .collect::<Vec<_>>()
    );
    for wrong in [
        "exlude = []",
        "[[allow]]\nreason = 'x'",
        "[[allow]]\nrule = 'x'",
        "[[fly]]\nmemory_min = 1",
        "[severity]\nx = 'of'",
        "[stores.vault]\nkind = 'x'",
    ] {
        assert!(!validator.is_valid(&json(wrong)), "{wrong}");
    }
    example["fly"][0]["memory_min"] = 512.into();
    assert!(validator.is_valid(&example));
}
