//! Row level security in the migrations of Supabase.
//!
//! A table in a schema that the API exposes can be read and written by anyone who has the public key, unless row level
//! security is on (<https://supabase.com/docs/guides/database/postgres/row-level-security>). Each script is read alone; the
//! conclusion plays all scripts of a project back in the order the Supabase CLI runs them, which is that of their names.

mod ledger;
mod lex;
mod read;
mod script;
mod truth;
mod words;

use super::canon::Canon;
use super::document::{Node, toml};
use super::rules::{ROW_LEVEL_SECURITY_OFF, ROW_LEVEL_SECURITY_OPEN_POLICY};
use super::{Fact, Found, LARGEST, text_of};
use crate::finding::{Gap, LineIndex, Mark, RepoPath};
use crate::policy::Severity;
use crate::tree::{Draft, FileView};
use ledger::{Key, Ledger, Table};
use read::{Act, Policy};
use script::{Script, Step};
use std::collections::{BTreeMap, BTreeSet};

/// What one script does, and where.
#[derive(Debug, Clone)]
pub(super) struct Migration {
    steps: Vec<(Step, Option<Mark>)>,
}

/// Migrations and declared schemas of a Supabase project, and its configuration. A script that undoes another is only run by hand.
pub(super) fn wants(path: &RepoPath, _canon: &Canon) -> bool {
    let Some(inner) = inside(path) else {
        return false;
    };
    let migration = inner
        .strip_prefix("migrations/")
        .is_some_and(|name| !name.contains('/'));
    let undoes = [".down.sql", "_down.sql", ".rollback.sql", "_rollback.sql"]
        .iter()
        .any(|end| inner.ends_with(end));
    inner == CONFIG
        || (inner.ends_with(".sql") && !undoes && (migration || inner.starts_with("schemas/")))
}

/// The path inside of the nearest `supabase` folder.
fn inside(path: &RepoPath) -> Option<&str> {
    let text = path.as_str();
    text.rsplit_once("/supabase/")
        .map(|(_, inner)| inner)
        .or_else(|| text.strip_prefix("supabase/"))
}

/// Reads a script, or which schemas the API serves.
pub(super) fn inspect(file: &FileView<'_>, _canon: &Canon) -> Found {
    if inside(file.path) == Some(CONFIG) {
        let Ok(text) = text_of(file, LARGEST) else {
            return Found::default();
        };
        // A configuration that cannot be read changes nothing: the schemas of the policy hold.
        let config = toml(text).ok();
        let schemas = config
            .as_ref()
            .and_then(|root| root.get("api"))
            .and_then(|api| api.get("schemas"));
        let names: Vec<String> = schemas
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::text)
            .map(str::to_owned)
            .collect();
        return Found {
            facts: if names.is_empty() {
                Vec::new()
            } else {
                vec![Fact::Schemas(names)]
            },
            ..Found::default()
        };
    }
    let (migration, gaps) = read(file);
    Found {
        facts: vec![Fact::Migration(migration)],
        gaps,
        ..Found::default()
    }
}

/// Where a project says what its API serves.
const CONFIG: &str = "config.toml";

/// Reads one script.
fn read(file: &FileView<'_>) -> (Migration, Vec<Gap>) {
    let script = Script::read(file.text);
    let lines = LineIndex::new(file.text);
    let gaps = script.trouble.into_iter().map(|(at, why)| Gap {
        what: format!("{}:{}", file.path.as_str(), lines.position(at).line),
        why: format!("{why}, so its row level security is not known"),
    });
    let gaps = gaps.collect();
    let steps = script.steps.into_iter().map(|step| {
        let mark = match &step {
            Step::Act(placed)
                if matches!(
                    placed.act,
                    Act::Create(..) | Act::Disable(_) | Act::Policy(_)
                ) =>
            {
                Some(file.mark(placed.span.clone()))
            }
            _ => None,
        };
        (step, mark)
    });
    (
        Migration {
            steps: steps.collect(),
        },
        gaps,
    )
}

/// What all scripts together leave open; `scripts` in any order. `exposed` are the schemas of every API, `configured` those that the
/// configuration of a project adds.
pub(super) fn conclude(
    mut scripts: Vec<(RepoPath, Migration)>,
    exposed: &[String],
    configured: &[(RepoPath, Vec<String>)],
) -> Vec<Draft> {
    scripts.sort_by(|one, other| one.0.cmp(&other.0));
    let mut projects: BTreeMap<(&str, bool), Vec<&(RepoPath, Migration)>> = BTreeMap::new();
    for script in &scripts {
        projects.entry(project(&script.0)).or_default().push(script);
    }
    let judge = |((folder, _), scripts): (&(&str, bool), &Vec<&(RepoPath, Migration)>)| {
        let own = configured.iter().filter(|(config, _)| {
            config
                .as_str()
                .strip_suffix(CONFIG)
                .is_some_and(|root| folder.starts_with(root))
        });
        let mut sources: BTreeMap<String, String> = own
            .flat_map(|(config, names)| {
                names
                    .iter()
                    .map(move |name| (name.clone(), format!("{config} [api] schemas")))
            })
            .collect();
        sources.extend(
            exposed
                .iter()
                .map(|name| (name.clone(), EXPOSED.to_owned())),
        );
        Project {
            scripts,
            exposed: &sources,
        }
        .judge()
    };
    once(projects.iter().flat_map(judge).collect())
}

/// The line of the policy that says which schemas every API serves.
const EXPOSED: &str = "policies/toolkit.toml [supabase] exposed_schemas";

/// A table that is open in the migrations is not told again where the same project declares it.
fn once(mut drafts: Vec<Draft>) -> Vec<Draft> {
    let root = |draft: &Draft, folder: &str| {
        let path = draft.path.as_str();
        path.find(folder).map(|at| path[..at].to_owned())
    };
    let key = |draft: &Draft, root: String| (root, draft.rule, draft.content.clone());
    let migrated: BTreeSet<_> = drafts
        .iter()
        .filter_map(|draft| Some(key(draft, root(draft, "/migrations/")?)))
        .collect();
    drafts.retain(|draft| {
        root(draft, "/schemas/").is_none_or(|root| !migrated.contains(&key(draft, root)))
    });
    drafts
}

/// Scripts that make one database: those of one `migrations` folder, or all under one `schemas` folder. The flag tells those apart that
/// the Supabase CLI skips because no number begins their names: whoever runs them by hand, they cannot be counted on to be run
/// with the others (<https://supabase.com/docs/guides/deployment/database-migrations>).
fn project(path: &RepoPath) -> (&str, bool) {
    let text = path.as_str();
    if let Some(at) = text.find("/schemas/") {
        return (&text[..at + "/schemas/".len()], true);
    }
    let (folder, name) = text.rsplit_once('/').unwrap_or_default();
    (
        folder,
        name.split_once('_').is_some_and(|(number, _)| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        }),
    )
}

/// The database of one project.
struct Project<'p> {
    scripts: &'p [&'p (RepoPath, Migration)],
    /// Schemas that the API serves, and what says so.
    exposed: &'p BTreeMap<String, String>,
}

/// Script and step.
type Place = (usize, usize);

impl Project<'_> {
    fn judge(&self) -> Vec<Draft> {
        let mut ledger = Ledger::new();
        // Files of `schemas` say what there shall be at the end, in no order: tables first, then what is done to them.
        let declared = self
            .scripts
            .first()
            .is_some_and(|script| script.0.as_str().contains("/schemas/"));
        let rounds: &[Option<bool>] = if declared {
            &[Some(true), Some(false)]
        } else {
            &[None]
        };
        for round in rounds {
            for (file, (_, script)) in self.scripts.iter().enumerate() {
                ledger.begin();
                for (at, (step, _)) in script.steps.iter().enumerate() {
                    let creates = matches!(step, Step::Act(placed) if matches!(placed.act, Act::Create(..) | Act::SearchPath(_)));
                    if round.is_some_and(|creating| creating != creates) {
                        continue;
                    }
                    match step {
                        Step::Act(placed) => ledger.apply(&placed.act, &(file, at)),
                        Step::Dynamic(dynamic) => ledger.enable(dynamic),
                        Step::Function(name, dynamic) => {
                            ledger.define(name.clone(), dynamic.clone())
                        }
                    }
                }
            }
        }
        let tables = ledger
            .tables()
            .filter(|(key, table)| !table.on && self.exposes(&key.0))
            .map(|(key, table)| self.open_table(key, table, ledger.has_policies(key)));
        let policies = ledger
            .policies()
            .filter(|(key, _, _)| self.exposes(&key.0) || key.0 == "storage")
            .filter_map(|(key, policy, place)| self.open_policy(key, policy, *place));
        tables.chain(policies).collect()
    }

    fn exposes(&self, schema: &str) -> bool {
        self.exposed.contains_key(schema)
    }

    fn open_table(&self, (schema, table): &Key, state: &Table<Place>, has_policies: bool) -> Draft {
        let place = state.disabled.unwrap_or(state.created);
        let what = if state.partition {
            "partition"
        } else {
            "table"
        };
        let message = match (state.disabled.is_some(), has_policies) {
            (true, _) => format!(
                "row level security of {what} `{schema}.{table}` is switched off and never on again"
            ),
            (false, true) => format!(
                "{what} `{schema}.{table}` has policies, but row level security is never switched on, so they do nothing"
            ),
            (false, false) => format!(
                "{what} `{schema}.{table}` is created and row level security is never switched on"
            ),
        };
        let help = Some(format!(
            "Add `alter table {}.{} enable row level security;` in a new migration, then policies for those who may read and write",
            quoted(schema),
            quoted(table)
        ));
        Draft {
            decided_by: self.exposed.get(schema).cloned(),
            ..self.draft(
                ROW_LEVEL_SECURITY_OFF,
                place,
                message,
                help,
                format!("{schema}.{table}"),
                state.partition.then_some(Severity::Medium),
            )
        }
    }

    fn open_policy(&self, (schema, table): &Key, policy: &Policy, place: Place) -> Option<Draft> {
        let everyone = policy.roles.is_empty()
            || policy
                .roles
                .iter()
                .any(|role| role == "public" || role == "anon");
        let command = policy.command.as_deref().unwrap_or("all");
        let open = match command {
            "insert" => policy.check == Some(true),
            "update" => policy.using == Some(true) && policy.check.unwrap_or(true),
            _ => policy.using == Some(true) || (command == "all" && policy.check == Some(true)),
        };
        if !everyone || !open || policy.restrictive {
            return None;
        }
        let verb = match command {
            "select" => "read",
            "insert" => "insert",
            "update" => "change",
            "delete" => "delete",
            _ => "read and write",
        };
        let message = format!(
            "policy `{}` lets anyone {verb} every row of `{schema}.{table}`",
            policy.name
        );
        // Published data is a common and honest use of an open policy to read.
        let severity = (command == "select").then_some(Severity::Low);
        Some(Draft {
            decided_by: self.exposed.get(schema).cloned(),
            ..self.draft(
                ROW_LEVEL_SECURITY_OPEN_POLICY,
                place,
                message,
                None,
                format!("{schema}.{table} {}", policy.name),
                severity,
            )
        })
    }

    fn draft(
        &self,
        rule: &'static str,
        (file, step): Place,
        message: String,
        help: Option<String>,
        content: String,
        severity: Option<Severity>,
    ) -> Draft {
        let script = self.scripts.get(file);
        Draft {
            rule,
            path: script.map_or_else(|| RepoPath::new("."), |script| script.0.clone()),
            mark: script
                .and_then(|script| script.1.steps.get(step))
                .and_then(|step| step.1.clone()),
            message,
            help,
            content,
            severity,
            decided_by: None,
        }
    }
}

/// A name as SQL needs it written.
fn quoted(name: &str) -> String {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests;
