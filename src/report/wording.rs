//! The phrases that several formats share. None is escaped yet: each format does that its own way.

use super::{View, counted};
use crate::finding::{Allowed, AllowedBy, CommitRef, Finding, Location, Presence};

/// What to do: the finding's own advice, or its rule's.
pub(super) fn help<'a>(finding: &'a Finding, view: &View<'a>) -> Option<&'a str> {
    let general = view
        .policy
        .meta(finding.rule.as_str())
        .map(|meta| meta.help.as_str());
    finding
        .help
        .as_deref()
        .or(general)
        .filter(|help| !help.is_empty())
}

/// `path:line:column`, or the path alone; what it says of a store first.
pub(super) fn spot(location: &Location) -> String {
    let spot = match location.start.line {
        0 => location.path.as_str().to_owned(),
        line => format!(
            "{}:{line}:{}",
            location.path.as_str(),
            location.start.column
        ),
    };
    match (&location.store, &location.key) {
        (Some(store), Some(key)) => format!("{key} in {store}, by {spot}"),
        (Some(store), None) => format!("{store}, by {spot}"),
        (None, _) => spot,
    }
}

/// Where what a commit brought in still stands: `still in HEAD`.
pub(super) fn presence(commit: &CommitRef) -> Option<String> {
    Some(match commit.presence.as_ref()? {
        Presence::Head => "still in HEAD".into(),
        Presence::Ref(name) => format!("still in {name}"),
        Presence::HistoryOnly => "only in older commits".into(),
        Presence::StashOnly => "only in a stash".into(),
        Presence::Unreachable => "in an object that no ref reaches".into(),
    })
}

/// How far a secret of a history has spread: `in 12 commits at 3 paths`.
pub(super) fn spread(finding: &Finding) -> Option<String> {
    let spread = finding.spread?;
    let commits = spread.commits.filter(|commits| *commits > 0);
    let commits = commits.map(|commits| format!("in {}", counted(commits, "commit")));
    let paths = (spread.paths > 0).then(|| format!("at {}", counted(spread.paths, "path")));
    let words: Vec<String> = commits.into_iter().chain(paths).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Whether a line is that of an older commit and not of the file as it is now.
pub(super) fn is_gone(location: &Location) -> bool {
    let presence = location
        .commit
        .as_ref()
        .and_then(|commit| commit.presence.as_ref());
    presence.is_some_and(|presence| *presence != Presence::Head)
}

/// `commit 0123456789ab of DATE: summary; still in HEAD`.
pub(super) fn commit(commit: &CommitRef) -> String {
    let presence = presence(commit)
        .map(|words| format!("; {words}"))
        .unwrap_or_default();
    format!(
        "commit {} of {}: {}{presence}",
        short(&commit.id),
        commit.date,
        commit.summary
    )
}

/// The exception that covers a finding, with its reason.
pub(super) fn exception(allowed: &Allowed) -> String {
    let by = match allowed.by {
        AllowedBy::Config => allowed.place.clone(),
        AllowedBy::Inline(mark) => format!("`{mark}` at {}", allowed.place),
        AllowedBy::Baseline => format!("the baseline {}", allowed.place),
    };
    let reason = allowed.reason.as_deref().unwrap_or("no reason given");
    format!("{by}: {reason}")
}

/// The first 12 digits of an object id.
pub(super) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
