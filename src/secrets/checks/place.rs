//! Checks that look at where a candidate stands rather than at what it is.

use super::{Candidate, Verdict};
use crate::policy::Severity;
use memchr::memmem;

/// The private key of a Google service account: other lines of that file stand round it.
pub(super) fn google_service_account(candidate: &Candidate<'_>) -> Verdict {
    if in_service_account(candidate) {
        Verdict::Keep
    } else {
        Verdict::Drop
    }
}

/// Whether a PEM key is the `private_key` of a service account file, wherever `type` stands in it.
pub(super) fn in_service_account(candidate: &Candidate<'_>) -> bool {
    let before = candidate.before();
    let name = before.trim_ascii_end();
    let tail = name
        .get(name.len().saturating_sub(32)..)
        .unwrap_or_default();
    memmem::find(tail, b"private_key").is_some()
        && [before, candidate.after()].iter().any(|text| {
            SERVICE_ACCOUNT
                .iter()
                .any(|mark| memmem::find(text, mark).is_some())
        })
}

/// The token of a website inbox is in every page that shows the widget.
pub(super) fn chatwoot_private(candidate: &Candidate<'_>) -> Verdict {
    let before = candidate.before();
    let near = before
        .get(before.len().saturating_sub(32)..)
        .unwrap_or_default()
        .to_ascii_lowercase();
    if memmem::find(&near, b"website").is_some() {
        Verdict::Drop
    } else {
        Verdict::Keep
    }
}

/// A browser key of Firebase identifies a project and is meant to be public.
pub(super) fn google_api_key(candidate: &Candidate<'_>) -> Verdict {
    let public = [candidate.before(), candidate.after()].iter().any(|text| {
        FIREBASE
            .iter()
            .any(|mark| memmem::find(text, mark).is_some())
    });
    if public {
        Verdict::Severity(Severity::Low)
    } else {
        Verdict::Keep
    }
}

/// Zoho's refresh and access tokens look alike; an access token lives for an hour.
pub(super) fn zoho_token(candidate: &Candidate<'_>) -> Verdict {
    let before = candidate.before();
    let line = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let name = before
        .get(line.max(before.len().saturating_sub(64))..)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let short_lived = [&b"access"[..], b"zoho-oauthtoken", b"bearer"]
        .iter()
        .any(|word| memmem::find(&name, word).is_some());
    if short_lived && memmem::find(&name, b"refresh").is_none() {
        Verdict::Lower
    } else {
        Verdict::Keep
    }
}

/// `sk_live_` is Stripe's, but others took it over; a key assigned to their name has its own rule.
pub(super) fn stripe(candidate: &Candidate<'_>) -> Verdict {
    let name = name_before(candidate);
    let other = [&b"clerk"[..], b"workos", b"paystack"]
        .iter()
        .any(|word| memmem::find(&name, word).is_some());
    if other { Verdict::Drop } else { Verdict::Keep }
}

/// What stands before the secret on its line, 64 bytes at most, in lower case.
pub(super) fn name_before(candidate: &Candidate<'_>) -> Vec<u8> {
    let before = candidate.before();
    let line = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    before
        .get(line.max(before.len().saturating_sub(64))..)
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// One finding for a comma-separated list of Fly macaroons: only its first is kept.
pub(super) fn fly_list(candidate: &Candidate<'_>) -> Verdict {
    let Some((b',', before)) = candidate.before().split_last() else {
        return Verdict::Keep;
    };
    let base64 = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
    };
    let start = before
        .iter()
        .rposition(|byte| !base64(byte))
        .map_or(0, |at| at + 1);
    let run = before.get(start..).unwrap_or_default();
    // A run that fills the whole context is a macaroon whose start is out of sight.
    let listed = run.starts_with(b"fm1r_") || run.starts_with(b"fm1a_") || run.starts_with(b"fm2_");
    if listed || (start == 0 && run.len() + 1 == super::CONTEXT) {
        Verdict::Drop
    } else {
        Verdict::Keep
    }
}

/// The half of a pair that is no secret, going by what stands beside it: the id of a Confluent key, the search key of an Algolia
/// application.
pub(super) fn half_told(candidate: &Candidate<'_>) -> Verdict {
    let (value, after) = (candidate.value(), candidate.after());
    let beside = |length: usize| after.get(..length.min(after.len())).unwrap_or_default();
    let capitals = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    // The secret is several times as long, in both cases.
    if (16..=20).contains(&value.len()) && value.iter().all(capitals) {
        let near = beside(BESIDE).to_ascii_lowercase();
        let followed = [&b"api secret"[..], b"api_secret", b"api-secret"]
            .iter()
            .any(|word| memmem::find(&near, word).is_some());
        let line = line_before(candidate).to_ascii_lowercase();
        let named = [&b"crn://"[..], b"kafka api key", b"cloud api key"]
            .iter()
            .any(|word| memmem::find(&line, word).is_some());
        return if followed || named {
            Verdict::Drop
        } else {
            Verdict::Keep
        };
    }
    if is_mac(value) && (line_has_macs(candidate) || 3 <= macs(candidate.before()) + macs(after)) {
        return Verdict::Drop;
    }
    // Pages that search send it with each request. An administrator's could stand there as well.
    let searches = value.len() == 32
        && [&b"indexName"[..], b"searchParameters", b"contextualSearch"]
            .iter()
            .any(|word| memmem::find(beside(BESIDE), word).is_some());
    if searches {
        Verdict::Lower
    } else {
        Verdict::Keep
    }
}

/// Sixty-four hexadecimal digits in capitals: how a Chromium profile writes what its `Preferences` are checked with.
fn is_mac(word: &[u8]) -> bool {
    let digit = |byte: &u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(byte);
    word.len() == 64 && word.iter().all(digit)
}

/// Whether they are called so: `"macs":{"account_values":{"token":"…`.
fn line_has_macs(candidate: &Candidate<'_>) -> bool {
    memmem::find(line_before(candidate), b"\"macs\"").is_some()
}

/// How many of them stand in quotes.
fn macs(text: &[u8]) -> usize {
    text.split(|byte| *byte == b'"')
        .filter(|word| is_mac(word))
        .count()
}

/// Drops what is called encrypted or hashed: `The encrypted password: …`.
pub(super) fn not_ciphertext(candidate: &Candidate<'_>) -> Verdict {
    let line = name_before(candidate);
    let called = [&b"encrypted password"[..], b"hashed password"]
        .iter()
        .any(|word| {
            memmem::find(&line, word)
                .is_some_and(|at| at.checked_sub(1).is_none_or(|at| line[at] == b' '))
        });
    if called { Verdict::Drop } else { Verdict::Keep }
}

/// Drops a run of letters and digits amid a longer one of base64: a picture in a notebook.
pub(super) fn outside_base64(candidate: &Candidate<'_>) -> Verdict {
    let base64 = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let before = candidate.before().iter().rev().take_while(base64).count();
    let after = candidate.after().iter().take_while(base64).count();
    if before.max(after) >= BESIDE / 2 {
        Verdict::Drop
    } else {
        Verdict::Keep
    }
}

/// What stands before the secret on its line.
fn line_before<'t>(candidate: &Candidate<'t>) -> &'t [u8] {
    let before = candidate.before();
    let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    before.get(start..).unwrap_or_default()
}

/// How far on the rest of a pair is looked for, in bytes.
const BESIDE: usize = 160;

/// What a service account file holds beside the key.
const SERVICE_ACCOUNT: [&[u8]; 3] = [
    b"service_account",
    b".gserviceaccount.com",
    b"client_x509_cert_url",
];

/// What stands beside the key in a Firebase web, Android or iOS configuration.
const FIREBASE: [&[u8]; 7] = [
    b"authDomain",
    b"messagingSenderId",
    b"MESSAGING_SENDER_ID",
    b"AUTH_DOMAIN",
    b"mobilesdk_app_id",
    b"GCM_SENDER_ID",
    b"firebaseapp.com",
];

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;
    use crate::policy::pack::expand;

    #[test]
    fn firebase_keys_are_public() {
        let key = expand("AIza{base62:35}");
        let web = format!("{{ apiKey: '{key}', authDomain: 'acme.firebaseapp.com' }}");
        assert_eq!(
            run("google-api-key", &web, &key),
            Verdict::Severity(Severity::Low)
        );
        assert_eq!(
            run("google-api-key", &format!("KEY={key}"), &key),
            Verdict::Keep
        );
        let far = format!("KEY={key}{}authDomain", " ".repeat(super::super::CONTEXT));
        assert_eq!(run("google-api-key", &far, &key), Verdict::Keep);
    }

    #[test]
    fn the_half_of_a_pair_that_is_no_secret() {
        let (id, secret) = (expand("{alnum:16}").to_uppercase(), expand("{base64:64}"));
        let (search, mac) = (expand("{hex:32}"), expand("{HEX:64}"));
        let others = ["a", "b", "c"].map(|name| expand(&format!("\"{name}\":\"{{HEX:64}}\"")));
        for (text, value, verdict) in [
            (
                format!("Cloud API Key: \"{id}\"\nCloud API Secret: \"{secret}\""),
                &id,
                Verdict::Drop,
            ),
            (
                format!("crn://confluent.cloud/organization=a/api-key={id}"),
                &id,
                Verdict::Drop,
            ),
            (
                format!("Cloud API Key: \"{id}\"\nCloud API Secret: \"{secret}\""),
                &secret,
                Verdict::Keep,
            ),
            (format!("API_KEY={id}\nREGION=eu"), &id, Verdict::Keep),
            (format!("the Kafka API Key:  \"{id}\""), &id, Verdict::Drop),
            (
                format!("apiKey: '{search}',\n indexName: 'docs',"),
                &search,
                Verdict::Lower,
            ),
            (format!("apiKey: '{search}',"), &search, Verdict::Keep),
            (
                format!("{{\"macs\":{{\"a\":{{\"token\":\"{mac}\"}}}}}}"),
                &mac,
                Verdict::Drop,
            ),
            (
                format!("\"credentials\":\"{mac}\",{}", others.join(",")),
                &mac,
                Verdict::Drop,
            ),
            (
                format!("\"hmac_key\":\"{mac}\",{}", others[0]),
                &mac,
                Verdict::Keep,
            ),
        ] {
            assert_eq!(run("half-told", &text, value), verdict, "{text}");
        }
    }

    #[test]
    fn ciphertext_and_pictures_are_none() {
        let value = expand("{base62:40}");
        for (check, before, after, verdict) in [
            (
                "not-ciphertext",
                "The encrypted password: ",
                "",
                Verdict::Drop,
            ),
            (
                "not-ciphertext",
                "The unencrypted password: ",
                "",
                Verdict::Keep,
            ),
            (
                "not-ciphertext",
                "encrypted password: a\npassword: ",
                "",
                Verdict::Keep,
            ),
            ("outside-base64", "token=", "&x=1", Verdict::Keep),
            (
                "outside-base64",
                "https://a.example.com/v20/",
                "/me",
                Verdict::Keep,
            ),
        ] {
            let text = format!("{before}{value}{after}");
            assert_eq!(run(check, &text, &value), verdict, "{text}");
        }
        let picture = expand("{base64:100}/");
        let text = format!("{picture}{value}+abc");
        assert_eq!(run("outside-base64", &text, &value), Verdict::Drop);
    }

    #[test]
    fn zoho_access_tokens_expire() {
        let token = expand("1000.{hex:32}.{hex:32}");
        for (before, verdict) in [
            ("ZOHO_REFRESH_TOKEN=", Verdict::Keep),
            ("ZOHO_TOKEN=", Verdict::Keep),
            ("zoho_access_token: ", Verdict::Lower),
            ("Authorization: Zoho-oauthtoken ", Verdict::Lower),
            ("ACCESS=1\nREFRESH=", Verdict::Keep),
        ] {
            assert_eq!(
                run("zoho-token", &format!("{before}{token}"), &token),
                verdict,
                "{before}"
            );
        }
    }

    #[test]
    fn clerk_keys_have_a_rule_of_their_own() {
        let key = expand("sk_live_{base62:30}");
        assert_eq!(
            run("stripe", &format!("STRIPE_SECRET_KEY={key}"), &key),
            Verdict::Keep
        );
        assert_eq!(
            run("stripe", &format!("CLERK=1\nSTRIPE_SECRET_KEY={key}"), &key),
            Verdict::Keep
        );
        assert_eq!(
            run("stripe", &format!("CLERK_SECRET_KEY={key}"), &key),
            Verdict::Drop
        );
    }

    #[test]
    fn only_the_first_of_a_list() {
        let (first, second) = (expand("fm2_{base64:300}=="), expand("fm2_{base64:400}"));
        let list = format!("FlyV1 {first},{second}");
        assert_eq!(run("fly-list", &list, &first), Verdict::Keep);
        assert_eq!(run("fly-list", &list, &second), Verdict::Drop);
        assert_eq!(
            run("fly-list", &format!("app,{second}"), &second),
            Verdict::Keep
        );
        let long = format!("fm2_{},{second}", "A".repeat(3000));
        assert_eq!(run("fly-list", &long, &second), Verdict::Drop);
    }
}
