//! Expressions compiled when they are first needed: most runs need few of them.

use regex_automata::meta;
use regex_automata::util::syntax;
use std::sync::OnceLock;

/// A regular expression compiled when it is first needed.
#[derive(Debug)]
pub(super) struct Lazy {
    pattern: String,
    compiled: OnceLock<Option<meta::Regex>>,
}

impl Lazy {
    pub(super) fn new(pattern: String) -> Self {
        Self {
            pattern,
            compiled: OnceLock::new(),
        }
    }

    /// The compiled expression; `None` if it is too large to compile, which `policy test` reports.
    pub(super) fn get(&self) -> Option<&meta::Regex> {
        self.compiled
            .get_or_init(|| {
                meta::Regex::builder()
                    .syntax(
                        syntax::Config::new()
                            .unicode(false)
                            .utf8(false)
                            .multi_line(true),
                    )
                    .configure(
                        meta::Config::new()
                            .utf8_empty(false)
                            .auto_prefilter(false)
                            .nfa_size_limit(Some(16 << 20))
                            .hybrid_cache_capacity(512 << 10),
                    )
                    .build(&self.pattern)
                    .ok()
            })
            .as_ref()
    }
}
