//! Packages that must be there.

use super::{Dependency, Need, Of};
use crate::finding::RepoPath;
use crate::toolkit::canon::{Canon, Ecosystem};
use crate::toolkit::rules;
use crate::tree::{Draft, FileView};
use std::collections::{BTreeMap, BTreeSet};

/// Findings for packages that need another one beside them.
pub(super) fn wanting(
    dependencies: &[Dependency],
    names: &BTreeSet<(Ecosystem, String)>,
    file: &FileView<'_>,
    canon: &Canon,
) -> Vec<(Vec<(Ecosystem, String)>, Draft)> {
    let mut wanting = Vec::new();
    for required in canon.required() {
        let need: Vec<(Ecosystem, String)> = required
            .need
            .iter()
            .map(|name| (required.ecosystem, name.clone()))
            .collect();
        let asks = |dependency: &&Dependency| {
            dependency.of == Of::Manifest
                && dependency.need != Need::Peer
                && dependency.ecosystem == required.ecosystem
                && required.when.contains(&dependency.name)
        };
        let Some(reason) = dependencies.iter().find(asks) else {
            continue;
        };
        if need.iter().any(|need| names.contains(need)) {
            continue;
        }
        let draft = Draft {
            rule: rules::MISSING_REQUIRED_PACKAGE,
            path: file.path.clone(),
            mark: Some(file.mark(reason.span.clone())),
            message: format!(
                "`{}` needs `{}`, which no manifest here or above names",
                reason.name,
                required.need.join("` or `")
            ),
            help: None,
            content: required.need.join(" "),
            severity: canon
                .is_test(file.path)
                .then_some(canon.weights().test)
                .flatten(),
            decided_by: Some("policies/toolkit.toml [[required]]".to_owned()),
        };
        wanting.push((need, draft));
    }
    wanting
}

/// Packages the team requires that no manifest names.
pub(super) fn absent(
    canon: &Canon,
    manifests: &BTreeMap<String, BTreeSet<(Ecosystem, String)>>,
) -> Vec<Draft> {
    let (required, place) = canon.required_packages();
    let named = |package: &String| {
        manifests
            .values()
            .flatten()
            .any(|(_, name)| name == package)
    };
    let missing = required
        .iter()
        .filter(|package| !named(package))
        .map(|package| Draft {
            rule: rules::MISSING_REQUIRED_PACKAGE,
            path: RepoPath::new("."),
            mark: None,
            message: format!("no manifest names `{package}`"),
            help: None,
            content: package.clone(),
            severity: None,
            decided_by: Some(place.unwrap_or("[toolkit] required_packages").to_owned()),
        });
    missing.collect()
}
