//! The rules of a run, as `tool.driver.rules`.

use crate::finding::{Finding, printable};
use crate::policy::{Guard, Policy, RuleMeta, Severity};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Every rule in force and every rule of a result, by id.
pub(super) struct Rules<'p>(BTreeMap<&'p str, Value>);

impl<'p> Rules<'p> {
    /// Describes the rules of `policy`; a result's rule that is not among them gets what the result itself says.
    pub(super) fn new(policy: &'p Policy, findings: impl Iterator<Item = &'p Finding>) -> Self {
        let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
        for meta in policy.metas() {
            if let Some(severity) = meta.severity {
                rules.insert(meta.id.as_str(), known(meta, severity));
            }
        }
        for finding in findings {
            let id = finding.rule.as_str();
            rules.entry(id).or_insert_with(|| match policy.meta(id) {
                Some(meta) => known(meta, finding.severity),
                None => described(id, id, finding.guard, finding.severity),
            });
        }
        Self(rules)
    }

    /// The place of a rule among the descriptors.
    pub(super) fn index(&self, id: &str) -> Option<usize> {
        self.0.keys().position(|known| *known == id)
    }

    /// The descriptors, by id.
    pub(super) fn descriptors(&self) -> Vec<&Value> {
        self.0.values().collect()
    }
}

/// The level of a severity.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn known(meta: &RuleMeta, severity: Severity) -> Value {
    let mut rule = described(meta.id.as_str(), &meta.summary, meta.guard, severity);
    if !meta.why.is_empty() {
        rule["fullDescription"] = json!({"text": bounded(&meta.why)});
    }
    let parts = [meta.why.as_str(), meta.help.as_str()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let list = |sign: &str| {
        meta.references
            .iter()
            .map(|reference| format!("{sign}{reference}"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let join = |tail: String| {
        [parts.join("\n\n"), tail]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n")
    };
    if !parts.is_empty() {
        rule["help"] = json!({"text": join(list("")), "markdown": join(list("- "))});
    }
    if let Some(address) = meta
        .references
        .iter()
        .find(|reference| reference.starts_with("https://"))
    {
        rule["helpUri"] = json!(address);
    }
    rule
}

/// What every rule has.
fn described(id: &str, summary: &str, guard: Guard, severity: Severity) -> Value {
    let mut rule = Map::new();
    rule.insert("id".into(), json!(id));
    rule.insert("shortDescription".into(), json!({"text": bounded(summary)}));
    rule.insert("fullDescription".into(), json!({"text": bounded(summary)}));
    rule.insert(
        "help".into(),
        json!({"text": bounded(summary), "markdown": bounded(summary)}),
    );
    rule.insert(
        "defaultConfiguration".into(),
        json!({"level": level(severity)}),
    );
    rule.insert(
        "properties".into(),
        json!({"tags": ["security", guard.as_str()], "precision": "high", "security-severity": score(severity)}),
    );
    Value::Object(rule)
}

/// The number code scanning turns back into a severity: from 9.0 critical, from 7.0 high, from 4.0 medium.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
    }
}

/// No longer than code scanning takes of a description.
fn bounded(text: &str) -> String {
    let text = printable(text);
    if text.chars().count() <= DESCRIPTION {
        return text;
    }
    text.chars().take(DESCRIPTION - 1).chain(['…']).collect()
}

/// Characters of a description.
const DESCRIPTION: usize = 1024;
