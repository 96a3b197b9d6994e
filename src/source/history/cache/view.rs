//! A whole answer: where everything that was found comes from, for a repository that has not changed since.

use super::super::oid::Oid;
use super::super::refs::Tip;
use super::super::{Repository, Selection};
use super::tally::Counts;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What was asked, and of which repository: selection, names, objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewKey([u8; 32]);

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Blobs looked at.
    pub counts: Counts,
    /// Commits there are.
    pub commits: u64,
    /// Objects that a partial clone left out; nothing else was missing.
    pub left_out: u64,
    /// What HEAD points to, if it was asked for.
    pub head: Option<Oid>,
    /// In how many commits and at how many paths each secret of them stands, in the order in which the secrets come.
    pub spread: Vec<(Option<u64>, u64)>,
    /// Objects with findings, once for each of their paths, first introduced first.
    pub traced: Vec<Traced>,
}

/// An object with findings at one of its paths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traced {
    /// The object.
    pub id: Oid,
    /// The commit that brought it in.
    pub commit: Option<Oid>,
    /// As reports show it.
    pub path: String,
    /// Where it still stands.
    pub standing: Standing,
}

/// Where something still stands; names of refs are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// In HEAD.
    Head,
    /// In the name of this number.
    Tip(u32),
    /// In older commits.
    History,
    /// In a stash.
    Stash,
    /// Nowhere.
    Nowhere,
}

impl ViewKey {
    /// The key for a selection of these names of a repository.
    #[must_use]
    pub fn new(
        repository: &Repository,
        tips: &[&Tip],
        selection: &Selection,
        unreachable: bool,
    ) -> Self {
        let store = repository.store();
        let mut digest = Sha256::new();
        let mut part = |bytes: &[u8]| {
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        };
        part(&[u8::from(unreachable), u8::from(repository.is_partial())]);
        part(format!("{:?}", selection.since).as_bytes());
        part(&(selection.refs.len() as u64).to_le_bytes());
        selection.refs.iter().for_each(|name| part(name.as_bytes()));
        part(&(tips.len() as u64).to_le_bytes());
        for tip in tips {
            part(tip.name.as_bytes());
            part(tip.id.as_bytes());
            part(format!("{:?}", tip.kind).as_bytes());
        }
        let mut shallow: Vec<&Oid> = repository.layout.shallow.iter().collect();
        shallow.sort_unstable();
        part(&(shallow.len() as u64).to_le_bytes());
        shallow.iter().for_each(|id| part(id.as_bytes()));
        for (pack, _) in store.packs() {
            part(pack.index.pack_checksum().unwrap_or_default());
            let stamp = pack.stamp();
            let (index, bytes) = stamp.parts();
            part(index);
            part(&bytes.to_le_bytes());
        }
        part(b"loose");
        store.loose_ids().for_each(|id| part(id.as_bytes()));
        Self(digest.finalize().into())
    }
}
