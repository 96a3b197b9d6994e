//! yarn.lock of Yarn 1, a format of its own: entries under the specs they satisfy.

use super::{Dependency, Need, Of, spec};
use crate::finding::RepoPath;
use crate::toolkit::canon::Ecosystem;
use crate::toolkit::document::Unreadable;
use crate::toolkit::manifests::no_conflict;

/// Reads the aliases. What the project itself asked for is not told, so a package under its own name may be anyone's.
pub(super) fn read(source: &str, _path: &RepoPath) -> Result<Vec<Dependency>, Unreadable> {
    no_conflict(source)?;
    let mut found = Vec::new();
    let mut at = 0;
    for (number, line) in source.split_inclusive('\n').enumerate() {
        let start = at;
        at += line.len();
        let line = line.trim_end();
        if line.is_empty() || line.starts_with(['#', ' ', '\t']) {
            continue;
        }
        let Some(specs) = line.strip_suffix(':') else {
            return Err(Unreadable {
                line: number + 1,
                why: "it is no lockfile of yarn",
            });
        };
        let mut from = 0;
        for quoted in specs.split(',') {
            let asked = quoted.trim().trim_matches('"');
            let offset = start + from + (quoted.len() - quoted.trim_start().len());
            from += quoted.len() + 1;
            let (name, range) = spec::split(asked);
            if let Some((real, version)) = range.and_then(spec::alias) {
                let span = offset..offset + quoted.trim().len();
                found.push(
                    Dependency::new(
                        Ecosystem::Npm,
                        name,
                        Need::Runtime,
                        span,
                        Of::Lock(String::new()),
                    )
                    .really(real)
                    .version(version),
                );
            }
        }
    }
    // An alias of the same name, such as `npm:` before a range, hides nothing.
    found.retain(|dependency| dependency.alias.is_some());
    Ok(found)
}
