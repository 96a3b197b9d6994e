mod presence;
mod proof;
mod remembered;

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
        let mut lock = self.lock.clone().unwrap_or_default();
        for row in self.run().rows {
            lock.remember(&row.row.name, &row.row.environment, &row.mapped, &row.seen);
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
