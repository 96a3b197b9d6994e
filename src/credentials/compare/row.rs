//! One row of the table: each store's state of a credential, and what is wrong with it.

use super::proof::{Because, Proved, Subject, prove};
use super::sides::{Held, Side, sides};
use super::words;
use super::{Compared, Comparison, Question};
use crate::credentials::attest::KEY_VARIABLE;
use crate::credentials::inventory::{Entry, Reach, StoreKind};
use crate::credentials::issue::Issue;
use crate::credentials::lock::Mark;
use crate::credentials::map::Credential;
use crate::credentials::rotation::{Rotation, SKEW};
use crate::credentials::value::Fault;
use crate::finding::Gap;
use crate::report::{CredentialRow, Evidence, Rotated, State, StoreState};
use std::collections::BTreeMap;

/// Judges one credential in one environment.
pub(super) fn judge(
    question: &Question<'_>,
    credential: &Credential,
    name: &str,
    out: &mut Comparison,
) {
    let subject = Subject {
        name,
        environment: &credential.environment,
    };
    let sides = sides(question, credential, name);
    let forgiven = credential.optional && sides.values().all(|side| side.entry().is_none());
    // Copies are compared with the vault's; where the map has none, with the first there is.
    let source = sides
        .iter()
        .find(|(_, side)| side.entry().is_some())
        .filter(|(kind, _)| **kind == StoreKind::Vault || !sides.contains_key(&StoreKind::Vault));
    if let Some((kind, side)) = source {
        out.gaps
            .extend(silent_lock(question, subject, (*kind, side)));
    }
    let mut cells = BTreeMap::new();
    let mut seen = Vec::new();
    for (kind, side) in &sides {
        let is_source = source.is_some_and(|(of, _)| of == kind);
        let cell = Cell {
            question,
            credential,
            subject,
            kind: *kind,
            side,
        };
        let proved = cell.state(
            source
                .filter(|_| !is_source)
                .map(|(kind, side)| (*kind, side)),
            forgiven,
            out,
        );
        if let Some(entry) = side.entry()
            && matches!(proved.state, State::Present | State::Unverified)
        {
            let mark = Mark::of(entry, subject.environment, name, question.key);
            // What was taken for granted once is proved by no repetition.
            let kept = || {
                let seen = question.lock?.seen(name, subject.environment)?;
                seen.copies.get(kind).cloned()
            };
            let mark = match (is_source, proved.state, proved.evidence) {
                (true, _, _) => mark,
                (_, State::Unverified, _) => mark.proved(Evidence::Name),
                (_, _, Evidence::Digest) => kept().unwrap_or(mark),
                (_, _, evidence) => mark.proved(evidence),
            };
            seen.push((*kind, mark));
        }
        cells.insert(
            kind.as_str().to_owned(),
            StoreState {
                state: proved.state,
                evidence: side.entry().map(|_| proved.evidence),
                updated: side
                    .entry()
                    .and_then(|entry| entry.updated)
                    .map(|time| time.to_string()),
            },
        );
    }
    // Alone a copy is in step with nothing.
    let in_step =
        source.is_some_and(|(of, _)| seen.iter().any(|(kind, _)| kind == of)) && seen.len() > 1;
    let seen = if in_step { seen } else { Vec::new() };
    out.rows
        .push(row(question, credential, name, &sides, (cells, seen)));
}

/// The row, with how old the credential is by the best copy there is.
fn row(
    question: &Question<'_>,
    credential: &Credential,
    name: &str,
    sides: &BTreeMap<StoreKind, Side<'_>>,
    (cells, seen): (BTreeMap<String, StoreState>, Vec<(StoreKind, Mark)>),
) -> Compared {
    let vault = sides.get(&StoreKind::Vault).and_then(Side::entry);
    let copies: Vec<&Entry> = sides
        .iter()
        .filter(|(kind, _)| **kind != StoreKind::Vault)
        .filter_map(|(_, side)| side.entry())
        .collect();
    let rotation = Rotation::new(vault, &copies, credential.rotate_every, question.now);
    Compared {
        row: CredentialRow {
            name: name.to_owned(),
            environment: credential.environment.clone(),
            owner: credential.owner.clone(),
            rotate_every: credential.rotate_every.map(|every| every.to_string()),
            rotated: rotation.last.map(|(time, by)| Rotated {
                at: time.to_string(),
                by,
            }),
            age_days: rotation.age_days,
            due: rotation.due.map(|day| day.to_string()),
            stores: cells,
        },
        rotation,
        every: credential.rotate_every,
        line: credential.line,
        mapped: credential.stores(),
        seen,
    }
}

/// A lock that tells the source's value by a key that is not here tells nothing: that must not look as if nothing had changed.
fn silent_lock(
    question: &Question<'_>,
    subject: Subject<'_>,
    (kind, side): (StoreKind, &Side<'_>),
) -> Option<Gap> {
    let seen = question.lock?.seen(subject.name, subject.environment)?;
    let (then, entry) = (seen.copies.get(&kind)?, side.entry()?);
    let now = then.again(entry, subject.environment, subject.name, question.key);
    if !then.needs_another_key(question.key) || then.change(&now).is_some() {
        return None;
    }
    let why = match question.key {
        None => "is not set",
        Some(_) => "is another one",
    };
    Some(Gap {
        what: "the parity lock".into(),
        why: format!(
            "it was written with a key, and {KEY_VARIABLE} {why}: what changed since is not known; set that key, or write the lock anew with --update-lock"
        ),
    })
}

/// One cell of the table.
struct Cell<'c, 'q> {
    question: &'c Question<'q>,
    credential: &'c Credential,
    subject: Subject<'c>,
    kind: StoreKind,
    side: &'c Side<'q>,
}

impl Cell<'_, '_> {
    /// Its state; what is wrong is added to `out`.
    fn state(
        &self,
        source: Option<(StoreKind, &Side<'_>)>,
        forgiven: bool,
        out: &mut Comparison,
    ) -> Proved {
        let entry = match self.side.held {
            Held::Unknown => return plain(State::Error, Evidence::Name),
            Held::Nothing(why) => {
                if !forgiven {
                    let message = words::missing(
                        self.subject,
                        self.side,
                        self.credential.name.is_glob(),
                        why,
                    );
                    out.issues.push(self.issue("credential-missing", message));
                }
                return plain(State::Missing, Evidence::Name);
            }
            Held::There(entry) => entry,
        };
        self.remark(entry, out);
        let fault = self.fault(entry, out);
        if let Some(state) = fault {
            return plain(state, Evidence::Value);
        }
        let Some(source) = source else {
            return plain(
                if self.stands_alone() {
                    State::Present
                } else {
                    State::Unverified
                },
                own_evidence(entry),
            );
        };
        let proved = prove(self.question, self.subject, source, (self.kind, self.side));
        if let Some((rule, words)) = words::unproved(self.subject, self.side, source, &proved) {
            let mut issue = self.issue(rule, words.message);
            issue.severity = words.severity;
            issue.help = words.help;
            out.issues.push(issue);
        }
        proved
    }

    /// Whether nothing else could prove this copy: it is the vault's, or the map gives no other.
    fn stands_alone(&self) -> bool {
        self.kind == StoreKind::Vault
            || self
                .question
                .chosen
                .sites(self.credential)
                .iter()
                .all(|site| site.place.kind() != StoreKind::Vault)
    }

    /// What is wrong with the value itself.
    fn fault(&self, entry: &Entry, out: &mut Comparison) -> Option<State> {
        let value = entry.value.as_ref()?;
        let values = self.question.values;
        let expect = self.credential.expect.as_deref();
        if let Some(rule) = expect.filter(|rule| !values.can_expect(rule)) {
            out.gaps.push(Gap {
                what: format!("{}:{}", self.question.map.file, self.credential.line),
                why: format!(
                    "`expect` names `{rule}`, which is no rule for values: the value was not judged"
                ),
            });
        }
        if let Some(host) = values.foreign_postgres(value) {
            let key = &self.side.key;
            let mut issue = self.issue(
                "non-supabase-postgres",
                format!(
                    "`{key}` in {} points at `{host}`, no host of Supabase",
                    self.side.place
                ),
            );
            issue.content = host;
            out.issues.push(issue);
        }
        let (rule, state, said) = match values.fault(self.subject.name, value, expect)? {
            Fault::Placeholder => (
                "credential-placeholder",
                State::Placeholder,
                "holds a placeholder".to_owned(),
            ),
            Fault::Malformed(said) => ("credential-malformed", State::Malformed, said),
        };
        out.issues.push(self.issue(
            rule,
            format!("`{}` in {} {said}", self.side.key, self.side.place),
        ));
        Some(state)
    }

    /// What is worth saying of an entry whatever its value.
    fn remark(&self, entry: &Entry, out: &mut Comparison) {
        let what = format!("`{}` in {}", self.side.key, self.side.place);
        if entry.plain {
            out.issues.push(self.issue(
                "credential-in-variable",
                format!("{what} is a plain variable, which everyone with access can read"),
            ));
        }
        let mut note = |said: &str| out.remarks.of_key(&self.side.place, &self.side.key, said);
        match entry.reach {
            Some(Reach::Staged) => note("staged, and no machine runs with it yet (`fly deploy`)"),
            Some(Reach::Partial) => note("deployed on some machines only (`fly deploy`)"),
            Some(Reach::Deployed) | None => {}
        }
        if let Some(from) = &entry.inherited_from {
            note(&format!("from the {from}, not from the environment"));
        }
        if let Some(time) = entry.expires {
            note(&format!("the store will drop it at {time}"));
        }
        let latest = self
            .question
            .now
            .saturating_add(SKEW)
            .unwrap_or(self.question.now);
        if let Some(time) = entry.updated.filter(|time| *time > latest) {
            note(&format!(
                "set at {time}, which has not come yet: a clock is wrong, and its age is unknown"
            ));
        }
    }

    fn issue(&self, rule: &'static str, message: String) -> Issue {
        Issue {
            line: self.credential.line,
            store: Some(self.side.place.clone()),
            key: Some(self.side.key.clone()),
            content: self.subject.environment.to_owned(),
            ..Issue::new(rule, message)
        }
    }
}

fn plain(state: State, evidence: Evidence) -> Proved {
    Proved {
        state,
        evidence,
        because: Because::NameOnly,
    }
}

/// What the mere presence of an entry rests on.
fn own_evidence(entry: &Entry) -> Evidence {
    if entry.value.is_some() {
        Evidence::Value
    } else if entry.updated.is_some() {
        Evidence::Time
    } else if entry.digest.is_some() {
        Evidence::Digest
    } else {
        Evidence::Name
    }
}
