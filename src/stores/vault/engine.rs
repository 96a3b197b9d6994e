//! Which KV engine a path is in, and which version it is.

use super::answers::{Enveloped, MountInfo};
use super::calls::MountOf;
use super::session::Session;
use super::trouble::Trouble;
use crate::credentials::Failure;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// The mount, without a slash at either end.
    pub(super) mount: String,
    /// The path below it.
    pub(super) path: String,
    /// 1 or 2.
    pub(super) version: u8,
}

/// The mounts that are known already. No mount is inside of another, so the one a path begins with is its own.
#[derive(Debug, Default)]
pub(super) struct Mounts(Mutex<BTreeMap<String, u8>>);

impl Spot {
    /// The path a policy has to name for one of the engine's calls: `data`, `metadata`, `subkeys`.
    pub(super) fn below(&self, call: &str) -> String {
        format!("{}/{call}/{}", self.mount, self.path)
    }
}

impl Mounts {
    /// Finds the engine: the server is asked first; where it will not tell, `kv` of the map counts, and `mount` of
    /// the configuration.
    pub(super) async fn locate(
        &self,
        session: &Session,
        path: &str,
        kv: Option<u8>,
        configured: Option<&str>,
    ) -> Result<Spot, Failure> {
        check(path)?;
        if let Some(spot) = self.known(path) {
            return spot;
        }
        let asked = MountOf {
            path: path.to_owned(),
        };
        let answer: Result<Enveloped<MountInfo>, Trouble> = session.ask(asked).await;
        match answer {
            Ok(info) => {
                let mount = engine(&info.data)?;
                let spot = split(path, &mount, info.data.version())?;
                let mut known = self
                    .0
                    .lock()
                    .unwrap_or_else(|poisoned| poisoned.into_inner());
                known.insert(mount, spot.version);
                Ok(spot)
            }
            Err(trouble) if matches!(trouble.status(), Some(400 | 403 | 404)) => {
                stated(path, kv, configured, &trouble)
            }
            Err(trouble) => Err(trouble.failure()),
        }
    }

    fn known(&self, path: &str) -> Option<Result<Spot, Failure>> {
        let known = self
            .0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let (mount, version) = known
            .iter()
            .find(|(mount, _)| below(path, mount).is_some())?;
        Some(split(path, mount, *version))
    }
}

/// What would be another path by the time it arrives is not asked for: an answer about it would be of something else.
fn check(path: &str) -> Result<(), Failure> {
    let bad = |part: &str| part.is_empty() || part == "." || part == "..";
    if path.split('/').any(bad) || path.chars().any(char::is_control) {
        return Err(Failure {
            why: "the path has an empty part, a `.` or a `..` in it".to_owned(),
            help: Some("write it as `vault kv get` takes it: mount/path".to_owned()),
        });
    }
    Ok(())
}

fn engine(info: &MountInfo) -> Result<String, Failure> {
    let kinds = ["kv", "generic"];
    if !kinds.contains(&info.kind.as_str()) {
        return Err(Failure {
            why: "the path is in an engine of another kind than KV".to_owned(),
            help: Some("only KV engines keep values that can be compared".to_owned()),
        });
    }
    Ok(info.path.trim_matches('/').to_owned())
}

fn stated(
    path: &str,
    kv: Option<u8>,
    configured: Option<&str>,
    trouble: &Trouble,
) -> Result<Spot, Failure> {
    let first = || path.split('/').next().unwrap_or(path);
    let mount = configured
        .filter(|mount| below(path, mount).is_some())
        .unwrap_or_else(first);
    match kv {
        Some(version @ (1 | 2)) => split(path, mount, version),
        _ => Err(Failure {
            why: format!("the server does not tell which engine this is: {trouble}"),
            help: Some(format!(
                "check the path and the namespace; the policy needs read on `{mount}/subkeys/…` \
                 (KV version 1: on `{mount}/…`)"
            )),
        }),
    }
}

fn split(path: &str, mount: &str, version: u8) -> Result<Spot, Failure> {
    match below(path, mount) {
        Some(rest) => Ok(Spot {
            mount: mount.to_owned(),
            path: rest.to_owned(),
            version,
        }),
        None if path == mount => Err(Failure {
            why: "the path is that of a whole engine".to_owned(),
            help: Some("name a secret in it: mount/path".to_owned()),
        }),
        None => Err(Failure {
            why: "the server names an engine that the path is not in".to_owned(),
            help: None,
        }),
    }
}

fn below<'a>(path: &'a str, mount: &str) -> Option<&'a str> {
    path.strip_prefix(mount)?
        .strip_prefix('/')
        .filter(|rest| !rest.is_empty())
}
