use super::*;
use crate::credentials::Interval;
use crate::policy::pack::expand;

const EXAMPLE: &str = r#"version = 1

[[credential]]
name = "SUPABASE_SERVICE_KEY"
environment = "staging"
system = "supabase"
owner = "reliability"
rotate_every = "90d"
expect = "supabase-service-role-key"
vault  = { path = "vault/occ/supabase/service_key_staging.env", key = "KEY", kv = 2 }
github = { environment = "staging", repository = "acme/web", name = "SERVICE_KEY" }
fly    = { app = "acme-staging", name = "SUPABASE_KEY" }

[[credential]]
name = "SHOPIFY_*_PROD"
environment = "production"
optional = true
github = {}
"#;

fn rendered(text: &[u8]) -> String {
    let error = read("map.toml", text).expect_err("it is wrong");
    let mut out = String::new();
    miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor())
        .render_report(&mut out, &error)
        .expect("it can be shown");
    out
}

#[test]
fn every_key_is_read() {
    let map = read("map.toml", EXAMPLE.as_bytes()).expect("right");
    let [one, two] = map.credentials.as_slice() else {
        panic!("two entries")
    };
    assert_eq!((one.line, two.line), (3, 14));
    assert_eq!(one.rotate_every, Interval::parse("90d"));
    assert_eq!(
        one.vault,
        Some(VaultPlace {
            path: "vault/occ/supabase/service_key_staging.env".into(),
            key: Some("KEY".into()),
            kv: Some(2)
        })
    );
    assert_eq!(
        one.github,
        Some(GithubPlace {
            environment: Some("staging".into()),
            repository: Some("acme/web".into()),
            name: Some("SERVICE_KEY".into())
        })
    );
    assert_eq!(
        one.fly.as_ref().map(|fly| fly.app.as_str()),
        Some("acme-staging")
    );
    assert_eq!(one.expect.as_deref(), Some("supabase-service-role-key"));
    assert!(two.optional && two.name.is_glob());
    assert_eq!(
        two.github,
        Some(GithubPlace {
            environment: None,
            repository: None,
            name: None
        })
    );
}

#[test]
fn everything_wrong_is_told_at_once_with_its_line() {
    let text = "version = 2\n[[credential]]\nname = \"A B\"\nenviroment = \"staging\"\nrotate_every = \"soon\"\nvault = { path = \"/etc/x\", keys = 1 }\n[[credential]]\nvault = \"vault/a.env\"\nfly = {}\n[[credential]]\nname = \"A\"\nenvironment = \"staging\"\nvault = { kv = 3 }\n";
    let shown = rendered(text.as_bytes());
    for said in [
        "this version of the map is not known",
        "must be a name",
        "unknown key `enviroment`",
        "did you mean `environment`?",
        "must be an interval",
        "must be a path",
        "unknown key `keys`",
        "`vault` must be a table",
        "must be 1 or 2",
        "needs a `name`",
        "needs an `environment`",
        "`fly` needs an `app`",
    ] {
        assert!(shown.contains(said), "{said}\n{shown}");
    }
    assert!(shown.contains("map.toml:4:1"), "{shown}");
}

#[test]
fn a_map_that_says_nothing_is_refused() {
    for (text, said) in [
        ("", "the version of the map is missing"),
        ("version = 1\n", "names no credential"),
        ("version = 1\ncredential = []\n", "names no credential"),
        (
            "version = 1\n[credential]\nname = 'A'\n",
            "`credential` is a list of entries",
        ),
        (
            "version = 1\n[[credentials]]\nname = 'A'\n",
            "did you mean `credential`?",
        ),
        (
            "version = 1\n[[credential]]\nname = 'A'\nenvironment = 'e'\n",
            "kept nowhere",
        ),
        (
            "version = 1\n[[credential]]\nname = 'A'\nenvironment = 'e'\nvault = ['vault/a.env']\n",
            "`vault` must be a table",
        ),
        ("version = 1\n[[credential\n", "map.toml"),
        ("\u{0}", "map.toml"),
    ] {
        let shown = rendered(text.as_bytes());
        assert!(shown.contains(said), "{text}\n{shown}");
    }
    assert!(rendered(b"version = 1\n\xff").contains("not UTF-8"));
}

#[test]
fn a_value_in_the_wrong_place_is_not_shown() {
    let token = expand("{base62:40}");
    let dsn = expand("postgres://app:{base62:24}@db.acme-prod.io/main");
    for text in [
        format!(
            "version = 1\n[[credential]]\nname = \"{token}=\"\nenvironment = \"{token}\"\nowner = \"{dsn}\"\n"
        ),
        format!(
            "version = 1\n[[credential]]\nname = \"A\"\n\"{token}\" = 1\nrotate_every = \"{token}\"\nexpect = \"{token}\"\n"
        ),
        format!(
            "version = 1\n[[credential]]\nvault = {{ path = \"{dsn}\" }}\nvault.key = \"{dsn}\"\n"
        ),
        format!("version = 1\n[[credential]]\nDATABASE_URL = {dsn}\n"),
        format!("version = \"{token}\"\ncredential = \"{token}\"\n"),
    ] {
        let shown = rendered(text.as_bytes());
        assert!(
            !shown.contains(&token[..12]) && !shown.contains(&dsn[15..30]),
            "a value is shown"
        );
    }
}

#[test]
fn the_committed_schema_is_the_one_of_the_types() {
    crate::config::tests::is_committed("docs/credential-map.schema.json", &schema());
}

#[test]
fn the_schema_takes_what_we_take() {
    let validator = jsonschema::validator_for(&schema()).expect("a valid schema");
    let valid = |text: &str| {
        let json = serde_json::to_value(::toml::from_str::<::toml::Table>(text).expect("TOML"))
            .expect("JSON");
        validator.is_valid(&json)
    };
    assert!(valid(EXAMPLE));
    for bad in [
        "[[credential]]\nname = 'A'\nenvironment = 'e'\n",
        "version = 2\ncredential = []\n",
        "version = 1\n[[credential]]\nname = 'A'\n",
        "version = 1\n[[credential]]\nname = 'A'\nenvironment = 'e'\nvault = {}\n",
        "version = 1\n[[credential]]\nname = 'A'\nenvironment = 'e'\nrotate_every = 'soon'\n",
        "version = 1\n[[credential]]\nname = 'A'\nenvironment = 'e'\nowners = 'x'\n",
    ] {
        assert!(!valid(bad), "{bad}");
    }
}
