//! Checks that go by what stands beside a candidate: what is named as a secret there, and is none.

use super::place::name_before;
use super::{Candidate, Verdict};
use memchr::memmem;

/// The half of a pair that is no secret, going by what stands beside it: the id of a Confluent key, the search key of an Algolia
/// application; and of an order what names it.
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
    // The token of an order or a cart stands in every webhook of a shop, and opens nothing but that.
    let of_order = value.len() == 32
        && ORDER
            .iter()
            .any(|field| memmem::find(beside(BESIDE / 2), field).is_some());
    if of_order {
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

/// What follows the token of an order, a checkout, a cart or a payment in Shopify's JSON.
const ORDER: [&[u8]; 5] = [
    b"total_discounts",
    b"total_price",
    b"cart_token",
    b"total_line_items_price",
    b"payment_processing_error",
];

/// What stands before the secret on its line.
fn line_before<'t>(candidate: &Candidate<'t>) -> &'t [u8] {
    let before = candidate.before();
    let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    before.get(start..).unwrap_or_default()
}

/// How far on the rest of a pair is looked for, in bytes.
const BESIDE: usize = 160;

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;
    use crate::policy::pack::expand;

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
                format!("\"token\": \"{search}\", \"total_discounts\": \"0.00\""),
                &search,
                Verdict::Drop,
            ),
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
}
