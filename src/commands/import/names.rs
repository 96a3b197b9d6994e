//! Names of keys, rules and paths of a foreign file, as they may be shown.

use crate::finding::MASK;
use crate::policy::masking::mask_words;

/// A name: in capitals within like `useDefault` as well, but not where it may be a secret.
pub(super) fn shown(name: &str) -> String {
    let known = |part: &str| is_camel(part) || mask_words(part) == part;
    if name.split(['-', '_', '.']).all(known) {
        name.to_owned()
    } else {
        mask_words(name)
    }
}

/// A path: whoever reads the list must find the file, but an address with an account and a token in a name are hidden.
pub(super) fn shown_path(path: &str) -> String {
    let account = |part: &str| part.contains('@') && part.contains(':');
    if path.contains("://") || path.split('/').any(account) {
        return mask_words(path);
    }
    let part = |part: &str| {
        let harmless = |word: &str| word.len() < TOKEN || shown(word) == word;
        if part
            .split(|sign: char| !sign.is_alphanumeric())
            .all(harmless)
        {
            part.to_owned()
        } else {
            MASK.to_owned()
        }
    };
    let parts: Vec<String> = path.split('/').map(part).collect();
    parts.join("/")
}

/// Words run together, each but the first with a capital; what is drawn at random has capitals closer together.
fn is_camel(part: &str) -> bool {
    let mut lengths = vec![0_usize];
    for letter in part.chars() {
        let Some(length) = lengths.last_mut() else {
            return false;
        };
        match letter {
            'A'..='Z' if *length > 0 => lengths.push(1),
            'a'..='z' | 'A'..='Z' => *length += 1,
            _ => return false,
        }
    }
    let Some((first, rest)) = lengths.split_first() else {
        return false;
    };
    *first > 1
        && (1..WORDS).contains(&rest.len())
        && rest.iter().all(|length| *length >= SHORTEST)
        && lengths.iter().all(|length| *length <= LONGEST)
}

/// Letters and digits of the shortest word in a path that is taken for a token.
const TOKEN: usize = 20;
/// Letters of the shortest word behind the first.
const SHORTEST: usize = 3;
/// Letters of the longest.
const LONGEST: usize = 20;
/// Most words of a name.
const WORDS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;

    #[test]
    fn names_are_shown_and_tokens_are_not() {
        for name in [
            "useDefault",
            "secretGroup",
            "entropyThreshold",
            "idPattern",
            "RegexTarget",
            "acme-apiToken",
            "hex_limit",
            "exclude.filesPattern",
            "",
        ] {
            assert_eq!(shown(name), name);
        }
        for template in ["{base62:24}", "{hex:32}", "ghp_{base62:36}"] {
            assert!(shown(&expand(template)).ends_with(MASK), "{template}");
        }
        for path in [
            "k8files/application.yml.default.docker",
            "src/app/(site)/[...slug]/RefreshRouteOnSave.test.tsx",
            "db/20240131120000_users.sql",
            "node_modules/@types/node/index.d.ts",
            "a b/ä.txt",
            "",
        ] {
            assert_eq!(shown_path(path), path);
        }
        for template in [
            "a/{base62:32}/b.txt",
            "a/x-{hex:40}.json",
            "https://u:{base62:20}@h/x",
        ] {
            let path = expand(template);
            let said = shown_path(&path);
            assert!(
                said.contains(MASK) && !said.contains(&path[8..20]),
                "{said}"
            );
        }
        // Letters alone, as one in some thousand tokens has.
        assert_eq!(shown("aBcDefGHiJkLmNoP"), MASK);
    }
}
