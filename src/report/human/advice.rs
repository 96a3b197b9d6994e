//! What stands under a finding: where it comes from, why it matters, what to do, how to allow it.

use super::page::Page;
use crate::finding::{Allowed, CommitRef, Finding};
use crate::policy::Guard;
use crate::policy::inline;
use crate::report::{View, counted, wording};

/// Adds the sections of one finding; the rule's own texts only when it is the rule's `first`, and no advice
/// when quiet.
pub(super) fn give(finding: &Finding, first: bool, view: &View<'_>, page: &mut Page) {
    if let Some(commit) = &finding.location.commit {
        page.section("from", &origin(commit));
    }
    if let Some(spread) = wording::spread(finding) {
        page.section("stands", &spread);
    }
    also(finding, view, page);
    if let Some(line) = &finding.decided_by {
        page.section("policy", line);
    }
    if view.quiet {
        return;
    }
    let meta = view.policy.meta(finding.rule.as_str());
    let why = meta.map_or("", |meta| meta.why.as_str());
    if first && !why.is_empty() {
        page.section("why", why);
    }
    let own = finding.help.as_deref();
    if let Some(help) = if first {
        wording::help(finding, view)
    } else {
        own
    } {
        page.section("help", help);
    }
    if !first {
        return;
    }
    if let Some(how) = how_to_allow(finding) {
        page.section("allow", &how);
    }
    for (number, reference) in meta.iter().flat_map(|meta| &meta.references).enumerate() {
        match number {
            0 => page.section("see", reference),
            _ => page.more(reference),
        }
    }
    if view.verbose {
        page.section("id", finding.fingerprint.as_str());
    }
}

/// Adds one line for an exception and what it covers.
pub(super) fn allowed(allowed: &Allowed, page: &mut Page) {
    let finding = &allowed.finding;
    let spot = wording::spot(&finding.location);
    page.section(
        "allowed",
        &format!(
            "{} at {spot} by {}",
            finding.rule,
            wording::exception(allowed)
        ),
    );
}

fn also(finding: &Finding, view: &View<'_>, page: &mut Page) {
    let places = &finding.occurrences;
    if places.is_empty() {
        return;
    }
    let shown = if view.verbose {
        places.len()
    } else {
        places.len().min(PLACES)
    };
    for (number, place) in places.iter().take(shown).enumerate() {
        let mut line = wording::spot(place);
        if let Some(commit) = &place.commit {
            line = format!("{line} in {}", wording::short(&commit.id));
        }
        match number {
            0 => page.section("also", &line),
            _ => page.more(&line),
        }
    }
    let rest = (places.len() - shown) as u64;
    if rest > 0 {
        page.more(&format!(
            "and {} (-v lists them)",
            counted(rest, "more place")
        ));
    }
}

fn origin(commit: &CommitRef) -> String {
    format!("{}; by {}", wording::commit(commit), commit.author)
}

/// An exception is possible for every finding but those about exceptions; a comment only where there is a line
/// that can be edited and a language that has comments.
fn how_to_allow(finding: &Finding) -> Option<String> {
    if finding.guard == Guard::Policy {
        return None;
    }
    let rule = finding.rule.as_str();
    let location = &finding.location;
    let commentable = location.start.line > 0
        && location.commit.is_none()
        && !["json", "lock"].contains(&location.path.extension());
    Some(if commentable {
        format!(
            "a comment `{} {rule} REASON` on the line or above it, or an [[allow]] entry in stackguard.toml, or `stackguard baseline create`",
            inline::OURS
        )
    } else {
        format!(
            "an [[allow]] entry in stackguard.toml with `rule=\"{rule}\"`, `fingerprint=\"{}\"` and a reason, or `stackguard baseline create`",
            finding.fingerprint
        )
    })
}

/// How many other places are listed.
const PLACES: usize = 5;
