//! What all environments of one repository share, asked for once however many places need it.

use super::access::ALL_PERMISSIONS;
use super::answers::{self, Environment, Secrets, Variables};
use super::client::{Client, Question};
use super::listing::Level;
use super::verdict::Fault;
use crate::config::values::GithubRepository;
use crate::credentials::Failure;
use tokio::sync::OnceCell;

/// A repository, as far as it was asked about.
#[derive(Debug)]
pub(super) struct Repository {
    /// `owner/name`, as the map or the configuration has it.
    name: String,
    known: OnceCell<Result<Known, Failure>>,
    shared: OnceCell<Result<Shared, Failure>>,
}

/// What the repository says of itself.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// What it is called now.
    pub name: String,
    /// Whether an organisation owns it.
    of_organisation: bool,
}

/// What each of its jobs sees.
#[derive(Debug)]
pub(super) struct Shared {
    /// Its own.
    pub repository: Level,
    /// Those of the organisation it may use.
    pub organisation: Level,
}

/// Why there is no list of an environment.
#[derive(Debug)]
pub(super) enum Lacking {
    /// There is no such environment.
    Environment,
    /// Anything else.
    Failed(Failure),
}

impl Repository {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// When it is not called `owner/name`.
    pub(super) fn new(name: &str) -> Result<Self, Failure> {
        let dots = |part: &str| matches!(part, "." | "..");
        let good =
            GithubRepository::try_from(name.to_owned()).is_ok() && !name.split('/').any(dots);
        if !good {
            return Err(Failure {
                why: "the repository is not given as `owner/name`".into(),
                help: Some("set `repository` in [stores.github], or in the map".into()),
            });
        }
        Ok(Self {
            name: name.to_owned(),
            known: OnceCell::new(),
            shared: OnceCell::new(),
        })
    }

    /// Whether the token sees it, and what it is called. Without this, a 404 of anything in it says nothing.
    pub(super) async fn known(&self, client: &Client) -> Result<Known, Failure> {
        let ask = || async {
            let question = Question {
                path: path(&self.name, &[]),
                what: format!("repository {}", self.name),
                permission: "Metadata: read",
            };
            let known: answers::Repository =
                client.get(&question).await.map_err(|fault| match fault {
                    Fault::NotFound => Failure {
                        why: format!(
                            "{}: it does not exist, or the token may not see it (404)",
                            question.what
                        ),
                        help: Some(
                            "check `owner/name`, and that the token was given this repository"
                                .into(),
                        ),
                    },
                    Fault::Failed(failure) => failure,
                })?;
            let now = Self::new(&known.full_name).map_or(&self.name, |_| &known.full_name);
            Ok(Known {
                name: now.clone(),
                of_organisation: known.owner.kind != "User",
            })
        };
        self.known.get_or_init(ask).await.clone()
    }

    /// Secrets and variables of the repository and its organisation.
    pub(super) async fn shared(&self, client: &Client, known: &Known) -> Result<&Shared, Failure> {
        let ask = || async {
            let organisation = async {
                if known.of_organisation {
                    level(client, known, Of::Organisation).await
                } else {
                    Ok(Level::default())
                }
            };
            let (repository, organisation) =
                tokio::join!(level(client, known, Of::Repository), organisation);
            let (repository, organisation) = both(repository, organisation).map_err(|fault| match fault {
                Fault::NotFound => Failure {
                    why: "secrets or variables of the repository: the token may not see them (404)".into(),
                    help: Some(format!("give it {ALL_PERMISSIONS}")),
                },
                Fault::Failed(failure) => failure,
            })?;
            Ok(Shared {
                repository,
                organisation,
            })
        };
        self.shared
            .get_or_init(ask)
            .await
            .as_ref()
            .map_err(Failure::clone)
    }
}

/// Secrets and variables of an environment, and how it is protected if that is wanted.
pub(super) async fn environment(
    client: &Client,
    known: &Known,
    name: &str,
    protection: bool,
) -> Result<(Level, Option<Environment>), Lacking> {
    let itself = async {
        if protection {
            itself(client, known, name).await.map(Some)
        } else {
            Ok(None)
        }
    };
    let (level, itself) = tokio::join!(level(client, known, Of::Environment(name)), itself);
    match both(level, itself) {
        Ok(both) => Ok(both),
        Err(Fault::Failed(failure)) => Err(Lacking::Failed(failure)),
        Err(Fault::NotFound) => Err(why_not_found(client, known, name).await),
    }
}

/// Something of an environment is not found: the environment, or the right to see that part of it.
async fn why_not_found(client: &Client, known: &Known, name: &str) -> Lacking {
    match itself(client, known, name).await {
        Err(Fault::NotFound) => Lacking::Environment,
        Err(Fault::Failed(failure)) => Lacking::Failed(failure),
        Ok(_) => Lacking::Failed(Failure {
            why: format!("secrets of environment `{name}`: the token may not see them (404)"),
            help: Some(format!("give it {ALL_PERMISSIONS}")),
        }),
    }
}

/// The environment and its rules.
async fn itself(client: &Client, known: &Known, name: &str) -> Result<Environment, Fault> {
    let question = Question {
        path: path(&known.name, &["environments", name]),
        what: format!("environment `{name}`"),
        permission: "Actions: read",
    };
    client.get(&question).await
}

/// Whose secrets and variables.
#[derive(Clone, Copy)]
enum Of<'a> {
    Environment(&'a str),
    Repository,
    Organisation,
}

/// Both lists of a level.
async fn level(client: &Client, known: &Known, of: Of<'_>) -> Result<Level, Fault> {
    let question = |kind: &str| {
        let (end, what) = match of {
            Of::Environment(name) => (
                vec!["environments", name, kind],
                format!("environment `{name}`"),
            ),
            Of::Repository => (vec!["actions", kind], "the repository".into()),
            Of::Organisation if kind == "secrets" => (
                vec!["actions", "organization-secrets"],
                "the organisation".into(),
            ),
            Of::Organisation => (
                vec!["actions", "organization-variables"],
                "the organisation".into(),
            ),
        };
        Question {
            path: path(&known.name, &end),
            what: format!("{kind} of {what}"),
            permission: match of {
                Of::Environment(_) => "Environments: read",
                _ if kind == "secrets" => "Secrets: read",
                _ => "Variables: read",
            },
        }
    };
    let (secrets, variables) = (question("secrets"), question("variables"));
    let (secrets, variables) = tokio::join!(
        client.all::<Secrets>(&secrets, SECRETS_A_PAGE),
        client.all::<Variables>(&variables, VARIABLES_A_PAGE),
    );
    let (secrets, variables) = both(secrets, variables)?;
    Ok(Level { secrets, variables })
}

/// Two answers, or what is to be said of both where they fail for reasons of their own: a token that lacks two
/// permissions is told so at once. Whichever came first, the words are the same.
fn both<A, B>(one: Result<A, Fault>, other: Result<B, Fault>) -> Result<(A, B), Fault> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(Fault::Failed(one)), Err(Fault::Failed(other))) if one.help != other.help => {
            let help = [one.help, other.help]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>();
            Err(Fault::Failed(Failure {
                why: format!("{}; {}", one.why, other.why),
                help: Some(help.join("; ")),
            }))
        }
        (Err(Fault::Failed(failure)), _) | (_, Err(Fault::Failed(failure))) => {
            Err(Fault::Failed(failure))
        }
        (Err(Fault::NotFound), _) | (_, Err(Fault::NotFound)) => Err(Fault::NotFound),
    }
}

/// `repos/OWNER/NAME/…`
fn path(repository: &str, end: &[&str]) -> Vec<String> {
    let parts = std::iter::once("repos")
        .chain(repository.split('/'))
        .chain(end.iter().copied());
    parts.map(str::to_owned).collect()
}

/// The most the API gives at once.
const SECRETS_A_PAGE: u32 = 100;
/// The most it gives at once, of an environment's and of a repository's alike.
const VARIABLES_A_PAGE: u32 = 30;
