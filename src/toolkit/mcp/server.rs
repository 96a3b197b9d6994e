//! What an MCP configuration starts or connects to.

use crate::toolkit::document::Node;
use std::collections::HashSet;
use std::ops::Range;

/// A configured server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// The name it is given.
    pub(super) name: String,
    /// Where the name stands.
    pub(super) span: Range<usize>,
    /// What it is.
    pub(super) runs: Runs,
    /// Values that may be secrets: environment and headers.
    pub(super) hidden: Vec<Range<usize>>,
}

/// What a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Runs {
    /// A remote one.
    Remote(String),
    /// A package that is fetched and run (`npx`, `uvx`, `docker run` …), and its version when pinned.
    Package {
        /// Its name.
        name: String,
        /// Its version.
        version: Option<String>,
    },
    /// A program of this machine.
    Program(String),
}

/// All servers of a configuration, whichever program it is for.
pub(super) fn servers(root: &Node) -> Vec<Server> {
    let holders = ["mcpServers", "servers", "mcp_servers", "context_servers"];
    let direct = holders.iter().filter_map(|key| root.get(key));
    let mcp = root.get("mcp");
    let nested = mcp.into_iter().flat_map(|mcp| {
        holders
            .iter()
            .filter_map(|key| mcp.get(key))
            .chain(std::iter::once(mcp))
    });
    let mut found: Vec<Server> = Vec::new();
    let mut seen = HashSet::new();
    for entry in direct.chain(nested).flat_map(Node::entries) {
        if let Some(runs) = runs(&entry.value)
            && seen.insert(entry.key_span.clone())
        {
            found.push(Server {
                name: entry.key.clone(),
                span: entry.key_span.clone(),
                runs,
                hidden: hidden(&entry.value),
            });
        }
    }
    found
}

fn runs(node: &Node) -> Option<Runs> {
    let urls = ["url", "httpUrl", "serverUrl", "endpoint"];
    if let Some(url) = urls
        .iter()
        .find_map(|key| node.get(key))
        .and_then(Node::text)
    {
        return Some(Runs::Remote(url.to_owned()));
    }
    let command = node.get("command")?;
    let command = command.get("path").unwrap_or(command);
    let arguments = node
        .get("args")
        .or_else(|| node.get("command").and_then(|command| command.get("args")))
        .map(Node::items)
        .unwrap_or_default();
    // Either `command` and `args`, or all in one list, or all in one text.
    let mut words: Vec<&str> = command
        .text()
        .map(|text| text.split_ascii_whitespace().collect())
        .unwrap_or_default();
    words.extend(
        command
            .items()
            .iter()
            .chain(arguments)
            .filter_map(Node::text),
    );
    program(&words)
}

fn program(words: &[&str]) -> Option<Runs> {
    let (first, rest) = words.split_first()?;
    let name = first
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .trim_end_matches(".exe")
        .trim_end_matches(".cmd");
    let (name, rest) = match (name, rest.first()) {
        // `cmd /c npx …` is how Windows starts a script.
        ("cmd", Some(&"/c" | &"/C")) => return program(rest.get(1..)?),
        ("pnpm" | "yarn" | "npm", Some(&"dlx" | &"exec" | &"x")) | ("bun", Some(&"x")) => {
            ("npx", rest.get(1..)?)
        }
        ("uv", Some(&"tool")) if rest.get(1) == Some(&"run") => ("uvx", rest.get(2..)?),
        ("pipx", Some(&"run")) => ("uvx", rest.get(1..)?),
        _ => (name, rest),
    };
    // A bridge to a remote server is that server.
    let url = rest
        .iter()
        .find(|word| word.starts_with("https://") || word.starts_with("http://"));
    let wrapped = words.iter().any(|word| {
        word.contains("mcp-remote") || word.contains("mcp-proxy") || word.contains("supergateway")
    });
    if let Some(url) = url.filter(|_| wrapped) {
        return Some(Runs::Remote((*url).to_owned()));
    }
    Some(match name {
        "npx" | "bunx" | "pnpx" => npm(named(rest, &["-p", "--package"], &["-c", "--call"])?),
        "uvx" => python(named(
            rest,
            &["--from"],
            &["--with", "--python", "-p", "--index-url"],
        )?),
        "docker" | "podman" => {
            let image = image(rest)?;
            let (name, version) = match image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))
            {
                Some((name, tag)) => (name, Some(tag.to_owned()).filter(|tag| tag != "latest")),
                None => (image, None),
            };
            Runs::Package {
                name: name.to_owned(),
                version,
            }
        }
        _ => Runs::Program(name.to_owned()),
    })
}

/// The package: the value of one of `named`, or the first word that is no flag and no value of `valued`.
fn named<'w>(words: &[&'w str], named: &[&str], valued: &[&str]) -> Option<&'w str> {
    let mut plain = None;
    let mut skip = false;
    for (at, word) in words.iter().enumerate() {
        if named.contains(word) {
            return words.get(at + 1).copied();
        }
        if let Some(value) = named
            .iter()
            .find_map(|flag| word.strip_prefix(flag)?.strip_prefix('='))
        {
            return Some(value);
        }
        if word.starts_with('-') {
            skip = valued.contains(word);
        } else if !std::mem::take(&mut skip) && plain.is_none() {
            plain = Some(*word);
            break;
        }
    }
    plain
}

fn image<'w>(words: &[&'w str]) -> Option<&'w str> {
    let after = words.iter().position(|word| *word == "run")? + 1;
    let switches = [
        "-i",
        "-t",
        "-it",
        "-d",
        "--rm",
        "--init",
        "--interactive",
        "--tty",
        "--privileged",
        "--read-only",
    ];
    let mut value = false;
    words.get(after..)?.iter().copied().find(|word| {
        let flag = word.starts_with('-');
        let found = !flag && !value;
        value = flag && !word.contains('=') && !switches.contains(word);
        found
    })
}

/// `@scope/name@1.2.3`
fn npm(spec: &str) -> Runs {
    let (name, version) = match spec
        .char_indices()
        .skip(1)
        .find(|(_, letter)| *letter == '@')
    {
        Some((at, _)) => (&spec[..at], Some(&spec[at + 1..])),
        None => (spec, None),
    };
    Runs::Package {
        name: name.to_owned(),
        version: pinned(version),
    }
}

/// `name==1.2.3` or `name@1.2.3`, extras left out.
fn python(spec: &str) -> Runs {
    let (name, version) = spec
        .split_once("==")
        .or_else(|| spec.split_once('@'))
        .map_or((spec, None), |(name, version)| (name, Some(version)));
    let name = name.split('[').next().unwrap_or_default().trim();
    Runs::Package {
        name: name.to_owned(),
        version: pinned(version),
    }
}

/// A version that names one version: `latest` and ranges do not.
fn pinned(version: Option<&str>) -> Option<String> {
    version
        .map(str::trim)
        .filter(|version| {
            version.starts_with(|letter: char| letter.is_ascii_digit() || letter == 'v')
        })
        .map(str::to_owned)
}

/// Where values stand that may be secrets.
fn hidden(node: &Node) -> Vec<Range<usize>> {
    let maps = ["env", "environment", "headers", "http_headers"]
        .iter()
        .filter_map(|key| node.get(key));
    let values = maps
        .flat_map(Node::entries)
        .filter(|entry| entry.value.text().is_some())
        .map(|entry| entry.value.span.clone());
    // `--token …` and `KEY=value` among the arguments, and keys in the query of an address.
    let arguments = node
        .get("args")
        .into_iter()
        .chain(node.get("command"))
        .flat_map(Node::items)
        .map(|item| item.span.clone());
    let url = ["url", "httpUrl", "serverUrl", "endpoint"]
        .iter()
        .filter_map(|key| node.get(key))
        .filter_map(|url| {
            // Paths and queries hold keys as well; the host does not, unless an account stands before it.
            let text = url.text().filter(|text| !text.contains('@'))?;
            let host = text.find("://")? + "://".len();
            let length = text[host..].find(['/', '?']).unwrap_or(text.len() - host);
            Some((url.span.start + 1 + host + length).min(url.span.end)..url.span.end)
        });
    let account = ["url", "httpUrl", "serverUrl", "endpoint"]
        .iter()
        .filter_map(|key| node.get(key))
        .filter(|url| url.text().is_some_and(|text| text.contains('@')));
    values
        .chain(arguments)
        .chain(url)
        .chain(account.map(|url| url.span.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolkit::document::{json, toml};

    fn shown(text: &str) -> String {
        let root = if text.starts_with('[') {
            toml(text)
        } else {
            json(text)
        };
        let all = servers(&root.expect("valid"));
        all.iter()
            .map(|server| match &server.runs {
                Runs::Remote(url) => format!("{} {url}", server.name),
                Runs::Package { name, version } => format!(
                    "{} {name} {}",
                    server.name,
                    version.as_deref().unwrap_or("-")
                ),
                Runs::Program(program) => format!("{} ./{program}", server.name),
            })
            .collect::<Vec<_>>()
            .join("; ")
    }

    #[test]
    fn servers_of_every_program() {
        for (text, expected) in [
            (
                r#"{"mcpServers":{"a":{"command":"npx","args":["-y","@s/p@1.2.3","--flag"]}}}"#,
                "a @s/p 1.2.3",
            ),
            (
                r#"{"mcpServers":{"a":{"command":"npx -y p@latest"}}}"#,
                "a p -",
            ),
            (
                r#"{"servers":{"a":{"type":"http","url":"https://x.y/mcp"}}}"#,
                "a https://x.y/mcp",
            ),
            (
                r#"{"mcpServers":{"a":{"command":"npx","args":["mcp-remote","https://x.y/mcp"]}}}"#,
                "a https://x.y/mcp",
            ),
            (
                r#"{"mcpServers":{"a":{"command":"uvx","args":["--from","p[x]==2.0","run"]}}}"#,
                "a p 2.0",
            ),
            (
                r#"{"mcpServers":{"a":{"command":"docker","args":["run","-i","--rm","-e","KEY","ghcr.io/o/p:v1"]}}}"#,
                "a ghcr.io/o/p v1",
            ),
            (
                r#"{"mcpServers":{"a":{"command":"cmd","args":["/c","npx","p"]}}}"#,
                "a p -",
            ),
            (
                r#"{"mcp":{"a":{"type":"local","command":["bun","x","p@3"]}}}"#,
                "a p 3",
            ),
            (
                r#"{"mcp":{"servers":{"a":{"command":"/opt/bin/tool"}}}}"#,
                "a ./tool",
            ),
            (r#"{"mcpServers":{}}"#, ""),
            (
                "[mcp_servers.a]\ncommand = 'pnpm'\nargs = ['dlx', 'p@1']\n",
                "a p 1",
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn values_that_may_be_secrets_are_located() {
        let text = r#"{"mcpServers":{"a":{"command":"npx","args":["p"],"env":{"K":"v1"}},"b":{"url":"https://h/?key=v2","headers":{"A":"v3"}}}}"#;
        let all = servers(&json(text).expect("valid"));
        let hidden: Vec<&str> = all
            .iter()
            .flat_map(|server| &server.hidden)
            .map(|span| &text[span.clone()])
            .collect();
        assert_eq!(hidden, ["\"v1\"", "\"p\"", "\"v3\"", "/?key=v2\""]);
    }
}
