//! What a database URL or host name points at.
//!
//! Written for values that people put in settings: passwords with any sign in them, several hosts, `jdbc:` in front, variables in
//! the middle. What is not written out is unknown, and unknown is never judged.

use std::ops::Range;

/// Where a value points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// Nothing, a variable, a template or a made-up host.
    Unknown,
    /// A file on this machine: SQLite.
    File,
    /// These hosts.
    Hosts(Vec<Host>),
}

/// A host, lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// A name or an address.
    pub(super) name: String,
    /// The port, when written.
    pub(super) port: Option<u16>,
}

/// A value taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Connection {
    /// `postgres`, `redis`, `mysql` …, lower case, without a driver's name (`postgresql+asyncpg`) or `jdbc:`; none for a bare host.
    pub(super) scheme: Option<String>,
    /// Where it points.
    pub(super) target: Target,
    /// Account and password in the value.
    pub(super) userinfo: Option<Range<usize>>,
}

impl Host {
    /// Reads `host[:port]`.
    #[must_use]
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, rest)) => (
                address.to_owned(),
                rest.strip_prefix(':').map(str::to_owned),
            ),
            None => match text.split_once(':') {
                Some((name, port)) if !port.contains(':') => {
                    (name.to_owned(), Some(port.to_owned()))
                }
                Some(_) => (text.clone(), None),
                None => (text.clone(), None),
            },
        };
        let port = match port {
            Some(port) if port.is_empty() => None,
            Some(port) => Some(port.parse().ok()?),
            None => None,
        };
        let named = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte));
        named.then(|| Self {
            name: name.trim_end_matches('.').to_owned(),
            port,
        })
    }

    /// Whether it is this machine, as seen from itself or from a container on it.
    #[must_use]
    pub(super) fn is_local(&self) -> bool {
        matches!(
            self.name.as_str(),
            "localhost" | "127.0.0.1" | "0.0.0.0" | "::1" | "host.docker.internal" | "host-gateway"
        ) || self.name.starts_with("127.")
    }

    /// Whether it is a name without dots, which only a network of containers knows.
    #[must_use]
    pub(super) fn is_bare(&self) -> bool {
        !self.is_local() && !self.name.contains(['.', ':'])
    }

    /// Whether it is made up.
    #[must_use]
    pub(super) fn is_example(&self) -> bool {
        let words = [
            "example",
            "your-",
            "your_",
            "yourhost",
            "placeholder",
            "xxx",
            "changeme",
            "change-me",
            "<",
            "dummy",
            "hostname",
        ];
        words.iter().any(|word| self.name.contains(word))
            || [".test", ".invalid", ".local"]
                .iter()
                .any(|end| self.name.ends_with(end))
            || self.name == "host"
    }

    /// As people write it.
    #[must_use]
    pub(super) fn shown(&self) -> String {
        self.port
            .map_or_else(|| self.name.clone(), |port| format!("{}:{port}", self.name))
    }
}

impl Connection {
    /// Takes a value apart: a URL, or a bare `host[:port]`, or `host=… port=…` words.
    #[must_use]
    pub(super) fn parse(value: &str) -> Self {
        let unknown = |scheme| Self {
            scheme,
            target: Target::Unknown,
            userinfo: None,
        };
        let trimmed = value.trim();
        if trimmed.is_empty() {
            return unknown(None);
        }
        let Some((scheme, start)) = scheme(value) else {
            return Self {
                scheme: None,
                target: bare(trimmed),
                userinfo: words_userinfo(value),
            };
        };
        if matches!(
            scheme.as_str(),
            "file" | "sqlite" | "sqlite3" | "libsql+file"
        ) {
            return Self {
                target: Target::File,
                ..unknown(Some(scheme))
            };
        }
        let rest = &value[start..];
        let end = rest
            .find(['?', ' ', '\t', '\n', '"', '\'', '`'])
            .unwrap_or(rest.len());
        // A password may hold any sign, `/` and `@` too: what counts is the last `@`. One after a `?` may end a password or be part of
        // the query: then no word of it is safe to name.
        if let Some(at) = rest[end..].rfind('@') {
            return Self {
                scheme: Some(scheme),
                target: Target::Unknown,
                userinfo: Some(start..start + end + at),
            };
        }
        let at = rest[..end].rfind('@');
        let userinfo = at.filter(|at| *at > 0).map(|at| start..start + at);
        let authority = &rest[at.map_or(0, |at| at + 1)..end];
        let hosts = authority.split('/').next().unwrap_or_default();
        let target = if hosts.is_empty() {
            // `postgres:///db?host=…` names the host in the query; a path there is a socket.
            query_host(rest).map_or(Target::Unknown, |host| bare(&host))
        } else {
            host_list(hosts)
        };
        Self {
            scheme: Some(scheme),
            target,
            userinfo,
        }
    }

    /// Whether the scheme is Postgres'.
    #[must_use]
    pub(super) fn is_postgres(&self) -> bool {
        self.scheme.as_deref().is_some_and(|scheme| {
            scheme.starts_with("postgres") || matches!(scheme, "pgsql" | "postgis")
        })
    }
}

/// The scheme of a URL and where the rest begins.
fn scheme(value: &str) -> Option<(String, usize)> {
    let lead = value.len() - value.trim_start().len();
    let text = &value[lead..];
    let skipped = ["jdbc:", "async:"]
        .iter()
        .find(|prefix| text.starts_with(**prefix))
        .map_or(0, |prefix| prefix.len());
    let text = &text[skipped..];
    let length = text
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(byte))
        .count();
    let name = text.get(..length)?.to_ascii_lowercase();
    let after = text.get(length..)?;
    // Who names a driver (`postgresql+asyncpg`) or wraps the URL (`prisma+postgres`) is told by the words either side of the plus.
    let plain = match name.split_once('+') {
        Some(("prisma", _)) => "prisma".to_owned(),
        Some(("mongodb", _)) => "mongodb".to_owned(),
        Some((base, _)) => base.to_owned(),
        None => name,
    };
    if let Some(after) = after.strip_prefix("://") {
        return Some((plain, value.len() - after.len()));
    }
    let file = matches!(plain.as_str(), "file" | "sqlite" | "sqlite3") && after.starts_with(':');
    file.then(|| (plain, value.len() - after.len() + 1))
}

/// Hosts separated by commas.
fn host_list(text: &str) -> Target {
    let hosts: Option<Vec<Host>> = text.split(',').map(Host::parse).collect();
    match hosts {
        Some(hosts) if !hosts.iter().any(Host::is_example) => Target::Hosts(hosts),
        _ => Target::Unknown,
    }
}

/// A value that is no URL.
fn bare(value: &str) -> Target {
    if let Some(host) = value.split_ascii_whitespace().find_map(|word| {
        word.strip_prefix("host=")
            .or_else(|| word.strip_prefix("hostaddr="))
    }) {
        return if host.starts_with('/') {
            Target::Unknown
        } else {
            host_list(host)
        };
    }
    if value.contains(char::is_whitespace) || value.contains('=') {
        return Target::Unknown;
    }
    if value.starts_with('/') {
        return Target::Unknown;
    }
    host_list(value)
}

/// The password of `host=… user=… password=…`.
fn words_userinfo(value: &str) -> Option<Range<usize>> {
    let at = value.find("password=")? + "password=".len();
    let length = value[at..]
        .find(char::is_whitespace)
        .unwrap_or(value.len() - at);
    (length > 0).then(|| at..at + length)
}

fn query_host(rest: &str) -> Option<String> {
    let (_, query) = rest.split_once('?')?;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("host="))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(value: &str) -> String {
        match Connection::parse(value).target {
            Target::Unknown => "?".to_owned(),
            Target::File => "file".to_owned(),
            Target::Hosts(hosts) => hosts.iter().map(Host::shown).collect::<Vec<_>>().join(","),
        }
    }

    #[test]
    fn hosts_are_found_whatever_stands_round_them() {
        for (value, scheme, host) in [
            (
                concat!("postgresql", "://u:p@db.abc.supabase.co:5432/postgres"),
                "postgresql",
                "db.abc.supabase.co:5432",
            ),
            (
                "postgres://u:p/@x?@DB.Neon.tech/d?sslmode=require&a=b@c",
                "postgres",
                "?",
            ),
            ("postgres://u:p@w?rd@db.neon.tech/d", "postgres", "?"),
            ("postgres://u:p", "postgres", "?"),
            (
                concat!("postgres", "://u:p@/@x@DB.Neon.tech/d?sslmode=require"),
                "postgres",
                "db.neon.tech",
            ),
            (
                "jdbc:postgresql://h.rds.amazonaws.com:5432/d",
                "postgresql",
                "h.rds.amazonaws.com:5432",
            ),
            (
                "postgresql+asyncpg://u@a.b:1,c.d:2/d",
                "postgresql",
                "a.b:1,c.d:2",
            ),
            ("postgres://[::1]:5432/d", "postgres", "::1:5432"),
            ("postgres:///d?host=/var/run", "postgres", "?"),
            ("postgres://u:p@${HOST}/d", "postgres", "?"),
            ("postgres://u:p@<host>/d", "postgres", "?"),
            ("postgres://u:p@db.example.com/d", "postgres", "?"),
            (
                "prisma+postgres://accelerate.prisma-data.net/?api_key=x",
                "prisma",
                "accelerate.prisma-data.net",
            ),
            (
                concat!("mongodb+srv", "://u:p@c.mongodb.net"),
                "mongodb",
                "c.mongodb.net",
            ),
            ("file:./dev.db", "file", "file"),
            ("sqlite:///x.db", "sqlite", "file"),
            ("redis://redis:6379", "redis", "redis:6379"),
        ] {
            let parsed = Connection::parse(value);
            assert_eq!(
                (parsed.scheme.as_deref(), target(value).as_str()),
                (Some(scheme), host),
                "{value}"
            );
        }
        for (value, host) in [
            ("db.abc.supabase.co", "db.abc.supabase.co"),
            ("", "?"),
            ("$HOST", "?"),
            ("localhost:5432", "localhost:5432"),
            ("host=a.b dbname=x", "a.b"),
            ("/var/run/postgresql", "?"),
            ("a b", "?"),
        ] {
            assert_eq!(
                (Connection::parse(value).scheme, target(value).as_str()),
                (None, host),
                "{value}"
            );
        }
    }

    #[test]
    fn accounts_and_passwords_are_located() {
        let value = concat!(" postgres", "://me:s3/c@ret@a.b/d");
        let found = Connection::parse(value).userinfo.expect("there is one");
        assert_eq!(&value[found], "me:s3/c@ret");
        assert_eq!(Connection::parse("postgres://a.b/d").userinfo, None);
        let value = "host=a password=hush dbname=b";
        assert_eq!(
            &value[Connection::parse(value).userinfo.expect("there is one")],
            "hush"
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(value in concat!("(jdbc:|postgres", "://|file:|)[a-z:@/?=&,\\[\\]{}$ .é%+]{0,40}")) {
            let found = Connection::parse(&value);
            if let Some(range) = found.userinfo {
                proptest::prop_assert!(value.get(range).is_some());
            }
        }
    }
}
