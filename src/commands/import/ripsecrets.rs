//! `.secretsignore` of ripsecrets: lines of `.gitignore`, then below `[secrets]` expressions over secrets.

use super::gitleaks_config::ANY_SECRET;
use super::value::{self, Value};
use super::{Accepted, Exception, Proof, Taken, path_glob};
use crate::finding::Secret;

/// Reads the file.
pub(super) fn take(text: &str, reason: &str) -> Taken {
    let mut taken = Taken::default();
    let mut in_secrets = false;
    for (line, entry) in (1..).zip(text.lines()) {
        let entry = entry.trim();
        if entry == "[secrets]" {
            in_secrets = true;
        } else if entry.is_empty() || entry.starts_with('#') {
        } else if in_secrets {
            match value::of_regex(entry) {
                Ok(Value::Pattern(pattern)) => taken.allows.push(exception(None, &pattern, reason)),
                Ok(Value::Literal(text)) => taken.accepted.push(Accepted {
                    line,
                    proof: Proof::Value(Secret::new(text.as_bytes())),
                    ..Accepted::default()
                }),
                Err(why) => taken.left(line, "a pattern", why),
            }
        } else {
            match path_glob::of_gitignore(entry) {
                Ok(glob) => taken.allows.push(exception(Some(glob), ANY_SECRET, reason)),
                Err(why) => taken.left(line, "a path", why),
            }
        }
    }
    taken
}

fn exception(path: Option<String>, value: &str, reason: &str) -> Exception {
    Exception {
        path,
        value: Some(value.to_owned()),
        reason: reason.to_owned(),
        ..Exception::default()
    }
}
