//! JSON Web Tokens: decoded, never verified. What the claims say decides which rule reports one.
//!
//! Every token is reported by one rule only: Supabase's project keys, Shopify's session tokens and
//! Turso's have rules of their own, and the plain rule leaves those alone.

use super::{Candidate, Verdict, place};
use crate::secrets::noise;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::GeneralPurpose;
use serde_json::{Map, Value};
use std::time::{SystemTime, UNIX_EPOCH};

/// Any token that has no rule of its own.
pub(super) fn jwt(candidate: &Candidate<'_>) -> Verdict {
    let name = place::name_before(candidate);
    let turso = [&b"turso"[..], b"libsql"]
        .iter()
        .any(|word| memchr::memmem::find(&name, word).is_some());
    match Token::read(candidate) {
        Some(token) if !turso => token.judge(now()),
        _ => Verdict::Drop,
    }
}

/// Supabase's legacy project key of the role `service_role`.
pub(super) fn supabase_service_role(candidate: &Candidate<'_>) -> Verdict {
    supabase(candidate, "service_role")
}

/// Supabase's legacy project key of the role `anon`.
pub(super) fn supabase_anon(candidate: &Candidate<'_>) -> Verdict {
    supabase(candidate, "anon")
}

/// A session token of an embedded Shopify app.
pub(super) fn shopify_session(candidate: &Candidate<'_>) -> Verdict {
    match Token::read(candidate) {
        Some(token) if token.is_shopify_session() => Verdict::Keep,
        _ => Verdict::Drop,
    }
}

fn supabase(candidate: &Candidate<'_>, role: &str) -> Verdict {
    match Token::read(candidate) {
        Some(token) if token.supabase_role() == Some(role) => {
            if token.expired(now()) {
                Verdict::Lower
            } else {
                Verdict::Keep
            }
        }
        _ => Verdict::Drop,
    }
}

/// The claims of a token that is signed and not an example.
struct Token {
    claims: Map<String, Value>,
}

impl Token {
    /// Decodes header and payload; `None` when they are not JSON, unsigned, part of another token or a known example.
    fn read(candidate: &Candidate<'_>) -> Option<Self> {
        // GitHub's newer app tokens are `ghs_<id>_<JWT>`: one token, one finding, by the other rule.
        let before = candidate.before();
        let start = before
            .iter()
            .rposition(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
            .map_or(0, |at| at + 1);
        if before
            .get(start..)
            .is_some_and(|head| head.starts_with(b"ghs_"))
        {
            return None;
        }
        let mut parts = candidate.value().split(|byte| *byte == b'.');
        let header = object(parts.next()?)?;
        let claims = object(parts.next()?)?;
        let signature = parts.next()?;
        let algorithm = header.get("alg")?.as_str()?;
        if algorithm.eq_ignore_ascii_case("none") || signature.is_empty() {
            return None;
        }
        let token = Self { claims };
        (!token.is_example()).then_some(token)
    }

    fn judge(&self, now: u64) -> Verdict {
        if self.supabase_role().is_some() || self.is_shopify_session() {
            Verdict::Drop
        } else if self.expired(now) || self.is_toy() {
            Verdict::Lower
        } else {
            Verdict::Keep
        }
    }

    /// Nothing but times and words of examples: `{"foo": "bar", "iat": …}`.
    fn is_toy(&self) -> bool {
        let issued = ["iss", "aud"]
            .iter()
            .any(|claim| self.claims.contains_key(*claim));
        !issued
            && self
                .claims
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "iat" | "nbf" | "exp"))
                .all(|(key, value)| {
                    noise::is_dummy_word(key) || value.as_str().is_some_and(noise::is_dummy_word)
                })
    }

    fn text(&self, claim: &str) -> &str {
        self.claims
            .get(claim)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The role, where this is a project key: issued by `supabase`, for a project or for a self-hosted stack.
    fn supabase_role(&self) -> Option<&str> {
        let role = self.text("role");
        let issuer = self.text("iss");
        // Keys made by hand for a self-hosted stack often name no issuer; a user's token has a subject.
        let issued =
            issuer == "supabase" || (issuer.is_empty() && !self.claims.contains_key("sub"));
        (issued && matches!(role, "anon" | "service_role")).then_some(role)
    }

    fn is_shopify_session(&self) -> bool {
        self.text("iss").ends_with(".myshopify.com/admin") && self.claims.contains_key("dest")
    }

    /// What documentation and local stacks print: the sample of jwt.io, the demo keys of a local Supabase, toy claims.
    fn is_example(&self) -> bool {
        let sample = self.text("sub") == "1234567890"
            && (matches!(self.text("name"), "John Doe" | "Jane Doe") || self.claims.len() <= 2);
        let toy = self.claims.len() == 1
            && self.claims.iter().any(|(key, value)| {
                matches!(key.as_str(), "some" | "foo" | "hello" | "test" | "a") && value.is_string()
            });
        sample || toy || self.claims.is_empty() || self.text("iss") == "supabase-demo"
    }

    fn expired(&self, now: u64) -> bool {
        self.claims
            .get("exp")
            .and_then(Value::as_f64)
            .is_some_and(|end| end < now as f64)
    }
}

/// A segment that holds a JSON object.
fn object(segment: &[u8]) -> Option<Map<String, Value>> {
    let bytes = LENIENT.decode(segment).ok()?;
    match serde_json::from_slice(&bytes).ok()? {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

/// Seconds since the epoch; a clock before 1970 makes nothing expire.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

const LENIENT: GeneralPurpose = super::lenient(&alphabet::URL_SAFE);

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;
    use crate::policy::pack::expand;

    fn token(header: &str, claims: &str) -> String {
        expand(&format!(
            "{{b64url|{header}|}}.{{b64url|{claims}|}}.{{base64url:43}}"
        ))
    }

    #[test]
    fn each_token_belongs_to_one_rule() {
        let checks = [
            "jwt",
            "jwt:supabase-service-role",
            "jwt:supabase-anon",
            "shopify-session",
        ];
        let cases = [
            (r#"{"iss":"https://id.acme.dev","sub":"7"}"#, Some("jwt")),
            (
                r#"{"iss":"supabase","ref":"abc","role":"service_role","exp":4102444800}"#,
                Some("jwt:supabase-service-role"),
            ),
            (
                r#"{"role":"service_role"}"#,
                Some("jwt:supabase-service-role"),
            ),
            (
                r#"{"iss":"supabase","role":"anon"}"#,
                Some("jwt:supabase-anon"),
            ),
            (
                r#"{"role":"anon","iat":1700000000}"#,
                Some("jwt:supabase-anon"),
            ),
            (r#"{"role":"anon","sub":"{hex:8}"}"#, Some("jwt")),
            (r#"{"iss":"supabase","role":"authenticated"}"#, Some("jwt")),
            (
                r#"{"iss":"https://x.supabase.co/auth/v1","role":"authenticated"}"#,
                Some("jwt"),
            ),
            (
                r#"{"iss":"https://a.myshopify.com/admin","dest":"https://a.myshopify.com"}"#,
                Some("shopify-session"),
            ),
            (r#"{"iss":"supabase-demo","role":"service_role"}"#, None),
            (
                r#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#,
                None,
            ),
            (r#"{"some":"payload"}"#, None),
            ("{}", None),
            ("[1,2,3]", None),
            ("not json", None),
        ];
        for (claims, owner) in cases {
            let token = token(r#"{"alg":"HS256","typ":"JWT"}"#, claims);
            for check in checks {
                let kept = run(check, &format!("key={token}"), &token) != Verdict::Drop;
                assert_eq!(kept, owner == Some(check), "{check} on {claims}");
            }
        }
    }

    #[test]
    fn unsigned_is_no_token() {
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"typ":"JWT"}"#,
            r#"{"alg":5}"#,
            "alg",
        ] {
            let token = token(header, r#"{"iss":"x","sub":"y"}"#);
            assert_eq!(run("jwt", &token, &token), Verdict::Drop, "{header}");
        }
    }

    #[test]
    fn expired_is_worth_less() {
        let header = r#"{"alg":"RS256"}"#;
        let past = token(header, r#"{"iss":"x","exp":1500000000}"#);
        let future = token(header, r#"{"iss":"x","exp":4102444800.5}"#);
        assert_eq!(run("jwt", &past, &past), Verdict::Lower);
        assert_eq!(run("jwt", &future, &future), Verdict::Keep);
        let toy = token(header, r#"{"foo":"bar","iat":1500000000}"#);
        assert_eq!(run("jwt", &toy, &toy), Verdict::Lower);
    }

    #[test]
    fn others_are_left_to_their_rules() {
        let token = token(r#"{"alg":"RS256"}"#, r#"{"iss":"github"}"#);
        assert_eq!(
            run("jwt", &format!("x=ghs_1234_{token}"), &token),
            Verdict::Drop
        );
        assert_eq!(
            run("jwt", &format!("x=abc_1234_{token}"), &token),
            Verdict::Keep
        );
    }
}
