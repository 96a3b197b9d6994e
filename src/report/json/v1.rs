//! The shape of the JSON report, version 1. It only ever grows: fields may be added, none changes its name or meaning.
//! Apart from the program's own types, so that those can change.

use super::leak::LeakV1;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The report of one run of stackguard.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "stackguard report")]
pub(super) struct ReportV1<'a> {
    /// Version of this shape: 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// The program that wrote it.
    pub tool: ToolV1,
    /// What was scanned.
    pub scope: ScopeV1<'a>,
    /// What was found, by path, line, column and rule.
    pub findings: Vec<FindingV1<'a>>,
    /// What an exception covers.
    pub allowed: Vec<AllowedV1<'a>>,
    /// What could not be looked at; never counts as clean.
    pub incomplete: Vec<GapV1<'a>>,
    /// Remarks that are neither findings nor gaps.
    pub notes: Vec<&'a str>,
    /// What each store holds of each credential, without its value.
    pub credentials: Vec<CredentialV1<'a>>,
    /// What leaked before, as far as `audit --exposure` ties it to credentials of the map.
    pub leaks: Vec<LeakV1<'a>>,
    /// How much was looked at.
    pub stats: StatsV1,
    /// How the run ended, whatever the format.
    pub verdict: VerdictV1,
}

/// One line of the JSON Lines form.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum LineV1<'a> {
    /// Something found.
    Finding(FindingV1<'a>),
    /// Something found that an exception covers.
    Allowed(AllowedV1<'a>),
    /// Something that could not be looked at.
    Incomplete(GapV1<'a>),
    /// A credential and its stores.
    Credential(CredentialV1<'a>),
    /// A leak of the past.
    Leak(LeakV1<'a>),
    /// The last line.
    Summary(SummaryV1<'a>),
}

/// The last line of the JSON Lines form: everything but the lists.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SummaryV1<'a> {
    /// Version of this shape: 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// The program that wrote it.
    pub tool: ToolV1,
    /// What was scanned.
    pub scope: ScopeV1<'a>,
    /// Remarks that are neither findings nor gaps.
    pub notes: Vec<&'a str>,
    /// How much was looked at.
    pub stats: StatsV1,
    /// How the run ended.
    pub verdict: VerdictV1,
}

/// The program.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ToolV1 {
    /// `stackguard`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// What was scanned.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ScopeV1<'a> {
    /// Which kind of source.
    pub kind: ScopeKindV1,
    /// The directory paths are relative to, as the user named it.
    pub root: &'a str,
    /// The commit checked out; null outside a repository.
    pub head: Option<&'a str>,
}

/// The kinds of source.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ScopeKindV1 {
    /// Files.
    Worktree,
    /// The index.
    Staged,
    /// The commits of a range.
    Range,
    /// All of history.
    History,
    /// Standard input.
    Stdin,
    /// Vault, GitHub, Fly.
    Stores,
}

/// One thing found.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FindingV1<'a> {
    /// Stable id of the rule it breaks.
    pub rule: &'a str,
    /// The guard that found it.
    pub guard: GuardV1,
    /// How bad it is.
    pub severity: SeverityV1,
    /// One sentence; never a secret.
    pub message: &'a str,
    /// Where it is, the first of several places.
    pub location: LocationV1<'a>,
    /// The line, every secret in it masked; null when the finding is about a whole file or a store.
    pub snippet: Option<&'a str>,
    /// Same finding, same fingerprint, wherever the line moves: 24 hex digits.
    pub fingerprint: &'a str,
    /// In how many places it stands, the first included.
    pub occurrences: u64,
    /// The other places.
    pub also: Vec<LocationV1<'a>>,
    /// What to do.
    pub help: Option<&'a str>,
    /// Where the facts come from.
    pub references: Vec<&'a str>,
    /// Whether the baseline knew it.
    pub baseline: BaselineV1,
    /// The policy line that decided it.
    pub decided_by: Option<&'a str>,
}

/// Where a finding is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LocationV1<'a> {
    /// Relative to the root, with `/`; bytes that are not UTF-8 as `\xNN`.
    pub path: &'a str,
    /// 1-based; null when the finding is about the whole file.
    pub line: Option<u32>,
    /// 1-based, in Unicode code points.
    pub column: Option<u32>,
    /// The line it ends on.
    pub end_line: Option<u32>,
    /// Just past its last character.
    pub end_column: Option<u32>,
    /// The commit that brought it in; null for files.
    pub commit: Option<CommitV1<'a>>,
    /// The store it is about (`vault`, `github:staging`, `fly:app`).
    pub store: Option<&'a str>,
    /// The name of the credential in that store.
    pub key: Option<&'a str>,
}

/// A commit.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CommitV1<'a> {
    /// Full object id, hex.
    pub id: &'a str,
    /// `Name <address>`.
    pub author: &'a str,
    /// Author date, RFC 3339.
    pub date: &'a str,
    /// First line of the message.
    pub summary: &'a str,
    /// Where what was found still stands; null when that was not looked up.
    pub presence: Option<PresenceV1>,
    /// The branch or tag, where `presence` is `ref`.
    #[serde(rename = "ref")]
    pub reference: Option<&'a str>,
}

/// Where a secret of the history still stands.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum PresenceV1 {
    /// In the tree of HEAD.
    Head,
    /// In the tip of another branch or tag.
    Ref,
    /// Only in older commits.
    History,
    /// Only in a stash.
    Stash,
    /// In an object no ref reaches.
    Unreachable,
}

/// The guards.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum GuardV1 {
    /// Leaked credentials.
    Secrets,
    /// The canonical toolkit.
    Toolkit,
    /// fly.toml.
    Fly,
    /// Stores against the credential map.
    Parity,
    /// Rotation and exposure.
    Audit,
    /// The policy itself.
    Policy,
}

/// How bad a finding is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum SeverityV1 {
    /// Worth knowing.
    Low,
    /// Should be fixed.
    Medium,
    /// Must be fixed before merging.
    High,
    /// A live way in: rotate first.
    Critical,
}

/// Whether the baseline knew a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum BaselineV1 {
    /// It did not.
    New,
    /// It did; the finding does not fail the run.
    Known,
}

/// A finding that an exception covers, and the exception.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AllowedV1<'a> {
    /// What would have been reported.
    #[serde(flatten)]
    pub finding: FindingV1<'a>,
    /// Which kind of exception it was.
    pub by: AllowedByV1,
    /// The text of the comment's mark, where `by` is `inline`.
    pub mark: Option<&'a str>,
    /// Where the exception is written: `stackguard.toml:12`.
    pub place: &'a str,
    /// The reason given.
    pub reason: Option<&'a str>,
}

/// The kinds of exception.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum AllowedByV1 {
    /// `[[allow]]` in the configuration.
    Config,
    /// A comment in the file.
    Inline,
    /// The baseline.
    Baseline,
}

/// Something that could not be looked at.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct GapV1<'a> {
    /// The file, commit, object or store.
    pub what: &'a str,
    /// Why, and what to do.
    pub why: &'a str,
}

/// One credential in one environment.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CredentialV1<'a> {
    /// The name in the credential map.
    pub name: &'a str,
    /// `staging`, `production` …
    pub environment: &'a str,
    /// The team that rotates it.
    pub owner: Option<&'a str>,
    /// How often it must be rotated (`90d`).
    pub rotate_every: Option<&'a str>,
    /// When it was last rotated; null where nothing tells.
    pub rotated: Option<RotatedV1<'a>>,
    /// Days since then.
    pub age_days: Option<u32>,
    /// The day it must be rotated by, `YYYY-MM-DD`.
    pub due: Option<&'a str>,
    /// What each store says, by name.
    pub stores: BTreeMap<&'a str, StoreV1<'a>>,
}

/// The last rotation.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RotatedV1<'a> {
    /// When, RFC 3339.
    pub at: &'a str,
    /// What that rests on.
    pub by: BasisV1,
}

/// What a rotation's time rests on, best first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum BasisV1 {
    /// The vault's own record of its current version.
    Vault,
    /// When a copy was set.
    Copy,
    /// The time a file was written: only a hint.
    File,
}

/// What one store says of a credential.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct StoreV1<'a> {
    /// The verdict.
    pub state: StateV1,
    /// What it rests on.
    pub evidence: Option<EvidenceV1>,
    /// When the store last changed it, RFC 3339.
    pub updated: Option<&'a str>,
}

/// The state of a credential in a store.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum StateV1 {
    /// There, and as it should be.
    Present,
    /// Not there.
    Missing,
    /// A placeholder stands in its place.
    Placeholder,
    /// Its value has not the shape it should have.
    Malformed,
    /// Too old.
    Stale,
    /// Another value than elsewhere.
    Mismatch,
    /// Nothing proves it is the same value.
    Unverified,
    /// The store could not be asked.
    Error,
}

/// What a state rests on, strongest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum EvidenceV1 {
    /// The value itself.
    Value,
    /// A keyed fingerprint made where the value is visible.
    Attested,
    /// A digest the store gives.
    Digest,
    /// The time of the last change.
    Time,
    /// Only that the name exists.
    Name,
}

/// How much was looked at.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct StatsV1 {
    /// Files read.
    pub files: u64,
    /// Git objects read.
    pub blobs: u64,
    /// Commits read.
    pub commits: u64,
    /// Bytes scanned, inflated.
    pub bytes: u64,
    /// Wall time; the one number that differs between two equal runs.
    pub milliseconds: u64,
}

/// How a run ended; `incomplete` outranks `findings`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum VerdictV1 {
    /// Exit code 0: nothing at or above the threshold, and everything was looked at.
    Clean,
    /// Exit code 1: findings at or above the threshold.
    Findings,
    /// Exit code 2: something could not be looked at.
    Incomplete,
}
