//! npm and its kin: npm, pnpm, yarn, Bun, Deno.

mod bun;
mod deno;
mod package;
mod package_lock;
mod pnpm;
mod spec;
mod yarn;
mod yarn_classic;

pub(super) use bun::bun_lock;
pub(super) use deno::deno;
pub(super) use package::package_json;
pub(super) use package_lock::package_lock;
pub(super) use pnpm::{catalogs, pnpm_lock};
pub(super) use yarn::yarn_lock;

use super::{Dependency, Need, Of};
use crate::toolkit::canon::Ecosystem;
use crate::toolkit::document::{Entry, Node};

/// The sections of a manifest, and of every lockfile that repeats them.
const SECTIONS: &[(&str, Need)] = &[
    ("dependencies", Need::Runtime),
    ("devDependencies", Need::Development),
    ("optionalDependencies", Need::Optional),
    ("peerDependencies", Need::Peer),
];

/// Every package that the sections of `node` name, with its entry and what it is needed for.
fn sections(node: &Node) -> impl Iterator<Item = (&Entry, Need)> {
    SECTIONS.iter().flat_map(|(section, need)| {
        // Of a section given twice the last one counts for npm; all are read, so that none can hide.
        let given = node.entries().iter().filter(|entry| entry.key == *section);
        given
            .flat_map(|entry| entry.value.entries())
            .map(|entry| (entry, *need))
    })
}

/// A package named by `entry`: `"name": "range"`, where the range may say that the real name is another.
fn named(entry: &Entry, need: Need, of: Of) -> Dependency {
    let range = entry.value.text();
    let dependency = Dependency::new(
        Ecosystem::Npm,
        &entry.key,
        need,
        entry.key_span.start..entry.value.span.end,
        of,
    );
    match range.and_then(spec::alias) {
        Some((name, version)) => dependency.really(name).version(version),
        None => dependency.version(range),
    }
}
