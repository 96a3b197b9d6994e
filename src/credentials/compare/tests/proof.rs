//! Which proof counts for what: times, values, attestations, the lock.

use super::*;

#[test]
#[expect(clippy::too_many_lines, reason = "most of it is a table")]
fn times_tell_stale_copies() {
    let at = |time: &str| set_at(&format!("2026-11-20T12:{time}Z"));
    let weak = Entry {
        weak_time: true,
        ..at("30:00")
    };
    for (vault, github, fly, want, rules) in [
        (
            at("30:00"),
            at("31:00"),
            at("25:00"),
            [
                "vault present time",
                "github present time",
                "fly present time",
            ],
            0,
        ),
        (
            at("30:00"),
            at("31:00"),
            at("24:59"),
            [
                "vault present time",
                "github present time",
                "fly stale time",
            ],
            1,
        ),
        (
            weak.clone(),
            at("20:00"),
            at("40:00"),
            [
                "vault present time",
                "github stale time",
                "fly present time",
            ],
            1,
        ),
        (
            at("30:00"),
            named(),
            digest("d"),
            [
                "vault present time",
                "github unverified name",
                "fly unverified name",
            ],
            2,
        ),
        (
            named(),
            at("30:00"),
            at("30:00"),
            [
                "vault present name",
                "github unverified name",
                "fly unverified name",
            ],
            2,
        ),
        (
            set_at("2030-01-01T00:00:00Z"),
            at("00:00"),
            named(),
            [
                "vault present time",
                "github unverified name",
                "fly unverified name",
            ],
            2,
        ),
    ] {
        let found = Case::of(vault, github, fly).run();
        let mut shown = cells(&found);
        shown.sort();
        let mut want = want.map(str::to_owned);
        want.sort();
        assert_eq!(shown, want);
        assert_eq!(found.issues.len(), rules, "{:?}", issues(&found));
    }
    let found = Case::of(weak, at("20:00"), at("40:00")).run();
    assert_eq!(
        found.issues[0].severity,
        Some(crate::policy::Severity::Medium)
    );
    assert!(
        found.issues[0].message.contains("only a hint"),
        "{}",
        found.issues[0].message
    );
    let future = Case::of(set_at("2030-01-01T00:00:00Z"), named(), named()).run();
    assert!(
        future
            .notes
            .iter()
            .any(|note| note.contains("a clock is wrong"))
            && future.rows[0].rotation.age_days.is_none()
    );
}

#[test]
fn values_prove_most() {
    let (one, other) = (expand("{base62:32}"), expand("x{base62:33}"));
    let old = Entry {
        updated: Some(timestamp("2020-01-01T00:00:00Z")),
        ..holding(&one)
    };
    let new = Entry {
        updated: Some(timestamp("2026-01-01T00:00:00Z")),
        ..holding(&one)
    };
    let found = Case::of(new, old, holding(&other)).run();
    assert_eq!(
        cells(&found),
        [
            "fly mismatch value",
            "github present value",
            "vault present value"
        ]
    );
    assert_eq!(issues(&found), ["credential-mismatch fly:app NAME"]);
    let all = format!("{found:?}");
    assert!(!all.contains(&one) && !all.contains(&other));
}

#[test]
fn attestations_prove_equality_under_any_name() {
    let (key, value) = (key("a"), expand("{base62:32}"));
    let cases = [
        // The copy is as it was when attested.
        (
            Some("2026-11-01T00:00:00Z"),
            &value[..],
            "github present attested",
        ),
        (
            Some("2026-11-01T00:00:00Z"),
            "other",
            "github mismatch attested",
        ),
        (None, &value[..], "github present attested"),
        (None, "other", "github mismatch attested"),
        // It was set again since: the attestation says nothing of it now.
        (
            Some("2026-11-12T00:00:00Z"),
            &value[..],
            "github unverified name",
        ),
    ];
    for (updated, attested, want) in cases {
        let github = Entry {
            updated: updated.map(timestamp),
            ..Entry::default()
        };
        let mut case = Case::of(holding(&value), github, named());
        case.attestations = vec![attestation(
            &key,
            StoreKind::Github,
            "2026-11-10T00:00:00Z",
            attested,
        )];
        case.key = Some(key.clone());
        let found = case.run();
        assert!(
            cells(&found).contains(&want.to_owned()),
            "{updated:?} {:?}",
            cells(&found)
        );
        assert!(found.gaps.is_empty());
    }
    // Without a readable value, the vault's own attestation stands for it, and no key is needed.
    let mut case = Case::of(named(), named(), named());
    case.attestations = [
        (StoreKind::Vault, &value[..]),
        (StoreKind::Github, &value[..]),
        (StoreKind::Fly, "other"),
    ]
    .map(|(kind, value)| attestation(&key, kind, "2026-11-10T00:00:00Z", value))
    .into();
    assert_eq!(
        cells(&case.run()),
        [
            "fly mismatch attested",
            "github present attested",
            "vault present name"
        ]
    );
    // The newest counts.
    case.attestations.push(attestation(
        &key,
        StoreKind::Fly,
        "2026-11-11T00:00:00Z",
        &value,
    ));
    assert!(cells(&case.run()).contains(&"fly present attested".to_owned()));
}

#[test]
fn attestations_that_prove_nothing_are_gaps() {
    let (key, other, value) = (key("a"), key("b"), expand("{base62:32}"));
    let with = |key: Option<&Key>, attestation: Attestation| {
        let mut case = Case::of(holding(&value), named(), named());
        case.key = key.cloned();
        case.attestations = vec![attestation];
        let found = case.run();
        assert!(!cells(&found).contains(&"github present attested".to_owned()));
        found
            .gaps
            .iter()
            .map(|gap| gap.why.clone())
            .collect::<Vec<_>>()
            .join("; ")
    };
    let made = |created: &str| attestation(&key, StoreKind::Github, created, &value);
    assert!(with(None, made("2026-11-10T00:00:00Z")).contains("STACKGUARD_ATTEST_KEY is not set"));
    assert!(with(Some(&other), made("2026-11-10T00:00:00Z")).contains("another key"));
    assert!(with(Some(&key), made("2026-11-22T00:00:00Z")).contains("not come yet"));
    let elsewhere = Attestation {
        environment: "nowhere".into(),
        ..made("2026-11-10T00:00:00Z")
    };
    assert!(with(Some(&key), elsewhere).contains("no credential"));
    // A change of the vault after the attestation may have reached a copy that tells no time.
    let mut case = Case::of(
        Entry {
            updated: Some(timestamp("2026-11-15T00:00:00Z")),
            ..holding(&value)
        },
        named(),
        named(),
    );
    case.key = Some(key.clone());
    case.attestations = vec![attestation(
        &key,
        StoreKind::Github,
        "2026-11-10T00:00:00Z",
        "old",
    )];
    assert!(cells(&case.run()).contains(&"github unverified name".to_owned()));
}

#[test]
fn a_lock_shows_what_changed_alone() {
    let (value, other) = (expand("{base62:32}"), expand("x{base62:32}"));
    let first = set_at("2026-11-01T00:00:00Z");
    let again = set_at("2026-11-05T00:00:00Z");
    let before = Case::of(holding(&value), first.clone(), digest("1f"));
    let lock = before.locked();
    for (vault, github, fly, want) in [
        (
            holding(&value),
            first.clone(),
            digest("1f"),
            ["fly unverified digest", "github unverified digest"],
        ),
        (
            holding(&value),
            first.clone(),
            digest("2f"),
            ["fly mismatch digest", "github unverified digest"],
        ),
        (
            holding(&value),
            again.clone(),
            digest("1f"),
            ["fly unverified digest", "github unverified digest"],
        ),
        (
            holding(&other),
            first.clone(),
            digest("1f"),
            ["fly stale digest", "github stale digest"],
        ),
        (
            holding(&other),
            again.clone(),
            digest("2f"),
            ["fly unverified name", "github unverified name"],
        ),
    ] {
        let mut case = Case::of(vault, github, fly);
        case.lock = Some(lock.clone());
        assert_eq!(cells(&case.run())[..2], want.map(str::to_owned));
    }
    // What was proved when the lock was written is proved as long as nothing changes.
    let timed = |time: &str| Entry {
        version: Some(3),
        ..set_at(time)
    };
    let before = Case::of(timed("2026-10-30T00:00:00Z"), first.clone(), digest("1f"));
    let lock = before.locked();
    let mut case = Case::of(timed("2026-10-30T00:00:00Z"), first, digest("1f"));
    case.lock = Some(lock);
    assert_eq!(
        cells(&case.run()),
        [
            "fly unverified digest",
            "github present digest",
            "vault present time"
        ]
    );
}

#[test]
fn only_what_is_in_step_is_locked() {
    let value = expand("{base62:32}");
    for (case, want) in [
        (Case::of(holding(&value), holding(&value), digest("d")), 3),
        (
            Case::of(holding(&value), holding("other-value-here-9"), digest("d")),
            2,
        ),
        (
            Case::of(holding("changeme"), holding(&value), digest("d")),
            0,
        ),
        (
            Case::new(
                vec![credential("NAME", "staging").vault(V)],
                vec![(vault(V), listed(vec![("NAME", holding(&value))]))],
            ),
            0,
        ),
    ] {
        assert_eq!(case.run().rows[0].seen.len(), want);
    }
}
