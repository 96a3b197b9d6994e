//! Reading a secret: its names, its values where they may be read, and when they were written.

use super::answers::{Enveloped, Metadata, Subkeys, Value, Values, VersionInfo};
use super::calls::SubkeysOf;
use super::engine::Spot;
use super::session::{Rights, Session, note};
use super::trouble::{Said, Trouble};
use crate::credentials::{Answer, Entry, Failure, Listing, Remark};
use crate::finding::Secret;
use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use vaultrs::api::kv1::requests::GetSecretRequest;
use vaultrs::api::kv2::requests::{ReadSecretMetadataRequest, ReadSecretRequest};

/// Values that were in force before the current ones.
#[derive(Debug, Clone, Default)]
pub struct OlderValues {
    /// Newest first.
    pub versions: Vec<OlderVersion>,
    /// Numbers of versions that are there and could not be read: deleted, or gone while they were asked for.
    pub unread: Vec<u64>,
    /// How many older ones still were not asked for, because there are too many.
    pub left_out: usize,
}

/// One version.
#[derive(Debug, Clone)]
pub struct OlderVersion {
    /// Its number.
    pub version: u64,
    /// When it was written; none where the server's time cannot be read.
    pub created: Option<Timestamp>,
    /// By name.
    pub values: BTreeMap<String, Secret>,
}

/// Lists a secret. `read_values` is the configuration's word: with none, values are read where the policy allows it.
pub(super) async fn list(
    session: &Session,
    spot: &Spot,
    read_values: Option<bool>,
) -> Result<Answer, Failure> {
    match spot.version {
        2 => list_versioned(session, spot, read_values)
            .await
            .map(|answer| hinted(answer, &spot.path)),
        _ => list_plain(session, spot, read_values).await,
    }
}

/// Reads what was there before the current version.
pub(super) async fn older(
    session: &Session,
    spot: &Spot,
    read_values: Option<bool>,
) -> Result<OlderValues, Failure> {
    if read_values == Some(false) {
        return Err(Failure {
            why: "values must not be read".to_owned(),
            help: Some("the configuration says `read_values = false`".to_owned()),
        });
    }
    if spot.version != 2 {
        return Ok(OlderValues::default());
    }
    let request = ReadSecretMetadataRequest {
        mount: spot.mount.clone(),
        path: spot.path.clone(),
    };
    let metadata: Enveloped<Metadata> = match session.ask(request).await {
        Ok(metadata) => metadata,
        Err(trouble) if trouble.is_nothing() => return Ok(OlderValues::default()),
        Err(trouble) => return Err(needs(&trouble, &spot.below("metadata"))),
    };
    let current = metadata.data.current_version;
    let mut older = metadata.data.newest_first();
    older.retain(|info| info.version != current && !info.destroyed);
    let left_out = older.len().saturating_sub(MOST_OLDER);
    older.truncate(MOST_OLDER);
    let read = read_each(session, spot, older).await?;
    Ok(OlderValues { left_out, ..read })
}

async fn read_each(
    session: &Session,
    spot: &Spot,
    versions: Vec<VersionInfo>,
) -> Result<OlderValues, Failure> {
    let read = stream::iter(versions)
        .map(|info| async move {
            let answer = values(session, spot, Some(info.version)).await;
            (info, answer)
        })
        // In order, so that the same vault gives the same report.
        .buffered(AT_A_TIME)
        .collect::<Vec<_>>()
        .await;
    let mut older = OlderValues::default();
    for (info, answer) in read {
        match answer {
            Ok(found) => older.versions.push(OlderVersion {
                version: info.version,
                created: info.created(),
                values: found
                    .data
                    .into_iter()
                    .flatten()
                    .map(|(name, value)| (name, value.0))
                    .collect(),
            }),
            Err(trouble) if trouble.status() == Some(404) => older.unread.push(info.version),
            Err(trouble) => return Err(needs(&trouble, &spot.below("data"))),
        }
    }
    Ok(older)
}

async fn list_versioned(
    session: &Session,
    spot: &Spot,
    read_values: Option<bool>,
) -> Result<Answer, Failure> {
    let data = spot.below("data");
    match read_values {
        Some(true) => {
            let (found, rights) =
                futures_util::join!(values(session, spot, None), session.rights(data));
            let rights = rights.unwrap_or_default();
            match found {
                Err(trouble) if trouble.is_denied() => {
                    let mut answer = by_names(session, spot, session.remarks.clone()).await?;
                    remark(
                        &mut answer,
                        note("values may not be read, though `read_values` asks for them"),
                    );
                    Ok(answer)
                }
                found => with_values(session, found, rights),
            }
        }
        Some(false) => {
            let remarks = session.remarks.clone();
            let (answer, rights) =
                futures_util::join!(by_names(session, spot, remarks), session.rights(data));
            let mut answer = answer?;
            let rights = rights.unwrap_or_default();
            if rights.read && !session.root {
                remark(
                    &mut answer,
                    note("the token may read values, which `read_values = false` does not need"),
                );
            }
            if rights.write && !session.root {
                remark(&mut answer, note(MAY_WRITE));
            }
            Ok(answer)
        }
        None => {
            let rights = session
                .rights(data)
                .await
                .map_err(|trouble| trouble.failure())?;
            if rights.read {
                match values(session, spot, None).await {
                    // A rule the server does not tell of (a control group, a quota) may forbid it all the same.
                    Err(trouble) if trouble.is_denied() => {}
                    found => return with_values(session, found, rights),
                }
            }
            let mut answer = by_names(session, spot, session.remarks.clone()).await?;
            if rights.write {
                remark(&mut answer, note(MAY_WRITE));
            }
            Ok(answer)
        }
    }
}

fn with_values(
    session: &Session,
    found: Result<Values, Trouble>,
    rights: Rights,
) -> Result<Answer, Failure> {
    let mut remarks = session.remarks.clone();
    if rights.write && !session.root {
        remarks.push(note(MAY_WRITE));
    }
    match found {
        Ok(Values {
            data: Some(data),
            metadata,
        }) => {
            let entries = data.into_iter().map(|(name, value)| (name, Some(value.0)));
            Ok(Answer::Listed(listing(entries, Some(&metadata), remarks)))
        }
        Ok(Values { metadata, .. }) => gone(&metadata),
        Err(trouble) => absent(&trouble),
    }
}

/// The names alone.
async fn by_names(session: &Session, spot: &Spot, remarks: Vec<Remark>) -> Result<Answer, Failure> {
    let request = SubkeysOf {
        mount: spot.mount.clone(),
        path: spot.path.clone(),
        depth: 1,
    };
    let found: Result<Enveloped<Subkeys>, Trouble> = session.ask(request).await;
    match found.map(|found| found.data) {
        Ok(Subkeys {
            subkeys: Some(names),
            metadata,
        }) => {
            let entries = names.into_keys().map(|name| (name, None));
            Ok(Answer::Listed(listing(entries, Some(&metadata), remarks)))
        }
        Ok(Subkeys { metadata, .. }) => gone(&metadata),
        Err(trouble) if trouble.is_denied() => Err(needs(&trouble, &spot.below("subkeys"))),
        Err(trouble) => absent(&trouble),
    }
}

/// KV version 1: names come with values or not at all, and there are no times.
async fn list_plain(
    session: &Session,
    spot: &Spot,
    read_values: Option<bool>,
) -> Result<Answer, Failure> {
    if read_values == Some(false) {
        return Err(Failure {
            why: "KV version 1 gives names only with values, which must not be read".to_owned(),
            help: Some("move it to version 2, or drop `read_values = false`".to_owned()),
        });
    }
    let request = GetSecretRequest {
        mount: spot.mount.clone(),
        path: spot.path.clone(),
    };
    let found: Result<Enveloped<BTreeMap<String, Value>>, Trouble> = session.ask(request).await;
    match found {
        Ok(found) => {
            let entries = found
                .data
                .into_iter()
                .map(|(name, value)| (name, Some(value.0)));
            let mut listing = listing(entries, None, session.remarks.clone());
            listing
                .remarks
                .push(note("KV version 1 keeps no times, so the age is not known"));
            Ok(Answer::Listed(listing))
        }
        Err(trouble) if trouble.is_denied() => {
            Err(needs(&trouble, &format!("{}/{}", spot.mount, spot.path)))
        }
        Err(trouble) => absent(&trouble),
    }
}

async fn values(session: &Session, spot: &Spot, version: Option<u64>) -> Result<Values, Trouble> {
    let request = ReadSecretRequest {
        mount: spot.mount.clone(),
        path: spot.path.clone(),
        version,
    };
    let found: Enveloped<Values> = session.ask(request).await?;
    Ok(found.data)
}

fn listing(
    entries: impl Iterator<Item = (String, Option<Secret>)>,
    version: Option<&VersionInfo>,
    remarks: Vec<Remark>,
) -> Listing {
    let now = Timestamp::now();
    let mut listing = Listing {
        remarks,
        ..Listing::default()
    };
    let updated = version.and_then(VersionInfo::created);
    let expires = version.and_then(|version| version.deletion().ok().flatten());
    if let Some(version) = version {
        listing.remarks.extend(about_times(version, updated, now));
    }
    for (name, value) in entries {
        let entry = Entry {
            value,
            updated,
            version: version
                .map(|version| version.version)
                .filter(|number| *number > 0),
            expires,
            ..Entry::default()
        };
        listing.entries.insert(name, entry);
    }
    listing
}

fn about_times(version: &VersionInfo, updated: Option<Timestamp>, now: Timestamp) -> Vec<Remark> {
    let mut remarks = Vec::new();
    match updated {
        None => remarks.push(note("the time of the current version cannot be read, so its age is not known")),
        Some(updated) if updated.duration_since(now) > SKEW => remarks.push(note(format!(
            "the current version was written in the future ({updated}): the server's clock or this one's is wrong"
        ))),
        Some(_) => {}
    }
    match version.deletion() {
        Ok(Some(when)) => remarks.push(note(format!(
            "the vault deletes the current version on {when}"
        ))),
        Ok(None) => {}
        Err(_) => remarks.push(note(
            "when the vault deletes the current version cannot be read",
        )),
    }
    remarks
}

/// What a refusal says of the secret itself: that it is not there, or nothing.
fn absent(trouble: &Trouble) -> Result<Answer, Failure> {
    match trouble {
        Trouble::Refused {
            status: 404,
            said: Said::Version(version),
            ..
        } => gone(version),
        trouble if trouble.is_nothing() => Ok(Answer::Absent(
            "the vault holds nothing at this path".to_owned(),
        )),
        trouble => Err(trouble.failure()),
    }
}

/// Where nothing is, a path as the API writes it may be meant: it has `data` behind the mount.
fn hinted(answer: Answer, path: &str) -> Answer {
    let first = path.split_once('/').map(|(first, _)| first);
    match (answer, first) {
        (Answer::Absent(how), Some(first @ ("data" | "metadata"))) => Answer::Absent(format!(
            "{how}; the map's path is the one without `{first}/` behind the mount"
        )),
        (answer, _) => answer,
    }
}

fn gone(version: &VersionInfo) -> Result<Answer, Failure> {
    let number = version.version;
    if version.destroyed {
        return Ok(Answer::Absent(format!(
            "version {number}, the current one, was destroyed"
        )));
    }
    match version.deletion() {
        Ok(Some(when)) => Ok(Answer::Absent(format!(
            "version {number}, the current one, was deleted on {when}"
        ))),
        _ => Err(Failure {
            why: "the vault gives neither the secret nor a reason".to_owned(),
            help: None,
        }),
    }
}

/// A refusal, and the line of policy that is missing.
fn needs(trouble: &Trouble, path: &str) -> Failure {
    let mut failure = trouble.failure();
    if trouble.is_denied()
        && !matches!(
            trouble,
            Trouble::Refused {
                said: Said::BadToken,
                ..
            }
        )
    {
        failure.help = Some(format!(
            "is the token still valid? its policy needs: path \"{path}\" {{ capabilities = [\"read\"] }}"
        ));
    }
    failure
}

fn remark(answer: &mut Answer, remark: Remark) {
    if let Answer::Listed(listing) = answer {
        listing.remarks.push(remark);
    }
}

const MAY_WRITE: &str = "the token may change or delete this secret; reading it is enough";

/// How far ahead a server's clock may be.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Versions read of one secret, and how many at a time.
const MOST_OLDER: usize = 100;
const AT_A_TIME: usize = 4;
