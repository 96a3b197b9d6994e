//! MCP servers that agents are configured to use, against the list of those someone has looked at.

mod allowlist;
mod server;

pub(super) use allowlist::Allowlist;

use super::canon::{Canon, fits};
use super::document::{json, toml};
use super::rules::UNLISTED_MCP_SERVER;
use super::{Fact, Found, LARGEST, View, text_of};
use crate::finding::RepoPath;
use crate::policy::Severity;
use crate::tree::{Draft, FileView};
use allowlist::Objection;
use server::{Runs, Server};

/// A configured server, and the finding about it if it is not on the list.
#[derive(Debug)]
pub(super) struct Configured {
    server: Server,
    draft: Draft,
}

/// Configurations of the programs that use MCP, and the list.
pub(super) fn wants(path: &RepoPath, canon: &Canon) -> bool {
    path.as_str() == canon.mcp_allowlist() || is_configuration(path)
}

/// Takes the servers of a configuration, or the list.
pub(super) fn inspect(file: &FileView<'_>, canon: &Canon) -> Found {
    let is_list = file.path.as_str() == canon.mcp_allowlist();
    // Editors keep all sorts of settings in these files.
    if !is_list
        && memchr::memmem::find(file.text, b"erver").is_none()
        && memchr::memmem::find(file.text, b"mcp").is_none()
    {
        return Found::default();
    }
    let text = match text_of(file, LARGEST) {
        Ok(text) => text,
        Err(why) => return Found::unread(file, why),
    };
    let root = match if file.path.extension() == "toml" {
        toml(text)
    } else {
        json(text)
    } {
        Ok(root) => root,
        Err(error) => return Found::unread(file, error),
    };
    if is_list {
        return match Allowlist::read(&root) {
            Some(list) => Found {
                facts: vec![Fact::McpAllowlist(list)],
                ..Found::default()
            },
            None => Found::unread(
                file,
                "it is no list of servers: `{\"servers\": [{\"name\", \"version\", \"endpoint\"}]}` is expected",
            ),
        };
    }
    let servers = server::servers(&root);
    if servers.len() > MOST {
        return Found::unread(file, "it configures more MCP servers than anyone would");
    }
    // All of them may stand on one line.
    let hidden: Vec<_> = servers
        .iter()
        .flat_map(|server| server.hidden.iter().cloned())
        .collect();
    let found = servers.into_iter().map(|server| {
        let draft = Draft {
            rule: UNLISTED_MCP_SERVER,
            path: file.path.clone(),
            mark: Some(file.mark_hiding(server.span.clone(), &hidden)),
            message: String::new(),
            help: None,
            content: server.name.clone(),
            severity: None,
            decided_by: None,
        };
        Configured { server, draft }
    });
    let found: Vec<Configured> = found.collect();
    Found {
        facts: if found.is_empty() {
            Vec::new()
        } else {
            vec![Fact::McpServers(found)]
        },
        ..Found::default()
    }
}

/// The servers that are not on the list, or not as the list has them.
pub(super) fn conclude(
    found: Vec<Configured>,
    list: Option<&Allowlist>,
    canon: &Canon,
    view: View,
) -> Vec<Draft> {
    // Shown a part of the tree only, nobody knows what the list says.
    if list.is_none() && view == View::Part {
        return Vec::new();
    }
    found
        .into_iter()
        .filter_map(|configured| judge(configured, list, canon))
        .collect()
}

fn judge(configured: Configured, list: Option<&Allowlist>, canon: &Canon) -> Option<Draft> {
    let Configured { server, draft } = configured;
    let name = &server.name;
    if canon
        .mcp_servers()
        .iter()
        .any(|pattern| fits(pattern, name))
    {
        return None;
    }
    let path = canon.mcp_allowlist();
    let message = match list.map(|list| list.objection(&server)) {
        None if !canon.mcp_servers().is_empty() => {
            format!("MCP server `{name}` is not among the `mcp_servers` of `[toolkit]`")
        }
        None => {
            let message = format!(
                "MCP server `{name}` is configured, and there is no list of servers that agents may use (`{path}`)"
            );
            return Some(Draft {
                message,
                severity: Some(Severity::Low),
                ..draft
            });
        }
        Some(None) => return None,
        Some(Some(Objection::Unlisted)) => {
            format!("MCP server `{name}` is not on the list of `{path}`")
        }
        Some(Some(Objection::Version(listed))) => match &server.runs {
            Runs::Package {
                version: Some(version),
                ..
            } => format!(
                "MCP server `{name}` is pinned to {version}, the list of `{path}` has {listed}"
            ),
            _ => format!(
                "MCP server `{name}` is not pinned to {listed}, the version on the list of `{path}`"
            ),
        },
        Some(Some(Objection::Endpoint)) => {
            format!("MCP server `{name}` is not what the list of `{path}` has under that name")
        }
    };
    Some(Draft {
        message,
        decided_by: Some(path.to_owned()),
        ..draft
    })
}

fn is_configuration(path: &RepoPath) -> bool {
    let text = path.as_str();
    let anywhere = |known: &&str| {
        text == *known
            || text
                .strip_suffix(known)
                .is_some_and(|folder| folder.ends_with('/'))
    };
    CONFIGURATIONS.iter().any(anywhere)
}

/// Most servers in one configuration.
const MOST: usize = 500;

/// Where programs keep their MCP servers, in a project or a home.
const CONFIGURATIONS: &[&str] = &[
    ".mcp.json",
    "mcp.json",
    "mcp_config.json",
    "mcp_settings.json",
    "mcp-config.json",
    "claude_desktop_config.json",
    "cline_mcp_settings.json",
    ".claude.json",
    ".claude/settings.json",
    ".codex/config.toml",
    ".gemini/settings.json",
    ".qwen/settings.json",
    ".vscode/settings.json",
    ".zed/settings.json",
    ".amazonq/default.json",
    "opencode.json",
    "opencode.jsonc",
    "crush.json",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Veil;

    fn conclude_over(files: &[(&str, &str)], view: View) -> Vec<Draft> {
        let (canon, veil) = (Canon::shipped(), Veil::default());
        let (mut servers, mut list) = (Vec::new(), None);
        for (path, text) in files {
            let path = RepoPath::new(path);
            assert!(wants(&path, &canon), "{path:?}");
            for fact in inspect(&FileView::new(&path, text.as_bytes(), &veil), &canon).facts {
                match fact {
                    Fact::McpServers(found) => servers.extend(found),
                    Fact::McpAllowlist(found) => list = Some(found),
                    _ => {}
                }
            }
        }
        conclude(servers, list.as_ref(), &canon, view)
    }

    const LIST: (&str, &str) = (
        "docs/policies/mcp-allowlist.json",
        r#"{"servers": [{"name": "supabase", "version": "0.5.5", "endpoint": "npx @supabase/mcp-server-supabase"}, {"name": "docs", "version": "1", "endpoint": "https://mcp.docs.dev/mcp"}, {"name": "any"}]}"#,
    );

    #[test]
    fn servers_are_held_against_the_list() {
        for (text, expected) in [
            (
                r#"{"mcpServers":{"supabase":{"command":"npx","args":["-y","@supabase/mcp-server-supabase@0.5.5"]}}}"#,
                None,
            ),
            (r#"{"mcpServers":{"any":{"command":"whatever"}}}"#, None),
            (
                r#"{"mcpServers":{"docs":{"url":"https://mcp.docs.dev/mcp/?project=x"}}}"#,
                None,
            ),
            (
                r#"{"mcpServers":{"docs":{"command":"npx","args":["mcp-remote","https://mcp.docs.dev/mcp"]}}}"#,
                None,
            ),
            (
                r#"{"mcpServers":{"supabase":{"command":"npx","args":["@supabase/mcp-server-supabase@0.4.0"]}}}"#,
                Some("is pinned to 0.4.0"),
            ),
            (
                r#"{"mcpServers":{"supabase":{"command":"npx","args":["@supabase/mcp-server-supabase@latest"]}}}"#,
                Some("is not pinned to 0.5.5"),
            ),
            (
                r#"{"mcpServers":{"supabase":{"command":"npx","args":["evil@0.5.5"]}}}"#,
                Some("is not what the list"),
            ),
            (
                r#"{"mcpServers":{"docs":{"url":"https://evil.dev/mcp"}}}"#,
                Some("is not what the list"),
            ),
            (
                r#"{"mcpServers":{"docs":{"url":"https://mcp.docs.dev.evil.dev/mcp"}}}"#,
                Some("is not what the list"),
            ),
            (
                r#"{"mcpServers":{"other":{"url":"https://x"}}}"#,
                Some("is not on the list"),
            ),
        ] {
            let found = conclude_over(&[LIST, (".mcp.json", text)], View::Whole);
            assert_eq!(
                found.len(),
                usize::from(expected.is_some()),
                "{text} {found:?}"
            );
            if let Some(expected) = expected {
                assert!(found[0].message.contains(expected), "{}", found[0].message);
            }
        }
    }

    #[test]
    fn servers_without_a_list_weigh_little() {
        let text = "{\n  \"servers\": {\n    \"a\": {\"url\": \"https://x\"}}}";
        let found = conclude_over(&[("a/.vscode/mcp.json", text)], View::Whole);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (
                found[0].severity,
                found[0].mark.as_ref().map(|mark| mark.start.line)
            ),
            (Some(Severity::Low), Some(3))
        );
        assert_eq!(
            conclude_over(&[("a/.vscode/mcp.json", text)], View::Part).len(),
            0
        );
    }

    #[test]
    fn no_secret_is_shown() {
        let word = ["hun", "ter", "22x"].concat();
        let text = format!(
            r#"{{"mcpServers":{{"a":{{"command":"x","args":["--token","{word}"],"env":{{"K":"{word}"}},"headers":{{"A":"Bearer {word}"}}}},"b":{{"url":"https://h/?key={word}"}}}}}}"#
        );
        let found = conclude_over(&[LIST, (".mcp.json", &text)], View::Whole);
        assert_eq!(found.len(), 2);
        assert!(!format!("{found:?}").contains(&word));
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(name in proptest::sample::select(vec![".mcp.json", ".codex/config.toml", "docs/policies/mcp-allowlist.json"]), text in "(\\{\"mcpServers\":)?[a-z{}\"\\[\\]:,@/ =é]{0,60}") {
            conclude_over(&[(name, &text)], View::Whole);
        }
    }
}
