//! Credentials in sentences: "regenerated the access token (`…`)", "the password is now '…'".
//!
//! People paste what they just made into status logs and runbooks. The sentence names it, and the
//! value stands in back-quotes or quotes close by, or after "is".

use super::noise::{self, Shape};
use super::words::Parts;
use std::ops::Range;

/// How far after the noun the value may stand, in bytes.
const REACH: usize = 160;
/// The same where the value may be the digest of something else, in bytes.
const NEAR: usize = 64;
/// Longest value, in bytes.
const LONGEST: usize = 256;

/// The values that the sentence round `keyword` gives, as ranges of `text`: the new token, and the old one.
#[must_use]
pub fn read(text: &[u8], keyword: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // `token` inside `tokenizer`, `--token` or `access_token=` is no noun of a sentence.
    let before = keyword.start.checked_sub(1).map_or(b' ', |at| text[at]);
    let after = &text[keyword.end..];
    let plural = usize::from(after.first() == Some(&b's'));
    let next = after.get(plural).copied().unwrap_or(b' ');
    // `"token": "…"` is an assignment, `--token "…"` a flag, `password/token` two nouns.
    let two_nouns = before == b'/' && next.is_ascii_whitespace();
    let quoted = matches!(before, b'"' | b'\'') && next == before;
    if before.is_ascii_alphanumeric()
        || next == b':' && opens_line(&text[..keyword.start])
        || quoted && after.get(plural + 1..).is_some_and(is_set)
        || matches!(before, b'_' | b'.' | b'$' | b'-')
        || before == b'/' && !two_nouns
        || is_code(&text[keyword.start.saturating_sub(40)..keyword.start])
        || is_of_id(&text[keyword.start.saturating_sub(24)..keyword.start])
        || next.is_ascii_alphanumeric()
        || matches!(next, b'_' | b'(' | b'.' | b'/')
            && after.get(plural + 1).is_some_and(u8::is_ascii_alphanumeric)
    {
        return found;
    }
    let start = keyword.end + plural;
    let high = (start + REACH).min(text.len());
    let mut at = start;
    while at < high {
        match text[at] {
            b'\n' => break,
            quote @ (b'`' | b'"' | b'\'') => {
                let apostrophe = quote == b'\'' && at > 0 && text[at - 1].is_ascii_alphanumeric();
                if apostrophe {
                    at += 1;
                    continue;
                }
                let inner = at + 1;
                let limit = (inner + LONGEST).min(text.len());
                let Some(length) = text[inner..limit]
                    .iter()
                    .position(|byte| *byte == quote || *byte == b'\n')
                else {
                    break;
                };
                let value = inner..inner + length;
                if text.get(value.end) == Some(&quote)
                    && is_credential(&text[value.clone()])
                    && !about_digests(&text[start..at])
                    && !(is_short_id(&text[value.clone()])
                        && names_credential(&text[keyword.start..at]))
                    && (at - start <= NEAR || !is_digest(&text[value.clone()]))
                {
                    found.push(value.clone());
                }
                at = value.end + 1;
            }
            _ => at += 1,
        }
    }
    if found.is_empty() {
        let told = after_verb(text, start);
        found.extend(told.filter(|value| {
            let id = is_short_id(&text[value.clone()]) && names_credential(&text[keyword.clone()]);
            !id && !about_digests(&text[start..value.start])
        }));
    }
    found
}

/// Whether a colon or an equals sign follows.
fn is_set(after: &[u8]) -> bool {
    matches!(after.trim_ascii_start().first(), Some(b':' | b'='))
}

/// Whether nothing stands before on this line: `password: …` in YAML.
fn opens_line(before: &[u8]) -> bool {
    before
        .iter()
        .rev()
        .find(|byte| !matches!(byte, b' ' | b'\t'))
        .is_none_or(|byte| *byte == b'\n')
}

/// Whether the words before are no sentence but a program, often in one long line.
fn is_code(before: &[u8]) -> bool {
    let line = before
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or(before);
    line.iter()
        .filter(|byte| matches!(byte, b'{' | b'}' | b';' | b'='))
        .count()
        >= 3
}

/// "The ID of the API Key, for example …": what is told is no secret.
fn is_of_id(before: &[u8]) -> bool {
    let lower = before.to_ascii_lowercase();
    let article = lower.trim_ascii_end();
    [&b" the"[..], b" a", b" an", b" this", b" your"]
        .iter()
        .filter_map(|word| article.strip_suffix(*word))
        .any(|rest| rest.ends_with(b" id of"))
}

/// `and token …`: the next word, when nobody but a machine could have written it.
fn straight_after(text: &[u8], start: usize) -> Option<Range<usize>> {
    let from = start + 1;
    if text.get(start) != Some(&b' ') {
        return None;
    }
    let limit = (from + LONGEST).min(text.len());
    let rest = text.get(from..limit)?;
    let length = rest
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b')' | b';' | b'`'))
        .unwrap_or(rest.len());
    let value = rest[..length].trim_ascii_end();
    let value = value.strip_suffix(b".").unwrap_or(value);
    // `<span class="token number">` is how highlighted code is marked up, `[fly tokens 3p](/tokens/)` a link.
    let markup = value
        .iter()
        .any(|byte| matches!(byte, b'<' | b'>' | b'"' | b'\'' | b'[' | b']'));
    let random = !markup
        && value.len() >= 16
        && value.iter().any(u8::is_ascii_digit)
        && !noise::is_hex(value)
        && is_credential(value)
        && noise::is_random(value);
    random.then_some(from..from + value.len())
}

/// `the password is hunter…`: a word straight after "is", "was" or ":" that only a machine would write.
fn after_verb(text: &[u8], start: usize) -> Option<Range<usize>> {
    let high = (start + 48).min(text.len());
    let rest = &text[start..high];
    let verb = VERBS.first_in(rest).last().map(|verb| verb.end);
    let straight = straight_after(text, start);
    let verb = match (verb, straight) {
        (_, Some(found)) => return Some(found),
        (Some(verb), None) => verb,
        (None, None) => return None,
    };
    let mut from = start + verb;
    while text.get(from).is_some_and(|byte| b"\"'`*_".contains(byte)) {
        from += 1;
    }
    let limit = (from + LONGEST).min(text.len());
    let length = text[from..limit]
        .iter()
        .position(|byte| {
            byte.is_ascii_whitespace() || matches!(byte, b',' | b')' | b';' | b'"' | b'\'' | b'`')
        })
        .unwrap_or(limit - from);
    let mut end = from + length;
    if text[..end].ends_with(b"...") {
        return None;
    }
    while end > from && matches!(text[end - 1], b'.' | b',' | b'!' | b'*' | b'_') {
        end -= 1;
    }
    let value = &text[from..end];
    let long = value.len() >= 12 || strong(value);
    (long && is_credential(value) && value.iter().any(u8::is_ascii_digit)).then_some(from..end)
}

/// What stands between the noun and its value.
static VERBS: Parts = Parts::phrases(&[
    " is ", " is now ", " was ", " = ", ": ", " is: ", ":** ", ":__ ", " to ",
]);

/// Stricter than for assignments: prose quotes names, commands and paths all the time.
fn is_credential(value: &[u8]) -> bool {
    if value.len() < 8
        || value
            .iter()
            .any(|byte| byte.is_ascii_whitespace() || *byte >= 0x7f)
        || noise::is_placeholder(value)
        // An address is judged by the rules for addresses; `jsonpath={…}` and its like are expressions.
        || is_filter(value)
        || [&b"://"[..], b"={", b"]("].iter().any(|sign| memchr::memmem::find(value, sign).is_some())
    {
        return false;
    }
    let digits = value.iter().any(u8::is_ascii_digit);
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    match noise::shape(value) {
        Shape::Opaque => {
            letters && (digits || value.len() >= 20) && (noise::is_random(value) || strong(value))
        }
        Shape::Digest | Shape::Uuid => true,
        Shape::Identifier => strong(value),
        _ => false,
    }
}

/// `id=6697bflskwj1998km1gnnjr38`: an argument of a command.
fn is_filter(value: &[u8]) -> bool {
    let name = value
        .iter()
        .take_while(|byte| byte.is_ascii_lowercase())
        .count();
    name >= 2 && value.get(name) == Some(&b'=') && value.len() > name + 3
}

/// "the token check in commit `…`": what is quoted is a name of content.
fn about_digests(between: &[u8]) -> bool {
    DIGESTS.any_in(&between.to_ascii_lowercase())
}

/// "uses the credential `…`" names one, as n8n and its workflows do by such an id; "the credential is `…`" tells one.
fn names_credential(between: &[u8]) -> bool {
    let lower = between.to_ascii_lowercase();
    memchr::memmem::find(&lower, b"credential").is_some() && !VERBS.any_in(&lower)
}

/// As long as the ids of n8n are.
fn is_short_id(value: &[u8]) -> bool {
    value.len() == 16 && value.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether a value is as long as digests are.
fn is_digest(value: &[u8]) -> bool {
    matches!(value.len(), 40 | 64) && noise::is_hex(value)
}

/// What names content instead of a secret.
static DIGESTS: Parts = Parts::phrases(&[
    "commit",
    "sha",
    "hash",
    "digest",
    "revision",
    "checksum",
    "fingerprint",
    "image",
    " id ",
    " id:",
    "(id:",
    "name it",
    "anchored",
    " app ",
    "application ",
    "uuid",
]);

/// A password of all four kinds of characters: `Winter!2024x`.
fn strong(value: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| value.iter().any(test);
    has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit)
        && value.iter().any(|byte| {
            matches!(
                byte,
                b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'?' | b'+'
            )
        })
        && value.len() >= 10
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;

    fn found(text: &str) -> Option<String> {
        let at = text.find("token").expect("names a token");
        read(text.as_bytes(), at..at + 5)
            .into_iter()
            .next()
            .map(|range| text[range].to_owned())
    }

    #[test]
    fn values_in_sentences() {
        let value = expand("{base58:24}");
        for text in [
            format!("- regenerated the access token (`{value}`) and restarted"),
            format!("The new token is '{value}'."),
            format!("set the `Authorization` header; token \"{value}\""),
            format!("the token is {value}."),
            format!("- **Access token:** {value}"),
            format!("the new password/token is {value} now"),
            format!("the new token is {value}.\nNext line"),
        ] {
            assert_eq!(found(&text).as_deref(), Some(value.as_str()), "{text}");
        }
    }

    #[test]
    fn a_credential_that_is_told_is_found_however_short() {
        let value = expand("{base62:15}7");
        let text = format!("the token (a credential) is `{value}`");
        assert_eq!(found(&text).as_deref(), Some(value.as_str()));
    }

    #[test]
    fn digests_far_from_the_noun_are_of_something_else() {
        let digest = expand("{hex:64}");
        let near = format!("the new token is `{digest}`");
        assert_eq!(found(&near).as_deref(), Some(digest.as_str()));
        let between = "token absence, ordering and continuity were checked by hand and passed";
        assert_eq!(found(&format!("{between} | Inspector `{digest}`")), None);
    }

    #[test]
    fn names_and_commands_are_none() {
        for text in [
            "the token is read from `SUPABASE_ACCESS_TOKEN`",
            "use a token such as `your-token-here`",
            "the token `getAccessToken()` returns",
            "the tokenizer `abc123def456ghi7`",
            "rotate the token with `fly tokens create deploy`",
            "store the token at `vault/occ/chatwoot/api_token.env`",
            "token in commit `4f2a91c`",
            concat!("  \"tok", "en\": \"x7Kq2mVxPd02\","),
            "--next-token \"x7Kq2mVxPd02\"",
            concat!("a={};b={};tok", "en=\"x7Kq2mVxPd02\""),
            "the token is stored in `kafka-<role>-x7Kq2mVxPd02`",
            "$ vault token ls -f \"id=6697bflskwj1998km1gnnjr38\"",
            "for a token added to app '6697bfbd-2c3b-4d1e-9b1c-1998a8c1e2f3'",
            "get pods -l app=token -o 'jsonpath={..status[?(@.type==\"Ready\")].Is9}'",
            "<span class=\"token number\">0.6</span>.6",
            "- **token ID:** `x7Kq2mVxPd02Lk9T` (of n8n)",
            "the token: an account (ID: `x7Kq2mVxPd02Lk9T`)",
            "the token credential `x7Kq2mVxPd02Lk9T` of the workflow",
            "- uses token credential `OpenAI prod` (`x7Kq2mVxPd02Lk9T`)",
            "the token (cut): x7Kq2mVxPd02Lk9T...",
            "make a new token, name it \"x7Kq2mVxPd02Lk9T\"",
            "* [the token 3p](/docs/flyctl/x7Kq2mVxPd02/) - what it is",
            "- `id` - The ID of the token, for example, `X7KQ2MVXPD02LK9T`.",
            "no token needed. | Ops | [Link to Template](Mail%20and%20More/An%20AI%20Reply%203.json) |",
            "token, wallet) [<img src=\"https://img.example.com/badge/-X9-%232B90D9?style=Big\">](",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
