//! Does anything leave the canonical toolkit: Supabase as the only Postgres, no direct Redis in application code, React Router 7,
//! OpenAI and LlamaIndex, row level security on?
//!
//! Each kind of file has a reader of its own ([`KINDS`]), which gives findings, gaps, and facts; what only the whole tree can tell is
//! concluded from the facts. What is part of the canon is data, see [`canon`]. To add a kind of file, add its reader and one line here.

pub mod canon;
mod connection;
mod containers;
mod document;
mod env;
mod imports;
mod manifests;
mod mcp;
mod orm;
mod prisma;
mod quotes;
mod rails;
pub mod rules;
mod shell;
mod sql;
mod stores;
mod terraform;
mod tokens;
mod variables;

pub use canon::{Canon, Settings};
pub use stores::foreign_postgres;

use crate::finding::{Gap, RepoPath, Secret};
use crate::tree::{Conclusion, Draft, FileView, Notes, TreeGuard};
use quotes::Quotes;
use std::collections::HashSet;

/// The guard.
#[derive(Debug)]
pub struct ToolkitGuard {
    canon: Canon,
    view: View,
    beside_fly: bool,
}

/// How much of the tree the guard is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Every file: what is absent can be told.
    Whole,
    /// The files that changed: nothing can be said of what is absent.
    Part,
}

/// What was taken from one file.
#[derive(Debug, Default)]
struct Found {
    /// Findings.
    drafts: Vec<Draft>,
    /// What could not be read.
    gaps: Vec<Gap>,
    /// What only means something beside other files.
    facts: Vec<Fact>,
    /// Secrets of the file, which no message may quote.
    secrets: Vec<Secret>,
}

/// Something that only means something beside other files.
#[derive(Debug)]
enum Fact {
    /// A script of the database.
    Migration(sql::Migration),
    /// Schemas that the API of the project at this path serves.
    Schemas(Vec<String>),
    /// MCP servers that a configuration starts or connects to.
    McpServers(Vec<mcp::Configured>),
    /// The list of MCP servers that agents may use.
    McpAllowlist(mcp::Allowlist),
    /// What a manifest or lockfile names.
    Named(manifests::Named),
    /// What code imports.
    Imported(imports::paths::Imported),
    /// The address of a store in a file that imports a client of it.
    Address(Draft),
    /// Names that mean files of the project.
    Mapped(imports::paths::Mapped),
    /// A file for flyctl that cannot be read, which the fly guard reports better where it runs.
    BrokenFly(Gap),
}

impl ToolkitGuard {
    /// A guard over `canon`.
    #[must_use]
    pub fn new(canon: Canon, view: View) -> Self {
        Self {
            canon,
            view,
            beside_fly: false,
        }
    }

    /// Tells it that the fly guard looks at the same tree, and reports a fly.toml that cannot be read.
    #[must_use]
    pub fn beside_fly(mut self, runs: bool) -> Self {
        self.beside_fly = runs;
        self
    }
}

impl TreeGuard for ToolkitGuard {
    fn wants(&self, path: &RepoPath) -> bool {
        KINDS.iter().any(|kind| (kind.wants)(path, &self.canon)) && !self.canon.is_ignored(path)
    }

    fn inspect(&self, file: &FileView<'_>) -> Option<Notes> {
        let mut all = Found::default();
        for kind in KINDS
            .iter()
            .filter(|kind| (kind.wants)(file.path, &self.canon))
        {
            all.join((kind.inspect)(file, &self.canon));
        }
        // Broken files on purpose are what the tests of parsers and package managers are made of.
        if !all.gaps.is_empty() && self.canon.is_test(file.path) {
            all.gaps.clear();
        }
        if all.drafts.is_empty() && all.gaps.is_empty() && all.facts.is_empty() {
            return None;
        }
        all.secrets = quotes::secrets(file);
        Some(Box::new(all) as Notes)
    }

    fn conclude(&self, notes: Vec<(RepoPath, Notes)>) -> Conclusion {
        let mut conclusion = Conclusion::default();
        let mut migrations = Vec::new();
        let mut schemas = Vec::new();
        let mut servers = Vec::new();
        let mut allowlist = None;
        let mut named = Vec::new();
        let mut imported = Vec::new();
        let mut addresses = Vec::new();
        let mut mapped = Vec::new();
        let mut quotes = Quotes::default();
        for (path, note) in notes {
            let Ok(found) = note.downcast::<Found>() else {
                continue;
            };
            conclusion.drafts.extend(found.drafts);
            conclusion.gaps.extend(found.gaps);
            quotes.add(&path, &found.secrets);
            for fact in found.facts {
                match fact {
                    Fact::Migration(migration) => migrations.push((path.clone(), migration)),
                    Fact::Schemas(names) => schemas.push((path.clone(), names)),
                    Fact::McpServers(found) => servers.extend(found),
                    Fact::McpAllowlist(found) => allowlist = Some(found),
                    Fact::Named(name) => named.push(name),
                    Fact::Imported(import) => imported.push(import),
                    Fact::Address(draft) => addresses.push(draft),
                    Fact::Mapped(names) => mapped.push((path.clone(), names)),
                    Fact::BrokenFly(gap) if !self.beside_fly => conclusion.gaps.push(gap),
                    Fact::BrokenFly(_) => {}
                }
            }
        }
        conclusion.drafts.extend(sql::conclude(
            migrations,
            self.canon.exposed_schemas(),
            &schemas,
        ));
        conclusion.drafts.extend(mcp::conclude(
            servers,
            allowlist.as_ref(),
            &self.canon,
            self.view,
        ));
        conclusion
            .drafts
            .extend(manifests::conclude(named, &self.canon, self.view));
        conclusion
            .drafts
            .extend(imports::paths::conclude(imported, addresses, &mapped));
        for draft in &mut conclusion.drafts {
            quotes.conceal(draft);
        }
        // An anchor of YAML that is used five times, or two readers of one file, find the same thing more than once.
        let mut told = HashSet::new();
        conclusion.drafts.retain(|draft| {
            let place = draft.mark.as_ref().map(|mark| (mark.start, mark.end));
            told.insert((draft.rule, draft.path.clone(), place, draft.content.clone()))
        });
        conclusion
    }
}

impl Found {
    /// A file that could not be read at all.
    fn unread(file: &FileView<'_>, why: impl std::fmt::Display) -> Self {
        Self {
            gaps: vec![Gap {
                what: file.path.as_str().to_owned(),
                why: why.to_string(),
            }],
            ..Self::default()
        }
    }

    /// Findings alone.
    fn drafts(drafts: impl IntoIterator<Item = Draft>) -> Self {
        Self {
            drafts: drafts.into_iter().collect(),
            ..Self::default()
        }
    }

    fn join(&mut self, other: Self) {
        self.drafts.extend(other.drafts);
        self.gaps.extend(other.gaps);
        self.facts.extend(other.facts);
    }
}

/// One kind of file.
struct Kind {
    /// Whether a path is of this kind; cheap, asked for every file.
    wants: fn(&RepoPath, &Canon) -> bool,
    /// Reads such a file.
    inspect: fn(&FileView<'_>, &Canon) -> Found,
}

/// All kinds of files. A file may be of several.
const KINDS: &[Kind] = &[
    Kind {
        wants: containers::wants,
        inspect: containers::inspect,
    },
    Kind {
        wants: env::wants,
        inspect: env::inspect,
    },
    Kind {
        wants: imports::wants,
        inspect: imports::inspect,
    },
    Kind {
        wants: imports::paths::wants,
        inspect: imports::paths::inspect,
    },
    Kind {
        wants: manifests::wants,
        inspect: manifests::inspect,
    },
    Kind {
        wants: mcp::wants,
        inspect: mcp::inspect,
    },
    Kind {
        wants: orm::wants,
        inspect: orm::inspect,
    },
    Kind {
        wants: prisma::wants,
        inspect: prisma::inspect,
    },
    Kind {
        wants: rails::wants,
        inspect: rails::inspect,
    },
    Kind {
        wants: shell::wants,
        inspect: shell::inspect,
    },
    Kind {
        wants: sql::wants,
        inspect: sql::inspect,
    },
    Kind {
        wants: terraform::wants,
        inspect: terraform::inspect,
    },
];

/// The largest file of settings that is read, in bytes; people write none that large.
const LARGEST: usize = 4 << 20;

/// The text of a file of at most `limit` bytes, or why there is none.
fn text_of<'f>(file: &FileView<'f>, limit: usize) -> Result<&'f str, &'static str> {
    if file.text.len() > limit {
        return Err("it is too large");
    }
    std::str::from_utf8(file.text).map_err(|_| "it is no UTF-8")
}

/// A gap about a line of a file, or all of it.
fn gap(file: &FileView<'_>, line: Option<usize>, why: &str) -> Gap {
    let path = file.path.as_str();
    Gap {
        what: line.map_or_else(|| path.to_owned(), |line| format!("{path}:{line}")),
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
