//! Where what was found comes from: turns objects into findings with commits and paths.

use super::super::sightings::{Found, Sightings};
use super::super::{Gathered, grouped_in_order, names};
use super::Search;
use crate::finding::{CommitRef, Finding, Location, Presence, RepoPath};
use crate::report::Report;
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
        found: &Sightings,
        report: &mut Report,
    ) -> HashSet<u64> {
        let mut commits: HashMap<Oid, CommitRef> = HashMap::new();
        let mut out = Gathered::default();
        for origin in origins {
            let commit = origin.commit.map(|commit| {
                let known = commits
                    .entry(commit)
                    .or_insert_with(|| self.repository.describe(&commit));
                CommitRef {
                    presence: Some(origin.presence.clone()),
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
        let reported = out.findings.iter().map(|(identity, _)| *identity).collect();
        report.findings = joined(grouped_in_order(out.findings, true));
        report.allowed = out.allowed;
        report.incomplete.extend(out.gaps);
        reported
    }
}

impl Placer<'_> {
    /// Where everything that was found comes from, first introduced first, so that the first place of a secret is the one
    /// that brought it in. What is missing on the way is told to the report.
    pub(super) fn origins<'f>(&self, found: &'f Sightings, report: &mut Report) -> Vec<Origin<'f>> {
        let order: HashMap<Oid, usize> = self
            .graph
            .commits(self.search.repository)
            .enumerate()
            .map(|(rank, id)| (id, rank))
            .collect();
        let mut origins = self.blobs(found, &order, report);
        origins.extend(
            found
                .objects
                .iter()
                .filter_map(|(id, object)| self.message(id, object, &order)),
        );
        origins.sort_by(|a, b| {
            (a.rank, &a.commit, &a.path, a.what.id()).cmp(&(
                b.rank,
                &b.commit,
                &b.path,
                b.what.id(),
            ))
        });
        origins
    }

    /// The origins of blobs, and everything that is missing on the way to any.
    fn blobs<'f>(
        &self,
        found: &'f Sightings,
        order: &HashMap<Oid, usize>,
        report: &mut Report,
    ) -> Vec<Origin<'f>> {
        let (repository, threads) = (self.search.repository, self.search.engine.threads);
        let names = Mutex::new(BTreeSet::new());
        let watch = |name: &[u8]| {
            if names::is_secret(self.search.scanner, name) {
                let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
                names.insert(name.to_vec());
            }
        };
        let groups = found.groups();
        let (provenances, gaps) =
            repository.provenance_of_groups(self.graph, &groups, Some(&watch), threads);
        report.incomplete.extend(gaps);
        let mut origins: Vec<Origin<'f>> = groups
            .iter()
            .zip(provenances)
            .flat_map(|(group, known)| self.of_group(found, group, known, order))
            .collect();
        let names = names.into_inner().unwrap_or_else(PoisonError::into_inner);
        let names: Vec<Vec<u8>> = names.into_iter().collect();
        for known in repository.provenance_of_names(self.graph, &names, threads) {
            self.of_name(known, order, &mut origins);
        }
        origins
    }

    /// Where a name with a secret in it comes from, for each of its paths.
    fn of_name(
        &self,
        known: Provenance,
        order: &HashMap<Oid, usize>,
        origins: &mut Vec<Origin<'_>>,
    ) {
        if self.is_left_out(&known) {
            return;
        }
        let values = |secret: &[u8]| self.search.engine.allows.matching_values(secret);
        for (path, commit) in known.paths.iter().zip(&known.path_commits) {
            // Of a path with several such names, each is a name of its own.
            let all = names::sightings(self.search.scanner, path.as_str(), &values);
            let shown = self.shown(path);
            let last = all.into_iter().filter(|(upto, _)| *upto == shown);
            origins.push(Origin {
                rank: rank(*commit, order),
                commit: *commit,
                presence: known.presence.clone(),
                path: shown.clone(),
                what: What::Name(last.map(|(_, sighting)| sighting).collect()),
            });
        }
    }

    fn shown(&self, path: &RepoPath) -> RepoPath {
        names::shown(self.search.scanner, path)
    }

    /// Whether it is no part of what was asked for.
    fn is_left_out(&self, known: &Provenance) -> bool {
        let options = self.search.options;
        // Without a choice of commits, what no commit has may still hang from a ref or tag of its own.
        let selection = &options.selection;
        let chosen = !selection.refs.is_empty() || selection.since.is_some();
        let nowhere = known.presence == Presence::Unreachable
            || (chosen && known.first.is_none() && !known.is_named);
        nowhere && !options.unreachable
    }

    /// Where blobs that hold the same secrets come from, for each of their paths.
    fn of_group<'f>(
        &self,
        found: &'f Sightings,
        group: &[Oid],
        known: Provenance,
        order: &HashMap<Oid, usize>,
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
                rank: rank(commit, order),
                what: What::Object(id, found.objects.get(&id)?),
                commit,
                presence: presence.clone(),
                path: self.shown(&path),
            })
        };
        let Some(first) = known.first else {
            let path = RepoPath::new(&format!("<object {any}>"));
            return origin(None, path).into_iter().collect();
        };
        // The other paths came later, with commits of their own.
        let others = known
            .paths
            .into_iter()
            .zip(known.path_commits)
            .filter(|(path, _)| *path != first.path)
            .filter_map(|(path, commit)| origin(commit.or(Some(first.commit)), path));
        origin(Some(first.commit), first.path.clone())
            .into_iter()
            .chain(others)
            .collect()
    }

    /// The origin of a commit's or tag's own words.
    fn message<'f>(
        &self,
        id: &Oid,
        object: &'f Found,
        order: &HashMap<Oid, usize>,
    ) -> Option<Origin<'f>> {
        let (commit, path) = match object.kind {
            Kind::Commit => (Some(*id), "<commit message>"),
            Kind::Tag => (None, "<tag message>"),
            Kind::Blob | Kind::Tree => return None,
        };
        let reached =
            commit.is_none_or(|commit| self.graph.contains(self.search.repository, &commit));
        if !reached && !self.search.options.unreachable {
            return None;
        }
        let presence = if reached {
            Presence::HistoryOnly
        } else {
            Presence::Unreachable
        };
        Some(Origin {
            rank: rank(Some(*id), order),
            what: What::Object(*id, object),
            commit,
            presence,
            path: RepoPath::new(path),
        })
    }
}

/// Where a commit stands among the others; none comes last.
fn rank(commit: Option<Oid>, order: &HashMap<Oid, usize>) -> usize {
    commit
        .and_then(|commit| order.get(&commit).copied())
        .unwrap_or(usize::MAX)
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
