use super::*;
use crate::credentials::attest::tests::key;
use crate::credentials::fixture::*;
use crate::credentials::inventory::{Answer, Entry, Listing, Reach, Remark, StorePlace};
use crate::credentials::map::Credential;
use crate::policy::pack::expand;
use crate::report::{Evidence, State};

const NOW: &str = "2026-11-21T12:00:00Z";
const V: &str = "vault/a.env";

/// A run over these, and what may be added to it.
struct Case {
    map: CredentialMap,
    inventory: Inventory,
    chosen: Chosen,
    attestations: Vec<Attestation>,
    key: Option<Key>,
    lock: Option<Lock>,
}

impl Case {
    fn new(credentials: Vec<Credential>, answers: Vec<(StorePlace, Answer)>) -> Self {
        Self {
            map: map(credentials),
            inventory: inventory(answers),
            chosen: Chosen {
                repository: Some(REPOSITORY.into()),
                ..Chosen::default()
            },
            attestations: Vec::new(),
            key: None,
            lock: None,
        }
    }

    /// One credential in three stores.
    fn of(vault: Entry, github: Entry, fly: Entry) -> Self {
        Self::new(
            vec![three("NAME")],
            vec![
                (self::vault(V), listed(vec![("NAME", vault)])),
                (self::github("staging"), listed(vec![("NAME", github)])),
                (self::fly("app"), listed(vec![("NAME", fly)])),
            ],
        )
    }

    fn run(&self) -> Comparison {
        judge(|values| {
            compare(&Question {
                map: &self.map,
                chosen: &self.chosen,
                inventory: &self.inventory,
                attestations: &self.attestations,
                key: self.key.as_ref(),
                lock: self.lock.as_ref(),
                values,
                now: timestamp(NOW),
                tolerance: TOLERANCE,
            })
        })
    }

    /// The lock a run would write.
    fn locked(&self) -> Lock {
        let mut lock = Lock::default();
        for row in self.run().rows {
            for (kind, mark) in row.seen {
                lock.remember(&row.row.name, &row.row.environment, kind, mark);
            }
        }
        lock
    }
}

fn three(name: &str) -> Credential {
    credential(name, "staging")
        .vault(V)
        .github("staging")
        .fly("app")
}

/// `store state evidence` of every cell.
fn cells(found: &Comparison) -> Vec<String> {
    let cell = |(name, said): (&String, &crate::report::StoreState)| {
        let evidence = said.evidence.map_or("-".to_owned(), |evidence| {
            format!("{evidence:?}").to_lowercase()
        });
        format!("{name} {} {evidence}", said.state.as_str())
    };
    found
        .rows
        .iter()
        .flat_map(|row| row.row.stores.iter().map(cell))
        .collect()
}

/// `rule store key` of every issue.
fn issues(found: &Comparison) -> Vec<String> {
    let shown = |issue: &Issue| {
        format!(
            "{} {} {}",
            issue.rule,
            issue.store.as_deref().unwrap_or("-"),
            issue.key.as_deref().unwrap_or("-")
        )
    };
    found.issues.iter().map(shown).collect()
}

fn digest(text: &str) -> Entry {
    Entry {
        digest: Some(text.into()),
        ..Entry::default()
    }
}

fn attestation(key: &Key, store: StoreKind, created: &str, value: &str) -> Attestation {
    Attestation {
        store,
        environment: "staging".into(),
        created: timestamp(created),
        key_id: key.id(),
        fingerprints: [(
            "NAME".to_owned(),
            key.fingerprint("staging", "NAME", value.as_bytes()),
        )]
        .into(),
        file: "a.json".into(),
    }
}

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

#[test]
fn missing_is_not_unknown() {
    let value = expand("{base62:32}");
    let answers = |github: Answer, fly: Answer| {
        vec![
            (vault(V), listed(vec![("NAME", holding(&value))])),
            (self::github("staging"), github),
            (self::fly("app"), fly),
        ]
    };
    let absent = || Answer::Absent("the app does not exist".into());
    for (github, fly, want, rules, gaps) in [
        (
            listed(vec![]),
            refused(),
            ["fly error -", "github missing -"],
            vec!["credential-missing github:staging NAME"],
            1,
        ),
        (
            refused(),
            absent(),
            ["fly missing -", "github error -"],
            vec!["credential-missing fly:app NAME"],
            1,
        ),
        (
            refused(),
            refused(),
            ["fly error -", "github error -"],
            vec![],
            2,
        ),
    ] {
        let found = Case::new(vec![three("NAME")], answers(github, fly)).run();
        assert_eq!(cells(&found)[..2], want.map(str::to_owned));
        assert_eq!(issues(&found), rules);
        assert_eq!(found.gaps.len(), gaps);
    }
    let found = Case::new(
        vec![three("NAME")],
        vec![(vault(V), listed(vec![("NAME", holding(&value))]))],
    )
    .run();
    assert_eq!(
        found.gaps.len(),
        2,
        "a store that is not set up is a gap: {:?}",
        found.gaps
    );
    let found = Case::new(
        vec![three("NAME")],
        answers(listed(vec![("NAME", named())]), absent()),
    )
    .run();
    assert!(
        found
            .issues
            .iter()
            .any(|issue| issue.message.ends_with("the app does not exist"))
    );
    assert!(found.gaps.is_empty());
}

#[test]
fn optional_ones_may_be_absent_everywhere_only() {
    let with = |entries: Vec<(&str, Entry)>| {
        let answers = vec![
            (vault(V), listed(entries)),
            (github("staging"), listed(vec![])),
            (fly("app"), listed(vec![])),
        ];
        issues(&Case::new(vec![three("NAME").optional()], answers).run())
    };
    assert!(with(vec![]).is_empty());
    assert_eq!(
        with(vec![("NAME", holding("q8Zk2Lx9Vb4Tn7"))]),
        [
            "credential-missing github:staging NAME",
            "credential-missing fly:app NAME"
        ]
    );
}

#[test]
fn values_are_judged_wherever_they_show() {
    let anon = supabase_key("anon");
    let foreign = expand(concat!(
        "postgres",
        "://app:{base62:20}@x.rds.amazonaws.com:5432/app"
    ));
    for (entry, expect, want) in [
        (
            holding(&anon),
            Some("supabase-service-role-key"),
            vec!["credential-malformed vault:vault/a.env NAME"],
        ),
        (
            holding(&supabase_key("service_role")),
            Some("supabase-service-role-key"),
            vec![],
        ),
        (
            holding("changeme"),
            None,
            vec!["credential-placeholder vault:vault/a.env NAME"],
        ),
        (
            holding(&foreign),
            None,
            vec!["non-supabase-postgres vault:vault/a.env NAME"],
        ),
    ] {
        let mut one = credential("NAME", "staging").vault(V);
        if let Some(rule) = expect {
            one = one.expect(rule);
        }
        let found = Case::new(vec![one], vec![(vault(V), listed(vec![("NAME", entry)]))]).run();
        assert_eq!(issues(&found), want);
        let all = format!("{found:?}");
        assert!(!all.contains(&anon) && !all.contains(&foreign));
    }
    let unknown = credential("NAME", "staging")
        .vault(V)
        .expect("no-such-rule");
    let found = Case::new(
        vec![unknown],
        vec![(vault(V), listed(vec![("NAME", holding("q8Zk2Lx9Vb4Tn7"))]))],
    )
    .run();
    assert_eq!(found.gaps[0].what, "credentials.toml:1");
}

#[test]
fn names_nobody_knows_are_found_by_each_stores_own_rule() {
    let answers = vec![
        (vault(V), listed(vec![("NAME", named()), ("name", named())])),
        (
            github("staging"),
            listed(vec![
                ("NAME", named()),
                ("OTHER", named()),
                (
                    "FROM_ORG",
                    Entry {
                        inherited_from: Some("organisation".into()),
                        ..named()
                    },
                ),
                (
                    "FLAG",
                    Entry {
                        plain: true,
                        ..named()
                    },
                ),
            ]),
        ),
        (
            fly("app"),
            listed(vec![("NAME", named()), ("Name", named())]),
        ),
    ];
    let mut one = three("NAME");
    one.github.as_mut().expect("set").name = Some("name".into());
    let found = Case::new(vec![one], answers).run();
    let unmapped: Vec<_> = issues(&found)
        .into_iter()
        .filter(|issue| issue.starts_with("credential-unmapped"))
        .collect();
    assert_eq!(
        unmapped,
        [
            "credential-unmapped vault:vault/a.env name",
            "credential-unmapped github:staging OTHER",
            "credential-unmapped fly:app Name"
        ]
    );
}

#[test]
fn a_filter_makes_nothing_unmapped() {
    let answers = vec![(
        fly("app"),
        listed(vec![("NAME", named()), ("KEY", named())]),
    )];
    let mut case = Case::new(
        vec![
            credential("NAME", "staging").fly("app"),
            credential("KEY", "production").fly("app"),
        ],
        answers,
    );
    case.chosen.environments = vec!["staging".into()];
    let found = case.run();
    assert!(
        found.issues.is_empty() && found.rows.len() == 1,
        "{:?}",
        issues(&found)
    );
}

#[test]
fn globs_stand_for_the_names_there_are() {
    let answers = vec![
        (
            vault(V),
            listed(vec![("SHOP_A_PROD", named()), ("Shop", named())]),
        ),
        (
            github("production"),
            listed(vec![
                ("SHOP_A_PROD", named()),
                ("SHOP_B_PROD", named()),
                ("SHOP_C_PROD", named()),
            ]),
        ),
    ];
    let glob = credential("SHOP_*_PROD", "production")
        .vault(V)
        .github("production");
    let exact = credential("SHOP_C_PROD", "production").github("production");
    let found = Case::new(vec![glob.clone(), exact], answers).run();
    let names: Vec<_> = found.rows.iter().map(|row| row.row.name.as_str()).collect();
    assert_eq!(names, ["SHOP_A_PROD", "SHOP_B_PROD", "SHOP_C_PROD"]);
    assert!(
        issues(&found).contains(&"credential-missing vault:vault/a.env SHOP_B_PROD".to_owned())
    );
    let empty = vec![
        (vault(V), listed(vec![])),
        (github("production"), refused()),
    ];
    let found = Case::new(vec![glob], empty).run();
    assert_eq!(cells(&found), ["github error -", "vault missing -"]);
    assert!(
        found.issues[0]
            .message
            .contains("nothing in vault:vault/a.env is named like"),
        "{}",
        found.issues[0].message
    );
}

#[test]
fn what_stores_remark_is_told() {
    let remark = |rule, key: Option<&str>| Remark {
        rule,
        key: key.map(str::to_owned),
        file: None,
        message: "said".into(),
    };
    let listing = Listing {
        entries: [(
            "NAME".to_owned(),
            Entry {
                reach: Some(Reach::Staged),
                plain: true,
                ..named()
            },
        )]
        .into(),
        remarks: vec![
            remark(None, None),
            remark(Some("vault-file-permissions"), None),
            remark(Some("credential-unmapped"), Some("NAME")),
        ],
    };
    let found = Case::new(
        vec![
            credential("OTHER", "x"),
            credential("NAME", "staging").fly("app"),
        ],
        vec![(fly("app"), Answer::Listed(listing))],
    )
    .run();
    assert_eq!(
        found.notes,
        [
            "`NAME` in fly:app is staged: no machine runs with it yet (`fly deploy`)",
            "fly:app: said"
        ]
    );
    assert!(issues(&found).contains(&"credential-in-variable fly:app NAME".to_owned()));
    assert!(
        found
            .issues
            .iter()
            .filter(|issue| issue.message == "said")
            .all(|issue| issue.line == 2)
    );
}

#[test]
fn without_a_vault_copies_are_compared_with_each_other() {
    let key = key("a");
    let mut case = Case::new(
        vec![credential("NAME", "staging").github("staging").fly("app")],
        vec![
            (github("staging"), listed(vec![("NAME", named())])),
            (fly("app"), listed(vec![("NAME", named())])),
        ],
    );
    assert_eq!(
        cells(&case.run()),
        ["fly unverified name", "github present name"]
    );
    case.attestations = vec![
        attestation(&key, StoreKind::Github, "2026-11-10T00:00:00Z", "a"),
        attestation(&key, StoreKind::Fly, "2026-11-10T00:00:00Z", "b"),
    ];
    case.key = Some(key);
    assert_eq!(
        cells(&case.run()),
        ["fly mismatch attested", "github present name"]
    );
}

#[test]
fn a_silent_vault_proves_nothing_and_accuses_nobody() {
    let found = Case::new(
        vec![three("NAME")],
        vec![
            (vault(V), refused()),
            (
                github("staging"),
                listed(vec![("NAME", set_at("2026-01-01T00:00:00Z"))]),
            ),
            (fly("app"), listed(vec![("NAME", named())])),
        ],
    )
    .run();
    assert_eq!(
        cells(&found),
        [
            "fly unverified name",
            "github unverified time",
            "vault error -"
        ]
    );
    assert!(found.issues.is_empty() && found.gaps.len() == 1);
    // The copy's time is then the best there is.
    assert_eq!(found.rows[0].rotation.age_days, Some(324));
}

/// Whatever the stores say, the comparison is the same twice, and no cell is clean of what was not seen.
#[test]
fn the_comparison_is_deterministic() {
    let case = Case::of(
        set_at("2026-11-01T00:00:00Z"),
        set_at("2026-10-01T00:00:00Z"),
        named(),
    );
    assert_eq!(format!("{:?}", case.run()), format!("{:?}", case.run()));
    assert_eq!(case.run().rows[0].row.stores["github"].state, State::Stale);
    assert_eq!(
        case.run().rows[0].row.stores["github"].evidence,
        Some(Evidence::Time)
    );
}
