//! What is there, what is not, and what nobody can tell.

use super::*;

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
fn places_nobody_knows_are_told_whatever_part_is_compared() {
    let mut case = Case::new(
        vec![
            credential("NAME", "staging").vault("kv/app/staging"),
            credential("NAME", "production").vault("kv/app/production"),
        ],
        vec![(vault("kv/app/staging"), listed(vec![("NAME", named())]))],
    );
    case.chosen.environments = vec!["staging".into()];
    let beside = &mut case.inventory.beside;
    beside.places = ["kv/app/staging", "kv/app/production", "kv/app/forgotten"]
        .map(vault)
        .into();
    beside.notes.insert("a note".into());
    let failure = crate::credentials::Failure {
        why: "it broke".into(),
        help: None,
    };
    beside.unlisted.push(("vault:kv/b/".into(), failure));
    let found = case.run();
    assert_eq!(
        issues(&found),
        ["credential-unmapped vault:kv/app/forgotten -"]
    );
    assert_eq!(found.notes, ["a note"]);
    let gap = Gap {
        what: "vault:kv/b/".into(),
        why: "it broke".into(),
    };
    assert_eq!(found.gaps, [gap]);
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

#[test]
fn github_takes_its_places_in_any_letter_case() {
    let names = || listed(vec![("A", named()), ("B", named())]);
    let place = |repository: &str, environment: &str| StorePlace::Github {
        repository: repository.into(),
        environment: Some(environment.into()),
    };
    let mut other = credential("B", "staging").github("STAGING");
    other.github.as_mut().expect("set").repository = Some(REPOSITORY.to_uppercase());
    let found = Case::new(
        vec![credential("A", "staging").github("Staging"), other],
        vec![
            (place(REPOSITORY, "Staging"), names()),
            (place(&REPOSITORY.to_uppercase(), "STAGING"), names()),
        ],
    )
    .run();
    assert_eq!(issues(&found), [""; 0]);
    assert_eq!(
        cells(&found),
        ["github present name", "github present name"]
    );
}
