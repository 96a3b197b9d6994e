//! What a lock proves on the run after the one that wrote it, and what it must not prove.

use super::*;

const FIRST: &str = "2026-11-01T00:00:00Z";

/// The case with the lock a run of it writes.
fn updated(mut case: Case) -> Case {
    case.lock = Some(case.locked());
    case
}

/// A copy attested to be the value.
fn proved(mut case: Case, key: &Key, created: &str, value: &str) -> Case {
    case.key = Some(key.clone());
    case.attestations = vec![attestation(key, StoreKind::Github, created, value)];
    case
}

#[test]
fn a_known_stale_copy_stays_stale_after_an_update() {
    let (old, new, key) = (expand("{base62:32}"), expand("x{base62:32}"), key("a"));
    let answers = |fly: Option<Answer>, value: &str, github: &str| {
        let place = |name, entry| listed(vec![(name, entry)]);
        vec![
            (vault(V), place("NAME", holding(value))),
            (self::github("staging"), place("NAME", set_at(github))),
            (
                self::fly("app"),
                fly.unwrap_or_else(|| place("NAME", digest("1f"))),
            ),
        ]
    };
    // All three were seen together once, and GitHub was proved by its attestation.
    let first = proved(
        Case::new(vec![three("NAME")], answers(None, &old, FIRST)),
        &key,
        "2026-11-02T00:00:00Z",
        &old,
    );
    let fly_attested = Attestation {
        store: StoreKind::Fly,
        ..first.attestations[0].clone()
    };
    let mut first = first;
    first.attestations.push(fly_attested);
    let lock = first.locked();
    // The vault and GitHub have a new value; Fly was forgotten, refuses, or was not asked.
    let only = |stores: &[StoreKind]| Chosen {
        repository: Some(REPOSITORY.into()),
        stores: stores.to_vec(),
        ..Chosen::default()
    };
    for (fly, stores) in [
        (None, &[][..]),
        (Some(refused()), &[]),
        (None, &[StoreKind::Vault, StoreKind::Github]),
    ] {
        let again = "2026-11-05T00:00:00Z";
        let mut second = proved(
            Case::new(vec![three("NAME")], answers(fly, &new, again)),
            &key,
            "2026-11-06T00:00:00Z",
            &new,
        );
        second.chosen = only(stores);
        second.lock = Some(lock.clone());
        assert!(cells(&second.run()).contains(&"github present attested".to_owned()));
        let mut third = proved(
            Case::new(vec![three("NAME")], answers(None, &new, again)),
            &key,
            "2026-11-06T00:00:00Z",
            &new,
        );
        third.lock = Some(second.locked());
        let found = third.run();
        assert!(
            cells(&found).contains(&"fly stale digest".to_owned()),
            "{stores:?}: {:?}",
            cells(&found)
        );
        assert_eq!(issues(&found), ["credential-stale fly:app NAME"]);
    }
}

#[test]
fn a_lock_with_a_key_says_when_it_cannot_be_used() {
    let value = expand("{base62:32}");
    let of = |value: &str, key: Option<&Key>| {
        let mut case = Case::of(holding(value), set_at(FIRST), digest("1f"));
        case.key = key.cloned();
        case
    };
    let (a, b) = (key("a"), key("b"));
    let other = expand("x{base62:32}");
    for (wrote, reads, why) in [
        (Some(&a), Some(&a), None),
        (Some(&a), None, Some("STACKGUARD_ATTEST_KEY is not set")),
        (Some(&a), Some(&b), Some("STACKGUARD_ATTEST_KEY is another")),
        // Without a key then, none is needed now.
        (None, Some(&a), None),
        (None, None, None),
    ] {
        let lock = of(&value, wrote).locked();
        let mut case = of(&other, reads);
        case.lock = Some(lock);
        let found = case.run();
        let gaps: Vec<&str> = found.gaps.iter().map(|gap| gap.why.as_str()).collect();
        assert_eq!(gaps.len(), usize::from(why.is_some()), "{gaps:?}");
        match why {
            Some(why) => assert!(gaps[0].contains(why), "{gaps:?}"),
            None => assert!(cells(&found).contains(&"fly stale digest".to_owned())),
        }
        // Written anew it can be used again.
        assert_eq!(updated(case).run().gaps, []);
    }
}

#[test]
fn an_old_attestation_of_a_file_hides_no_change() {
    let (key, value) = (key("a"), expand("{base62:32}"));
    let made = "2026-11-10T00:00:00Z";
    for (changed, want) in [
        ("2026-11-09T00:00:00Z", "github present attested"),
        ("2026-11-11T00:00:00Z", "github unverified name"),
    ] {
        let file = Entry {
            updated: Some(timestamp(changed)),
            weak_time: true,
            ..holding(&value)
        };
        // No key: the vault's own attestation stands for its value.
        let mut case = Case::of(file, named(), named());
        case.attestations = [StoreKind::Vault, StoreKind::Github]
            .map(|kind| attestation(&key, kind, made, &value))
            .into();
        assert!(
            cells(&case.run()).contains(&want.to_owned()),
            "{changed}: {:?}",
            cells(&case.run())
        );
    }
}

#[test]
fn the_time_a_copy_was_made_is_not_when_it_was_set() {
    let (key, value) = (key("a"), expand("{base62:32}"));
    let made = |time: &str| Entry {
        weak_time: true,
        ..set_at(time)
    };
    let vault = Entry {
        updated: Some(timestamp("2026-11-12T00:00:00Z")),
        ..holding(&value)
    };
    // Made before the vault's version: it may have been set again since. After it: it was set since.
    for (created, attested, want) in [
        ("2026-10-01T00:00:00Z", None, "github unverified name"),
        ("2026-11-15T00:00:00Z", None, "github present time"),
        (
            "2026-10-01T00:00:00Z",
            Some(&value[..]),
            "github present attested",
        ),
        // The vault changed after the attestation of another value, and that may have reached the copy.
        (
            "2026-10-01T00:00:00Z",
            Some("old"),
            "github unverified name",
        ),
        // Made anew after the attestation.
        (
            "2026-11-11T00:00:00Z",
            Some(&value),
            "github unverified name",
        ),
    ] {
        let mut case = Case::of(vault.clone(), made(created), named());
        if let Some(attested) = attested {
            case = proved(case, &key, "2026-11-10T00:00:00Z", attested);
        }
        assert!(
            cells(&case.run()).contains(&want.to_owned()),
            "{created} {attested:?}: {:?}",
            cells(&case.run())
        );
    }
}

#[test]
fn environments_of_two_repositories_are_told_apart() {
    let there = |repository: Option<&str>| {
        let mut one = credential("NAME", "staging").github("staging");
        one.github.as_mut().expect("set").repository = repository.map(str::to_owned);
        one
    };
    let place = |repository: &str| StorePlace::Github {
        repository: repository.into(),
        environment: Some("staging".into()),
    };
    let case = Case::new(
        vec![there(None), there(Some("acme/api"))],
        vec![
            (place(REPOSITORY), listed(vec![("EXTRA", named())])),
            (place("acme/api"), listed(vec![("EXTRA", named())])),
        ],
    );
    let mut found = issues(&case.run());
    found.sort();
    assert_eq!(
        found,
        [
            "credential-missing github:acme/api:staging NAME",
            "credential-missing github:staging NAME",
            "credential-unmapped github:acme/api:staging EXTRA",
            "credential-unmapped github:staging EXTRA",
        ]
    );
}

#[test]
fn a_store_the_map_does_not_have_has_no_rows() {
    let mut case = Case::new(
        vec![credential("NAME", "staging").vault(V)],
        vec![(vault(V), listed(vec![("NAME", named())]))],
    );
    assert_eq!(case.run().rows.len(), 1);
    case.chosen.stores = vec![StoreKind::Fly];
    assert_eq!(case.run().rows.len(), 0);
}

#[test]
fn what_every_place_remarks_is_told_once() {
    let remark = || Remark {
        rule: None,
        key: None,
        file: None,
        message: "the token may write".into(),
    };
    let answer = || {
        Answer::Listed(Listing {
            entries: [("NAME".to_owned(), named())].into(),
            remarks: vec![remark()],
        })
    };
    let case = Case::new(
        vec![
            credential("NAME", "a").fly("one"),
            credential("NAME", "b").fly("two"),
            credential("NAME", "c").fly("three"),
        ],
        ["one", "two", "three"]
            .map(|app| (fly(app), answer()))
            .into(),
    );
    assert_eq!(
        case.run().notes,
        ["fly:one and 2 more places: the token may write"]
    );
}
