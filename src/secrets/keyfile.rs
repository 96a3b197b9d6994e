//! Files that hold a key and nothing else: `config/master.key` of Rails, where no name or shape leads to it.

use super::matcher::Hit;
use super::noise;
use super::rules::{Ruleset, Target};
use std::ops::Range;

impl Ruleset {
    /// Adds what a whole text of 32 hexadecimal digits is; whether it is that is up to its path. Other texts, and parts of
    /// texts, are none.
    pub(super) fn run_whole(&self, text: &[u8], range: &Range<usize>, out: &mut Vec<Hit>) {
        let value = text.get(..LENGTH).unwrap_or_default();
        let whole = *range == (0..text.len()) && text.trim_ascii_end() == value;
        if !whole || text.len() > LENGTH + 2 || !noise::is_hex(value) || !noise::is_random(value) {
            return;
        }
        // As the rule finds it under its name.
        let named = [NAME, value].concat();
        let mut hits = Vec::new();
        self.prefilter.find(&named, 0..NAME.len(), |needle, at| {
            let length = self.prefilter.needle(needle).text.len();
            for target in self.targets(needle) {
                if matches!(target, Target::Rule(..)) {
                    self.run(&named, *target, at, length, &mut hits);
                }
            }
        });
        hits.retain(|hit| {
            hit.secret == (NAME.len()..named.len()) && self.rule(hit.rule).spec.id == RULE
        });
        out.extend(hits.into_iter().map(|hit| Hit {
            span: 0..LENGTH,
            secret: 0..LENGTH,
            hide: 0..LENGTH,
            anchor: 0,
            ..hit
        }));
    }
}

/// The rule, and the name it knows.
const RULE: &str = "rails-key-file";
const NAME: &[u8] = b"RAILS_KEY_FILE=";
/// What `bin/rails credentials:edit` writes: 16 bytes.
const LENGTH: usize = 32;

#[cfg(test)]
mod tests {
    use crate::policy::Policy;
    use crate::policy::pack::expand;
    use crate::secrets::Scanner;

    #[test]
    fn a_key_alone_in_a_file_of_keys() {
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&policy).expect("shipped rules can be run");
        for (text, path, found) in [
            ("{hex:32}", "config/master.key", true),
            ("{hex:32}\r\n", "config/credentials/production.key", true),
            ("{hex:32}\n", "etag.txt", false),
            ("{hex:32}\n\n\n", "config/master.key", false),
            ("{hex:31}\n", "config/master.key", false),
            (
                "00000000000000000000000000000000",
                "config/master.key",
                false,
            ),
        ] {
            let (sightings, _) = scanner.scan(expand(text).as_bytes(), Some(path), &|_| Vec::new());
            let ids: Vec<&str> = sightings
                .iter()
                .map(|seen| scanner.rules().rule(seen.rule).spec.id.as_str())
                .collect();
            assert_eq!(ids == [super::RULE], found, "{text} {path}: {ids:?}");
        }
    }
}
