//! One comment on a pull request: made once, found again by a mark that nobody sees, and changed from then on.

use super::markdown;
use super::posted::{Posted, Verdict};
use super::server::{Refused, Request, Server};
use crate::credentials::Failure;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::json;

/// Makes the comment, or brings the one that is there up to date. A run that found nothing says so only where an earlier
/// one had something to say. GitHub knows no "make it unless it is there": where two jobs made one each at the same time, the
/// older stays.
///
/// # Errors
/// What the server refused, in words.
pub(super) async fn keep(
    server: &Server,
    posted: &Posted,
    name: &str,
    number: u64,
) -> Result<String, Failure> {
    let mark = format!("<!-- stackguard: {name} -->");
    let body = format!(
        "{mark}\n### {name}: {}\n\n{}",
        markdown::headline(posted),
        markdown::body(posted)
    );
    let number = number.to_string();
    let send = json!({ "body": body });
    let mut ours = existing(server, &number, &mark).await?;
    let is_new = ours.is_empty();
    if is_new {
        if posted.verdict == Verdict::Clean && posted.new_findings().is_empty() {
            return Ok("nothing was found, and no comment says otherwise".into());
        }
        let request = asked("a comment", &["issues", &number, "comments"]);
        server
            .post::<Made>(&request, &send)
            .await
            .map_err(|refused| refused.failure)?;
        // It is made, whatever comes of looking for another.
        ours = existing(server, &number, &mark).await.unwrap_or_default();
    }
    let mut ours = ours.into_iter();
    let first = ours.next();
    for double in ours {
        remove(server, double.id).await?;
    }
    match first {
        Some(comment) if !same(&comment.body, &body) => {
            let id = comment.id.to_string();
            let request = asked("the comment", &["issues", "comments", &id]);
            server
                .patch::<Made>(&request, &send)
                .await
                .map_err(|refused| refused.failure)?;
            Ok(format!("comment {id} was updated"))
        }
        _ if is_new => Ok("a comment was made".into()),
        _ => Ok("the comment is as it was".into()),
    }
}

/// Takes a comment of ours away; one that another job took away already is gone as well.
async fn remove(server: &Server, id: u64) -> Result<(), Failure> {
    let id = id.to_string();
    let request = asked("a second comment", &["issues", "comments", &id]);
    match server.delete(&request).await {
        Err(refused) if refused.status != Some(StatusCode::NOT_FOUND) => Err(refused.failure),
        _ => Ok(()),
    }
}

/// A comment, as the API tells it.
#[derive(Debug, Deserialize)]
struct Comment {
    id: u64,
    #[serde(default)]
    body: Option<String>,
    user: Option<User>,
}

/// The answer to a comment sent: that there is one.
#[derive(Debug, Deserialize)]
struct Made {}

/// Who wrote it.
#[derive(Debug, Deserialize)]
struct User {
    login: String,
    #[serde(rename = "type", default)]
    kind: String,
}

/// The comments of earlier runs, the oldest first: they begin with the mark, and the token's owner wrote them. Anybody can write
/// a comment that begins so; one that somebody else wrote is not ours to change.
async fn existing(server: &Server, number: &str, mark: &str) -> Result<Vec<Comment>, Failure> {
    let request = asked("the comments", &["issues", number, "comments"]);
    let mut me: Option<Option<String>> = None;
    let mut found = Vec::new();
    for page in 1..=PAGES {
        let query = format!("?per_page={PER_PAGE}&page={page}");
        let comments: Vec<Comment> = server
            .get(&request, &query)
            .await
            .map_err(|refused| refused.failure)?;
        let last = comments.len() < PER_PAGE;
        for comment in comments {
            if !comment
                .body
                .as_deref()
                .is_some_and(|body| body.starts_with(mark))
            {
                continue;
            }
            let Some(user) = &comment.user else { continue };
            if me.is_none() {
                me = Some(login(server).await?);
            }
            let ours = match me.as_ref().and_then(Option::as_deref) {
                Some(login) => login.eq_ignore_ascii_case(&user.login),
                None => user.kind == "Bot",
            };
            if ours {
                found.push(comment);
            }
        }
        if last {
            return Ok(found);
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    Err(Failure {
        why: "the pull request has too many comments to find the one of the last run".into(),
        help: None,
    })
}

/// Whose the token is. That of a workflow or an app is nobody's, and is told so with a refusal: it writes as a bot.
async fn login(server: &Server) -> Result<Option<String>, Failure> {
    match server.user::<User>().await {
        Ok(user) => Ok(Some(user.login)),
        Err(Refused {
            status: Some(StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED),
            ..
        }) => Ok(None),
        Err(refused) => Err(refused.failure),
    }
}

fn asked<'a>(what: &'static str, path: &[&'a str]) -> Request<'a> {
    Request {
        what,
        path: path.to_vec(),
        permission: "pull-requests: write",
    }
}

/// GitHub gives line ends back as they were sent or with a carriage return.
fn same(there: &Option<String>, body: &str) -> bool {
    there
        .as_deref()
        .is_some_and(|there| there.replace("\r\n", "\n").trim_end() == body.trim_end())
}

/// The most of a list that GitHub gives at once.
const PER_PAGE: usize = 100;

/// Pages that are looked through.
const PAGES: usize = 30;
