//! Which server is asked, and with which token.
//!
//! The address may come from `stackguard.toml`, so from whoever sent a pull request; a token must never follow it to a
//! server of their choice. So only the user says where a token may go: GitHub's own hosts, the server of
//! `GITHUB_API_URL`, the one of `GH_HOST`, or that of a configuration named with `--config`. The order of the variables is that of the `gh` command
//! (<https://cli.github.com/manual/gh_help_environment>).

use crate::config::Author;
use crate::config::values::ServerAddress;
use crate::credentials::Failure;
use crate::stores::http::{is_loopback, same_origin};
use reqwest::Url;
use std::fmt;
use zeroize::Zeroizing;

/// A server and what to show it.
#[derive(Debug)]
pub(super) struct Access {
    /// The address of the API, without a slash at its end.
    pub base: Url,
    /// The token, or why there is none for that server.
    pub token: Result<Token, Failure>,
}

/// A token and where it was found.
pub(super) struct Token {
    /// It, of visible ASCII characters only.
    pub value: Zeroizing<String>,
    /// The variable.
    pub variable: &'static str,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(from {})", self.variable)
    }
}

impl Access {
    /// From the configuration's address, `author`'s word, and the environment.
    ///
    /// # Errors
    /// When an address cannot be read, or is one to which no token may be sent in the clear.
    pub(super) fn of(
        api_url: Option<&str>,
        author: Author,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let env = |name: &str| env(name).filter(|value| !value.trim().is_empty());
        let told = env("GITHUB_API_URL")
            .map(|text| address(&text, "GITHUB_API_URL"))
            .transpose()?;
        let host = env("GH_HOST").map(|host| of_host(&host)).transpose()?;
        let base = match (api_url, &told, &host) {
            (Some(text), _, _) => address(text, "`api_url`")?,
            (None, Some(url), _) | (None, None, Some(url)) => url.clone(),
            (None, None, None) => address(GITHUB, "GitHub's address")?,
        };
        let is = |other: &Option<Url>| other.as_ref().is_some_and(|url| same_origin(url, &base));
        let variables: &[&'static str] = if is_github(&base) {
            &["GH_TOKEN", "GITHUB_TOKEN"]
        } else if is(&told) {
            &[
                "GH_ENTERPRISE_TOKEN",
                "GITHUB_ENTERPRISE_TOKEN",
                "GH_TOKEN",
                "GITHUB_TOKEN",
            ]
        } else if is(&host) || author == Author::User {
            &["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]
        } else {
            &[]
        };
        let token = token(variables, &base, &env);
        if token.is_ok() && base.scheme() != "https" && !is_loopback(&base) {
            return Err(Failure {
                why: format!(
                    "the API at {} would be sent the token in the clear",
                    shown(&base)
                ),
                help: Some("give an address that begins with `https://`".into()),
            });
        }
        Ok(Self { base, token })
    }
}

/// The host and port of an address, for people.
pub(super) fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Reads an address; `whence` names what gave it, never what it says.
fn address(text: &str, whence: &str) -> Result<Url, Failure> {
    let bad = |why: &str| {
        Failure {
        why: format!("{whence} {}", why.lines().next().unwrap_or("is no address")),
        help: Some("it is the address of the REST API: \"https://api.github.com\", or \"https://HOST/api/v3\"".into()),
    }
    };
    let checked = ServerAddress::try_from(text.trim().to_owned()).map_err(|why| bad(&why))?;
    let trimmed = checked.as_str().trim_end_matches('/');
    Url::parse(trimmed).map_err(|_| bad("is no address"))
}

/// The address of the API of a host, as `gh` derives it.
fn of_host(host: &str) -> Result<Url, Failure> {
    let host = host.trim();
    let text = if host == "github.com" {
        GITHUB.to_owned()
    } else if host.ends_with(TENANTS) {
        format!("https://api.{host}")
    } else {
        format!("https://{host}/api/v3")
    };
    let url = address(&text, "GH_HOST")?;
    if url.path().trim_end_matches("/api/v3").len() > 1 {
        return Err(Failure {
            why: "GH_HOST holds more than the name of a host".into(),
            help: Some("for an address, set GITHUB_API_URL".into()),
        });
    }
    Ok(url)
}

/// Whether the server is GitHub's own.
fn is_github(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default();
    let standard = base.scheme() == "https" && base.port().is_none();
    standard && (host == "api.github.com" || host.ends_with(TENANTS))
}

/// The first token among the variables.
fn token(
    variables: &[&'static str],
    base: &Url,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Token, Failure> {
    let Some(first) = variables.first() else {
        return Err(Failure {
            why: format!("no token is sent to {}, which only the repository's configuration names", shown(base)),
            help: Some(
                "where a token may go must be said where the token is: set GITHUB_API_URL to the same address, or \
                 GH_HOST to its host, and GH_ENTERPRISE_TOKEN; or name the configuration with `--config`"
                    .into(),
            ),
        });
    };
    let found = variables
        .iter()
        .find_map(|variable| Some((*variable, Zeroizing::new(env(variable)?))));
    let Some((variable, text)) = found else {
        return Err(Failure {
            why: format!("no token for {}", shown(base)),
            help: Some(format!(
                "set {first} to a fine-grained or GitHub App token with {ALL_PERMISSIONS}; GITHUB_TOKEN of a \
                 workflow cannot list secrets"
            )),
        });
    };
    let value = Zeroizing::new(text.trim().to_owned());
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure {
            why: format!("{variable} holds characters that no token has"),
            help: Some("set it to the token alone".into()),
        });
    }
    Ok(Token { value, variable })
}

/// <https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens>
pub(super) const ALL_PERMISSIONS: &str =
    "the repository permissions Actions, Environments, Secrets and Variables (read)";

const GITHUB: &str = "https://api.github.com";

/// Tenants of GitHub Enterprise Cloud with data residency.
const TENANTS: &str = ".ghe.com";

#[cfg(test)]
mod tests {
    use super::*;

    fn access(api_url: Option<&str>, set: &[(&str, &str)]) -> Result<Access, Failure> {
        let env = |name: &str| {
            let found = set.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Access::of(api_url, Author::Repository, &env)
    }

    #[test]
    fn who_names_the_file_names_the_server() {
        let env =
            |name: &str| (name != "GITHUB_API_URL" && name != "GH_HOST").then(|| name.to_owned());
        for (api_url, author, variable) in [
            (
                Some("https://own.example/api/v3"),
                Author::User,
                Some("GH_ENTERPRISE_TOKEN"),
            ),
            (Some("https://own.example/api/v3"), Author::Repository, None),
            (None, Author::User, Some("GH_TOKEN")),
            (None, Author::Repository, Some("GH_TOKEN")),
        ] {
            let access = Access::of(api_url, author, &env).expect("an address");
            let found = access.token.ok().map(|token| token.variable);
            assert_eq!(found, variable, "{api_url:?} {author:?}");
        }
        let clear = Access::of(Some("http://own.example"), Author::User, &env);
        assert!(clear.is_err_and(|failure| failure.why.contains("in the clear")));
    }

    #[test]
    fn the_order_is_that_of_gh() {
        let all = [
            ("GH_TOKEN", "one"),
            ("GITHUB_TOKEN", "two"),
            ("GH_ENTERPRISE_TOKEN", "three"),
            ("GITHUB_ENTERPRISE_TOKEN", "four"),
        ];
        let runner = ("GITHUB_API_URL", "https://ghes.example/api/v3");
        let host = ("GH_HOST", "ghes.example");
        type Case<'a> = (Option<&'a str>, Option<(&'a str, &'a str)>, &'a [&'a str]);
        let cases: [Case<'_>; 7] = [
            (None, None, &["GH_TOKEN", "GITHUB_TOKEN"]),
            (
                Some("https://api.acme.ghe.com"),
                None,
                &["GH_TOKEN", "GITHUB_TOKEN"],
            ),
            (
                None,
                Some(runner),
                &[
                    "GH_ENTERPRISE_TOKEN",
                    "GITHUB_ENTERPRISE_TOKEN",
                    "GH_TOKEN",
                    "GITHUB_TOKEN",
                ],
            ),
            (
                None,
                Some(host),
                &["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"],
            ),
            (
                Some("https://ghes.example/api/v3/"),
                Some(host),
                &["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"],
            ),
            (Some("https://evil.example"), Some(host), &[]),
            (Some("https://evil.example"), None, &[]),
        ];
        for (api_url, whence, wanted) in cases {
            let mut left: Vec<(&str, &str)> = all.iter().copied().chain(whence).collect();
            for variable in wanted {
                let found = access(api_url, &left)
                    .expect("an address")
                    .token
                    .expect("a token");
                assert_eq!(found.variable, *variable, "{api_url:?} {whence:?}");
                left.retain(|(name, _)| name != variable);
            }
            let none = access(api_url, &left).expect("an address").token;
            assert!(none.is_err(), "{api_url:?} {whence:?} {none:?}");
        }
    }

    #[test]
    fn addresses_come_from_the_file_then_the_environment() {
        let base = |api_url, set: &[(&str, &str)]| {
            access(api_url, set)
                .map(|access| access.base.to_string())
                .map_err(|failure| failure.why)
        };
        let runner = ("GITHUB_API_URL", "https://ghes.example/api/v3");
        for (api_url, set, wanted) in [
            (None, &[][..], "https://api.github.com/"),
            (None, &[("GITHUB_API_URL", " ")], "https://api.github.com/"),
            (None, &[runner], "https://ghes.example/api/v3"),
            (
                None,
                &[("GH_HOST", "h.example")],
                "https://h.example/api/v3",
            ),
            (
                None,
                &[("GH_HOST", "github.com")],
                "https://api.github.com/",
            ),
            (
                None,
                &[("GH_HOST", "acme.ghe.com")],
                "https://api.acme.ghe.com/",
            ),
            (
                Some("https://other.example/api/v3/"),
                &[runner],
                "https://other.example/api/v3",
            ),
        ] {
            assert_eq!(
                base(api_url, set).as_deref(),
                Ok(wanted),
                "{api_url:?} {set:?}"
            );
        }
        for (api_url, set) in [
            (None, &[("GITHUB_API_URL", "ghes.example")][..]),
            (None, &[("GITHUB_API_URL", "https://user:pass@h.example")]),
            (None, &[("GH_HOST", "h.example/x")]),
            (None, &[("GH_HOST", "h example")]),
            (Some("ftp://h.example"), &[]),
        ] {
            assert!(base(api_url, set).is_err(), "{api_url:?} {set:?}");
        }
    }

    #[test]
    fn nothing_goes_in_the_clear() {
        let clear = "http://ghes.example/api/v3";
        let set = [("GITHUB_API_URL", clear), ("GH_TOKEN", "t")];
        let failure = access(None, &set).expect_err("no https");
        assert!(failure.why.contains("in the clear"), "{failure:?}");
        for loopback in ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"] {
            let set = [("GITHUB_API_URL", loopback), ("GH_TOKEN", "t")];
            assert!(access(None, &set).expect("loopback").token.is_ok());
        }
    }

    #[test]
    fn a_token_is_trimmed_checked_and_silent() {
        let token = |text: &str| {
            access(None, &[("GH_TOKEN", text)])
                .expect("an address")
                .token
        };
        assert_eq!(token(" abc\n").expect("a token").value.as_str(), "abc");
        assert_eq!(format!("{:?}", token("abc")), "Ok(Token(from GH_TOKEN))");
        for bad in ["a b", "a\nb", "ä", "a\u{0}b"] {
            let failure = token(bad).expect_err("no token");
            assert!(!format!("{failure:?}").contains(bad), "{failure:?}");
        }
    }
}
