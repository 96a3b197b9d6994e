//! Puts the entries of the lists in place: the shipped ones, and those of a team.

use super::category::{Category, Ecosystem};
use super::shipped::{Exempt, RawCategory};
use super::{Canon, CanonError, Settings, Verdict};
use crate::toolkit::rules;

impl Canon {
    /// Takes up a shipped category.
    pub(super) fn take(&mut self, name: String, raw: RawCategory) {
        let index = self.categories.len();
        for (ecosystem, names) in &raw.modules {
            self.module_words
                .entry(*ecosystem)
                .or_default()
                .extend(names.iter().map(|name| last_part(name)));
        }
        for (known, names) in [
            (&mut self.packages, raw.packages),
            (&mut self.modules, raw.modules),
        ] {
            for (ecosystem, names) in names {
                let known = known.entry(ecosystem).or_default();
                names
                    .iter()
                    .for_each(|name| known.add(name, Verdict::Category(index)));
            }
        }
        self.categories.push(Category {
            rule: rules::known(&raw.rule)
                .expect("the shipped data names rules of this room, a test sees to it"),
            store: if raw.store.is_empty() {
                raw.what.clone()
            } else {
                raw.store
            },
            what: raw.what,
            instead: raw.instead,
            place: format!("policies/toolkit.toml [category.{name}]"),
            name,
            images: raw.images,
            allowed_images: raw.allowed_images,
            env: raw.env,
            schemes: raw.schemes,
            dialects: raw.dialects,
            commands: raw.commands,
            hosts: raw.hosts,
            resources: raw.resources,
            exempt: raw.exempt,
        });
    }

    /// Takes up what a team forbids, as a category for each rule.
    pub(super) fn forbid(
        &mut self,
        settings: &Settings,
        place: &dyn Fn(&str) -> Option<String>,
        errors: &mut Vec<CanonError>,
    ) {
        for (rule, names) in &settings.forbidden_packages {
            let Some(rule) = rules::known(rule) else {
                errors.push(CanonError {
                    key: "forbidden_packages",
                    message: format!("`{rule}` is no rule of the toolkit"),
                });
                continue;
            };
            let index = self.categories.len();
            for ecosystem in Ecosystem::ALL {
                let known = self.packages.entry(ecosystem).or_default();
                names
                    .iter()
                    .for_each(|name| known.add(name, Verdict::Category(index)));
                let modules = self.modules.entry(ecosystem).or_default();
                names.iter().for_each(|name| {
                    modules.add(&name.replace('-', "_"), Verdict::Category(index))
                });
                let words = self.module_words.entry(ecosystem).or_default();
                words.extend(names.iter().map(|name| last_part(&name.replace('-', "_"))));
            }
            self.categories.push(Category {
                name: format!("forbidden-{rule}"),
                rule,
                what: "not part of this team's toolkit".to_owned(),
                store: "not part of this team's toolkit".to_owned(),
                instead: "use what the rule names".to_owned(),
                place: place("forbidden_packages")
                    .unwrap_or_else(|| "[toolkit] forbidden_packages".to_owned()),
                images: Vec::new(),
                allowed_images: Vec::new(),
                env: Vec::new(),
                schemes: Vec::new(),
                dialects: Vec::new(),
                commands: Vec::new(),
                hosts: Vec::new(),
                resources: Vec::new(),
                exempt: (rule == rules::DIRECT_REDIS).then_some(Exempt::RedisAllowed),
            });
        }
    }
}

/// The part of a dotted name that stands in the text whatever way the module is imported; `*` when that may be anything.
fn last_part(module: &str) -> String {
    if module.ends_with('*') {
        "*".to_owned()
    } else {
        module.rsplit('.').next().unwrap_or(module).to_owned()
    }
}
