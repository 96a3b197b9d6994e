//! `stackguard policy`: what the rules are, and whether they do what they say.

use super::output::{self, Listing, written};
use super::setup::Setup;
use crate::cli::{Global, Policy as Args, PolicyAction};
use crate::exit::ExitStatus;
use crate::finding::printable;
use crate::policy::masking::mask_words;
use crate::policy::pack::SecretRule;
use crate::policy::{Guard, Policy, RuleMeta};
use crate::report::counted;
use crate::secrets::{Scanner, prove};
use miette::miette;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Bad configuration, an unknown rule, a pack that cannot be read.
pub(super) fn run(args: &Args, global: &Global) -> miette::Result<ExitStatus> {
    let setup = Setup::read(Path::new("."), global)?;
    let mut out = io::stdout().lock();
    match &args.action {
        PolicyAction::List => match output::listing(global, "rules are listed")? {
            Listing::Table => written(list(&setup.policy, &mut out))?,
            Listing::Json => written(writeln!(out, "{:#}", document(&setup.policy)))?,
        },
        PolicyAction::Explain { rule } => {
            let Some(meta) = setup.policy.meta(rule) else {
                let help = nearest(&setup.policy, rule).map_or_else(
                    || "`stackguard policy list` names them all".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                return Err(miette!(help = help, "there is no rule `{rule}`"));
            };
            match output::listing(global, "a rule is explained")? {
                Listing::Table => written(explain(meta, &setup.policy, &mut out))?,
                Listing::Json => {
                    let rule = explained(meta, &setup.policy);
                    written(writeln!(out, "{rule:#}"))?;
                }
            }
        }
        PolicyAction::Test { file: None } => return test(&setup.policy, &mut out),
        PolicyAction::Test { file: Some(path) } => return test(&own_pack(path)?, &mut out),
    }
    Ok(ExitStatus::Clean)
}

fn list(policy: &Policy, out: &mut dyn Write) -> io::Result<()> {
    let width = policy
        .metas()
        .map(|meta| meta.id.as_str().len())
        .max()
        .unwrap_or(0);
    for meta in policy.metas() {
        let severity = meta.severity.map_or("off", |severity| severity.as_str());
        writeln!(
            out,
            "{:width$}  {severity:8}  {:8}  {}",
            meta.id.as_str(),
            meta.guard.as_str(),
            meta.summary
        )?;
    }
    Ok(())
}

fn explain(meta: &RuleMeta, policy: &Policy, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}\n", meta.id, meta.summary)?;
    writeln!(
        out,
        "  severity  {}",
        meta.severity.map_or("off", |severity| severity.as_str())
    )?;
    writeln!(out, "  guard     {}", meta.guard)?;
    writeln!(out, "  stated in {}", meta.pack)?;
    if !meta.why.is_empty() {
        prose("Why it matters", &meta.why, out)?;
    }
    let heading = if meta.guard == Guard::Secrets {
        "How to rotate"
    } else {
        "What to do"
    };
    prose(heading, &meta.help, out)?;
    if let Some((leaks, safe)) = examples(meta, policy) {
        writeln!(out, "\nReported")?;
        leaks
            .iter()
            .try_for_each(|example| writeln!(out, "  {example}"))?;
        writeln!(out, "\nNot reported")?;
        safe.iter()
            .try_for_each(|example| writeln!(out, "  {example}"))?;
    }
    if !meta.references.is_empty() {
        writeln!(out, "\nReferences")?;
        meta.references
            .iter()
            .try_for_each(|reference| writeln!(out, "  {reference}"))?;
    }
    writeln!(
        out,
        "\nTo allow it on one line, write there or above it\n  stackguard:allow {} REASON",
        meta.id
    )
}

/// A heading, and sentences below it as wide as the report of a run.
fn prose(heading: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let options = textwrap::Options::new(output::width())
        .initial_indent("  ")
        .subsequent_indent("  ")
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    writeln!(out, "\n{heading}\n{}", textwrap::fill(text, options))
}

/// Every rule in force, for programs.
fn document(policy: &Policy) -> Value {
    let rules: Vec<Value> = policy.metas().map(short).collect();
    json!({ "version": 1, "rules": rules })
}

/// What the list says of a rule.
fn short(meta: &RuleMeta) -> Value {
    json!({
        "id": meta.id.as_str(),
        "severity": meta.severity.map_or("off", |severity| severity.as_str()),
        "guard": meta.guard.as_str(),
        "summary": meta.summary,
    })
}

/// What is known of a rule, for programs.
fn explained(meta: &RuleMeta, policy: &Policy) -> Value {
    let mut rule = short(meta);
    rule["version"] = json!(1);
    rule["pack"] = json!(meta.pack);
    rule["why"] = json!(meta.why);
    rule["help"] = json!(meta.help);
    rule["references"] = json!(meta.references);
    if let Some((leaks, safe)) = examples(meta, policy) {
        rule["leaks"] = json!(leaks);
        rule["safe"] = json!(safe);
    }
    rule
}

/// The examples of a secret rule, what leaks and what is safe, as written in the pack: expanded, they would be
/// secret-shaped.
fn examples(meta: &RuleMeta, policy: &Policy) -> Option<(Vec<String>, Vec<String>)> {
    let rule = policy.secrets().find(|rule| rule.id == meta.id.as_str())?;
    let is_shipped = is_shipped(rule);
    let all = |examples: &[String]| {
        examples
            .iter()
            .map(|example| shown(example, is_shipped))
            .collect()
    };
    Some((all(&rule.leaks), all(&rule.safe)))
}

/// An example as it may be shown, on one line. In a pack of one's own it may hold a real secret.
fn shown(example: &str, is_shipped: bool) -> String {
    let line = printable(example);
    if is_shipped { line } else { mask_words(&line) }
}

/// Whether a rule came with the program, examples and all.
fn is_shipped(rule: &SecretRule) -> bool {
    crate::policy::embedded()
        .iter()
        .flat_map(|(_, pack)| &pack.secrets)
        .any(|shipped| shipped == rule)
}

/// The rule whose name shares most with `text`.
fn nearest<'p>(policy: &'p Policy, text: &str) -> Option<&'p str> {
    let distance = |id: &str| strsim::damerau_levenshtein(id, text);
    policy
        .metas()
        .map(|meta| meta.id.as_str())
        .min_by_key(|id| distance(id))
        .filter(|id| distance(id) <= id.len() / 2)
}

fn own_pack(path: &Path) -> miette::Result<Policy> {
    let name = path.display().to_string();
    Policy::new(vec![(name, crate::config::pack(path)?)]).map_err(|errors| all_of(&errors))
}

/// All problems in one line; they quote words of a pack, which may hold a secret.
fn all_of(errors: &[impl ToString]) -> miette::Report {
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    miette!("{}", mask_words(&errors.join("; ")))
}

fn test(policy: &Policy, out: &mut dyn Write) -> miette::Result<ExitStatus> {
    let scanner = Scanner::new(policy).map_err(|errors| all_of(&errors))?;
    let failures = prove(policy, &scanner);
    for failure in &failures {
        let rule = policy.secrets().find(|rule| rule.id == failure.rule);
        written(writeln!(
            out,
            "{}: {}: {}",
            failure.rule,
            failure.problem,
            shown(&failure.example, rule.is_some_and(|rule| is_shipped(rule)))
        ))?;
    }
    let examples: usize = policy
        .secrets()
        .map(|rule| rule.leaks.len() + rule.safe.len())
        .sum();
    written(writeln!(
        out,
        "{} of {} of {} came out as written",
        examples - failures.len(),
        counted(examples as u64, "example"),
        counted(scanner.rules().len() as u64, "rule")
    ))?;
    Ok(if failures.is_empty() {
        ExitStatus::Clean
    } else {
        ExitStatus::Findings
    })
}
