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
        /// Those of which it says the version, and does not leave it to a catalog or a lockfile.
        versioned: BTreeSet<(Ecosystem, String)>,
        /// Findings that hold unless one of the packages is named in a directory above.
        wanting: Vec<(Vec<(Ecosystem, String)>, Draft)>,
    },
    /// A finding that holds unless the manifest of that directory (any, if none) names the package.
    Repeated {
        directory: Option<String>,
        package: (Ecosystem, String),
        /// Whether the manifest knows it by another name.
        hidden: bool,
        /// Whether only the version is wrong, which a manifest may leave to others (`catalog:`, `latest`).
        by_version: bool,
        draft: Box<Draft>,
    },
}

/// What all manifests of the tree ask for, by directory.
#[derive(Default)]
struct Asked {
    names: BTreeMap<String, BTreeSet<(Ecosystem, String)>>,
    versioned: BTreeMap<String, BTreeSet<(Ecosystem, String)>>,
}

impl Asked {
    fn of(named: &[Named]) -> Self {
        let mut asked = Self::default();
        for one in named {
            if let Named::Manifest {
                directory,
                names,
                versioned,
                ..
            } = one
            {
                let sets = [(&mut asked.names, names), (&mut asked.versioned, versioned)];
                for (all, new) in sets {
                    let here = all.entry(directory.clone()).or_default();
                    here.extend(new.iter().cloned());
                }
            }
        }
        asked
    }

    /// Whether the manifest of `directory`, or any if none is given, says itself what is found of `package`.
    fn knows(
        &self,
        directory: Option<&str>,
        package: &(Ecosystem, String),
        by_version: bool,
    ) -> bool {
        let has = |sets: &BTreeMap<String, BTreeSet<_>>, directory: &str| {
            sets.get(directory)
                .is_some_and(|names| names.contains(package))
        };
        match (directory, by_version) {
            (Some(directory), false) => has(&self.names, directory),
            (Some(directory), true) => has(&self.versioned, directory),
            (None, false) => self.names.values().any(|names| names.contains(package)),
            // A catalog stands for every manifest that says no version.
            (None, true) => {
                let mut naming = self
                    .names
                    .keys()
                    .filter(|at| has(&self.names, at))
                    .peekable();
                naming.peek().is_some() && naming.all(|at| has(&self.versioned, at))
            }
        }
    }
}

/// Findings that only stand beside other files.
pub(in crate::toolkit) fn conclude(named: Vec<Named>, canon: &Canon, view: View) -> Vec<Draft> {
    let asked = Asked::of(&named);
    let manifests = &asked.names;
    let catalogued: BTreeSet<(&str, (Ecosystem, String))> = named
        .iter()
        .filter_map(|one| match one {
            Named::Repeated {
                directory: None,
                package,
                by_version: true,
                draft,
                ..
            } if !asked.knows(None, package, true) => Some((draft.rule, package.clone())),
            _ => None,
        })
        .collect();
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
                by_version,
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
                // The lockfile repeats the catalog, too.
                let told = by_version
                    && directory.is_some()
                    && catalogued.contains(&(draft.rule, package.clone()));
                let known = told || asked.knows(directory.as_deref(), &package, by_version);
                if !known && seen.insert((draft.path.clone(), draft.rule, package)) {
                    drafts.push(*draft);
                }
            }
        }
    }
    if view == View::Whole {
        drafts.extend(absent(canon, manifests));
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
