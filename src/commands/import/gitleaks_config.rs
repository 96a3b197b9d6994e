//! `.gitleaks.toml`: allowlists as exceptions, rules of one's own as a pack.
//!
//! Keys are read in any case, as gitleaks does; what is not read of it is listed instead of ignored.

use super::dialect::of_go;
use super::lines::line_of;
use super::names::shown;
use super::tables::{TableRef, UNKNOWN, get, is_set, strings, tables, text_of, unread};
use super::value::{self, Value};
use super::{Accepted, Exception, Proof, Taken, alias, gitleaks_rule, path_glob};
use crate::finding::Secret;
use crate::policy::Policy;
use std::collections::HashMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads the file.
pub(super) fn take(text: &str, policy: &Policy, reason: &str) -> Result<Taken, String> {
    let table = DeTable::parse(text).map_err(|error| {
        format!(
            "{} (line {})",
            error.message(),
            line_of(text, error.span().map_or(0, |span| span.start))
        )
    })?;
    let mut reader = Reader {
        text,
        policy,
        reason,
        taken: Taken::default(),
        named: HashMap::new(),
    };
    let table = table.get_ref();
    reader.unread(table, &["title", "description", "minVersion"], &TOP, "");
    // Rules first: an allowlist may name them.
    reader.rules(get(table, "rules"));
    if let Some((key, _)) = table
        .iter()
        .find(|(key, _)| key.get_ref().eq_ignore_ascii_case("minVersion"))
    {
        let line = line_of(text, key.span().start);
        let why = "stackguard has versions of its own";
        reader.taken.left(line, "minVersion", why);
    }
    if let Some(extend) = get(table, "extend") {
        reader.extend(extend);
    }
    for key in ["allowlist", "allowlists"] {
        for list in get(table, key).into_iter().flat_map(tables) {
            reader.allowlist(&list, None);
        }
    }
    Ok(reader.taken)
}

struct Reader<'t> {
    text: &'t str,
    policy: &'t Policy,
    reason: &'t str,
    taken: Taken,
    /// Our rules for each rule of the file.
    named: HashMap<String, Vec<String>>,
}

impl Reader<'_> {
    /// Lists what of a table is not read; `of` says which one it is. Whether that means something to gitleaks.
    fn unread(&mut self, table: &DeTable<'_>, plain: &[&str], nested: &[&str], of: &str) -> bool {
        let found = unread(table, plain, nested);
        for (start, key, why) in &found {
            let line = line_of(self.text, *start);
            self.taken.left(line, format!("{key}{of}"), *why);
        }
        found.iter().any(|(.., why)| *why != UNKNOWN)
    }

    fn extend(&mut self, value: &Spanned<DeValue<'_>>) {
        for table in tables(value) {
            let line = line_of(self.text, table.start);
            let known = ["path", "url", "useDefault", "disabledRules"];
            self.unread(table.table, &known, &[], " of the extension");
            for (path, what) in [
                ("path", "the file it extends"),
                ("url", "the address it extends (gitleaks does not read it)"),
            ] {
                if get(table.table, path).is_some() {
                    self.taken.left(line, what, "import that file as well");
                }
            }
            for (id, span) in strings(get(table.table, "disabledRules")) {
                let line = line_of(self.text, span);
                let ours = alias::ours(&id, self.policy);
                if ours.is_empty() {
                    self.taken.left(
                        line,
                        format!("disabledRules `{}`", shown(&id)),
                        "no rule of stackguard has that meaning",
                    );
                }
                for id in ours {
                    self.taken.left(
                        line,
                        format!("`{id}` is switched off"),
                        "it may stand for more than gitleaks' rule did",
                    );
                    self.taken.off.push(id);
                }
            }
        }
    }

    /// All rules. Of those with one id gitleaks takes the last, and nothing of the others.
    fn rules(&mut self, value: Option<&Spanned<DeValue<'_>>>) {
        let rules: Vec<TableRef> = value.into_iter().flat_map(tables).collect();
        let id = |rule: &TableRef| text_of(get(rule.table, "id")).unwrap_or_default();
        let last: HashMap<String, usize> =
            (0..).zip(&rules).map(|(at, rule)| (id(rule), at)).collect();
        for (at, rule) in rules.iter().enumerate() {
            let id = id(rule);
            // gitleaks 7 had no ids.
            let named = if id.is_empty() {
                text_of(get(rule.table, "description")).unwrap_or_default()
            } else {
                id.clone()
            };
            let name = shown(&named);
            if !id.is_empty() && last.get(&id) != Some(&at) {
                let line = line_of(self.text, rule.start);
                let why =
                    "left out: another of that id comes after it, which is the one gitleaks takes";
                self.taken.left(line, format!("rule `{name}`"), why);
                continue;
            }
            let ours = self.rule(rule, &id, &name);
            self.named.insert(id, ours);
        }
    }

    /// A rule: its pattern as a rule of one's own, its allowlists as exceptions for it. Our rules that stand for it.
    fn rule(&mut self, rule: &TableRef<'_, '_>, id: &str, name: &str) -> Vec<String> {
        let line = line_of(self.text, rule.start);
        let table = rule.table;
        self.unread(table, &RULE, &LISTS, &format!(" of rule `{name}`"));
        let ours = alias::ours(id, self.policy);
        let has_pattern = get(table, "regex").is_some() || get(table, "path").is_some();
        let mut rules = ours.clone();
        if has_pattern && ours.is_empty() {
            match gitleaks_rule::translate(table, self.policy, line, &mut self.taken.left) {
                Ok(own) => {
                    rules = vec![own.id.clone()];
                    self.taken.rules.push(own);
                }
                Err(why) => self.taken.left(line, format!("rule `{name}`"), why),
            }
        } else if has_pattern {
            self.taken.left(
                line,
                format!("rule `{name}`"),
                format!("left out: `{}` is there for that", ours.join("`, `")),
            );
        } else if !is_list_alone(table) {
            let why = "it has no pattern; what it changes of a rule it extends is not carried over";
            self.taken.left(line, format!("rule `{name}`"), why);
        }
        for key in ["allowlist", "allowlists"] {
            for list in get(table, key).into_iter().flat_map(tables) {
                if rules.is_empty() && !alias::is_generic(id) {
                    let line = line_of(self.text, list.start);
                    self.taken.left(
                        line,
                        format!("allowlist of `{name}`"),
                        "stackguard has no rule it could be for",
                    );
                } else if rules.is_empty() {
                    self.allowlist(&list, Some(generic(self.policy)));
                } else {
                    self.allowlist(&list, Some(rules.clone()));
                }
            }
        }
        rules
    }

    /// An allowlist, for some rules or for every secret.
    fn allowlist(&mut self, list: &TableRef<'_, '_>, rules: Option<Vec<String>>) {
        let line = line_of(self.text, list.start);
        let table = list.table;
        let what = text_of(get(table, "description"));
        let reason = what.filter(|words| !words.trim().is_empty()).map_or_else(
            || self.reason.to_owned(),
            |words| format!("{} ({})", words.trim(), self.reason),
        );
        let rules = match self.targets(table, rules) {
            Ok(rules) => rules,
            Err(()) => return,
        };
        let commits = strings(get(table, "commits"));
        let condition = text_of(get(table, "condition")).unwrap_or_default();
        let both = match condition.to_ascii_lowercase().as_str() {
            "" | "or" | "||" => false,
            "and" | "&&" => true,
            _ => {
                let why = "its condition is none that gitleaks knows";
                self.taken.left(line, "this allowlist", why);
                return;
            }
        };
        for (_, at) in &commits {
            let why = "an exception by commit has no counterpart: `stackguard baseline create --history` accepts what is there";
            self.taken.left(line_of(self.text, *at), "commits", why);
        }
        if both && !commits.is_empty() {
            return;
        }
        let in_part = self.unread(table, &ALLOWLIST, &[], " of this allowlist");
        let before = self.taken.left.len();
        let paths = self.paths(table);
        let values = self.values(table, both, &rules);
        let several = both
            && !strings(get(table, "regexes")).is_empty()
            && !strings(get(table, "stopwords")).is_empty();
        if both && (in_part || self.taken.left.len() > before || several) {
            self.taken.left(
                line,
                "this allowlist",
                "not carried over: all parts of it would have to hold",
            );
            return;
        }
        let exception = |path: Option<String>, value: Option<String>| Exception {
            // A path alone would cover the other guards as well.
            value: value.or_else(|| rules.is_empty().then(|| ANY_SECRET.to_owned())),
            rules: rules.clone(),
            path,
            reason: reason.clone(),
        };
        // Each value by itself where they are too many to be one.
        let values = value::joined(&values).map_or(values, |all| vec![all]);
        if both && paths.len().saturating_mul(values.len()) > MOST {
            self.taken
                .left(line, "this allowlist", "it would take too many exceptions");
        } else if both && !paths.is_empty() && !values.is_empty() {
            let all = paths.iter().flat_map(|path| {
                let one = |value: &String| exception(Some(path.clone()), Some(value.clone()));
                values.iter().map(one)
            });
            self.taken.allows.extend(all);
        } else {
            let by_path = paths.into_iter().map(|path| exception(Some(path), None));
            self.taken.allows.extend(by_path);
            let by_value = values.into_iter().map(|value| exception(None, Some(value)));
            self.taken.allows.extend(by_value);
        }
    }

    /// Our rules that an allowlist is for; empty is every secret.
    fn targets(
        &mut self,
        table: &DeTable<'_>,
        rules: Option<Vec<String>>,
    ) -> Result<Vec<String>, ()> {
        let named = strings(get(table, "targetRules"));
        if named.is_empty() {
            return Ok(rules.unwrap_or_default());
        }
        let mut all = Vec::new();
        for (id, at) in named {
            let own = self.named.get(&id).filter(|own| !own.is_empty());
            let ours = own.map_or_else(|| alias::ours(&id, self.policy), Clone::clone);
            if ours.is_empty() {
                self.taken.left(
                    line_of(self.text, at),
                    format!("targetRules `{}`", shown(&id)),
                    "stackguard has no rule it could be for",
                );
            }
            all.extend(ours);
        }
        if all.is_empty() { Err(()) } else { Ok(all) }
    }

    fn paths(&mut self, table: &DeTable<'_>) -> Vec<String> {
        let mut globs = Vec::new();
        for (pattern, at) in strings(get(table, "paths")) {
            match path_glob::of_regex(&of_go(&pattern)) {
                Ok(glob) => globs.push(glob),
                Err(why) => self.taken.left(line_of(self.text, at), "a path", why),
            }
        }
        globs
    }

    fn values(&mut self, table: &DeTable<'_>, both: bool, rules: &[String]) -> Vec<String> {
        let mut patterns = Vec::new();
        let target = text_of(get(table, "regexTarget"))
            .unwrap_or_default()
            .to_ascii_lowercase();
        let regexes = strings(get(table, "regexes"))
            .into_iter()
            .map(|one| (one, true));
        let words = strings(get(table, "stopwords"))
            .into_iter()
            .map(|one| (one, false));
        for ((text, at), is_regex) in regexes.chain(words) {
            let line = line_of(self.text, at);
            if is_regex && !["", "secret"].contains(&target.as_str()) {
                self.taken.left(
                    line,
                    format!("a pattern over the {}", shown(&target)),
                    "exceptions of stackguard look at the secret alone",
                );
                continue;
            }
            let found = if is_regex {
                value::of_regex(&of_go(&text))
            } else {
                value::of_text(&text)
            };
            match found {
                Ok(Value::Pattern(pattern)) => patterns.push(pattern),
                Ok(Value::Literal(_)) if both || !rules.is_empty() => {
                    self.taken.left(
                        line,
                        "a pattern",
                        "it is what looks like a secret, which belongs in no configuration",
                    );
                }
                Ok(Value::Literal(text)) => self.taken.accepted.push(Accepted {
                    line,
                    proof: Proof::Value(Secret::new(text.as_bytes())),
                    ..Accepted::default()
                }),
                Err(why) => self.taken.left(line, "a pattern", why),
            }
        }
        patterns
    }
}

/// The rules for secrets without a shape.
fn generic(policy: &Policy) -> Vec<String> {
    ["generic-secret", "generic-password"]
        .into_iter()
        .filter(|id| policy.meta(id).is_some())
        .map(str::to_owned)
        .collect()
}

/// Whether a rule is there for its allowlists only, which are for one that the file extends.
fn is_list_alone(table: &DeTable<'_>) -> bool {
    let changes = [
        "entropy",
        "secretGroup",
        "keywords",
        "required",
        "skipReport",
    ];
    ["allowlist", "allowlists"]
        .iter()
        .any(|key| is_set(get(table, key)))
        && !changes.iter().any(|key| is_set(get(table, key)))
}

/// Keys with tables at the top, and keys of a rule and of an allowlist. Titles, descriptions and tags are words for people.
const TOP: [&str; 4] = ["rules", "extend", "allowlist", "allowlists"];
const LISTS: [&str; 3] = ["allowlist", "allowlists", "required"];
const RULE: [&str; 9] = [
    "id",
    "description",
    "regex",
    "path",
    "secretGroup",
    "entropy",
    "keywords",
    "tags",
    "skipReport",
];
const ALLOWLIST: [&str; 8] = [
    "description",
    "condition",
    "commits",
    "paths",
    "regexTarget",
    "regexes",
    "stopwords",
    "targetRules",
];
/// Exceptions for one list.
const MOST: usize = 1000;
/// Matches every secret, and so nothing of the other guards.
pub(super) const ANY_SECRET: &str = "(?s).";
