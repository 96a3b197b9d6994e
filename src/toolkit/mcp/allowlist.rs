//! The list of MCP servers that someone has looked at: `{"servers": [{"name", "version", "endpoint"}]}`.

use super::server::{Runs, Server};
use crate::toolkit::document::{Node, Value};

/// The list.
#[derive(Debug)]
pub(in crate::toolkit) struct Allowlist(Vec<Listed>);

/// A server on the list; what is left out is not asked for.
#[derive(Debug)]
struct Listed {
    name: String,
    version: Option<String>,
    endpoint: Option<String>,
}

/// What is wrong with a configured server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Objection {
    /// It is not on the list.
    Unlisted,
    /// It is, in this version.
    Version(String),
    /// It is, at another address or made of another package.
    Endpoint,
}

impl Allowlist {
    /// Reads the list; none when the document is none.
    pub(super) fn read(root: &Node) -> Option<Self> {
        let servers = root.get("servers")?;
        let Value::List(items) = &servers.value else {
            return None;
        };
        let text = |item: &Node, key: &str| {
            item.get(key)
                .and_then(Node::text)
                .map(str::to_owned)
                .filter(|text| !text.is_empty())
        };
        let listed = items.iter().map(|item| {
            Some(Listed {
                name: text(item, "name")?,
                version: text(item, "version"),
                endpoint: text(item, "endpoint"),
            })
        });
        listed.collect::<Option<Vec<_>>>().map(Self)
    }

    /// What is wrong with `server`; none when it is on the list as it is. A name may be listed several times.
    pub(super) fn objection(&self, server: &Server) -> Option<Objection> {
        let same_name: Vec<&Listed> = self
            .0
            .iter()
            .filter(|listed| listed.name == server.name)
            .collect();
        if same_name.is_empty() {
            return Some(Objection::Unlisted);
        }
        let objections: Vec<Objection> = same_name
            .iter()
            .map_while(|listed| listed.objection(&server.runs))
            .collect();
        if objections.len() < same_name.len() {
            return None;
        }
        // An entry that is right but for its version says more.
        objections
            .iter()
            .find(|objection| matches!(objection, Objection::Version(_)))
            .or(objections.first())
            .cloned()
    }
}

impl Listed {
    fn objection(&self, runs: &Runs) -> Option<Objection> {
        if self
            .endpoint
            .as_deref()
            .is_some_and(|endpoint| !is_same(endpoint, runs))
        {
            return Some(Objection::Endpoint);
        }
        // A remote server has the version it has.
        let Runs::Package { version, .. } = runs else {
            return None;
        };
        let listed = self
            .version
            .as_deref()
            .filter(|listed| !matches!(*listed, "*" | "latest"))?;
        let plain = |version: &str| version.trim_start_matches('v').to_owned();
        (version.as_deref().map(plain) != Some(plain(listed)))
            .then(|| Objection::Version(listed.to_owned()))
    }
}

/// Whether an endpoint of the list (an address, a package, a command, or just `stdio`) is what a server runs.
fn is_same(endpoint: &str, runs: &Runs) -> bool {
    match runs {
        Runs::Remote(url) => {
            address(url) == address(endpoint) && (!endpoint.contains('?') || url == endpoint)
        }
        Runs::Package { name, .. } => {
            endpoint == "stdio"
                || endpoint.split_ascii_whitespace().any(|word| {
                    word == name
                        || word
                            .strip_prefix(name.as_str())
                            .is_some_and(|rest| rest.starts_with(['@', '=', ':']))
                })
        }
        Runs::Program(program) => {
            endpoint == "stdio"
                || endpoint
                    .split_ascii_whitespace()
                    .next()
                    .is_some_and(|first| first.rsplit('/').next() == Some(program))
        }
    }
}

/// An address without query and last slash.
fn address(url: &str) -> &str {
    url.split(['?', '#'])
        .next()
        .unwrap_or_default()
        .trim_end_matches('/')
}
