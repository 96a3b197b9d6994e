//! The one place a token may go to.

use crate::credentials::Failure;
use crate::stores::http::is_loopback;
use url::Url;

/// The base address of a server: `https`, or `http` on loopback, without a user, a query or a fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(Url);

impl Origin {
    /// Reads an address. `named` says where it was written (`FLY_FLAPS_BASE_URL`), for the error.
    ///
    /// # Errors
    /// When it is no such address. The address itself is not shown: a password may be in it.
    pub fn parse(text: &str, named: &str) -> Result<Self, Failure> {
        let wrong = |what: &str| Failure {
            why: format!("{named} {what}"),
            help: Some("write it as https://HOST; http is for servers on loopback".to_owned()),
        };
        let mut url = Url::parse(text.trim()).map_err(|_| wrong("is no web address"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("holds a user or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("holds more than an address and a path"));
        }
        let loopback = is_loopback(&url);
        match url.scheme() {
            "https" if url.host().is_some() => {}
            "http" if loopback => {}
            "http" => return Err(wrong("would send credentials unencrypted")),
            _ => return Err(wrong("is not an https address")),
        }
        // A path of its own ends with exactly one slash.
        let path = format!("{}/", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Whether the server is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// The server as messages name it: the host, with the port where it is not the scheme's own.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The address itself, ending with a slash.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// An address below it. Segments are percent-encoded; `.` and `..` and empty ones are written so that they
    /// mean nothing.
    #[must_use]
    pub fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
            for segment in path {
                // `url` drops dot segments even when they are encoded, which would name another resource.
                match *segment {
                    "" | "." | ".." => segments.push("-"),
                    other => segments.push(other),
                };
            }
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback() {
        for (text, host) in [
            ("https://api.machines.dev", "api.machines.dev"),
            ("https://api.machines.dev/", "api.machines.dev"),
            (" https://ghe.example:8443/api/v3\n", "ghe.example:8443"),
            ("http://127.0.0.1:4280", "127.0.0.1:4280"),
            ("http://localhost:1", "localhost:1"),
            ("http://[::1]:1", "[::1]:1"),
        ] {
            assert_eq!(Origin::parse(text, "X").expect(text).host(), host);
        }
        let user = ["https://us", "er:pw@host"].concat();
        for (text, word) in [
            ("", "no web address"),
            ("api.machines.dev", "no web address"),
            ("http://_api.internal:4280", "unencrypted"),
            ("http://127.0.0.1.example", "unencrypted"),
            ("http://localhost.example", "unencrypted"),
            ("ftp://127.0.0.1", "not an https"),
            ("data:x", "not an https"),
            (user.as_str(), "a user or a password"),
            ("https://host/?token=x", "more than"),
            ("https://host/#x", "more than"),
        ] {
            let failure = Origin::parse(text, "X").expect_err(text);
            assert!(
                failure.why.starts_with("X ") && failure.why.contains(word),
                "{text}: {failure:?}"
            );
            assert!(!format!("{failure:?}").contains("pw"));
        }
    }

    #[test]
    fn paths_stay_below() {
        let origin = Origin::parse("https://h/api/v3/", "X").expect("an address");
        for (path, want) in [
            (&["v1", "apps", "a b"][..], "https://h/api/v3/v1/apps/a%20b"),
            (&["v1", "..", "secrets"], "https://h/api/v3/v1/-/secrets"),
            (&["a/b", "c?d#e", ""], "https://h/api/v3/a%2Fb/c%3Fd%23e/-"),
            (&["%2e%2e"], "https://h/api/v3/%252e%252e"),
            (&[], "https://h/api/v3"),
        ] {
            assert_eq!(origin.url(path, &[]).as_str(), want);
        }
        assert_eq!(
            origin.url(&["x"], &[("a", "1&b=2")]).as_str(),
            "https://h/api/v3/x?a=1%26b%3D2"
        );
    }
}
