//! What the name of an assignment says about its value.

use crate::secrets::words::Words;

/// The words of a name: `maxTokens_count` → max, tokens, count.
pub(super) fn words(name: &[u8]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut last = b'_';
    for byte in name {
        let boundary = !byte.is_ascii_alphanumeric()
            || byte.is_ascii_uppercase() && !last.is_ascii_uppercase();
        if boundary && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        if byte.is_ascii_alphanumeric() {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
        last = *byte;
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// Whether the name says that the value is no credential: `token_type`, `password_field`, `public_key`, `tokens`.
pub(super) fn names_something_else(name: &[u8]) -> bool {
    let words = words(name);
    let Some(last) = words.last() else {
        return false;
    };
    let has = |other: &[&str]| words.iter().any(|word| other.contains(&word.as_str()));
    LAST_WORDS.contains(last)
        || last.ends_with("hash")
        || last.ends_with("regex")
        // `hasPassword`, `is_secret`
        || words.len() > 1 && matches!(words[0].as_str(), "has" | "is")
        // The key of a captcha's widget is public, its secret is not.
        || has(&["recaptcha"]) && !has(&["secret", "private"])
        || words.iter().any(|word| ANY_WORD.contains(word))
        // What makes a request to AWS one of its own; `VAULT_CLIENT_TOKEN` is somebody's.
        || words == ["client", "token"]
        || words.windows(2).any(|two| PAIRS.contains(&two.join("_")))
}

/// Whether the last word of the name is one for a password: `db_password`, `rootpw`, not `passwordInput`.
pub(super) fn ends_in_password(name: &[u8]) -> bool {
    let words = words(name);
    words.last().is_some_and(|last| {
        let last = last.trim_end_matches(|letter: char| letter.is_ascii_digit());
        PASSWORDS
            .split_ascii_whitespace()
            .any(|word| last.ends_with(word))
    })
}

/// Whether the name says that the value is a digest or names content.
pub(super) fn about_digests(name: &[u8]) -> bool {
    words(name).iter().any(|word| DIGESTS.contains(word))
}

/// Whether the name says that the value identifies something.
pub(super) fn about_ids(name: &[u8]) -> bool {
    words(name).iter().any(|word| IDS.contains(word))
}

/// Ends of names for passwords.
const PASSWORDS: &str = "password passwd pass pwd passphrase passcode pw";

static DIGESTS: Words = Words::new(
    "hash sha sha1 sha256 sha512 md5 digest checksum commit revision rev etag fingerprint integrity id",
);

static IDS: Words = Words::new("id uuid guid ids idempotency request correlation trace session");

/// Last words of a name that say what else the value is.
static LAST_WORDS: Words = Words::new(
    "
    id ids type types name names url uri urls path paths file files filename dir folder length len size count limit max min
    expires expiry expiration ttl timeout lifetime age policy regex pattern format prefix suffix label labels placeholder hint
    help title message msg error errors description desc text field fields column columns header headers param params selector
    class classes version algorithm alg scheme endpoint host port store storage manager provider service handler callback
    function method strategy status state kind mode scope scopes audience issuer hash hashes digest checksum sha sha1 sha2 sha224
    sha256 sha384 sha512 md5 ref refs arn input button form page screen view link icon image template tokens tokenizer index offset position pos date time
    at required enabled env var variable alias example examples test tests rule rules model schema table mask words keyword
    keywords mnemonic nonce iv attribute attr property event action route filter sort group set list map cache query node tag
    enum symbol char chars charset separator delimiter strftime prompt mixin hasher validator parser expression signature fixture
    request response management com org net
",
);

/// Words that make any name harmless.
static ANY_WORD: Words = Words::new(
    "
    public authenticity pub publishable pubkey integrity csrf xsrf keyboard keyword keywords tokenizer tokenize tokenization
    translation i18n locale css html svg color colour hotkey shortcut sitekey site_key analytics cacheable etag
    thumbprint commit revision snapshot website example dummy fake mock placeholder invalid wrong expected encrypted hashed
    digest hash checksum bcrypt argon2 dkim
",
);

/// Pairs of words that make a name harmless.
static PAIRS: Words = Words::new(
    "
    primary_key foreign_key sort_key partition_key cache_key row_key group_key object_key s3_key query_key item_key
    page_token next_token continuation_token sync_token site_key host_key token_address token_contract key_id
    message_key translation_key idempotency_key distribution_key map_key react_key lock_token change_token starting_token
    resume_token pagination_token cursor_token verification_token grant_token action_token update_token
    lookup_key version_token checkout_token cart_token postman_token
",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in [
            "token_type",
            "publicKey",
            "next_page_token",
            "passwordHash",
            "tokens",
            "s3Key",
            "secret_name",
            "hasPassword",
            "recaptcha_key",
            "DkimToken",
            "root_password_sha2",
            "authorization_response",
            "clientToken",
            "tokenURLRegex",
            "CONTACT_LOOKUP_KEY",
            "version_token",
            "cdn1.opensecrets.org",
        ] {
            assert!(names_something_else(name.as_bytes()), "{name}");
        }
        for name in [
            "api_token",
            "AWS_SECRET_ACCESS_KEY",
            "dbPassword",
            "client.secret",
            "recaptchaSecret",
            "VAULT_CLIENT_TOKEN",
            "RECAPTCHA_PRIVATE_KEY",
        ] {
            assert!(!names_something_else(name.as_bytes()), "{name}");
        }
        assert!(ends_in_password(b"DB_PASSWORD") && ends_in_password(b"rootpw2"));
        assert!(!ends_in_password(b"passwordInput") && !ends_in_password(b""));
    }
}
