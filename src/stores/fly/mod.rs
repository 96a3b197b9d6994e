//! Fly: the names, digests and times of an app's secrets, and the machines it runs, over the Machines API.
//!
//! Only ever asks (`GET`, and one GraphQL query); never asks for values, and drops them unread should they come.
//! Digests are Fly's own: they tell that a value changed, not what it is. Documentation: <https://docs.machines.dev>,
//! <https://fly.io/docs/apps/secrets/>.
//!
//! Fly answers 404 for an app that is not there as for one the token may not see. So 404 alone is *unknown*; it is
//! *absent* only when the organisation is configured, and the token lists other apps of it but not this one.

mod access;
mod graphql;
mod reach;
pub mod reality;
mod wire;

pub use access::FlyEnvironment;
pub use reality::{
    FlyCheck, FlyCheckStatus, FlyMachine, FlyMachineConfig, FlyPort, FlyReality, FlyService,
    HostStatus,
};

use super::api::{ApiError, Limits, Refusal};
use super::{Asked, Store};
use crate::credentials::{Answer, Entry, Failure, Listing, StoreKind, StorePlace};
use access::Access;
use jiff::Timestamp;
use reach::Running;
use reqwest::StatusCode;

/// Fly, as one token sees it.
pub struct FlyStore {
    /// Where to ask; why nothing can be asked.
    access: Result<Access, Failure>,
    /// The organisation all of whose apps the token sees.
    organization: Option<String>,
}

impl FlyStore {
    /// Finds the token and the addresses. `organization` is the slug of the one whose apps the map names; only with
    /// it, and a token for all of it, can an app be known to be absent.
    ///
    /// Never fails: without a token every answer says so.
    #[must_use]
    pub fn open(
        environment: &FlyEnvironment<'_>,
        organization: Option<&str>,
        limits: Limits,
    ) -> Self {
        Self {
            access: Access::find(environment, limits),
            organization: organization.map(str::to_owned),
        }
    }

    /// What runs of an app.
    ///
    /// # Errors
    /// It could not be asked; nothing follows about what runs.
    pub async fn machines(&self, app: &str) -> Result<FlyReality, Failure> {
        let access = self.access_to(app)?;
        self.reality(access, app)
            .await
            .map_err(|error| words(app, error))
    }

    async fn reality(&self, access: &Access, app: &str) -> Result<FlyReality, ApiError> {
        let machines = access
            .machines
            .get(&["v1", "apps", app, "machines"], &[])
            .await?;
        Ok(FlyReality::new(app, machines))
    }

    fn access_to(&self, app: &str) -> Result<&Access, Failure> {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if app.is_empty() || app.len() > LONGEST_NAME || !app.bytes().all(is_part) {
            return Err(Failure {
                why: "the map names an app that can be none of Fly's".to_owned(),
                help: Some("names of apps are letters, digits and dashes".to_owned()),
            });
        }
        self.access.as_ref().map_err(Clone::clone)
    }

    async fn answer(&self, app: &str) -> Answer {
        let access = match self.access_to(app) {
            Ok(access) => access,
            Err(failure) => return Answer::Unknown(failure),
        };
        let path = ["v1", "apps", app, "secrets"];
        let secrets = access.machines.get::<wire::Secrets>(&path, &[]).await;
        match secrets {
            Ok(secrets) => Answer::Listed(self.listing(access, app, secrets).await),
            Err(ApiError::Refused(refusal)) if refusal.page => Answer::Unknown(refusal.failure()),
            Err(ApiError::Refused(refusal)) => match refusal.status {
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => match &access.graphql {
                    Some(graphql) => graphql::listing(graphql, app)
                        .await
                        .map_or_else(|| Answer::Unknown(refused(app, &refusal)), Answer::Listed),
                    None => Answer::Unknown(refused(app, &refusal)),
                },
                StatusCode::NOT_FOUND => self.not_found(access, app, &refusal).await,
                _ => Answer::Unknown(refusal.failure()),
            },
            Err(ApiError::Failed(failure)) => Answer::Unknown(failure),
        }
    }

    /// Tells an app that is not there from one that is not shown.
    async fn not_found(&self, access: &Access, app: &str, refusal: &Refusal) -> Answer {
        if let Some(organization) = &self.organization {
            let query = [("org_slug", organization.as_str())];
            let apps = access
                .machines
                .get::<wire::Apps>(&["v1", "apps"], &query)
                .await;
            // A token for a single app sees at most that one; a shortened list proves nothing either.
            if let Ok(wire::Apps { total_apps, apps }) = apps
                && apps.len() >= 2
                && total_apps == apps.len() as u64
                && apps.iter().all(|other| other.name != app)
            {
                return Answer::Absent(format!("the organisation {organization} has no such app"));
            }
        }
        Answer::Unknown(refused(app, refusal))
    }

    async fn listing(&self, access: &Access, app: &str, secrets: wire::Secrets) -> Listing {
        let mut listing = Listing::default();
        for secret in secrets.secrets {
            let time = |text: Option<String>| text?.parse::<Timestamp>().ok();
            let (created, updated) = (time(secret.created_at), time(secret.updated_at));
            let entry = Entry {
                // Made then, and perhaps set again since.
                weak_time: updated.is_none() && created.is_some(),
                updated: updated.or(created),
                digest: secret.digest,
                ..Entry::default()
            };
            listing.entries.insert(secret.name, entry);
        }
        if listing
            .entries
            .values()
            .any(|entry| entry.updated.is_some() && !entry.weak_time)
            && let Some(running) = self.running(access, app).await
        {
            for entry in listing
                .entries
                .values_mut()
                .filter(|entry| !entry.weak_time)
            {
                entry.reach = entry.updated.and_then(|updated| running.reach(updated));
            }
        }
        listing
    }

    /// What the machines run; none where that cannot be had, which leaves the listing as good as it is.
    async fn running(&self, access: &Access, app: &str) -> Option<Running> {
        let releases = access.releases.as_ref()?;
        let path = ["api", "v1", "apps", app, "releases"];
        let query = [("limit", RELEASES)];
        let releases = releases.get::<wire::Releases>(&path, &query);
        let (reality, releases) =
            futures_util::future::join(self.reality(access, app), releases).await;
        Some(Running::new(&reality.ok()?, &releases.ok()?))
    }
}

impl Store for FlyStore {
    fn kind(&self) -> StoreKind {
        StoreKind::Fly
    }

    fn list<'a>(&'a self, place: &'a StorePlace) -> Asked<'a> {
        Box::pin(async move {
            match place {
                StorePlace::Fly { app } => self.answer(app).await,
                other => Answer::Unknown(Failure {
                    why: format!("{other} is no app of Fly"),
                    help: None,
                }),
            }
        })
    }
}

fn words(app: &str, error: ApiError) -> Failure {
    match error {
        ApiError::Refused(refusal) => refused(app, &refusal),
        ApiError::Failed(failure) => failure,
    }
}

/// What a refusal means at Fly, and what to do about it.
fn refused(app: &str, refusal: &Refusal) -> Failure {
    let said = refusal.words();
    let (why, help) = match refusal.status {
        _ if refusal.page => return refusal.failure(),
        StatusCode::UNAUTHORIZED => (
            format!("Fly does not accept the token: {said}"),
            "set FLY_API_TOKEN to one that is still valid; `fly tokens create readonly ORG` makes one that can only \
             read",
        ),
        StatusCode::FORBIDDEN => (
            format!("the Fly token has no right to read {app}: {said}"),
            "use a token of the app's organisation: `fly tokens create readonly ORG`",
        ),
        StatusCode::NOT_FOUND => (
            format!("{app} is not there, or the Fly token may not see it: {said}"),
            "check the app's name and the token's organisation; with `organization` in [stores.fly] the one can be \
             told from the other",
        ),
        _ => return refusal.failure(),
    };
    Failure {
        why,
        help: Some(help.to_owned()),
    }
}

/// Bytes of an app's name.
const LONGEST_NAME: usize = 63;

/// Releases asked for; a machine that runs an older one is of unknown age.
const RELEASES: &str = "100";

#[cfg(test)]
mod tests;
