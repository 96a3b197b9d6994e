//! GitHub's REST API as octocrab asks it, over the transport all stores share: for the store, and for what is published.

use super::http::Unreached;
use octocrab::Octocrab;
use reqwest::Url;
use std::error::Error;

/// A client that shows this token to this server. It starts a task, which needs the runtime.
///
/// # Errors
/// An address octocrab cannot read.
pub(crate) fn client(
    base: &Url,
    token: &str,
    transport: reqwest::Client,
) -> Result<Octocrab, Unreached> {
    let base = base.as_str();
    let builder = Octocrab::builder()
        .base_uri(base)
        .and_then(|builder| builder.upload_uri(base))
        .map_err(|_| Unreached::Other)?;
    builder
        .personal_token(token)
        .add_header(reqwest::header::ACCEPT, ACCEPT.into())
        .build_with_reqwest(transport)
        .map_err(|_| Unreached::Other)
}

/// A path, percent-encoded, with the prefix of the API's address: octocrab leaves out that prefix where a path happens to
/// begin like it.
pub(crate) fn route<'p>(base: &Url, path: impl IntoIterator<Item = &'p str>) -> String {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url.path().to_owned()
}

/// Finds the transport's own error among those octocrab wraps round it.
pub(crate) fn unreached(error: &octocrab::Error) -> Unreached {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<reqwest::Error>() {
            return Unreached::of(error);
        }
        cause = error.source();
    }
    Unreached::Other
}

/// The first is what GitHub recommends, the second what its description of the API names.
const ACCEPT: &str = "application/vnd.github+json, application/json";
