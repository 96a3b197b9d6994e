//! What can be wrong with a fly.toml. One file a topic; each says what Fly will do, not only what is odd.

mod env;
mod health;
mod memory;
mod ports;
mod scaling;
mod serving;
mod shape;
mod storage;

use super::document::Node;
use super::model::{Config, Service, Spot};
use super::policy::Rulings;
use super::sheet::Sheet;
use std::collections::BTreeSet;
use std::ops::Range;

/// All that a rule may look at.
pub struct Case<'c> {
    /// The file as a tree.
    pub root: &'c Node,
    /// The file as flyctl understands it.
    pub config: &'c Config,
    /// What the team asks of this app.
    pub rulings: &'c Rulings<'c>,
    /// The names of the app's Fly secrets, where the credential map tells.
    pub secrets: Option<&'c BTreeSet<String>>,
}

impl Case<'_> {
    /// The app's name as messages say it.
    #[must_use]
    pub fn app(&self, sheet: &Sheet<'_, '_>) -> String {
        self.config.app.as_ref().map_or_else(
            || "this app".into(),
            |app| sheet.quote(&app.value, &app.span),
        )
    }

    /// Whether the section whose header is at `span` has `key` at all, of whatever type.
    fn written(&self, sections: &[&str], span: &Range<usize>, key: &str) -> bool {
        let nodes = sections
            .iter()
            .filter_map(|name| self.root.field(name))
            .flat_map(Node::tables);
        nodes
            .filter(|node| node.span == *span)
            .any(|node| node.field(key).is_some())
    }

    /// The process groups a service is for.
    fn groups_of(&self, service: &Service) -> Vec<&str> {
        let mut groups = self.config.groups();
        groups.retain(|group| self.config.applies(&service.processes, group));
        groups
    }

    /// Process groups of which the same is true, in order.
    fn bundles<K: PartialEq>(&self, key: impl Fn(&str) -> Option<K>) -> Vec<(K, Vec<&str>)> {
        let mut found: Vec<(K, Vec<&str>)> = Vec::new();
        for group in self.config.groups() {
            let Some(key) = key(group) else { continue };
            match found.iter_mut().find(|(known, _)| *known == key) {
                Some((_, groups)) => groups.push(group),
                None => found.push((key, vec![group])),
            }
        }
        found
    }

    /// `this app`, or the groups by name.
    fn who(&self, sheet: &Sheet<'_, '_>, groups: &[&str]) -> String {
        if self.config.processes.is_empty() {
            return "this app".into();
        }
        let spot = |group: &str| {
            self.config
                .processes
                .iter()
                .find(|spot| spot.value == group)
        };
        let names: Vec<String> = groups
            .iter()
            .filter_map(|group| spot(group))
            .map(|spot| sheet.quote(&spot.value, &spot.span))
            .collect();
        match names.as_slice() {
            [one] => format!("process group {one}"),
            many => format!("process groups {}", many.join(", ")),
        }
    }
}

/// Checks everything.
pub fn check(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    shape::check(case, sheet);
    memory::check(case, sheet);
    scaling::check(case, sheet);
    health::check(case, sheet);
    serving::check(case, sheet);
    ports::check(case, sheet);
    storage::check(case, sheet);
    env::check(case, sheet);
}

/// A value that is not one of `known`.
fn stranger<'s>(spot: Option<&'s Spot<String>>, known: &[&str]) -> Option<&'s Spot<String>> {
    spot.filter(|spot| !known.contains(&spot.value.as_str()))
}

/// `a`, `b` or `c`.
fn either<S: AsRef<str>>(items: &[S]) -> String {
    let quoted: Vec<String> = items
        .iter()
        .map(|item| format!("`{}`", item.as_ref()))
        .collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "nothing".into(),
    }
}
