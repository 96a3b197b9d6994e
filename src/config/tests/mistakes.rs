//! What is wrong is found at its line.

use super::*;

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
