//! In how many commits and at how many paths each secret stands, whatever the exceptions say of some of its places.

use super::super::sightings::Sightings;
use super::place::{Origin, What};
use crate::finding::{RepoPath, Spread};
use crate::source::history::{CommitCount, Kind, Oid, Provenance};
use std::collections::{HashMap, HashSet};

/// By the identity of the secret.
pub(super) type Spreads = HashMap<u64, Spread>;

/// Counts while it is found out where things come from.
pub(super) struct Spreading {
    /// The number of each secret that stands in a text.
    numbers: HashMap<u64, u32>,
    /// The identities of each group of blobs.
    groups: Vec<Vec<u64>>,
    pub(super) commits: CommitCount,
    paths: HashMap<u64, HashSet<RepoPath>>,
    /// Of secrets in names of files.
    names: HashMap<u64, Option<u64>>,
}

impl Spreading {
    /// For everything that was found, its blobs in these groups.
    pub(super) fn new(found: &Sightings, groups: &[Vec<Oid>]) -> Self {
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let mut number = |identity: &u64| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(*identity).or_insert(next)
        };
        let objects = groups.iter().map(|group| group.first());
        let identities = objects.map(|id| id.map_or(Vec::new(), |id| found.identities(id)));
        let groups: Vec<Vec<u64>> = identities.collect();
        let numbered = groups.iter();
        let numbered = numbered.map(|secrets| secrets.iter().map(&mut number).collect());
        let numbered = numbered.collect();
        let mut words = Vec::new();
        for (id, object) in &found.objects {
            if !matches!(object.kind, Kind::Commit | Kind::Tag) {
                continue;
            }
            let said: Vec<u32> = found.identities(id).iter().map(&mut number).collect();
            if object.kind == Kind::Commit {
                words.extend(said.into_iter().map(|secret| (*id, secret)));
            }
        }
        Self {
            commits: CommitCount::new(numbers.len(), numbered, words),
            numbers,
            groups,
            paths: HashMap::new(),
            names: HashMap::new(),
        }
    }

    /// Takes in the paths of a group of blobs.
    pub(super) fn group(&mut self, group: usize, known: &Provenance) {
        for identity in self.groups.get(group).into_iter().flatten() {
            let paths = self.paths.entry(*identity).or_default();
            paths.extend(places(known));
        }
    }

    /// Takes in the paths of a name that holds a secret.
    pub(super) fn name(&mut self, identity: u64, known: &Provenance) {
        self.paths
            .entry(identity)
            .or_default()
            .extend(places(known));
        // Which commits have it in several ways would have to be found out for that alone.
        let is_alone = !self.numbers.contains_key(&identity);
        self.names
            .entry(identity)
            .and_modify(|commits| *commits = None)
            .or_insert(is_alone.then_some(known.commits));
    }

    /// What came out.
    pub(super) fn finish(self) -> Spreads {
        let texts = self.numbers.iter();
        let texts = texts.map(|(identity, number)| (*identity, self.commits.of(*number)));
        let mut commits: HashMap<u64, Option<u64>> = texts.collect();
        commits.extend(self.names);
        let spread = |(identity, commits)| {
            let paths = self.paths.get(&identity).map_or(0, HashSet::len) as u64;
            (identity, Spread { commits, paths })
        };
        commits.into_iter().map(spread).collect()
    }
}

/// The identities in the objects of these origins, in a fixed order: that in which counts are remembered.
pub(super) fn in_order<'o>(
    origins: impl IntoIterator<Item = &'o Origin<'o>>,
    found: &Sightings,
) -> Vec<u64> {
    let mut seen = HashSet::new();
    let ids = origins.into_iter().filter_map(|origin| match origin.what {
        What::Object(id, _) => Some(id),
        What::Name(_) => None,
    });
    ids.flat_map(|id| found.identities(&id))
        .filter(|identity| seen.insert(*identity))
        .collect()
}

/// The paths in the commits that were asked for.
fn places(known: &Provenance) -> impl Iterator<Item = RepoPath> {
    let all = known.paths.iter().map(|(path, _)| path);
    let all = all.filter(|_| known.recent.is_none());
    all.chain(known.recent.iter().flatten()).cloned()
}
