//! What an answer that is not a list means, in words for people. Pure: status, headers and the API's message in, words out.
//!
//! The message is looked at for a few known phrases and never repeated.
//! Facts: <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>,
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.

use crate::credentials::Failure;
use crate::stores::http::{is_passing, retry_after};
use jiff::{Timestamp, Unit};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::time::Duration;

/// What was asked for, as failures name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    /// "secrets of environment `staging`"
    pub what: &'a str,
    /// What a token needs for it, where the answer does not say: "Environments: read".
    pub permission: &'static str,
    /// The variable the token came from.
    pub variable: &'static str,
    /// The server.
    pub host: &'a str,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// 404: not there, or not to be seen with this token.
    NotFound,
    /// Anything else.
    Failed(Failure),
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stays so.
    Final(Fault),
    /// It may be better later.
    Passing {
        /// How long the server wants to be left alone.
        wait: Option<Duration>,
        /// Whether all other requests must wait as well.
        limit: bool,
        /// What to say when there is no later.
        failure: Failure,
    },
}

/// A status other than success, with the headers and the `message` of its body.
pub(super) fn of(
    subject: Subject<'_>,
    status: StatusCode,
    headers: &HeaderMap,
    message: &str,
    now: Timestamp,
) -> Verdict {
    let said = |words: String, help: Option<String>| Failure {
        why: format!("{}: {words} ({})", subject.what, status.as_u16()),
        help,
    };
    let last = |failure| Verdict::Final(Fault::Failed(failure));
    let message = message.to_ascii_lowercase();
    if let Some(verdict) = limited(status, headers, &message, now, &said) {
        return verdict;
    }
    if is_passing(status) {
        return Verdict::Passing {
            wait: retry_after(headers, now),
            limit: false,
            failure: said(
                format!("{} has an error of its own", subject.host),
                Some("ask again later".into()),
            ),
        };
    }
    match status {
        StatusCode::UNAUTHORIZED => last(said(
            format!(
                "{} does not take the token in {}",
                subject.host, subject.variable
            ),
            Some("it is mistyped, expired or revoked: set a new one".into()),
        )),
        StatusCode::FORBIDDEN => last(forbidden(subject, headers, &message, &said)),
        StatusCode::NOT_FOUND => Verdict::Final(Fault::NotFound),
        other if other.is_redirection() => last(said(
            format!(
                "{} sends to another address, which is not followed",
                subject.host
            ),
            Some("correct the address of the API or the name of the repository".into()),
        )),
        _ => last(said(format!("{} refused the request", subject.host), None)),
    }
}

/// The primary and the secondary limit; both come as 403 or 429.
fn limited(
    status: StatusCode,
    headers: &HeaderMap,
    message: &str,
    now: Timestamp,
    said: &dyn Fn(String, Option<String>) -> Failure,
) -> Option<Verdict> {
    if !matches!(
        status,
        StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
    ) {
        return None;
    }
    let asked = retry_after(headers, now);
    let reset = used_up_until(headers);
    let spoken = message.contains("rate limit") || message.contains("abuse detection");
    if status == StatusCode::FORBIDDEN && asked.is_none() && reset.is_none() && !spoken {
        return None;
    }
    // The header has whole seconds, so one more.
    let until_reset = reset.map(|reset| {
        let left = Duration::try_from(reset.duration_since(now)).unwrap_or_default();
        left.saturating_add(Duration::from_secs(1))
    });
    // A 429 that says nothing at all is more likely a proxy's than GitHub's.
    let wait = asked.or(until_reset).or(spoken.then_some(UNTOLD));
    let end = wait.and_then(|wait| now.checked_add(wait).ok()).map(whole);
    let words = if reset.is_some() && asked.is_none() {
        USED_UP
    } else {
        "GitHub limits how often it may be asked"
    };
    let words = match end {
        Some(end) => format!("{words}; again from {end}"),
        None => words.to_owned(),
    };
    Some(Verdict::Passing {
        wait,
        limit: true,
        failure: said(words, Some(LATER.into())),
    })
}

/// When requests are counted anew, where none is left until then.
pub(super) fn used_up_until(headers: &HeaderMap) -> Option<Timestamp> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    if number("x-ratelimit-remaining")? > 0 {
        return None;
    }
    Timestamp::from_second(number("x-ratelimit-reset")?).ok()
}

/// What to say instead of asking, while no request is left.
pub(super) fn used_up(subject: Subject<'_>, end: Timestamp) -> Failure {
    Failure {
        why: format!("{}: {USED_UP}; again from {}", subject.what, whole(end)),
        help: Some(LATER.into()),
    }
}

/// What to say of a good status with a body that is no good answer.
pub(super) fn strange(subject: Subject<'_>, body: &[u8], error: &serde_json::Error) -> Failure {
    let page = body.trim_ascii_start().starts_with(b"<");
    let words = if page {
        "answered with a web page"
    } else if error.is_eof() {
        "answered, and the answer broke off"
    } else {
        "answered, but not in the form GitHub's API does"
    };
    Failure {
        why: format!("{}: {} {words}", subject.what, subject.host),
        help: Some(
            "check the address of the API: on an own server it ends with `/api/v3`; a proxy or a login page may also \
             stand in between"
                .into(),
        ),
    }
}

/// To whole seconds, upwards.
fn whole(time: Timestamp) -> Timestamp {
    let up = jiff::TimestampRound::new()
        .smallest(Unit::Second)
        .mode(jiff::RoundMode::Ceil);
    time.round(up).unwrap_or(time)
}

fn forbidden(
    subject: Subject<'_>,
    headers: &HeaderMap,
    message: &str,
    said: &dyn Fn(String, Option<String>) -> Failure,
) -> Failure {
    let variable = subject.variable;
    if headers.contains_key("x-github-sso") {
        return said(
            format!("the organization wants the token in {variable} authorised for single sign-on"),
            Some("authorise it among the tokens in the settings of its owner".into()),
        );
    }
    if message.contains("ip allow list") {
        return said(
            "the organization lets only certain networks in, and this is none of them".into(),
            Some("run it from one of them, or have this address added to the list".into()),
        );
    }
    let permission = accepted(headers).unwrap_or_else(|| format!("\"{}\"", subject.permission));
    let help = if message.contains("accessible by integration") {
        format!(
            "a GitHub App needs the permission {permission}; GITHUB_TOKEN of a workflow can never read secrets: make a \
             token with an app (`actions/create-github-app-token`) or a fine-grained token, and give it as GH_TOKEN"
        )
    } else {
        format!(
            "a fine-grained token needs the permission {permission} on the repository; a classic one the scope `repo`, \
             and its owner the right to see the settings"
        )
    };
    said(
        format!("the token in {variable} may not read this"),
        Some(help),
    )
}

/// `X-Accepted-GitHub-Permissions` as the settings page writes it: `environments=read` is "Environments: read"; a comma
/// means both, a semicolon either. None where the header is absent or not of that form.
fn accepted(headers: &HeaderMap) -> Option<String> {
    let text = headers
        .get("x-accepted-github-permissions")?
        .to_str()
        .ok()?;
    if text.len() > LONGEST_HEADER {
        return None;
    }
    let each = |set: &str| {
        let all: Option<Vec<String>> = set.split(',').map(permission).collect();
        all.map(|all| all.join(" and "))
    };
    let any: Option<Vec<String>> = text.split(';').map(each).collect();
    any.map(|any| any.join(" or "))
}

fn permission(text: &str) -> Option<String> {
    let (name, level) = text.trim().split_once('=')?;
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    if !plain(name) || !plain(level) {
        return None;
    }
    // The settings page calls it so.
    let name = if name == "actions_variables" {
        "variables"
    } else {
        name
    };
    let (first, rest) = name.split_at(1);
    Some(format!(
        "\"{}{}: {level}\"",
        first.to_ascii_uppercase(),
        rest.replace('_', " ")
    ))
}

const USED_UP: &str = "the rate limit of the token is used up";
const LATER: &str = "ask again then; a token of a GitHub App has a limit of its own";

/// To wait after a secondary limit that does not say how long.
const UNTOLD: Duration = Duration::from_secs(60);

/// Longer than any list of permissions.
const LONGEST_HEADER: usize = 300;

#[cfg(test)]
mod tests;
