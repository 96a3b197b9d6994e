//! Literals of rules that look far, and of encodings: followed when all round them is there, and known by how far either side
//! of one anything can matter.

use super::collect::{Raw, Wide};
use super::decode;
use super::matcher::Hit;
use super::rules::{Ruleset, Target};
use super::scan::Scanner;
use super::window;

impl Scanner {
    /// Line hits and those of wide rules together.
    #[must_use]
    pub fn all_hits(&self, text: &[u8], raw: &Raw) -> Vec<Hit> {
        let mut hits = raw.hits.clone();
        let mut far = raw.far.clone();
        self.follow_far(text, raw.wide.iter().filter(|wide| !wide.done), &mut far);
        hits.append(&mut far);
        hits
    }

    /// Follows the literals of wide rules that were not followed yet. All of the text must be there.
    pub fn answer(&self, text: &[u8], raw: &mut Raw) {
        let asked = raw.wide.iter().filter(|wide| !wide.done);
        self.follow_far(text, asked, &mut raw.far);
        raw.wide.iter_mut().for_each(|wide| wide.done = true);
    }

    /// Adds what these literals lead to. What stands at one place is followed together.
    fn follow_far<'w>(
        &self,
        text: &[u8],
        asked: impl Iterator<Item = &'w Wide>,
        far: &mut Vec<Hit>,
    ) {
        let known = far.len();
        for wide in asked {
            self.follow_one(text, wide, far);
        }
        if known > 0 && known < far.len() {
            // Stable: of those of one place, all new or all known, the order is that of the rules.
            far.sort_by_key(|hit| hit.anchor);
        }
    }

    fn follow_one(&self, text: &[u8], wide: &Wide, far: &mut Vec<Hit>) {
        let length = self.rules().prefilter().needle(wide.needle).text.len();
        for target in self.rules().targets(wide.needle) {
            match target {
                Target::Rule(rule, _) if self.rules().rule(*rule).is_wide() => {
                    self.rules().run(text, *target, wide.at, length, far);
                }
                Target::Rule(..) => {}
                Target::Encoded(encoding) => {
                    if let Some(decoded) = decode::decode(text, wide.at, *encoding) {
                        self.inside(&decoded, wide.at, 1, far);
                    }
                }
            }
        }
    }

    /// Scans decoded text; what is found is placed where its encoding stands, and the whole run is secret.
    fn inside(&self, decoded: &decode::Decoded, anchor: usize, depth: usize, out: &mut Vec<Hit>) {
        let mut hits = Vec::new();
        let text = &decoded.text;
        let prefilter = self.rules().prefilter();
        prefilter.find(text, 0..text.len(), |needle, at| {
            let length = prefilter.needle(needle).text.len();
            for target in self.rules().targets(needle) {
                match target {
                    Target::Rule(..) => self.rules().run(text, *target, at, length, &mut hits),
                    Target::Encoded(encoding) if depth < decode::DEPTH => {
                        if let Some(inner) = decode::decode(text, at, *encoding) {
                            self.inside(&inner, at, depth + 1, &mut hits);
                        }
                    }
                    Target::Encoded(_) => {}
                }
            }
        });
        // Assignments and sentences in decoded bytes are data more often than not; only shapes count.
        hits.retain(|hit| !self.rules().rule(hit.rule).is_generic());
        out.extend(hits.into_iter().map(|hit| Hit {
            span: decoded.place(&hit.span),
            secret: decoded.place(&hit.secret),
            hide: decoded.run.clone(),
            anchor,
            ..hit
        }));
    }
}

impl Ruleset {
    /// How many bytes before and after the first one of a literal can matter to rules that look far, and to decoding.
    pub(super) fn sight(&self, needle: u32) -> (usize, usize) {
        let far = self
            .targets(needle)
            .iter()
            .filter_map(|target| match target {
                Target::Encoded(_) => Some(decode::SIGHT),
                Target::Rule(rule, held) => {
                    let rule = self.rule(*rule);
                    rule.is_wide().then(|| window::sight(rule, *held))
                }
            });
        far.fold((0, 0), |most, one| (most.0.max(one.0), most.1.max(one.1)))
    }
}
