//! Names of a file that a message quotes: a package, a server, a table may be called after a secret.

use crate::finding::{MASK, RepoPath, Secret};
use crate::policy::masking::mask_words;
use crate::tree::{Draft, FileView};
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::HashMap;

/// The secrets of a file by which a message of ours could be told to quote one: the others are words.
pub(super) fn secrets(file: &FileView<'_>) -> Vec<Secret> {
    let quotable = |secret: &&[u8]| {
        std::str::from_utf8(secret).is_ok_and(|text| text.len() >= LONG || mask_words(text) != text)
    };
    file.secrets().filter(quotable).map(Secret::new).collect()
}

/// What must not be said of each file; none where it is too much to be looked for.
#[derive(Default)]
pub(super) struct Quotes(HashMap<RepoPath, Option<AhoCorasick>>);

impl Quotes {
    /// Nothing of `secrets` is to be said of the file at `path`, in any case: hosts are told in small letters.
    pub(super) fn add(&mut self, path: &RepoPath, secrets: &[Secret]) {
        if secrets.is_empty() {
            return;
        }
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(secrets.iter().map(Secret::expose));
        self.0.insert(path.clone(), search.ok());
    }

    /// Takes them out of what a finding says. They stay in what tells it from others, of which only a digest is kept.
    pub(super) fn conceal(&self, draft: &mut Draft) {
        let Some(search) = self.0.get(&draft.path) else {
            return;
        };
        let said = [Some(&mut draft.message), draft.help.as_mut()];
        for said in said.into_iter().flatten() {
            let mut masked = String::with_capacity(said.len());
            match search {
                Some(search) => search.replace_all_with(said, &mut masked, |_, _, masked| {
                    masked.push_str(MASK);
                    true
                }),
                None => masked = mask_words(said),
            }
            *said = masked;
        }
    }
}

/// Bytes of a secret that is longer than the words of our messages.
const LONG: usize = 16;
