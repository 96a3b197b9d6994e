//! The token for Fly and the addresses it goes to, as flyctl takes them from the environment.
//!
//! The forms of tokens are those of fly-go (`tokens/tokens.go`), <https://github.com/superfly/fly-go>.

use crate::credentials::Failure;
use crate::finding::Secret;
use crate::stores::api::{Api, Limits, Origin};
use saphyr_parser::{Event, Parser};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What flyctl reads, given from outside so that a test needs no environment of its own.
pub struct FlyEnvironment<'e> {
    /// A variable of the environment.
    pub variable: &'e dyn Fn(&str) -> Option<String>,
    /// The home directory, for `.fly/config.yml`.
    pub home: Option<PathBuf>,
}

impl FlyEnvironment<'_> {
    /// Whether there is a token at all.
    #[must_use]
    pub fn has_token(&self) -> bool {
        token(self).is_ok()
    }
}

/// The interfaces of Fly, each with the token.
#[derive(Debug, Clone)]
pub(super) struct Access {
    /// The Machines API.
    pub(super) machines: Api,
    /// GraphQL, for tokens that the Machines API refuses.
    pub(super) graphql: Option<Api>,
    /// The releases of apps.
    pub(super) releases: Option<Api>,
}

impl Access {
    /// Finds the token and the addresses.
    ///
    /// Where only `FLY_FLAPS_BASE_URL` is set, the other interfaces are not asked: a token for a server of one's
    /// own has no business at Fly's.
    pub(super) fn find(environment: &FlyEnvironment<'_>, limits: Limits) -> Result<Self, Failure> {
        let header = authorization(&token(environment)?)?;
        let api = |origin| Api::new(origin, limits)?.with_header("authorization", &header);
        let set = |name: &str| (environment.variable)(name).filter(|text| !text.trim().is_empty());
        let machines = set(MACHINES.0);
        let other = |(name, default): (&str, &str)| match (set(name), &machines) {
            (Some(text), _) => Origin::parse(&text, name).and_then(api).map(Some),
            (None, Some(_)) => Ok(None),
            (None, None) => Origin::parse(default, name).and_then(api).map(Some),
        };
        Ok(Self {
            graphql: other(GRAPHQL)?,
            releases: other(RELEASES)?,
            machines: api(Origin::parse(
                machines.as_deref().unwrap_or(MACHINES.1),
                MACHINES.0,
            )?)?,
        })
    }
}

/// The token as it was given: a variable, then flyctl's own file.
fn token(environment: &FlyEnvironment<'_>) -> Result<Zeroizing<String>, Failure> {
    for name in VARIABLES {
        if let Some(text) = (environment.variable)(name).map(Zeroizing::new)
            && !text.trim().is_empty()
        {
            return Ok(text);
        }
    }
    let directory = match ((environment.variable)("FLY_CONFIG_DIR"), &environment.home) {
        (Some(directory), _) if !directory.is_empty() => Some(PathBuf::from(directory)),
        (_, home) => home.as_ref().map(|home| home.join(".fly")),
    };
    directory.and_then(|directory| signed_in(&directory.join("config.yml"))).ok_or_else(|| Failure {
        why: "there is no token for Fly".to_owned(),
        help: Some(
            "set FLY_API_TOKEN (`fly tokens create readonly ORG` makes one that can only read), or give a listing \
             with --inventory fly:APP=FILE"
                .to_owned(),
        ),
    })
}

/// `access_token` of the file flyctl writes when someone signs in; none where there is none to be had.
fn signed_in(file: &Path) -> Option<Zeroizing<String>> {
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST_CONFIG {
        return None;
    }
    let text = Zeroizing::new(std::fs::read_to_string(file).ok()?);
    let (mut depth, mut is_key, mut is_ours) = (0, true, false);
    for event in Parser::new_from_str(&text) {
        match event.ok()?.0 {
            Event::SequenceStart(..) if depth == 0 => return None,
            Event::MappingStart(..) | Event::SequenceStart(..) => depth += 1,
            Event::MappingEnd | Event::SequenceEnd => {
                depth -= 1;
                is_key = true;
            }
            Event::Scalar(scalar, ..) if depth == 1 => {
                if is_ours {
                    let token = Zeroizing::new(scalar.into_owned());
                    return (!token.trim().is_empty()).then_some(token);
                }
                is_ours = is_key && scalar == "access_token";
                is_key = !is_key;
            }
            _ => {}
        }
    }
    None
}

/// The value of the header: `FlyV1` with the macaroons where there are any, else `Bearer`.
fn authorization(token: &str) -> Result<Secret, Failure> {
    let mut token = token.trim();
    while let Some((scheme, rest)) = token.split_once(char::is_whitespace)
        && (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("flyv1"))
    {
        token = rest.trim_start();
    }
    let parts = || {
        token
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
    };
    let is_macaroon = |part: &&str| MACAROONS.iter().any(|start| part.starts_with(start));
    let macaroons = Zeroizing::new(parts().filter(is_macaroon).collect::<Vec<_>>().join(","));
    let header = match (macaroons.is_empty(), parts().next()) {
        (false, _) => Zeroizing::new(format!("FlyV1 {}", *macaroons)),
        (true, Some(first)) => Zeroizing::new(format!("Bearer {first}")),
        (true, None) => {
            return Err(Failure {
                why: "the token for Fly is empty".to_owned(),
                help: None,
            });
        }
    };
    Ok(Secret::new(header.as_bytes()))
}

/// The variables with a token, in the order they are asked.
const VARIABLES: [&str; 2] = ["FLY_API_TOKEN", "FLY_ACCESS_TOKEN"];

/// How the parts of a token begin that are macaroons.
const MACAROONS: [&str; 3] = ["fm1r_", "fm1a_", "fm2_"];

/// Variable and address of the Machines API, <https://fly.io/docs/machines/api/working-with-machines-api/>.
const MACHINES: (&str, &str) = ("FLY_FLAPS_BASE_URL", "https://api.machines.dev");

/// Variable and address of GraphQL.
const GRAPHQL: (&str, &str) = ("FLY_API_BASE_URL", "https://api.fly.io");

/// Variable and address of the releases.
const RELEASES: (&str, &str) = ("FLY_UIEX_BASE_URL", "https://api.fly.io");

/// Bytes of flyctl's file; it holds a handful of keys.
const LARGEST_CONFIG: u64 = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn header(token: &str) -> String {
        let header = authorization(token).expect("a token");
        String::from_utf8(header.expose().to_vec()).expect("ASCII")
    }

    #[test]
    fn forms_of_tokens() {
        for (token, want) in [
            ("abc", "Bearer abc"),
            (" abc\n", "Bearer abc"),
            ("Bearer abc", "Bearer abc"),
            ("fm2_a", "FlyV1 fm2_a"),
            ("FlyV1 fm2_a", "FlyV1 fm2_a"),
            ("FlyV1 Bearer flyv1  fm2_a,fm2_b", "FlyV1 fm2_a,fm2_b"),
            ("fm1r_a,fm1a_b,fo1_c", "FlyV1 fm1r_a,fm1a_b"),
            ("fo1_c, fm2_a ,", "FlyV1 fm2_a"),
            ("fo1_c", "Bearer fo1_c"),
        ] {
            assert_eq!(header(token), want, "{token}");
        }
        for empty in ["", " ", ",", "Bearer ,"] {
            assert!(authorization(empty).is_err(), "{empty:?}");
        }
    }

    fn found(pairs: &[(&str, &str)], home: Option<&Path>) -> Result<String, Failure> {
        let variable = |name: &str| {
            let pair = pairs.iter().find(|(key, _)| *key == name)?;
            Some(pair.1.to_owned())
        };
        let environment = FlyEnvironment {
            variable: &variable,
            home: home.map(Path::to_path_buf),
        };
        token(&environment).map(|token| token.to_string())
    }

    #[test]
    fn variables_come_before_the_file() {
        let home = tempfile::TempDir::new().expect("a directory");
        let file = home.path().join(".fly/config.yml");
        std::fs::create_dir(home.path().join(".fly")).expect("a directory");
        let write = |text: &str| std::fs::write(&file, text).expect("a file");
        assert!(found(&[], Some(home.path())).is_err());
        assert!(found(&[], None).is_err());
        write(
            "last_login: 2026-01-01\nwire_guard_state:\n  access_token: no\naccess_token: FlyV1 fm2_file\nx: [1]\n",
        );
        let home = Some(home.path());
        assert_eq!(found(&[], home).as_deref(), Ok("FlyV1 fm2_file"));
        assert_eq!(
            found(&[("FLY_ACCESS_TOKEN", "b")], home).as_deref(),
            Ok("b")
        );
        let both = [("FLY_ACCESS_TOKEN", "b"), ("FLY_API_TOKEN", "a")];
        assert_eq!(found(&both, home).as_deref(), Ok("a"));
        let blank = [("FLY_API_TOKEN", " "), ("FLY_ACCESS_TOKEN", "")];
        assert_eq!(found(&blank, home).as_deref(), Ok("FlyV1 fm2_file"));
        for (text, want) in [
            ("access_token: \"fm2_q\"", Some("fm2_q")),
            ("key: access_token\nother: x", None),
            ("a: [access_token, x]\nb:\n  - access_token\n  - y", None),
            ("access_token:\n  nested: x", None),
            ("access_token: ''", None),
            ("- access_token\n- x", None),
            ("access_token: [", None),
            ("", None),
        ] {
            write(text);
            assert_eq!(found(&[], home).ok().as_deref(), want, "{text:?}");
        }
    }

    #[test]
    fn a_token_for_another_server_stays_there() {
        let find = |pairs: &'static [(&str, &str)]| {
            let variable = |name: &str| {
                let all = pairs.iter().chain(&[("FLY_API_TOKEN", "x")]);
                all.clone()
                    .find(|(key, _)| *key == name)
                    .map(|pair| pair.1.to_owned())
            };
            let environment = FlyEnvironment {
                variable: &variable,
                home: None,
            };
            Access::find(&environment, Limits::default())
        };
        let plain = find(&[]).expect("all by default");
        assert_eq!(plain.machines.origin().host(), "api.machines.dev");
        assert!(plain.graphql.is_some() && plain.releases.is_some());
        let own = find(&[("FLY_FLAPS_BASE_URL", "http://127.0.0.1:1")]).expect("loopback");
        assert!(own.graphql.is_none() && own.releases.is_none());
        let failure = find(&[("FLY_FLAPS_BASE_URL", "http://fly.example")]).expect_err("plain");
        assert!(
            failure.why.starts_with("FLY_FLAPS_BASE_URL would send"),
            "{failure:?}"
        );
    }
}
