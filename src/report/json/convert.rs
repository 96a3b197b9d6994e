//! From the program's types to the frozen ones.

use super::leak::leak;
use super::v1::{
    AllowedByV1, AllowedV1, BaselineV1, BasisV1, CommitV1, CredentialV1, EvidenceV1, FindingV1,
    GapV1, GuardV1, LocationV1, PresenceV1, ReportV1, RotatedV1, ScopeKindV1, ScopeV1, SeverityV1,
    StateV1, StatsV1, StoreV1, SummaryV1, ToolV1, VerdictV1,
};
use crate::exit::ExitStatus;
use crate::finding::{Allowed, AllowedBy, CommitRef, Finding, Gap, Location, Presence};
use crate::policy::{Guard, Severity};
use crate::report::{Basis, CredentialRow, Evidence, Report, ScopeKind, State, StoreState, View};

pub(super) fn report<'a>(report: &'a Report, view: &View<'a>) -> ReportV1<'a> {
    ReportV1 {
        version: 1,
        tool: tool(),
        scope: scope(report),
        findings: report
            .findings
            .iter()
            .map(|found| finding(found, view))
            .collect(),
        allowed: report
            .allowed
            .iter()
            .map(|covered| allowed(covered, view))
            .collect(),
        incomplete: report.incomplete.iter().map(gap).collect(),
        notes: notes(report),
        credentials: report.credentials.iter().map(credential).collect(),
        leaks: report.leaks.iter().map(leak).collect(),
        stats: stats(report),
        verdict: verdict(view.verdict),
    }
}

pub(super) fn summary<'a>(report: &'a Report, view: &View<'a>) -> SummaryV1<'a> {
    SummaryV1 {
        version: 1,
        tool: tool(),
        scope: scope(report),
        notes: notes(report),
        stats: stats(report),
        verdict: verdict(view.verdict),
    }
}

pub(super) fn finding<'a>(found: &'a Finding, view: &View<'a>) -> FindingV1<'a> {
    let meta = view.policy.meta(found.rule.as_str());
    let advice = meta
        .map(|meta| meta.help.as_str())
        .filter(|help| !help.is_empty());
    FindingV1 {
        rule: found.rule.as_str(),
        guard: guard(found.guard),
        severity: severity(found.severity),
        message: &found.message,
        location: location(&found.location),
        snippet: found.snippet.as_ref().map(crate::finding::Snippet::text),
        fingerprint: found.fingerprint.as_str(),
        occurrences: found.occurrences.len() as u64 + 1,
        also: found.occurrences.iter().map(location).collect(),
        help: found.help.as_deref().or(advice),
        references: meta
            .map(|meta| meta.references.iter().map(String::as_str).collect())
            .unwrap_or_default(),
        baseline: if found.known {
            BaselineV1::Known
        } else {
            BaselineV1::New
        },
        decided_by: found.decided_by.as_deref(),
    }
}

pub(super) fn allowed<'a>(covered: &'a Allowed, view: &View<'a>) -> AllowedV1<'a> {
    let (by, mark) = match covered.by {
        AllowedBy::Config => (AllowedByV1::Config, None),
        AllowedBy::Inline(mark) => (AllowedByV1::Inline, Some(mark)),
        AllowedBy::Baseline => (AllowedByV1::Baseline, None),
    };
    let mut finding = finding(&covered.finding, view);
    if covered.by == AllowedBy::Baseline {
        finding.baseline = BaselineV1::Known;
    }
    AllowedV1 {
        finding,
        by,
        mark,
        place: &covered.place,
        reason: covered.reason.as_deref(),
    }
}

pub(super) fn gap(gap: &Gap) -> GapV1<'_> {
    GapV1 {
        what: &gap.what,
        why: &gap.why,
    }
}

pub(super) fn credential(row: &CredentialRow) -> CredentialV1<'_> {
    CredentialV1 {
        name: &row.name,
        environment: &row.environment,
        owner: row.owner.as_deref(),
        rotate_every: row.rotate_every.as_deref(),
        rotated: row.rotated.as_ref().map(|rotated| RotatedV1 {
            at: &rotated.at,
            by: match rotated.by {
                Basis::Vault => BasisV1::Vault,
                Basis::Copy => BasisV1::Copy,
                Basis::File => BasisV1::File,
            },
        }),
        age_days: row.age_days,
        due: row.due.as_deref(),
        stores: row
            .stores
            .iter()
            .map(|(name, said)| (name.as_str(), store(said)))
            .collect(),
    }
}

fn tool() -> ToolV1 {
    ToolV1 {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
    }
}

fn scope(report: &Report) -> ScopeV1<'_> {
    let kind = match report.scope.kind {
        ScopeKind::Worktree => ScopeKindV1::Worktree,
        ScopeKind::Staged => ScopeKindV1::Staged,
        ScopeKind::Range => ScopeKindV1::Range,
        ScopeKind::History => ScopeKindV1::History,
        ScopeKind::Stdin => ScopeKindV1::Stdin,
        ScopeKind::Stores => ScopeKindV1::Stores,
    };
    ScopeV1 {
        kind,
        root: &report.scope.root,
        head: report.scope.head.as_deref(),
    }
}

fn notes(report: &Report) -> Vec<&str> {
    report.notes.iter().map(String::as_str).collect()
}

fn stats(report: &Report) -> StatsV1 {
    let stats = &report.stats;
    StatsV1 {
        files: stats.files,
        blobs: stats.blobs,
        commits: stats.commits,
        bytes: stats.bytes,
        milliseconds: stats.milliseconds,
    }
}

fn verdict(status: ExitStatus) -> VerdictV1 {
    match status {
        ExitStatus::Clean => VerdictV1::Clean,
        ExitStatus::Findings => VerdictV1::Findings,
        ExitStatus::Incomplete => VerdictV1::Incomplete,
    }
}

pub(super) fn location(place: &Location) -> LocationV1<'_> {
    let known = |number: u32| (place.start.line > 0 && number > 0).then_some(number);
    LocationV1 {
        path: place.path.as_str(),
        line: known(place.start.line),
        column: known(place.start.column),
        end_line: known(place.end.line),
        end_column: known(place.end.column),
        commit: place.commit.as_ref().map(commit),
        store: place.store.as_deref(),
        key: place.key.as_deref(),
    }
}

fn commit(commit: &CommitRef) -> CommitV1<'_> {
    let (presence, reference) = match &commit.presence {
        None => (None, None),
        Some(Presence::Head) => (Some(PresenceV1::Head), None),
        Some(Presence::Ref(name)) => (Some(PresenceV1::Ref), Some(name.as_str())),
        Some(Presence::HistoryOnly) => (Some(PresenceV1::History), None),
        Some(Presence::StashOnly) => (Some(PresenceV1::Stash), None),
        Some(Presence::Unreachable) => (Some(PresenceV1::Unreachable), None),
    };
    CommitV1 {
        id: &commit.id,
        author: &commit.author,
        date: &commit.date,
        summary: &commit.summary,
        presence,
        reference,
    }
}

fn store(said: &StoreState) -> StoreV1<'_> {
    let state = match said.state {
        State::Present => StateV1::Present,
        State::Missing => StateV1::Missing,
        State::Placeholder => StateV1::Placeholder,
        State::Malformed => StateV1::Malformed,
        State::Stale => StateV1::Stale,
        State::Mismatch => StateV1::Mismatch,
        State::Unverified => StateV1::Unverified,
        State::Error => StateV1::Error,
    };
    let evidence = said.evidence.map(|evidence| match evidence {
        Evidence::Value => EvidenceV1::Value,
        Evidence::Attested => EvidenceV1::Attested,
        Evidence::Digest => EvidenceV1::Digest,
        Evidence::Time => EvidenceV1::Time,
        Evidence::Name => EvidenceV1::Name,
    });
    StoreV1 {
        state,
        evidence,
        updated: said.updated.as_deref(),
    }
}

fn guard(guard: Guard) -> GuardV1 {
    match guard {
        Guard::Secrets => GuardV1::Secrets,
        Guard::Toolkit => GuardV1::Toolkit,
        Guard::Fly => GuardV1::Fly,
        Guard::Parity => GuardV1::Parity,
        Guard::Audit => GuardV1::Audit,
        Guard::Policy => GuardV1::Policy,
    }
}

pub(super) fn severity(severity: Severity) -> SeverityV1 {
    match severity {
        Severity::Low => SeverityV1::Low,
        Severity::Medium => SeverityV1::Medium,
        Severity::High => SeverityV1::High,
        Severity::Critical => SeverityV1::Critical,
    }
}
