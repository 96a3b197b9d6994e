//! Where what was found comes from: turns objects into findings with commits and paths.

use super::super::sightings::{Found, Sightings};
use super::super::{Gathered, grouped_in_order, names, veiled};
use super::Search;
use super::spread::{Spreading, Spreads};
use crate::finding::{CommitRef, Finding, Location, Presence, RepoPath};
use crate::report::{Report, counted};
use crate::secrets::Sighting;
use crate::source::Lines;
use crate::source::history::{Graph, Kind, Oid, Provenance};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// Finds out where objects come from.
pub(super) struct Placer<'p> {
    pub(super) search: &'p Search<'p>,
    pub(super) graph: &'p Graph,
}

/// A path at which something was found, and where it comes from.
pub(super) struct Origin<'f> {
    /// Where it stands among the commits, parents first.
    pub(super) rank: usize,
    pub(super) commit: Option<Oid>,
    pub(super) presence: Presence,
    /// As reports show it.
    pub(super) path: RepoPath,
    pub(super) what: What<'f>,
}

/// In what it was found.
pub(super) enum What<'f> {
    /// One of the objects that hold the same secrets.
    Object(Oid, &'f Found),
    /// The path itself.
    Name(Vec<Sighting>),
}

impl What<'_> {
    fn id(&self) -> Option<Oid> {
        match self {
            Self::Object(id, _) => Some(*id),
            Self::Name(_) => None,
        }
    }
}

impl Search<'_> {
    /// Makes findings of origins; the identities of the secrets that are reported.
    pub(super) fn findings(
        &self,
        origins: &[Origin<'_>],
        spreads: &Spreads,
        found: &Sightings,
        report: &mut Report,
    ) -> HashSet<u64> {
        // Each commit and each ref name is looked through once, however much was found under it.
        let mut commits: HashMap<Oid, CommitRef> = HashMap::new();
        let mut refs: HashMap<&str, String> = HashMap::new();
        let mut excluded: u64 = 0;
        let mut out = Gathered::default();
        for origin in origins {
            if self.is_excluded(origin) {
                excluded += 1;
                continue;
            }
            let commit = origin.commit.map(|commit| {
                let known = commits
                    .entry(commit)
                    .or_insert_with(|| veiled(self.scanner, &self.repository.describe(&commit)));
                let presence = match &origin.presence {
                    Presence::Ref(name) => {
                        let shown = refs.entry(name);
                        let shown = shown.or_insert_with(|| self.scanner.masked(name));
                        Presence::Ref(shown.clone())
                    }
                    other => other.clone(),
                };
                CommitRef {
                    presence: Some(presence),
                    ..known.clone()
                }
            });
            let sightings = match &origin.what {
                What::Object(_, object) => found.at(self.scanner, object, &origin.path),
                What::Name(sightings) => sightings.clone(),
            };
            for sighting in sightings {
                let (path, lines) = (&origin.path, &Lines::All);
                self.engine
                    .secret(path, lines, commit.as_ref(), sighting, &mut out);
            }
        }
        for (identity, finding) in &mut out.findings {
            finding.spread = spreads.get(identity).copied();
        }
        let reported = out.findings.iter().map(|(identity, _)| *identity).collect();
        report.findings = joined(grouped_in_order(out.findings, true));
        report.allowed = out.allowed;
        report.incomplete.extend(out.gaps);
        if excluded > 0 {
            let places = counted(excluded, "place");
            let note = format!("what was found at {places} is excluded by the configuration");
            report.notes.push(note);
        }
        reported
    }

    /// Whether the configuration wants nothing said of a path. Messages have none.
    fn is_excluded(&self, origin: &Origin<'_>) -> bool {
        let has_path = match &origin.what {
            What::Object(_, object) => object.kind == Kind::Blob && origin.commit.is_some(),
            What::Name(_) => true,
        };
        has_path && self.options.exclude.covers(origin.path.as_str())
    }
}

impl Placer<'_> {
    /// Where everything that was found comes from, first introduced first, so that the first place of a secret is the one
    /// that brought it in. What is missing on the way is told to the report.
    pub(super) fn origins<'f>(
        &self,
        found: &'f Sightings,
        report: &mut Report,
    ) -> (Vec<Origin<'f>>, Spreads) {
        let (mut origins, spreads) = self.blobs(found, report);
        origins.extend(
            found
                .objects
                .iter()
                .filter_map(|(id, object)| self.message(id, object)),
        );
        origins.sort_by(|a, b| {
            (a.rank, &a.commit, &a.path, a.what.id()).cmp(&(
                b.rank,
                &b.commit,
                &b.path,
                b.what.id(),
            ))
        });
        (origins, spreads)
    }

    /// The origins of blobs, and everything that is missing on the way to any.
    fn blobs<'f>(&self, found: &'f Sightings, report: &mut Report) -> (Vec<Origin<'f>>, Spreads) {
        let (repository, threads) = (self.search.repository, self.search.engine.threads);
        let names = Mutex::new(BTreeSet::new());
        let watch = |name: &[u8]| {
            if names::is_secret(self.search.scanner, name) {
                let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
                names.insert(name.to_vec());
            }
        };
        let groups = found.groups();
        let mut spread = Spreading::new(found, &groups);
        let count = &mut spread.commits;
        let (provenances, gaps) =
            repository.provenance_of_groups(self.graph, &groups, count, Some(&watch), threads);
        report.incomplete.extend(gaps);
        for (group, known) in provenances.iter().enumerate() {
            spread.group(group, known);
        }
        let mut origins: Vec<Origin<'f>> = groups
            .iter()
            .zip(provenances)
            .flat_map(|(group, known)| self.of_group(found, group, known))
            .collect();
        let names = names.into_inner().unwrap_or_else(PoisonError::into_inner);
        let names: Vec<Vec<u8>> = names.into_iter().collect();
        let (known, gaps) = repository.provenance_of_names(self.graph, &names, threads);
        report.incomplete.extend(gaps);
        for known in known {
            self.of_name(known, &mut spread, &mut origins);
        }
        (origins, spread.finish())
    }

    /// Where a name with a secret in it comes from, for each of its paths.
    fn of_name(&self, known: Provenance, spread: &mut Spreading, origins: &mut Vec<Origin<'_>>) {
        if self.is_left_out(&known) {
            return;
        }
        let values = |secret: &[u8]| self.search.engine.allows.matching_values(secret);
        let mut told = HashSet::new();
        for (path, commit) in &known.paths {
            // Of a path with several such names, each is a name of its own.
            let all = names::sightings(self.search.scanner, path.as_str(), &values);
            let shown = self.shown(path);
            let last = all.into_iter().filter(|(upto, _)| *upto == shown);
            let last: Vec<Sighting> = last.map(|(_, sighting)| sighting).collect();
            told.extend(last.iter().map(|sighting| sighting.identity));
            origins.push(Origin {
                rank: self.rank(Some(*commit)),
                commit: Some(*commit),
                presence: known.presence.clone(),
                path: shown.clone(),
                what: What::Name(last),
            });
        }
        for identity in told {
            spread.name(identity, &known);
        }
    }

    fn shown(&self, path: &RepoPath) -> RepoPath {
        names::shown(self.search.scanner, path)
    }

    /// Whether it is no part of what was asked for.
    fn is_left_out(&self, known: &Provenance) -> bool {
        let options = self.search.options;
        let selection = &options.selection;
        let chosen = !selection.refs.is_empty() || selection.since.is_some();
        match known.presence {
            Presence::Unreachable => !options.unreachable,
            // Without a choice of commits, what no commit has may still hang from a ref or tag of its own.
            _ => chosen && known.first.is_none() && known.paths.is_empty() && !known.is_named,
        }
    }

    /// Where blobs that hold the same secrets come from, for each of their paths.
    fn of_group<'f>(
        &self,
        found: &'f Sightings,
        group: &[Oid],
        known: Provenance,
    ) -> Vec<Origin<'f>> {
        let Some(any) = group.first() else {
            return Vec::new();
        };
        if self.is_left_out(&known) {
            return Vec::new();
        }
        let presence = known.presence;
        let origin = |commit: Option<Oid>, path: RepoPath| {
            let id = commit
                .and_then(|commit| self.search.repository.blob_at(&commit, &path))
                .filter(|blob| group.contains(blob))
                .unwrap_or(*any);
            Some(Origin {
                rank: self.rank(commit),
                what: What::Object(id, found.objects.get(&id)?),
                commit,
                presence: presence.clone(),
                path: self.shown(&path),
            })
        };
        let first = known.first.map(|first| (first.path, first.commit));
        if first.is_none() && known.paths.is_empty() {
            let path = RepoPath::new(&format!("<object {any}>"));
            return origin(None, path).into_iter().collect();
        }
        // The other paths came later, with commits of their own.
        let is_other =
            |(path, _): &(RepoPath, Oid)| first.as_ref().is_none_or(|(first, _)| first != path);
        let others: Vec<_> = known.paths.into_iter().filter(is_other).collect();
        let all = first.into_iter().chain(others);
        all.filter_map(|(path, commit)| origin(Some(commit), path))
            .collect()
    }

    /// The origin of a commit's or tag's own words.
    fn message<'f>(&self, id: &Oid, object: &'f Found) -> Option<Origin<'f>> {
        let (commit, path) = match object.kind {
            Kind::Commit => (Some(*id), "<commit message>"),
            Kind::Tag => (None, "<tag message>"),
            Kind::Blob | Kind::Tree => return None,
        };
        let (presence, chosen) = self.graph.standing(self.search.repository, id);
        let wanted = match presence {
            Presence::Unreachable => self.search.options.unreachable,
            _ => chosen,
        };
        wanted.then(|| Origin {
            rank: self.rank(Some(*id)),
            what: What::Object(*id, object),
            commit,
            presence,
            path: RepoPath::new(path),
        })
    }

    /// Where a commit stands among the others; none comes last.
    fn rank(&self, commit: Option<Oid>) -> usize {
        let rank = |commit| self.graph.rank(self.search.repository, &commit);
        commit.and_then(rank).unwrap_or(usize::MAX)
    }
}

/// Of all places of a secret, the one that says most about where it still stands speaks for it.
fn joined(mut findings: Vec<Finding>) -> Vec<Finding> {
    let standing = |location: &Location| match location
        .commit
        .as_ref()
        .and_then(|commit| commit.presence.as_ref())
    {
        Some(Presence::Head) => 0,
        Some(Presence::Ref(_)) => 1,
        Some(Presence::StashOnly) => 2,
        Some(Presence::HistoryOnly) | None => 3,
        Some(Presence::Unreachable) => 4,
    };
    for finding in &mut findings {
        let best = finding
            .occurrences
            .iter()
            .min_by_key(|location| standing(location))
            .and_then(|location| {
                location
                    .commit
                    .as_ref()?
                    .presence
                    .clone()
                    .map(|presence| (standing(location), presence))
            });
        let own = standing(&finding.location);
        if let (Some((rank, presence)), Some(commit)) = (best, &mut finding.location.commit)
            && rank < own
        {
            commit.presence = Some(presence);
        }
    }
    findings
}
