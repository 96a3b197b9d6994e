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
