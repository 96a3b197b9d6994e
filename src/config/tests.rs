//! Tests of the whole way from bytes to a configuration and a policy.

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
fn five_mistakes_are_five_problems() {
    let text = EXAMPLE
        .replace("exclude =", "exlude =")
        .replace("\"off\"\n", "\"of\"\n")
        .replace("2026-12-31", "\"2026-12-31\"")
        .replace("\"2gb\"", "\"2 elephants\"")
        .replace("\"suspend\"", "\"suspended\"");
    let error = load_text(&text).expect_err("five mistakes");
    assert_eq!(
        problems(&error),
        [
            "3: unknown key `exlude` at the top level",
            "6: unknown value for `alpha-token`",
            "12: `expires` must be a date without quotes, such as 2026-12-31, not a string",
            "21: `memory_min` must be a size from 1 MiB to 1 TiB, such as \"512mb\" or \"2gb\"",
            "23: unknown value for an item of `auto_stop`",
        ]
    );
    let advice: Vec<_> = error
        .problems()
        .iter()
        .filter_map(FileProblem::advice)
        .collect();
    assert_eq!(
        advice,
        [
            "did you mean `exclude`?",
            "did you mean `off`?",
            "did you mean `suspend`?"
        ]
    );
    let shown = rendered(&error);
    assert!(
        shown.contains("5 problems in stackguard.toml")
            && shown.contains("[stackguard.toml:23:21]"),
        "{shown}"
    );
    assert!(
        shown.lines().all(|line| line.chars().count() <= 80),
        "{shown}"
    );
}

/// One mistake, the line it is on and what is said of it.
const MISTAKES: &[(&str, &[&str])] = &[
    (
        "a = 1\nb = 2",
        &[
            "1: unknown key `a` at the top level",
            "2: unknown key `b` at the top level",
        ],
    ),
    ("[fly]\napp = 'x'", &["1: `fly` is a list of entries"]),
    (
        "fly = ['x', 1]",
        &[
            "1: `fly` is a list of entries",
            "1: `fly` is a list of entries",
        ],
    ),
    ("[[toolkit]]", &["1: `toolkit` is a section"]),
    ("toolkit = []", &["1: `toolkit` is a section"]),
    (
        "stores = { vault = [] }",
        &["1: `stores.vault` is a section"],
    ),
    (
        "[stores.vault]\nknd = 1",
        &["2: unknown key `knd` in `[stores.vault]`"],
    ),
    (
        "[stores.vault]\nkind = 1",
        &["2: `kind` must be a string, not a whole number"],
    ),
    (
        "[stores.fly]\nx = { y = 1, z = 2 }",
        &["2: unknown key `x` in `[stores.fly]`"],
    ),
    (
        "packs = 'secrets'",
        &["1: `packs` must be an array, not a string"],
    ),
    (
        "packs = ['secret']",
        &["1: there are no built-in rules called `secret`"],
    ),
    (
        "packs = ['secrets', 'secrets']",
        &["1: this pack is named twice"],
    ),
    (
        "exclude = ['a[', '../x']",
        &[
            "1: an item of `exclude` is a bad pattern: unclosed character class; missing ']'",
            "1: an item of `exclude` is a bad pattern: `..` never matches: paths are relative to the root of the repository",
        ],
    ),
    ("exclude = ['**']", &["1: `exclude` covers every file"]),
    (
        "[severity]\n'alpha-tokn' = 'low'\nx = true",
        &[
            "2: there is no rule `alpha-tokn`",
            "3: `x` must be a string, not true or false",
        ],
    ),
    (
        "[[allow]]",
        &[
            "1: this exception does not say what it covers",
            "1: an exception needs a `reason`",
        ],
    ),
    (
        "[[allow]]\npath = '**'\nreason = 'all'",
        &["1: this exception covers everything"],
    ),
    (
        "[[allow]]\nrule = 'alpha-token'\nreason = ' '",
        &["3: `reason` says nothing"],
    ),
    (
        "[[allow]]\nrule = 'alpha-token'\nrules = []\nreason = 'x'",
        &[
            "1: `rule` and `rules` in one exception",
            "1: `rules` is empty",
        ],
    ),
    (
        "[[allow]]\nrules = ['alpha-token', 'x', 3]\nreason = 'x'",
        &["2: an item of `rules` must be a string, not a whole number"],
    ),
    (
        "[[allow]]\nrules = ['alpha-token', 'gamma-token']\nreason = 'x'",
        &["2: there is no rule `gamma-token`"],
    ),
    (
        "[[allow]]\nfingerprint = 'ABC'\nreason = 'x'",
        &["2: `fingerprint` must be 24 lower-case hex digits"],
    ),
    (
        "[[allow]]\nvalue = '('\nreason = 'x'",
        &["2: `value` is a bad pattern: unclosed group at byte 0"],
    ),
    (
        "[[allow]]\nrule = 'alpha-token'\nreason = 'x'\nexpires = 2026-02-30",
        &["4: invalid date, expected day between 01 and 28"],
    ),
    (
        "[[allow]]\nrule = 'alpha-token'\nreason = 'x'\nexpires = 2026-02-03T10:00:00Z",
        &["4: `expires` must be a day of the calendar, without a time"],
    ),
    (
        "[[fly]]\nmemory_min = 1.5",
        &["2: `memory_min` must be a size such as \"2gb\", or a whole number of MiB"],
    ),
    (
        "[[fly]]\nmemory_min = 512",
        &["1: a `[[fly]]` entry needs an `app`"],
    ),
    (
        "[[fly]]\napp = 'x'\nmemory_min = 512\nmemory_max = '256mb'",
        &["1: `memory_min` is more than `memory_max`"],
    ),
    (
        "[[fly]]\napp = 'x'\nmachines_min = -1\nregions = ['fra', 'paris']",
        &[
            "3: `machines_min` must be a whole number from 0 to 4294967295",
            "4: an item of `regions` must be a region: three lower-case letters, such as `fra`",
        ],
    ),
    (
        "[[fly]]\napp = 'x'\nenv_equals = { A = '1' }\nenv_forbidden = ['A']",
        &["1: `A` must be in `[env]` and must not be"],
    ),
    (
        "[[fly]]\napp = 'x'\n[fly.env_equals]\nA = 1\nB = 2",
        &[
            "4: `A` must be a string, not a whole number",
            "5: `B` must be a string, not a whole number",
        ],
    ),
    (
        "x = 1\npacks = [\nexclude = ['a']\n[toolkit]\napp = 1",
        &[
            "1: unknown key `x` at the top level",
            "3: string values must be quoted, expected literal string",
        ],
    ),
    (
        "[toolkit\napp_code = ['x']\n[severity]\nx = 'hi",
        &[
            "1: unclosed table, expected `]`",
            "4: invalid literal string, expected `'`",
        ],
    ),
];

#[test]
fn every_mistake_is_found_at_its_line() {
    for (text, expected) in MISTAKES {
        let (config, mut found) = parse("stackguard.toml", text.as_bytes());
        if config.file.is_some() {
            found.extend(
                assemble::assemble(&config, shipped())
                    .err()
                    .into_iter()
                    .flat_map(ConfigError::into_problems),
            );
        }
        assert!(!found.is_empty(), "{text}");
        assert_eq!(problems(&ConfigError::of(found)), *expected, "{text}");
    }
}

#[test]
fn all_mistakes_together_are_all_found() {
    // Entries can stand in one file; what stands at the top once cannot.
    let entries = MISTAKES
        .iter()
        .filter(|(text, _)| text.starts_with("[[allow]]") || text.starts_with("[[fly]]"));
    let (texts, expected): (Vec<_>, Vec<_>) = entries
        .filter(|(text, _)| !text.contains("2026-02-30"))
        .map(|(text, expected)| (*text, expected.len()))
        .unzip();
    let text = texts.join("\n");
    let (config, mut found) = parse("stackguard.toml", text.as_bytes());
    found.extend(
        assemble::assemble(&config, shipped())
            .err()
            .into_iter()
            .flat_map(ConfigError::into_problems),
    );
    assert_eq!(
        found.len(),
        expected.iter().sum::<usize>(),
        "{:#?}",
        problems(&ConfigError::of(found))
    );
}

#[test]
fn more_problems_than_anyone_reads_are_counted() {
    let text: String = (0..250)
        .map(|number| format!("wrong{number} = 1\n"))
        .collect();
    let error = load_text(&text).expect_err("all wrong");
    assert_eq!(error.problems().len(), 100);
    let shown = rendered(&error);
    assert!(
        shown.contains("250 problems") && shown.contains("150 more"),
        "{shown}"
    );
}

#[test]
fn a_policy_without_rules_is_an_error() {
    for text in [
        "packs = []",
        "packs = ['toolkit']",
        "[severity]\nalpha-token = 'off'\nbeta-token = 'off'\nfly-auto-stop = 'off'",
    ] {
        let config = load_text(text).unwrap_or_else(|error| panic!("{}", rendered(&error)));
        let error = assemble::assemble(&config, shipped()).expect_err(text);
        assert!(
            error
                .to_string()
                .contains("no rule is in force by stackguard.toml"),
            "{error}"
        );
    }
    assert!(assemble::assemble(&Config::default(), Vec::new()).is_err());
}

#[test]
fn rules_that_packs_leave_out_are_named_as_such() {
    let config =
        load_text("packs = ['secrets']\n[severity]\nfly-auto-stop = 'high'\nalpha-tokens = 'low'")
            .expect("reads");
    let error = assemble::assemble(&config, shipped()).expect_err("two rules are not in force");
    assert_eq!(
        problems(&error),
        [
            "3: rule `fly-auto-stop` is not in force: `packs` leaves out `fly`",
            "4: there is no rule `alpha-tokens`"
        ]
    );
    assert_eq!(
        error.problems()[1].advice(),
        Some("did you mean `alpha-token`?")
    );
}

const OWN_PACK: &str = "[[secret]]\nid = \"acme-token\"\nsummary = \"s\"\nseverity = \"high\"\npattern = '''\\b(acme_[a-z]{8})\\b'''\nrotate = \"r\"\nleaks = [\"acme_{lower:8}\"]\nsafe = [\"acme\"]\n";

#[test]
fn packs_of_ones_own_are_read_beside_the_file() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir_all(dir.path().join("repo/.git")).expect("made");
    std::fs::create_dir_all(dir.path().join("repo/sub/packs")).expect("made");
    let write = |path: &str, text: &str| {
        std::fs::write(dir.path().join("repo").join(path), text).expect("written")
    };
    write("sub/packs/own.toml", OWN_PACK);
    write(
        "sub/packs/broken.toml",
        &OWN_PACK.replace("high", "hihg").replace("rotate", "rotat"),
    );
    write(
        "sub/packs/twice.toml",
        &OWN_PACK.replace("acme-token", "alpha-token"),
    );
    write(
        "sub/packs/coded.toml",
        "\n[[rule]]\nid = \"x\"\nguard = \"fly\"\nseverity = \"low\"\nsummary = \"s\"\nhelp = \"h\"\n",
    );
    write("sub/packs/empty.toml", "");
    std::fs::write(dir.path().join("outside.toml"), OWN_PACK).expect("written");
    for (packs, expected) in [
        ("'packs/own.toml'", &[][..]),
        ("'packs/broken.toml'", &["6: unknown key `rotat`"]),
        (
            "'packs/twice.toml', 'secrets'",
            &["1: rule `alpha-token` is defined in policies/secrets/a.toml and again here"],
        ),
        (
            "'packs/coded.toml'",
            &["2: `[[rule]]` names a check that is written in code"],
        ),
        ("'packs/empty.toml'", &["1: this pack holds no rule"]),
        (
            "'packs/none.toml', 'packs'",
            &[
                "1: cannot read this pack: ",
                "1: there are no built-in rules called `packs`",
            ],
        ),
        (
            "'../../outside.toml'",
            &["1: cannot read this pack: it leads out of the repository"],
        ),
        (
            "'packs/own.toml', './packs/own.toml'",
            &["1: rule `acme-token` is defined in packs/own.toml and again here"],
        ),
    ] {
        write("sub/stackguard.toml", &format!("packs = [{packs}]"));
        let config = load(&dir.path().join("repo/sub"), Choice::Discover)
            .unwrap_or_else(|error| panic!("{}", rendered(&error)));
        assert_eq!(config.name.as_deref(), Some("sub/stackguard.toml"));
        let policy = assemble::assemble(&config, shipped());
        let found = policy.as_ref().err().map(problems).unwrap_or_default();
        assert_eq!(found.len(), expected.len(), "{packs}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{packs}: {found}");
        }
        if expected.is_empty() {
            assert!(policy.expect("a policy").meta("acme-token").is_some());
        }
    }
}

#[test]
fn no_secret_is_shown() {
    let token = expand("{base62:30}");
    let dsn = expand("postgres://app:{alnum:12}@db.example.com:5432/x");
    for secret in [&token, &dsn] {
        for text in [
            format!("[[allow]]\nvalue = '''{secret}('''\nreason = 3"),
            format!("[[allow]]\nvalue = '''\n{secret}(\n'''\nreason = 3"),
            format!("[[allow]]\nreason = 'the old {secret}'\nfingerprint = '{secret}'"),
            format!("allow = [{{ value = '{secret}', resaon = '{secret}' }}]"),
            format!("packs = ['{secret}']"),
            format!("packs = ['{secret}.toml']"),
            format!("packs = ['x/{secret}']"),
            format!("exclude = ['{secret}[', 3]"),
            format!("[severity]\n'{secret}' = '{secret}'"),
            format!("[severity]\n'{secret}' = 'low'"),
            format!("[toolkit]\n'{secret}' = '{secret}'"),
            format!("[toolkit]\napp_code = '{secret}'"),
            format!("[toolkit]\napp_code = {{ '{secret}' = 1 }}"),
            format!(
                "[[fly]]\napp = '{secret}['\nmemory_min = '{secret}'\nmachines_min = '{secret}'"
            ),
            format!(
                "[[fly]]\napp = 'x'\nauto_stop = ['{secret}']\nenv_equals = {{ '{secret}' = 1 }}"
            ),
            format!("[[fly]]\napp = 'x'\nenv_equals = {{ A = ['{secret}'] }} # {secret}"),
            format!("packs = ['own.toml']\n[severity]\n'{secret}' = 'low'"),
            format!("[stores.{token}]\nx = 1"),
            format!("[stores.vault]\nkind = '{secret}'"),
            format!("value = {secret}"),
            format!("x = '{secret}"),
            secret.clone(),
            format!("x = 1 # {secret}\n"),
        ] {
            let dir = tempfile::tempdir().expect("a directory");
            std::fs::write(dir.path().join(FILE_NAME), &text).expect("written");
            let own = format!(
                "[[secret]]\nid = '{secret}'\nseverity = '{secret}'\n[[secret]]\n'{secret}' = 1\n[[secret]]\nid = ['{secret}']\n"
            );
            std::fs::write(dir.path().join("own.toml"), own).expect("written");
            let error = match load(dir.path(), Choice::Discover) {
                Ok(config) => config.policy().expect_err(&text),
                Err(error) => error,
            };
            let shown = format!("{}{error:?}{}", rendered(&error), problems(&error).concat());
            assert!(!shown.contains(secret.as_str()), "{text}\n{shown}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_a_problem() {
    let (_, found) = parse("stackguard.toml", b"packs = ['secrets']\nx = '\xff'");
    assert_eq!(problems(&ConfigError::of(found)), ["2: not UTF-8 text"]);
}

#[test]
fn hostile_sizes_stay_bounded() {
    let deep = format!("x = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!("exclude = [{}]", "1,".repeat(20_000));
    let keys: String = (0..20_000)
        .map(|number| format!("k{number}.a.b.c = 1\n"))
        .collect();
    let entries = "[[allow]]\n".repeat(20_000);
    for text in [deep, wide, keys, entries] {
        assert!(!parse("stackguard.toml", text.as_bytes()).1.is_empty());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (config, found) = parse("stackguard.toml", &bytes);
        prop_assert!(config.file.is_some() || !found.is_empty());
    }

    #[test]
    fn any_damage_to_a_good_file_is_read_or_refused(cuts in proptest::collection::vec((0..EXAMPLE.len(), 0..12usize, "[\\[\\]{}'\"=,a-z0-9 \n]{0,6}"), 1..5)) {
        let mut text = EXAMPLE.to_owned();
        for (at, length, put) in cuts {
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            text.replace_range(at..end, &put);
        }
        let (config, found) = parse("stackguard.toml", text.as_bytes());
        if config.file.is_some() && found.is_empty() {
            let _ = assemble::assemble(&config, shipped());
        } else {
            let shown = rendered(&ConfigError::of(found));
            prop_assert!(shown.contains("in stackguard.toml"));
        }
    }
}

#[test]
fn the_committed_schema_is_the_one_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/stackguard.schema.json");
    let fresh = serde_json::to_string_pretty(&schema()).expect("a JSON value") + "\n";
    if std::env::var_os("STACKGUARD_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("in docs")).expect("made");
        std::fs::write(&path, &fresh).expect("written");
    }
    let committed = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        committed == fresh,
        "docs/stackguard.schema.json is out of date: run the tests with STACKGUARD_BLESS=1"
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
