//! Which of the secrets found are old: those that the last commit holds.
//!
//! A baseline is for what is out already. A secret that stands in the work tree alone is about to be committed, and that is
//! what the hook is for.

use super::super::check::{self, Extent};
use super::super::setup::Setup;
use super::survey::Survey;
use crate::cli::{Check, GuardName};
use crate::finding::{Finding, Fingerprint, RepoPath};
use crate::policy::Guard;
use crate::source::Stdin;
use git2::{ObjectType, Oid, Repository, Tree};
use miette::miette;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::Path;

/// Parts the findings of a work tree: those that may go into a baseline, and the number of secrets that no commit has yet.
/// Outside of git all are old: nobody can tell.
///
/// # Errors
/// A repository that cannot be opened, and what an engine says that cannot run.
pub(super) fn part(
    findings: Vec<Finding>,
    survey: &Survey,
    setup: &Setup,
) -> miette::Result<(Vec<Finding>, u64)> {
    if !survey.is_git {
        return Ok((findings, 0));
    }
    let repository = Repository::open(&survey.root)
        .map_err(|error| miette!("could not open the repository: {}", error.message()))?;
    let tree = repository.head().and_then(|head| head.peel_to_tree()).ok();
    let mut committed = Committed {
        repository: &repository,
        tree,
        setup,
        root: &survey.root,
        known: BTreeMap::new(),
    };
    let (mut old, mut fresh) = (Vec::new(), 0);
    for finding in findings {
        if finding.guard != Guard::Secrets || committed.holds(&finding)? {
            old.push(finding);
        } else {
            fresh += 1;
        }
    }
    Ok((old, fresh))
}

/// What the last commit holds.
struct Committed<'a> {
    repository: &'a Repository,
    /// None before the first commit.
    tree: Option<Tree<'a>>,
    setup: &'a Setup,
    root: &'a Path,
    /// By path, what is found in the committed version; none where that is the version of the work tree.
    known: BTreeMap<RepoPath, Option<BTreeSet<Fingerprint>>>,
}

impl Committed<'_> {
    fn holds(&mut self, finding: &Finding) -> miette::Result<bool> {
        let path = &finding.location.path;
        if !self.known.contains_key(path) {
            let found = self.look(path)?;
            self.known.insert(path.clone(), found);
        }
        Ok(match self.known.get(path) {
            Some(Some(found)) => found.contains(&finding.fingerprint),
            _ => true,
        })
    }

    fn look(&self, path: &RepoPath) -> miette::Result<Option<BTreeSet<Fingerprint>>> {
        let nothing = Some(BTreeSet::new());
        let Some(tree) = &self.tree else {
            return Ok(nothing);
        };
        let file = Path::new(path.as_str());
        let entry = file.ancestors().find_map(|part| tree.get_path(part).ok());
        let Some(entry) = entry else {
            return Ok(nothing);
        };
        match entry.kind() {
            // A submodule: its commits are its own.
            Some(ObjectType::Commit) => return Ok(None),
            Some(ObjectType::Blob) => {}
            _ => return Ok(nothing),
        }
        let format = self.repository.object_format();
        let here = Oid::hash_file_ext(ObjectType::Blob, self.root.join(file), format);
        if here.is_ok_and(|here| here == entry.id()) {
            return Ok(None);
        }
        let Ok(blob) = self.repository.find_blob(entry.id()) else {
            return Ok(nothing);
        };
        let bytes = Cursor::new(blob.content().to_vec());
        let source = Stdin::from_reader(Some(path.clone()), Box::new(bytes));
        let only = Check {
            guard: vec![GuardName::Secrets],
            ..Check::default()
        };
        let report = check::look(&only, self.setup, &source, Extent::Part)?;
        let found = report.findings.into_iter();
        Ok(Some(found.map(|finding| finding.fingerprint).collect()))
    }
}
