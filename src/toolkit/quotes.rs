//! Names of a file that a message quotes: a package, a server, a table may be called after a secret.

use crate::finding::{MASK, Secret};
use crate::policy::masking::mask_words;
use crate::tree::{Draft, FileView};

/// The secrets of a file by which a message of ours could be told to quote one: the others are words.
pub(super) fn secrets(file: &FileView<'_>) -> Vec<Secret> {
    let long = |text: &&[u8]| text.len() >= LONG || is_token(text);
    file.secrets().filter(long).map(Secret::new).collect()
}

/// Takes them out of what a finding says. They stay in what tells it from others, of which only a digest is kept.
pub(super) fn conceal(draft: &mut Draft, secrets: &[Secret]) {
    for text in secrets
        .iter()
        .map(Secret::expose)
        .filter_map(|text| std::str::from_utf8(text).ok())
    {
        for said in [Some(&mut draft.message), draft.help.as_mut()]
            .into_iter()
            .flatten()
        {
            *said = without(said, text);
        }
    }
}

/// Without `secret`, in any case: hosts are told in small letters.
fn without(said: &str, secret: &str) -> String {
    let (lower, secret) = (said.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let mut out = String::with_capacity(said.len());
    let mut from = 0;
    for (at, found) in lower.match_indices(&secret) {
        out.push_str(said.get(from..at).unwrap_or_default());
        out.push_str(MASK);
        from = at + found.len();
    }
    out.push_str(said.get(from..).unwrap_or_default());
    out
}

fn is_token(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| mask_words(text) != text)
}

/// Bytes of a secret that is longer than the words of our messages.
const LONG: usize = 16;
