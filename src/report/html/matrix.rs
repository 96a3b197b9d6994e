//! The parity matrix: credential by store, each cell with a sign, a word, and what it rests on.

use super::{day, plain};
use crate::report::{CredentialRow, Evidence, State, counted};
use std::collections::BTreeSet;

/// The table.
pub(super) struct Matrix {
    pub stores: Vec<String>,
    pub rows: Vec<Row>,
    /// What the signs mean, as far as they occur.
    pub legend: Vec<(&'static str, &'static str, &'static str)>,
}

/// One credential in one environment.
pub(super) struct Row {
    pub name: String,
    pub environment: String,
    pub owner: Option<String>,
    pub age: Option<String>,
    /// What the age rests on.
    pub basis: Option<&'static str>,
    pub days: Option<u32>,
    pub due: Option<String>,
    pub cells: Vec<Option<Cell>>,
}

/// What one store says.
pub(super) struct Cell {
    pub class: &'static str,
    pub sign: &'static str,
    pub word: &'static str,
    pub evidence: Option<&'static str>,
    pub updated: Option<String>,
}

impl Matrix {
    /// None when no store was asked.
    pub(super) fn new(rows: &[CredentialRow]) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        let stores: BTreeSet<&String> = rows.iter().flat_map(|row| row.stores.keys()).collect();
        // The vault is where a value is at home; then the others by name.
        let mut stores: Vec<&String> = stores.into_iter().collect();
        stores.sort_by_key(|name| (name.as_str() != "vault", name.as_str()));
        let row = |row: &CredentialRow| Row {
            name: plain(&row.name),
            environment: plain(&row.environment),
            owner: row.owner.as_deref().map(plain),
            age: row.age_days.map(|days| counted(u64::from(days), "day")),
            basis: row.rotated.as_ref().map(|rotated| rotated.by.as_str()),
            days: row.age_days,
            due: row.due.as_deref().map(plain),
            cells: stores
                .iter()
                .map(|name| {
                    row.stores.get(*name).map(|said| {
                        let (class, sign) = look(said.state);
                        Cell {
                            class,
                            sign,
                            word: said.state.as_str(),
                            evidence: said.evidence.map(evidence),
                            updated: said.updated.as_deref().map(day),
                        }
                    })
                })
                .collect(),
        };
        let met: BTreeSet<State> = rows
            .iter()
            .flat_map(|row| row.stores.values())
            .map(|said| said.state)
            .collect();
        let legend = met
            .into_iter()
            .map(|state| (look(state).0, look(state).1, meaning(state)))
            .collect();
        Some(Self {
            rows: rows.iter().map(row).collect(),
            stores: stores.iter().map(|name| plain(name)).collect(),
            legend,
        })
    }
}

/// The class that colours a state, and its sign.
fn look(state: State) -> (&'static str, &'static str) {
    match state {
        State::Present => ("good", "✓"),
        State::Missing => ("bad", "✗"),
        State::Placeholder => ("bad", "◌"),
        State::Malformed => ("bad", "⚠"),
        State::Stale => ("warn", "↺"),
        State::Mismatch => ("bad", "≠"),
        State::Unverified => ("open", "~"),
        State::Error => ("open", "?"),
    }
}

fn meaning(state: State) -> &'static str {
    match state {
        State::Present => "present: there, and as it should be",
        State::Missing => "missing: not there",
        State::Placeholder => "placeholder: something stands in its place",
        State::Malformed => "malformed: not the kind of value it should be",
        State::Stale => "stale: older than its interval, or than the vault's",
        State::Mismatch => "mismatch: another value than elsewhere",
        State::Unverified => "unverified: there, and nothing proves it is the same value",
        State::Error => "error: the store could not be asked",
    }
}

fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Value => "by value",
        Evidence::Attested => "attested",
        Evidence::Digest => "by digest",
        Evidence::Time => "by time",
        Evidence::Name => "by name",
    }
}
