use super::*;

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Shelf {
    #[serde(rename = "book")]
    _books: Vec<Book>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    #[serde(rename = "title")]
    _title: String,
    #[serde(default, rename = "by")]
    _by: std::collections::BTreeMap<String, u32>,
    #[serde(default, rename = "at")]
    _at: Vec<String>,
}

#[test]
fn keys_that_must_be_given_are_asked_for_where_they_are_missing() {
    for (text, expected) in [
        ("[[book]]\ntitle = 'a'\nby = { x = 1 }", &[][..]),
        (
            "[[book]]\n[[book]]\ntitle = 'a'",
            &["0 `title` must be given in `[[book]]`"],
        ),
        (
            "[[book]]\nat = ['a']\nby = { x = 1 }\n[[book]]\ntitle = 1",
            &[
                "0 `title` must be given in `[[book]]`",
                "52 `title` must be a string, not a whole number",
            ],
        ),
        (
            "[[book]]\nat = ['a', 1]\nby = { x = 1, y = 'z' }\npages = 1",
            &[
                "20 an item of `at` must be a string, not a whole number",
                "41 `y` must be a whole number from 0 to 4294967295, not a string",
                "47 unknown key `pages` in `[[book]]`",
            ],
        ),
    ] {
        let table = DeTable::parse(text).expect("TOML");
        let (_, problems) = read::<Shelf>(table);
        let found: Vec<_> = problems
            .iter()
            .map(|problem| format!("{} {}", problem.span.start, problem.message))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn nearest_takes_what_was_meant_only() {
    let keys = [
        "app",
        "memory_min",
        "memory_max",
        "machines_min",
        "auto_stop",
        "health_path",
        "env_required",
    ];
    for (word, meant) in [
        ("memmory_min", Some("memory_min")),
        ("memory-min", Some("memory_min")),
        ("Auto_Stop", Some("auto_stop")),
        ("health", Some("health_path")),
        ("env_required_names", Some("env_required")),
        ("ap", Some("app")),
        ("aap", Some("app")),
        ("xyz", None),
        ("", None),
        ("replicas", None),
    ] {
        assert_eq!(nearest(word, keys), meant, "{word}");
    }
    assert_eq!(nearest(&"a".repeat(100_000), keys), None);
}
