//! The tables and policies of a database as its migrations leave them.

use super::read::{Act, Creation, Policy, TableName};
use super::script::{Dynamic, names};
use std::collections::{BTreeMap, HashMap};

/// Plays steps back; `P` says where a step is written.
#[derive(Debug)]
pub(super) struct Ledger<P> {
    tables: BTreeMap<Key, Table<P>>,
    policies: BTreeMap<(Key, String), (Policy, P)>,
    functions: HashMap<String, Dynamic>,
    /// Whether an event trigger turns row level security on for each new table.
    automatic: bool,
    search_path: Option<String>,
}

/// Schema and table.
pub(super) type Key = (String, String);

/// A table that is there at the end.
#[derive(Debug)]
pub(super) struct Table<P> {
    /// Where it is created.
    pub(super) created: P,
    /// Whether row level security is on.
    pub(super) on: bool,
    /// Where it was switched off again.
    pub(super) disabled: Option<P>,
    /// Whether it is a partition.
    pub(super) partition: bool,
}

impl<P: Clone> Ledger<P> {
    /// An empty database.
    #[must_use]
    pub(super) fn new() -> Self {
        Self {
            tables: BTreeMap::new(),
            policies: BTreeMap::new(),
            functions: HashMap::new(),
            automatic: false,
            search_path: None,
        }
    }

    /// A new script begins: settings of the session are those of a new one.
    pub(super) fn begin(&mut self) {
        self.search_path = None;
    }

    /// The tables at the end.
    pub(super) fn tables(&self) -> impl Iterator<Item = (&Key, &Table<P>)> {
        self.tables.iter()
    }

    /// The policies at the end.
    pub(super) fn policies(&self) -> impl Iterator<Item = (&Key, &Policy, &P)> {
        self.policies
            .iter()
            .map(|((key, _), (policy, place))| (key, policy, place))
    }

    /// Whether any policy is written for a table.
    #[must_use]
    pub(super) fn has_policies(&self, key: &Key) -> bool {
        self.policies
            .range((key.clone(), String::new())..)
            .next()
            .is_some_and(|((of, _), _)| of == key)
    }

    /// Turns on what `dynamic` turns on.
    pub(super) fn enable(&mut self, dynamic: &Dynamic) {
        for ((_, table), state) in &mut self.tables {
            state.on |= dynamic.all || dynamic.names.contains(table);
        }
    }

    /// A function that turns row level security on when it runs.
    pub(super) fn define(&mut self, name: String, dynamic: Dynamic) {
        self.functions.insert(name, dynamic);
    }

    /// Does what a statement does.
    pub(super) fn apply(&mut self, act: &Act, place: &P) {
        match act {
            Act::Create(name, creation) => {
                let (key, on) = (self.key(name), self.automatic);
                let partition = *creation == Creation::Partition;
                self.tables.entry(key).or_insert_with(|| Table {
                    created: place.clone(),
                    on,
                    disabled: None,
                    partition,
                });
            }
            Act::Enable(name) => {
                if let Some(table) = self.table(name) {
                    table.on = true;
                    table.disabled = None;
                }
            }
            Act::Disable(name) => {
                if let Some(table) = self.table(name) {
                    table.on = false;
                    table.disabled = Some(place.clone());
                }
            }
            Act::Rename(name, to) => {
                let from = self.key(name);
                let to = (from.0.clone(), to.clone());
                self.rename(&from, to);
            }
            Act::Move(name, schema) => {
                let from = self.key(name);
                let to = (schema.clone(), from.1.clone());
                self.rename(&from, to);
            }
            Act::Drop(name) => {
                let key = self.key(name);
                self.tables.remove(&key);
                self.take_policies(&key);
            }
            Act::DropSchema(schema) => {
                for key in self.in_schema(schema) {
                    self.tables.remove(&key);
                    self.take_policies(&key);
                }
            }
            Act::RenameSchema(from, to) => {
                for key in self.in_schema(from) {
                    let new = (to.clone(), key.1.clone());
                    self.rename(&key, new);
                }
            }
            Act::SearchPath(path) => self.search_path.clone_from(path),
            Act::Policy(policy) => self.policy(policy, place),
            Act::DropPolicy(table, name) => {
                let key = self.key(table);
                self.policies.remove(&(key, name.clone()));
            }
            Act::EventTrigger(function) => self.automatic |= self.functions.contains_key(function),
            Act::Call(function, texts) => {
                if let Some(mut dynamic) = self.functions.get(function).cloned() {
                    dynamic
                        .names
                        .extend(texts.iter().flat_map(|text| names(text)));
                    self.enable(&dynamic);
                }
            }
            Act::Function(..) | Act::Block(_) => {}
        }
    }

    fn policy(&mut self, policy: &Policy, place: &P) {
        let key = (self.key(&policy.table), policy.name.clone());
        match self.policies.get_mut(&key) {
            Some((known, at)) if !policy.new => {
                known.using = policy.using.or(known.using);
                known.check = policy.check.or(known.check);
                if !policy.roles.is_empty() {
                    known.roles.clone_from(&policy.roles);
                }
                at.clone_from(place);
            }
            // An old policy that is changed says nothing of its roles and command.
            None if !policy.new => {}
            _ => {
                self.policies.insert(key, (policy.clone(), place.clone()));
            }
        }
    }

    fn table(&mut self, name: &TableName) -> Option<&mut Table<P>> {
        let key = self.key(name);
        self.tables.get_mut(&key)
    }

    fn key(&self, name: &TableName) -> Key {
        let schema = name
            .schema
            .as_deref()
            .or(self.search_path.as_deref())
            .unwrap_or("public");
        (schema.to_owned(), name.table.clone())
    }

    fn rename(&mut self, from: &Key, to: Key) {
        for (name, policy) in self.take_policies(from) {
            self.policies.insert((to.clone(), name), policy);
        }
        if let Some(table) = self.tables.remove(from) {
            self.tables.insert(to, table);
        }
    }

    /// The tables of a schema, those that only policies are known of included.
    fn in_schema(&self, schema: &str) -> Vec<Key> {
        let first = (schema.to_owned(), String::new());
        let tables = self
            .tables
            .range(first.clone()..)
            .map(|(key, _)| key)
            .take_while(|key| key.0 == schema);
        let policies = self
            .policies
            .range((first, String::new())..)
            .map(|((key, _), _)| key)
            .take_while(|key| key.0 == schema);
        let mut keys: Vec<Key> = tables.chain(policies).cloned().collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// Removes the policies of a table.
    fn take_policies(&mut self, key: &Key) -> Vec<(String, (Policy, P))> {
        let names: Vec<String> = self
            .policies
            .range((key.clone(), String::new())..)
            .take_while(|((of, _), _)| of == key)
            .map(|((_, name), _)| name.clone())
            .collect();
        names
            .into_iter()
            .filter_map(|name| Some((name.clone(), self.policies.remove(&(key.clone(), name))?)))
            .collect()
    }
}
