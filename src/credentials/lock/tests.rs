use super::*;
use crate::credentials::attest::tests::key;
use crate::credentials::fixture::{holding, set_at};
use crate::policy::pack::expand;

const ALL: [StoreKind; 3] = [StoreKind::Vault, StoreKind::Github, StoreKind::Fly];

fn mark(entry: &Entry) -> Mark {
    Mark::of(entry, "staging", "NAME", None)
}

fn digest(text: &str) -> Entry {
    Entry {
        digest: Some(text.into()),
        ..Entry::default()
    }
}

#[test]
fn the_best_common_mark_decides() {
    let (day, next) = ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z");
    for (then, now, want) in [
        (holding("a"), holding("a"), Some(Change::None)),
        (holding("a"), holding("b"), Some(Change::Value)),
        (digest("a"), digest("b"), Some(Change::Value)),
        (digest("a"), digest("a"), Some(Change::None)),
        (set_at(day), set_at(day), Some(Change::None)),
        (set_at(day), set_at(next), Some(Change::SetAgain)),
        (
            Entry {
                version: Some(1),
                ..set_at(day)
            },
            Entry {
                version: Some(2),
                ..set_at(next)
            },
            Some(Change::SetAgain),
        ),
        (set_at(day), digest("a"), None),
        (Entry::default(), Entry::default(), None),
    ] {
        assert_eq!(mark(&then).change(&mark(&now)), want, "{then:?} {now:?}");
    }
    let (a, b) = (key("a"), key("b"));
    let with = |key: &Key, value: &str| Mark::of(&holding(value), "staging", "NAME", Some(key));
    assert_eq!(with(&a, "x").change(&with(&a, "x")), Some(Change::None));
    assert_eq!(with(&a, "x").change(&with(&a, "y")), Some(Change::Value));
    assert_eq!(with(&a, "x").change(&with(&b, "x")), None);
}

#[test]
fn what_is_written_can_be_read_and_tells_no_value() {
    let (value, given) = (expand("{base62:40}"), expand("{hex:32}"));
    let mut lock = Lock::default();
    let fly = Entry {
        digest: Some(given.clone()),
        ..set_at("2026-11-01T00:00:00Z")
    };
    let copies = [(StoreKind::Vault, holding(&value)), (StoreKind::Fly, fly)];
    let marks = copies.map(|(kind, entry)| (kind, mark(&entry).proved(Evidence::Time)));
    lock.remember("NAME", "staging", &ALL, &marks);
    let keyed = Mark::of(&holding(&value), "production", "A", Some(&key("a")));
    lock.remember("A \"b\"", "production", &ALL, &[(StoreKind::Vault, keyed)]);
    let text = lock.to_toml();
    assert_eq!(Lock::parse(&text), Ok(lock.clone()), "{text}");
    assert!(!text.contains(&value) && !text.contains(&given));
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("fly = {"))
            .count(),
        1,
        "{text}"
    );
    lock.retain(|name, _| name == "NAME");
    assert!(lock.seen("NAME", "staging").is_some() && lock.seen("A \"b\"", "production").is_none());
}

#[test]
fn a_bad_lock_is_shown_where() {
    let dir = tempfile::tempdir().expect("a directory");
    for (text, place) in [
        ("version = 2\n", ":1:11:"),
        ("version = 1\n[[seen]]\nname = 3\n", ":3:8:"),
        ("version = 1\nextra = 1\n", ":2:1:"),
        (
            "version = 1\n[[seen]]\nname=\"a\"\nenvironment=\"b\"\n[[seen]]\nname=\"a\"\nenvironment=\"b\"\n",
            ":5:1:",
        ),
        ("version = ", ":1:"),
    ] {
        let path = dir.path().join("lock");
        std::fs::write(&path, text).expect("written");
        let error = Lock::read(&path).expect_err(text).to_string();
        assert!(error.contains(place), "{error}");
    }
    assert!(Lock::read(&dir.path().join("none")).is_err());
}

/// `kind mark` of what is remembered after one run in which all copies were in step and another.
fn after(mapped: &[StoreKind], second: &[(StoreKind, &str)]) -> Vec<(StoreKind, Mark)> {
    let marks = |values: &[(StoreKind, &str)]| -> Vec<(StoreKind, Mark)> {
        let mark = |(kind, value): &(StoreKind, &str)| (*kind, mark(&digest(value)));
        values.iter().map(mark).collect()
    };
    let mut lock = Lock::default();
    lock.remember(
        "NAME",
        "staging",
        &ALL,
        &marks(&ALL.map(|kind| (kind, "1"))),
    );
    lock.remember("NAME", "staging", mapped, &marks(second));
    let seen = lock.seen("NAME", "staging").expect("remembered");
    seen.copies.clone().into_iter().collect()
}

#[test]
fn a_copy_that_is_behind_keeps_the_entry_as_it_was() {
    use StoreKind::{Fly, Github, Vault};
    let want = |marks: [&str; 3]| -> Vec<(StoreKind, Mark)> {
        let marks = ALL.into_iter().zip(marks);
        marks
            .map(|(kind, value)| (kind, mark(&digest(value))))
            .collect()
    };
    for (mapped, second, left) in [
        // All are in step with a new value.
        (
            &ALL[..],
            &[(Vault, "2"), (Github, "2"), (Fly, "2")][..],
            want(["2", "2", "2"]),
        ),
        // Fly is behind, or could not be asked.
        (&ALL, &[(Vault, "2"), (Github, "2")], want(["1", "1", "1"])),
        // The source is as it was: each copy for itself.
        (&ALL, &[(Vault, "1"), (Github, "2")], want(["1", "2", "1"])),
        // Nothing is in step.
        (&ALL, &[], want(["1", "1", "1"])),
        // The map has no copy in Fly any more.
        (
            &ALL[..2],
            &[(Vault, "2"), (Github, "2")],
            want(["2", "2", "-"])[..2].to_vec(),
        ),
    ] {
        assert_eq!(after(mapped, second), left, "{second:?}");
    }
}
