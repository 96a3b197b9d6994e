//! Shows a report where a pull request is read: one comment that is kept up to date, and one check run with annotations.
//!
//! Works on a JSON report that `check` wrote, so that the command that reads everybody's files never holds a token, and the
//! one that holds a token reads nothing but that report. Sends to one server only, and follows no redirect.

mod check_run;
mod comment;
mod markdown;
mod posted;
mod server;

pub use posted::Posted;
pub use server::Access;

use crate::credentials::Failure;
use server::Server;

/// Where to show it.
#[derive(Debug, Clone)]
pub struct Places {
    /// `owner/name`.
    pub repository: String,
    /// Tells this comment and this check run from others of the same repository.
    pub name: String,
    /// The pull request to comment on.
    pub comment: Option<u64>,
    /// The commit to make a check run for, as full hexadecimal id.
    pub check_run: Option<String>,
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was done, one sentence each.
    pub done: Vec<String>,
    /// What was not, and why.
    pub failed: Vec<Failure>,
}

/// Shows the report at every place; one that refuses does not keep it from the other.
///
/// To be run within a runtime of tokio: the client keeps a task there.
///
/// # Errors
/// When nothing can be sent at all: no secure connection is possible here, or the repository's name is none.
pub async fn publish(
    posted: &Posted,
    places: &Places,
    access: &Access,
) -> Result<Outcome, Failure> {
    let (owner, name) = repository(&places.repository)?;
    let server = Server::new(access, owner, name)?;
    let mut outcome = Outcome::default();
    let mut note = |result: Result<String, Failure>| match result {
        Ok(done) => outcome.done.push(done),
        Err(failure) => outcome.failed.push(failure),
    };
    if let Some(number) = places.comment {
        note(comment::keep(&server, posted, &places.name, number).await);
    }
    if let Some(commit) = &places.check_run {
        note(check_run::create(&server, posted, &places.name, commit).await);
    }
    Ok(outcome)
}

/// Owner and name; both become parts of an address.
fn repository(text: &str) -> Result<(&str, &str), Failure> {
    let plain = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    text.split_once('/')
        .filter(|(owner, name)| plain(owner) && plain(name))
        .ok_or_else(|| Failure {
            why: "the repository is not named as `owner/name`".into(),
            help: Some("set GITHUB_REPOSITORY, or give --repository".into()),
        })
}

#[cfg(test)]
mod tests;
