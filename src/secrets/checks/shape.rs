//! Checks of the value alone, for what a pattern cannot say: which characters take part, what a part decodes
//! to, whether it is a stand-in.

use super::place::name_before;
use super::{Candidate, Verdict};
use crate::secrets::{generic, noise};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::memmem;
use zeroize::Zeroizing;

/// Drops stand-ins such as `your-secret-here`, `${NAME}`, `xxxx` and runs of one character.
pub(super) fn placeholder(candidate: &Candidate<'_>) -> Verdict {
    drop_if(is_placeholder(candidate.value()))
}

/// Drops a value without both upper and lower case: a random one of this length has both.
pub(super) fn mixed_case(candidate: &Candidate<'_>) -> Verdict {
    let value = candidate.value();
    let mixed =
        value.iter().any(u8::is_ascii_uppercase) && value.iter().any(u8::is_ascii_lowercase);
    drop_if(!mixed || is_placeholder(value))
}

/// Drops a value that was thought of: for tokens known only by their length and the words round them.
pub(super) fn random(candidate: &Candidate<'_>) -> Verdict {
    drop_if(!noise::is_random(candidate.value()))
}

/// Drops what may be words of a text: keeps a password of all four kinds of characters, or one drawn at random with digits.
pub(super) fn strong_password(candidate: &Candidate<'_>) -> Verdict {
    let value = candidate.value();
    let drawn = value.len() >= 10
        && digits_and_letters(candidate) == Verdict::Keep
        && noise::is_random(value);
    drop_if(!drawn && !generic::is_strong(value))
}

/// Drops four words of four letters: keeps letters drawn at random, as in Google's app passwords.
pub(super) fn not_words(candidate: &Candidate<'_>) -> Verdict {
    let letters: Zeroizing<Vec<u8>> = Zeroizing::new(
        candidate
            .value()
            .iter()
            .copied()
            .filter(u8::is_ascii_alphabetic)
            .collect(),
    );
    drop_if(is_placeholder(&letters) || noise::surprise(&letters) < DRAWN_LETTERS)
}

/// Drops a value without both digits and letters: words and numbers.
pub(super) fn digits_and_letters(candidate: &Candidate<'_>) -> Verdict {
    let value = candidate.value();
    drop_if(!(value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic)))
}

/// Drops references to a value: `config.jwt.secret`, `process.env.NAME`, `ENV_NAME_IN_CAPITALS`, plain words.
pub(super) fn not_code(candidate: &Candidate<'_>) -> Verdict {
    let value = candidate.value();
    let path = value.split(|byte| *byte == b'.').count() > 1
        && value.split(|byte| *byte == b'.').all(|part| {
            part.first()
                .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
                && part
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        })
        && !value.iter().any(u8::is_ascii_digit);
    let words = value
        .iter()
        .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b'.'))
        || value
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_'));
    drop_if(path || words)
}

/// Drops the key that `django-admin startproject` writes; it has a rule of its own.
pub(super) fn django_development(candidate: &Candidate<'_>) -> Verdict {
    drop_if(candidate.value().starts_with(b"django-insecure-"))
}

/// Drops the ids and secrets that Amazon's documentation shows; they end in EXAMPLE or EXAMPLEKEY.
pub(super) fn aws_example(candidate: &Candidate<'_>) -> Verdict {
    drop_if(memmem::find(candidate.value(), b"EXAMPLE").is_some())
}

/// Drops the account key of the storage and Cosmos DB emulators, the same on every machine.
pub(super) fn azure_emulator(candidate: &Candidate<'_>) -> Verdict {
    drop_if(
        AZURE_EMULATORS
            .iter()
            .any(|start| candidate.value().starts_with(start)),
    )
}

/// What would be reported as a password if it were assigned to one.
pub(super) fn password(candidate: &Candidate<'_>) -> Verdict {
    worth(generic::Kind::Password, b"password", candidate.value())
}

/// What would be reported as a secret if it were assigned to one.
pub(super) fn secret(candidate: &Candidate<'_>) -> Verdict {
    worth(generic::Kind::Secret, b"secret", candidate.value())
}

/// What would be reported as a secret, going by the name before it.
pub(super) fn named_secret(candidate: &Candidate<'_>) -> Verdict {
    // `NAME_KEY: Type = value` declares a type.
    let typed = candidate.after().trim_ascii_start().starts_with(b"=");
    // `GPG_KEY=E3FF…` names an OpenPGP key by its fingerprint.
    let fingerprint = candidate.value().len() == 40
        && noise::is_hex(candidate.value())
        && !candidate.value().iter().any(u8::is_ascii_lowercase);
    if typed || fingerprint || has_known_prefix(candidate.value()) {
        return Verdict::Drop;
    }
    let line = name_before(candidate);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let end = line.iter().rposition(is_name).map_or(0, |at| at + 1);
    let start = line[..end]
        .iter()
        .rposition(|byte| !is_name(byte))
        .map_or(0, |at| at + 1);
    worth(generic::Kind::Secret, &line[start..end], candidate.value())
}

fn worth(kind: generic::Kind, name: &[u8], value: &[u8]) -> Verdict {
    match generic::judge(kind, name, value, true) {
        Some(generic::Worth::Random) => Verdict::Keep,
        Some(generic::Worth::Thought) => Verdict::Lower,
        None => Verdict::Drop,
    }
}

/// Forty base64 characters that are no digest, path or stand-in.
pub(super) fn aws_secret(candidate: &Candidate<'_>) -> Verdict {
    let value = candidate.value();
    let hex = value.iter().all(u8::is_ascii_hexdigit);
    let slashes = value.iter().filter(|byte| **byte == b'/').count();
    drop_if(
        hex || slashes > 5
            || mixed_case(candidate) == Verdict::Drop
            || aws_example(candidate) == Verdict::Drop,
    )
}

/// Drops the keys that every local Supabase stack has.
pub(super) fn supabase_local(candidate: &Candidate<'_>) -> Verdict {
    let value = candidate.value();
    drop_if(
        LOCAL_SUPABASE
            .iter()
            .any(|start| memmem::find(value, start).is_some())
            || is_placeholder(value),
    )
}

/// Drops the test keys that Stripe's documentation prints for everybody.
pub(super) fn stripe_documentation(candidate: &Candidate<'_>) -> Verdict {
    let value = candidate.value();
    drop_if(
        STRIPE_DOCUMENTATION
            .iter()
            .any(|start| memmem::find(value, start).is_some())
            || is_placeholder(value),
    )
}

/// A Discord bot token begins with its account's id, a number, in base64.
pub(super) fn discord_bot(candidate: &Candidate<'_>) -> Verdict {
    let id = candidate
        .value()
        .split(|byte| *byte == b'.')
        .next()
        .unwrap_or_default();
    let number = STANDARD_NO_PAD.decode(id).ok();
    let real =
        number.is_some_and(|digits| digits.len() >= 15 && digits.iter().all(u8::is_ascii_digit));
    drop_if(!real)
}

/// Drops what a rule for its own prefix reports, so that one token gives one finding.
pub(super) fn unprefixed(candidate: &Candidate<'_>) -> Verdict {
    let value = candidate.value();
    drop_if(has_known_prefix(value) || is_placeholder(value))
}

/// Whether a token's own rule knows it by its prefix.
pub(super) fn has_known_prefix(value: &[u8]) -> bool {
    // Airtable's and Azure's tokens are told by what stands further in.
    let marked = value.starts_with(b"pat") && value.get(17) == Some(&b'.')
        || value.get(76..80) == Some(b"AZDO")
        || value.get(52..57) == Some(b"JQQJ9");
    marked
        || PREFIXES
            .split_ascii_whitespace()
            .any(|prefix| value.starts_with(prefix.as_bytes()))
}

/// Whether a value only holds the place of a secret.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    noise::is_placeholder(value) || noise::is_repetitive(value)
}

fn drop_if(condition: bool) -> Verdict {
    if condition {
        Verdict::Drop
    } else {
        Verdict::Keep
    }
}

/// Four words of four letters cost less, in bits a letter; ninety-eight of a hundred draws of sixteen letters cost more.
const DRAWN_LETTERS: f32 = 5.4;

/// The first characters of the keys that `supabase start` prints everywhere.
const LOCAL_SUPABASE: [&[u8]; 2] = [b"N7UND0Ug", b"ACJWlzQH"];

/// The first characters of the keys of Azurite and of the Cosmos DB emulator.
const AZURE_EMULATORS: [&[u8]; 2] = [b"Eby8vdM0", b"C2y6yDjf"];

/// The first characters of the test keys in Stripe's documentation.
const STRIPE_DOCUMENTATION: [&[u8]; 3] = [b"_4eC39", b"_BQokik", b"_26PHem"];

/// What the values begin with that rules of the shipped packs are anchored at.
const PREFIXES: &str = "
    eyJ ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glrt- glrtr- glcbt- glimt- glagent- glsoat- glffct- glptt- gloas- glft- GR1348941
    ATATT3 ATCTT3 ATBB ATTA BBDC- lin_api_ lin_oauth_ lin_wh_ sbp_ sb_secret_ sb_publishable_ shpat_ shpca_ shppa_ shpua_ shpss_ shptka_ atkn_
    FlyV1 fm1r_ fm1a_ fm2_ fo1_ sk- llx- gsk_ xai- hf_ api_org_ r8_ pplx- tvly- lsv2_ pcsk_ AIza AQ.Ab8RN6 ya29. 1//0 GOCSPX-
    AKIA ASIA ABIA ACCA AKID FwoGZXIvYXdz IQoJb3JpZ2lu ABSK bedrock-api-key- amzn.mws. da2- cfk_ cfut_ cfat_ v1.0- dop_v1_ doo_v1_ dor_v1_ LTAI
    napi_ pscale_ mdb_sa_sk_ dapi 4b1d cflt xox xapp- key- SG. xkeysib- xsmtpsib- re_ sk_live_ sk_prod_ sk_test_ rk_live_ rk_prod_ rk_test_ whsec_
    EAA sq0csp- sq0atp- access_token$ pdl_live_apikey_ access- IGQV IGQW IGAA AAAAAAAAAAAAAAAA 1000. pat- 00D 5Aep861 ntn_ secret_
    figd_ figo_ figu_ figdr_ figor_ figur_ tfp_ cal_live_ sntrys_ sntryu_ NRAK- NRII- NRIQ- glsa_ glc_ dt0 phx_ phs_ xaat- xapt- api- sdk-
    npm_ pypi- rubygems_ cio oy2 dckr_ AKCp cmVmdGtuO CLOJARS_ bkua_ bkar_ bkct_ CCIPAT_ CCIPRJ_ sqp_ squ_ sqa_ PMAK-
    rdme_ sgp_ pnu_ pnb_ p8e- shippo_live_ EZAK vcp_ vci_ vca_ vcr_ vck_ vercel_blob_rw_ nfp_ HRKU- rnd_ tskey- sk. CFPAT- hvs. hvb. hvr. dp. ops_eyJ A3- AGE-SECRET-KEY-1 pul-
    sha256~ s-s4t2 secret- pat. sat. AAAA nvapi- jina_ csk- tgp_v e2b_ apify_ signkey- tr_ polar_ unkey_ ico- duffel_ aio_
    tsec_ CCDB1_ xau_ mlsn. KEY0 ddp_ ddo_ sk_dev_ nbp_ bb_live_ bb_test_ mercury_
";

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;
    use crate::policy::pack::{Matcher, Pack, Shape, expand};
    use std::path::Path;

    #[test]
    fn placeholders() {
        for value in [
            "",
            "aaaaaaaaaaaa",
            "0000000000000000",
            "<your token>",
            "[YOUR-PASSWORD]",
            "${TOKEN}",
            "$TOKEN",
            "{{ token }}",
            "your_api_key",
            "changeme-now",
            "super-secret-jwt-token-with-at-least-32-characters-long",
            "abcdefghijklmnop",
            "sk_live_xxxxxxxxxxxx",
            "********",
            "ab12777777cd",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
        for seed in 0..200 {
            let value = expand(&format!("{seed}{{base62:32}}"));
            assert!(!is_placeholder(value.as_bytes()), "random value {seed}");
        }
    }

    #[test]
    fn prefixes_keep_up_with_the_packs() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/secrets");
        for entry in std::fs::read_dir(dir)
            .expect("the packs are there")
            .flatten()
        {
            let text = std::fs::read_to_string(entry.path()).expect("readable");
            for rule in Pack::parse(&text).expect("parses").secrets {
                let Matcher::Pattern(pattern) = &rule.matcher else {
                    continue;
                };
                // Where the secret is the whole match, its literals are its prefixes.
                let whole = pattern.starts_with(r"\b(") && !pattern.contains("(?P<secret>");
                for anchor in rule.anchors.iter().filter(|anchor| {
                    whole && anchor.shape == Shape::Pattern && anchor.before == (0, 0)
                }) {
                    assert!(
                        has_known_prefix(&anchor.text),
                        "{}: {}",
                        rule.id,
                        String::from_utf8_lossy(&anchor.text)
                    );
                }
            }
        }
    }

    #[test]
    fn values() {
        let cases = [
            ("mixed-case", "{base58:24}", Verdict::Keep),
            ("mixed-case", "{alnum:24}", Verdict::Drop),
            ("digits-and-letters", "{hex:32}", Verdict::Keep),
            ("digits-and-letters", "{digit:32}", Verdict::Drop),
            ("digits-and-letters", "{lower:32}", Verdict::Drop),
            ("aws-example", "AKIA{upper:9}EXAMPLE", Verdict::Drop),
            ("aws-example", "AKIA{upper:16}", Verdict::Keep),
            ("aws-secret", "{base62:40}", Verdict::Keep),
            ("aws-secret", "{hex:40}", Verdict::Drop),
            ("aws-secret", "{base62:30}EXAMPLEKEY", Verdict::Drop),
            (
                "aws-secret",
                "usr/Local/share/lib/x/y/z/{base62:14}",
                Verdict::Drop,
            ),
            (
                "supabase-local",
                "sb_secret_N7UND0Ug{base62:23}",
                Verdict::Drop,
            ),
            ("supabase-local", "sb_secret_{base62:31}", Verdict::Keep),
            (
                "discord-bot",
                "{b64|{digit:18}|}.{base62:6}.{base62:38}",
                Verdict::Keep,
            ),
            (
                "discord-bot",
                "{b64|{lower:18}|}.{base62:6}.{base62:38}",
                Verdict::Drop,
            ),
            ("unprefixed", "ghp_{base62:36}", Verdict::Drop),
            ("unprefixed", "{base62:36}", Verdict::Keep),
        ];
        for (check, template, verdict) in cases {
            let value = expand(template);
            assert_eq!(run(check, &value, &value), verdict, "{check} on {template}");
        }
    }
}
