//! What stands under a finding: where it comes from, why it matters, what to do, how to allow it.

use super::page::Page;
use crate::finding::{Allowed, AllowedBy, CommitRef, Finding, Location, Presence};
use crate::policy::Guard;
use crate::policy::inline;
use crate::report::{View, counted};

/// Adds the sections of one finding; the rule's own texts only when it is the rule's `first`.
pub(super) fn give(finding: &Finding, first: bool, view: &View<'_>, page: &mut Page) {
    if let Some(commit) = &finding.location.commit {
        page.section("from", &origin(commit));
    }
    also(finding, view, page);
    if let Some(line) = &finding.decided_by {
        page.section("policy", line);
    }
    let meta = view.policy.meta(finding.rule.as_str());
    let why = meta.map_or("", |meta| meta.why.as_str());
    if first && !why.is_empty() {
        page.section("why", why);
    }
    let general = meta.map(|meta| meta.help.as_str()).filter(|_| first);
    if let Some(help) = finding
        .help
        .as_deref()
        .or(general)
        .filter(|help| !help.is_empty())
    {
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
    let by = match allowed.by {
        AllowedBy::Config => format!("by {}", allowed.place),
        AllowedBy::Inline(mark) => format!("by `{mark}` at {}", allowed.place),
        AllowedBy::Baseline => format!("by the baseline {}", allowed.place),
    };
    let reason = allowed
        .reason
        .as_deref()
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    page.section(
        "allowed",
        &format!(
            "{} at {} {by}{reason}",
            finding.rule,
            spot(&finding.location)
        ),
    );
}

/// A place in one line, not yet made printable.
pub(super) fn spot(location: &Location) -> String {
    let mut spot = match (&location.store, &location.key) {
        (Some(store), Some(key)) => format!("{key} in {store}, by "),
        (Some(store), None) => format!("{store}, by "),
        _ => String::new(),
    };
    spot.push_str(location.path.as_str());
    if location.start.line > 0 {
        spot.push_str(&format!(
            ":{}:{}",
            location.start.line, location.start.column
        ));
    }
    spot
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
        let mut line = spot(place);
        if let Some(commit) = &place.commit {
            line = format!("{line} in {}", short(&commit.id));
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
    let presence = match &commit.presence {
        None => String::new(),
        Some(Presence::Head) => "; it still stands in HEAD".into(),
        Some(Presence::Ref(name)) => format!("; it still stands in {name}"),
        Some(Presence::HistoryOnly) => "; it stands only in older commits".into(),
        Some(Presence::StashOnly) => "; it stands only in a stash".into(),
        Some(Presence::Unreachable) => "; it stands in an object that no ref reaches".into(),
    };
    format!(
        "commit {} of {} by {}: {}{presence}",
        short(&commit.id),
        commit.date,
        commit.author,
        commit.summary
    )
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

/// The first 12 digits of an object id.
pub(in crate::report) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// How many other places are listed.
const PLACES: usize = 5;
