//! Named checks written in code: what a pattern cannot say (`check = "jwt"` in a pack).
//!
//! A check sees a candidate and the text round it, decides from nothing else, and must look no further
//! than [`CONTEXT`] bytes either side, so that history and large files give the same answer.

mod beside;
mod checksum;
mod header;
mod jwt;
mod pem;
mod place;
mod shape;

use crate::policy::Severity;
use base64::alphabet::Alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::ops::Range;

/// How far round a candidate a check may look, in bytes.
pub const CONTEXT: usize = 1024;

/// base64 with this alphabet, padded or not, whatever the spare bits of the last character are.
const fn lenient(alphabet: &Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config)
}

/// Something that matched a rule's pattern.
#[derive(Debug, Clone)]
pub struct Candidate<'t> {
    /// The text it stands in.
    pub text: &'t [u8],
    /// The whole match.
    pub span: Range<usize>,
    /// The secret in it.
    pub secret: Range<usize>,
}

impl<'t> Candidate<'t> {
    /// The secret's bytes.
    #[must_use]
    pub fn value(&self) -> &'t [u8] {
        self.text.get(self.secret.clone()).unwrap_or_default()
    }

    /// What stands before the secret, [`CONTEXT`] bytes of it at most.
    #[must_use]
    pub fn before(&self) -> &'t [u8] {
        let start = self.secret.start.saturating_sub(CONTEXT);
        self.text.get(start..self.secret.start).unwrap_or_default()
    }

    /// What stands after the secret, [`CONTEXT`] bytes of it at most.
    #[must_use]
    pub fn after(&self) -> &'t [u8] {
        let end = self.secret.end.saturating_add(CONTEXT).min(self.text.len());
        self.text.get(self.secret.end..end).unwrap_or_default()
    }
}

/// A check: decides from a candidate and what stands round it.
pub type Check = fn(&Candidate<'_>) -> Verdict;

/// The check a pack names, if there is one of that name.
#[must_use]
pub fn find(name: &str) -> Option<Check> {
    TABLE
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, check)| *check)
}

/// Whether a check needs the lines round the one it is asked about.
#[must_use]
pub fn looks_over_lines(name: &str) -> bool {
    matches!(name, "google-api-key" | "google-service-account" | "pem")
}

/// The names a pack may use, for messages and completions.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// What a check says of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing against it.
    Keep,
    /// Real as far as can be told, of this severity.
    Severity(Severity),
    /// Doubtful: one step less severe.
    Lower,
    /// Not a secret.
    Drop,
}

const TABLE: &[(&str, Check)] = &[
    ("atlassian-data-center", checksum::atlassian_data_center),
    ("aws-example", shape::aws_example),
    ("aws-secret", shape::aws_secret),
    ("azure-emulator", shape::azure_emulator),
    ("basic-auth", header::basic_auth),
    ("bearer", header::bearer),
    ("chatwoot-private", place::chatwoot_private),
    ("checksum:atlassian", checksum::atlassian),
    ("checksum:crc32-base62", checksum::crc32_base62),
    ("checksum:grafana", checksum::grafana),
    ("checksum:nkey", checksum::nkey),
    ("der", pem::der),
    ("digits-and-letters", shape::digits_and_letters),
    ("discord-bot", shape::discord_bot),
    ("django-development", shape::django_development),
    ("docker-auth", header::docker_auth),
    ("fly-list", place::fly_list),
    ("google-api-key", place::google_api_key),
    ("google-service-account", place::google_service_account),
    ("half-told", beside::half_told),
    ("jwt", jwt::jwt),
    ("jwt:supabase-anon", jwt::supabase_anon),
    ("jwt:supabase-service-role", jwt::supabase_service_role),
    ("mixed-case", shape::mixed_case),
    ("named-secret", shape::named_secret),
    ("not-ciphertext", beside::not_ciphertext),
    ("not-code", shape::not_code),
    ("not-words", shape::not_words),
    ("outside-base64", beside::outside_base64),
    ("password", shape::password),
    ("pem", pem::pem),
    ("placeholder", shape::placeholder),
    ("private-key", pem::private_key),
    ("random", shape::random),
    ("secret", shape::secret),
    ("shopify-session", jwt::shopify_session),
    ("stripe", place::stripe),
    ("stripe-documentation", shape::stripe_documentation),
    ("strong-password", shape::strong_password),
    ("supabase-local", shape::supabase_local),
    ("unprefixed", shape::unprefixed),
    ("url-userinfo", header::url_userinfo),
    ("zoho-token", place::zoho_token),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_found() {
        let all: Vec<_> = names().collect();
        assert!(all.is_sorted());
        assert!(all.iter().all(|name| find(name).is_some()));
        assert!(find("jwt:").is_none());
    }

    #[test]
    fn a_candidate_outside_its_text_has_no_value() {
        let odd = Candidate {
            text: b"abc",
            span: 2..9,
            secret: 2..9,
        };
        assert_eq!(
            (odd.value(), odd.before(), odd.after()),
            (&b""[..], &b"ab"[..], &b""[..])
        );
    }

    /// Runs a check over the only occurrence of `secret` in `text`.
    pub(super) fn run(name: &str, text: &str, secret: &str) -> Verdict {
        let start = text.find(secret).expect("the secret stands in the text");
        let range = start..start + secret.len();
        find(name).expect("known check")(&Candidate {
            text: text.as_bytes(),
            span: range.clone(),
            secret: range,
        })
    }
}
