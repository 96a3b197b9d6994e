//! GitHub Actions secrets: names and times of what a job of an environment sees. GitHub gives no values.
//!
//! Of an environment are listed its own secrets, those of the repository and of the organisation behind them, and
//! the variables, whose values are not read. What all environments of a repository share is asked for once.
//! The token needs to read Metadata, Actions, Environments, Secrets and Variables of the repository
//! (<https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens>).

mod access;
mod answers;
mod client;
mod listing;
mod protection;
mod repository;
mod verdict;

use super::{Asked, Store};
use crate::config::Author;
use crate::config::sections::GithubStore;
use crate::credentials::{Answer, Failure, Remark, StoreKind, StorePlace};
use access::Access;
use client::{Client, Limits};
use listing::{ENVIRONMENT, Level, ORGANISATION, REPOSITORY};
use repository::{Lacking, Repository};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The secrets of GitHub, by its REST API.
///
/// To be used within one runtime of tokio: the client keeps a task there.
#[derive(Debug)]
pub struct GithubSecrets {
    client: Client,
    /// By `owner/name` in lower case.
    repositories: Mutex<BTreeMap<String, Arc<Repository>>>,
}

impl GithubSecrets {
    /// A store for the server of the configuration, or else of `GITHUB_API_URL` or `GH_HOST`, or else github.com.
    ///
    /// The token comes from the environment: `GH_TOKEN` or `GITHUB_TOKEN`; for a server of one's own
    /// `GH_ENTERPRISE_TOKEN` or `GITHUB_ENTERPRISE_TOKEN`. Without one every answer is [`Answer::Unknown`] and says
    /// what to set. `timeout` is for one answer, to its last byte; 30 s without it. Asks nothing yet.
    ///
    /// # Errors
    /// When an address cannot be read or is no secure one, or no secure connection is possible at all.
    pub fn new(
        config: &GithubStore,
        author: Author,
        env: &dyn Fn(&str) -> Option<String>,
        timeout: Option<Duration>,
    ) -> Result<Self, Failure> {
        let limits = timeout.map_or_else(Limits::default, Limits::within);
        Self::with(config, author, env, limits)
    }

    fn with(
        config: &GithubStore,
        author: Author,
        env: &dyn Fn(&str) -> Option<String>,
        limits: Limits,
    ) -> Result<Self, Failure> {
        let api_url = config.api_url.as_ref().map(|url| url.as_str());
        Ok(Self {
            client: Client::new(Access::of(api_url, author, env)?, limits)?,
            repositories: Mutex::default(),
        })
    }

    fn repository(&self, name: &str) -> Result<Arc<Repository>, Failure> {
        let mut all = self
            .repositories
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Names are not case-sensitive.
        let key = name.to_ascii_lowercase();
        if let Some(repository) = all.get(&key) {
            return Ok(Arc::clone(repository));
        }
        let repository = Arc::new(Repository::new(name)?);
        all.insert(key, Arc::clone(&repository));
        Ok(repository)
    }

    async fn answer(&self, name: &str, environment: Option<&str>) -> Result<Answer, Failure> {
        if environment.is_some_and(|environment| !is_environment(environment)) {
            return Ok(Answer::Absent("no environment can be called so".into()));
        }
        let repository = self.repository(name)?;
        let known = repository.known(&self.client).await?;
        let own = async {
            match environment {
                Some(name) => {
                    let protection = protection::serves_users(name);
                    repository::environment(&self.client, &known, name, protection)
                        .await
                        .map(Some)
                }
                None => Ok(None),
            }
        };
        let (shared, own) = tokio::join!(repository.shared(&self.client, &known), own);
        let own = match own {
            Err(Lacking::Environment) => {
                return Ok(Answer::Absent(
                    "the repository is there, the environment is not".into(),
                ));
            }
            Err(Lacking::Failed(failure)) => return Err(failure),
            Ok(own) => own,
        };
        let shared = shared?;
        let mut levels: Vec<(&'static str, &Level)> = vec![
            (REPOSITORY, &shared.repository),
            (ORGANISATION, &shared.organisation),
        ];
        if let Some((level, _)) = &own {
            levels.insert(0, (ENVIRONMENT, level));
        }
        let mut listing = listing::of(&levels);
        if let Some((_, Some(rules))) = &own {
            listing.remarks.extend(protection::lacks(rules));
        }
        if !known.name.eq_ignore_ascii_case(name) {
            listing.remarks.push(Remark {
                rule: None,
                key: None,
                file: None,
                message: format!("the repository is called {} now", known.name),
            });
        }
        Ok(Answer::Listed(listing))
    }
}

impl Store for GithubSecrets {
    fn kind(&self) -> StoreKind {
        StoreKind::Github
    }

    fn list<'a>(&'a self, place: &'a StorePlace) -> Asked<'a> {
        Box::pin(async move {
            let StorePlace::Github {
                repository,
                environment,
            } = place
            else {
                return Answer::Unknown(Failure {
                    why: "this is no place of GitHub".into(),
                    help: None,
                });
            };
            let answer = self.answer(repository, environment.as_deref());
            let patience = self.client.limits.place;
            match tokio::time::timeout(patience, answer).await {
                Ok(answer) => answer.unwrap_or_else(Answer::Unknown),
                Err(_) => Answer::Unknown(Failure {
                    why: format!("no whole answer within {patience:?}"),
                    help: Some("ask again later".into()),
                }),
            }
        })
    }
}

/// Whether an environment can have this name, and an address can say it.
fn is_environment(name: &str) -> bool {
    !name.is_empty() && !matches!(name, "." | "..") && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests;
