//! Names that a project maps to files of its own: `paths` of tsconfig.json (<https://www.typescriptlang.org/tsconfig/#paths>).
//!
//! `next/link` is no import of Next where the project says that it is `./compat/link.tsx`; and a name that is mapped into
//! `node_modules` is the package there, whatever it is called.

use super::specifier::{package, shown};
use super::{Subject, subject};
use crate::finding::{RepoPath, printable};
use crate::toolkit::canon::{Canon, Ecosystem};
use crate::toolkit::document::{Node, json};
use crate::toolkit::rules::against;
use crate::toolkit::{Fact, Found, text_of};
use crate::tree::{Draft, FileView};
use std::collections::HashSet;

/// Names that are mapped to files of the project, as patterns with at most one `*`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::toolkit) struct Mapped(Vec<String>);

/// A finding that holds unless the name imported is mapped to a file of the project.
#[derive(Debug)]
pub(in crate::toolkit) struct Imported {
    /// The specifier, as written.
    pub(super) name: String,
    /// Nothing of it is left when the program runs.
    pub(super) type_only: bool,
    /// The finding.
    pub(super) draft: Draft,
}

/// Whether the file at that path may map names.
pub(in crate::toolkit) fn wants(path: &RepoPath, _canon: &Canon) -> bool {
    let name = path.file_name();
    path.extension() == "json" && (name.starts_with("tsconfig") || name.starts_with("jsconfig"))
}

/// Reads what is mapped. Where it cannot be read nothing is, so that no import is excused.
pub(in crate::toolkit) fn inspect(file: &FileView<'_>, canon: &Canon) -> Found {
    let mut found = Found::default();
    let Some(root) = text_of(file, LIMIT).ok().and_then(|text| json(text).ok()) else {
        return found;
    };
    let paths = root
        .get("compilerOptions")
        .and_then(|options| options.get("paths"));
    let mut mapped = Vec::new();
    for entry in paths.map(Node::entries).unwrap_or_default() {
        let mut local = !entry.value.items().is_empty();
        for target in entry.value.items() {
            let Some((_, inside)) = target
                .text()
                .unwrap_or_default()
                .rsplit_once("node_modules/")
            else {
                continue;
            };
            local = false;
            let Some(category) = canon.package(Ecosystem::Npm, inside) else {
                continue;
            };
            let real = shown(Ecosystem::Npm, inside, canon);
            // A package that is mapped to itself is only told where its types are.
            if package(&entry.key) == package(inside) {
                continue;
            }
            found.drafts.extend(
                against(canon, category, file, target.span.clone(), real).map(|draft| Draft {
                    message: format!(
                        "`{}` stands for {}",
                        printable(&entry.key),
                        draft.message.replacen("` is ", "`, ", 1)
                    ),
                    ..draft
                }),
            );
        }
        if local {
            mapped.push(entry.key.clone());
        }
    }
    // More than people write is as good as not read: each import is compared with each.
    if (1..=MANY).contains(&mapped.len()) {
        found.facts.push(Fact::Mapped(Mapped(mapped)));
    }
    found
}

/// The findings that stand: imports whose name no configuration of a directory above maps to a file, and addresses in files
/// without such an import of the same kind.
pub(in crate::toolkit) fn conclude(
    mut imported: Vec<Imported>,
    mut addresses: Vec<Draft>,
    mapped: &[(RepoPath, Mapped)],
) -> impl Iterator<Item = Draft> {
    imported.retain(|import| {
        !mapped
            .iter()
            .any(|(path, mapped)| covers(path, &import.draft.path) && mapped.maps(&import.name))
    });
    let clients: HashSet<(RepoPath, Subject)> = imported
        .iter()
        .filter(|import| !import.type_only)
        .map(|import| (import.draft.path.clone(), subject(&import.draft)))
        .collect();
    addresses.retain(|address| !clients.contains(&(address.path.clone(), subject(address))));
    let imports = imported.into_iter().map(|import| import.draft);
    imports.chain(addresses)
}

impl Mapped {
    /// Whether `name` is mapped. A pattern for everything falls back on the packages, so only one that names the package counts.
    fn maps(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| {
            let fits = match pattern.split_once('*') {
                Some((before, after)) => {
                    name.len() >= before.len() + after.len()
                        && name.starts_with(before)
                        && name.ends_with(after)
                }
                None => pattern == name,
            };
            fits && package(pattern) == package(name)
        })
    }
}

/// Whether the configuration at `path` lies in a directory of `file` or above.
fn covers(path: &RepoPath, file: &RepoPath) -> bool {
    let directory = path
        .as_str()
        .rsplit_once('/')
        .map_or("", |(directory, _)| directory);
    directory.is_empty()
        || file
            .as_str()
            .strip_prefix(directory)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// Most bytes of a configuration that is read.
const LIMIT: usize = 1 << 20;
/// Most names of one configuration that are believed; real ones map some dozens.
const MANY: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Veil;
    use crate::toolkit::{ToolkitGuard, View};
    use crate::tree::TreeGuard as _;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let guard = ToolkitGuard::new(Canon::shipped(), View::Whole);
        let veil = Veil::default();
        let notes = files.iter().filter_map(|(path, text)| {
            let path = RepoPath::new(path);
            let notes = guard.inspect(&FileView::new(&path, text.as_bytes(), &veil))?;
            Some((path, notes))
        });
        guard
            .conclude(notes.collect())
            .drafts
            .into_iter()
            .map(|draft| {
                format!(
                    "{} {}",
                    draft.path,
                    draft.message.split(';').next().unwrap_or_default()
                )
            })
            .collect()
    }

    #[test]
    fn names_mapped_to_files_are_no_packages() {
        let config = "{ // own\n\"compilerOptions\": { \"paths\": { \"next/*\": [\"./compat/*\"], \"ai\": [\"./ai.ts\"], \"*\": [\"./types/*\"], \"@*\": [\"./src/*\"] } } }";
        let code = "import 'next/link'; import 'ai'; import 'ai/react'; import 'redis'; import '@redis/client'";
        assert_eq!(
            found(&[("web/app/a.ts", code), ("web/tsconfig.json", config)]),
            [
                "web/app/a.ts `ai` is an AI SDK that is neither OpenAI's nor LlamaIndex",
                "web/app/a.ts `redis` is a Redis client",
                "web/app/a.ts `@redis/client` is a Redis client"
            ]
        );
        assert_eq!(
            found(&[
                ("website/a.ts", "import 'ai'"),
                ("web/tsconfig.json", config)
            ])
            .len(),
            1
        );
    }

    /// The import that would have told of the store is none.
    #[test]
    fn an_address_beside_a_mapped_name_is_told() {
        let code = "import 'redis'\nconst url = 'redis://cache.acme.net'";
        let config = r#"{"compilerOptions": {"paths": {"redis": ["./app/redis.ts"]}}}"#;
        let address = "a.ts `url` points at Redis";
        let import = "a.ts `redis` is a Redis client";
        for (files, expected) in [
            (vec![("a.ts", code)], import),
            (vec![("a.ts", code), ("tsconfig.json", config)], address),
            (
                vec![
                    ("b.ts", "import 'ioredis'"),
                    ("a.ts", code),
                    ("tsconfig.json", config),
                ],
                address,
            ),
        ] {
            let found = found(&files);
            let mine: Vec<&String> = found
                .iter()
                .filter(|line| line.starts_with("a.ts"))
                .collect();
            assert_eq!(mine, [expected], "{files:?}");
        }
    }

    #[test]
    fn names_mapped_to_packages_are_those() {
        let config = r#"{"compilerOptions": {"paths": {"cache": ["../node_modules/ioredis"], "redis": ["./node_modules/redis/dist"], "x": ["./x"]}}}"#;
        assert_eq!(
            found(&[("a.ts", "import 'redis'"), ("tsconfig.base.json", config)]),
            [
                "tsconfig.base.json `cache` stands for `ioredis`, a Redis client",
                "a.ts `redis` is a Redis client"
            ]
        );
        assert_eq!(found(&[("tsconfig.json", "{")]), Vec::<String>::new());
    }

    #[test]
    fn a_configuration_longer_than_people_write_excuses_nothing() {
        let config = |count: usize| {
            let names: Vec<String> = (0..count)
                .map(|index| format!("\"ai/{index}\": [\"./x\"]"))
                .collect();
            format!(
                "{{\"compilerOptions\": {{\"paths\": {{{}}}}}}}",
                names.join(",")
            )
        };
        let found = |count| found(&[("a.ts", "import 'ai/0'"), ("tsconfig.json", &config(count))]);
        assert_eq!(found(MANY).len(), 0);
        assert_eq!(found(MANY + 1).len(), 1);
    }
}
