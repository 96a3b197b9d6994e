//! From a configuration to a policy: which packs, which severities, and whether every rule it names exists.

use super::faults::{advice, in_words, nearest, shown};
use super::problem::{ConfigError, FileProblem, ShownFile};
use super::{Config, SELECTABLE, discover, reading};
use crate::finding::printable;
use crate::policy::masking::mask_words;
use crate::policy::pack::Pack;
use crate::policy::{Guard, Policy, PolicyError, Problem};
use std::ops::Range;
use std::path::Path;

/// Packs with their names.
type Packs = Vec<(String, Pack)>;

/// Puts the policy together from the shipped packs and the configuration.
pub(super) fn assemble(config: &Config, shipped: Packs) -> Result<Policy, ConfigError> {
    let (own, mut problems) = named_packs(config);
    let (mut packs, left_out) = chosen(config, shipped);
    packs.extend(own);
    let mut policy = match Policy::new(packs) {
        Ok(policy) => policy,
        Err(errors) => {
            problems.extend(
                errors
                    .into_iter()
                    .flat_map(|error| duplicate(config, &error)),
            );
            return Err(config.error(problems));
        }
    };
    for (id, span) in &config.named_rules {
        if policy.meta(id).is_none() {
            let (message, help) = unknown_rule(id, &policy, &left_out);
            problems.extend(config.problem(span, message, help));
        }
    }
    for (id, severity) in &config.severity {
        // An id that does not exist is a problem already.
        let _ = policy.set_severity(id, *severity);
    }
    let judged = |guard| matches!(guard, Guard::Secrets | Guard::Toolkit | Guard::Fly);
    if problems.is_empty()
        && !policy
            .metas()
            .any(|meta| judged(meta.guard) && meta.severity.is_some())
    {
        return Err(ConfigError::new(
            format!(
                "no rule is in force{}",
                config
                    .name
                    .as_ref()
                    .map(|name| format!(" by {name}"))
                    .unwrap_or_default()
            ),
            "a check without rules would find nothing and look clean: name a pack in `packs`, or remove the key for all of them",
        ));
    }
    if problems.is_empty() {
        Ok(policy)
    } else {
        Err(config.error(problems))
    }
}

/// The packs of one's own, and what is wrong with the names in `packs`.
fn named_packs(config: &Config) -> (Packs, Vec<FileProblem>) {
    let mut problems = Vec::new();
    let mut own = Vec::new();
    for (name, span) in &config.packs {
        if is_path(name) {
            match own_pack(config, name) {
                Ok(pack) => own.push((name.clone(), pack)),
                Err(Unread::File(found)) => problems.extend(found),
                Err(Unread::Entry(message, help)) => {
                    problems.extend(config.problem(span, message, help))
                }
            }
        } else if !SELECTABLE.contains(&name.as_str()) {
            let help = match nearest(name, SELECTABLE.iter().copied()) {
                Some(_) => advice(name, SELECTABLE),
                None => Some(format!(
                    "there is `{}`; a pack of your own is a path that ends in `.toml`",
                    SELECTABLE.join("`, `")
                )),
            };
            problems.extend(config.problem(
                span,
                format!("there are no built-in rules called `{}`", shown(name)),
                help,
            ));
        }
    }
    (own, problems)
}

/// The rules of the shipped packs that `packs` chooses, and the others. Rules about exceptions, stores and audits
/// are always in force.
fn chosen(config: &Config, shipped: Packs) -> (Packs, Packs) {
    let in_force = |guard: Guard| {
        let name = guard.as_str();
        !SELECTABLE.contains(&name) || config.packs().any(|chosen| chosen == name)
    };
    let split = |(name, pack): (String, Pack)| {
        let (secrets, no_secrets) = if in_force(Guard::Secrets) {
            (pack.secrets, Vec::new())
        } else {
            (Vec::new(), pack.secrets)
        };
        let (coded, not_coded) = pack
            .coded
            .into_iter()
            .partition(|rule| in_force(rule.guard));
        let kept = Pack { secrets, coded };
        (
            (name.clone(), kept),
            (
                name,
                Pack {
                    secrets: no_secrets,
                    coded: not_coded,
                },
            ),
        )
    };
    shipped.into_iter().map(split).unzip()
}

/// Whether an item of `packs` is a file.
fn is_path(name: &str) -> bool {
    name.contains(['/', '\\']) || name.ends_with(".toml")
}

enum Unread {
    /// Problems within the pack.
    File(Vec<FileProblem>),
    /// A problem with the line that names it: message and help.
    Entry(String, Option<String>),
}

fn own_pack(config: &Config, name: &str) -> Result<Pack, Unread> {
    let unreadable = |error: std::io::Error| {
        Unread::Entry(
            format!("cannot read this pack: {error}"),
            Some("a path is relative to the directory of the configuration".into()),
        )
    };
    let dir = config
        .path
        .as_deref()
        .and_then(Path::parent)
        .unwrap_or_else(|| Path::new("."));
    let path = dir.join(name);
    let bytes = discover::read(&path).map_err(unreadable)?;
    if let Some(fence) = &config.fence {
        discover::within(&path, fence).map_err(unreadable)?;
    }
    let pack = parsed(&printable(&mask_words(name)), &bytes).map_err(Unread::File)?;
    if pack.secrets.is_empty() {
        return Err(Unread::Entry(NO_RULE.into(), None));
    }
    Ok(pack)
}

/// A pack that no configuration names.
pub(super) fn pack_at(path: &Path) -> Result<Pack, ConfigError> {
    let name = printable(&path.to_string_lossy());
    let bytes = discover::read(path).map_err(|error| {
        ConfigError::new(
            format!("cannot read the pack {name}: {error}"),
            "name a file of `[[secret]]` entries",
        )
    })?;
    let pack = parsed(&name, &bytes).map_err(ConfigError::of)?;
    if pack.secrets.is_empty() {
        return Err(ConfigError::new(
            format!("{name}: {NO_RULE}"),
            "a pack is a file of `[[secret]]` entries: docs/writing-rules.md builds one",
        ));
    }
    Ok(pack)
}

/// The pack of these bytes. It may hold a secret, and what is no pack may be any file: its lines are shown masked.
fn parsed(name: &str, bytes: &[u8]) -> Result<Pack, Vec<FileProblem>> {
    let text = reading::text(name, bytes, "TOML")
        .map_err(|(file, problem)| vec![file.problem(problem)])?;
    let problems = match Pack::parse(text) {
        Ok(pack) if !pack.coded.is_empty() => {
            let at = text.find("[[rule]]").unwrap_or(0);
            vec![Problem {
                span: at..(at + "[[rule]]".len()).min(text.len()),
                message: "`[[rule]]` names a check that is written in code".into(),
                help: Some("a pack of your own holds `[[secret]]` entries".into()),
            }]
        }
        Ok(pack) => return Ok(pack),
        Err(problems) => problems,
    };
    let file = ShownFile::new(name, text);
    let reworded = |problem: Problem| {
        let (message, help) = in_words(&problem.message);
        Problem {
            span: problem.span,
            message,
            help: help.or(problem.help),
        }
    };
    Err(problems
        .into_iter()
        .map(|problem| file.problem(reworded(problem)))
        .collect())
}

/// A check with such a pack would find nothing and look clean.
const NO_RULE: &str = "this pack holds no rule";

fn duplicate(config: &Config, error: &PolicyError) -> Option<FileProblem> {
    let PolicyError::Duplicate { id, first, second } = error;
    let span = config
        .packs
        .iter()
        .find(|(name, _)| name == second)
        .map(|(_, span)| span.clone())
        .unwrap_or_default();
    let help = "to change how bad a built-in rule is, use `[severity]`; to replace it, switch it off and give yours another id";
    config.problem(
        &span,
        format!(
            "rule `{}` is defined in {} and again here",
            shown(id),
            shown(first)
        ),
        Some(help.into()),
    )
}

fn unknown_rule(
    id: &str,
    policy: &Policy,
    left_out: &[(String, Pack)],
) -> (String, Option<String>) {
    let guard = |pack: &Pack| {
        let secret = pack
            .secrets
            .iter()
            .any(|rule| rule.id == id)
            .then_some(Guard::Secrets);
        secret.or_else(|| {
            pack.coded
                .iter()
                .find(|rule| rule.id == id)
                .map(|rule| rule.guard)
        })
    };
    if let Some(group) = left_out.iter().find_map(|(_, pack)| guard(pack)) {
        return (
            format!(
                "rule `{}` is not in force: `packs` leaves out `{group}`",
                shown(id)
            ),
            Some(format!("add \"{group}\" to `packs`, or remove this")),
        );
    }
    let help = match nearest(id, policy.metas().map(|meta| meta.id.as_str())) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`stackguard policy list` shows every rule".into(),
    };
    (format!("there is no rule `{}`", shown(id)), Some(help))
}

impl Config {
    fn problem(
        &self,
        span: &Range<usize>,
        message: String,
        help: Option<String>,
    ) -> Option<FileProblem> {
        let file = self.file.as_ref()?;
        Some(file.problem(Problem {
            span: span.clone(),
            message,
            help,
        }))
    }

    fn error(&self, problems: Vec<FileProblem>) -> ConfigError {
        if problems.is_empty() {
            // Only the shipped packs can be at fault without a file, and a test keeps them from it.
            return ConfigError::new(
                "the built-in rules contradict each other",
                "this is a bug of stackguard; please report it",
            );
        }
        ConfigError::of(problems)
    }
}
