//! What manifests and lockfiles say of each other.

use super::parent;
use super::required::absent;
use crate::toolkit::View;
use crate::toolkit::canon::{Canon, Ecosystem};
use crate::tree::Draft;
use std::collections::{BTreeMap, BTreeSet};

/// What manifests and lockfiles say beside their findings.
#[derive(Debug)]
pub(in crate::toolkit) enum Named {
    /// A manifest names these packages.
    Manifest {
        directory: String,
        names: BTreeSet<(Ecosystem, String)>,
        /// Findings that hold unless one of the packages is named in a directory above.
        wanting: Vec<(Vec<(Ecosystem, String)>, Draft)>,
    },
    /// A finding that holds unless the manifest of that directory (any, if none) names the package.
    Repeated {
        directory: Option<String>,
        package: (Ecosystem, String),
        /// Whether the manifest knows it by another name.
        hidden: bool,
        draft: Box<Draft>,
    },
}

/// Findings that only stand beside other files.
pub(in crate::toolkit) fn conclude(named: Vec<Named>, canon: &Canon, view: View) -> Vec<Draft> {
    let mut manifests: BTreeMap<String, BTreeSet<(Ecosystem, String)>> = BTreeMap::new();
    for one in &named {
        if let Named::Manifest {
            directory, names, ..
        } = one
        {
            manifests
                .entry(directory.clone())
                .or_default()
                .extend(names.iter().cloned());
        }
    }
    let mut drafts = Vec::new();
    let mut seen = BTreeSet::new();
    for one in named {
        match one {
            Named::Manifest {
                directory, wanting, ..
            } if view == View::Whole => {
                let above = |draft: &(Vec<(Ecosystem, String)>, Draft)| {
                    !parents(&directory).any(|parent| {
                        manifests
                            .get(parent)
                            .is_some_and(|names| draft.0.iter().any(|need| names.contains(need)))
                    })
                };
                drafts.extend(wanting.into_iter().filter(above).map(|(_, draft)| draft));
            }
            Named::Manifest { .. } => {}
            Named::Repeated {
                directory,
                package,
                hidden,
                draft,
            } => {
                // A lockfile that changed alone repeats a manifest that did not.
                let unseen = match &directory {
                    Some(directory) => !manifests.contains_key(directory),
                    None => manifests.is_empty(),
                };
                if view == View::Part && unseen && !hidden {
                    continue;
                }
                let known = match &directory {
                    Some(directory) => manifests
                        .get(directory)
                        .is_some_and(|names| names.contains(&package)),
                    None => manifests.values().any(|names| names.contains(&package)),
                };
                if !known && seen.insert((draft.path.clone(), draft.rule, package)) {
                    drafts.push(*draft);
                }
            }
        }
    }
    if view == View::Whole {
        drafts.extend(absent(canon, &manifests));
    }
    drafts
}

/// A directory and all above it.
pub(super) fn parents(directory: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(directory);
    std::iter::from_fn(move || {
        let this = next?;
        next = (!this.is_empty()).then(|| parent(this));
        Some(this)
    })
}
