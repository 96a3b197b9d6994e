//! Finds leaked secrets in bytes.
//!
//! `rules` makes a policy ready, `prefilter` finds the literals of all rules in one pass, `matcher` runs a
//! rule in a bounded `window` round a literal, `collect` does so for a range, `scan` puts it together for one text and `stream` for
//! texts too large to hold. `carry` takes over what is known of a text from which most was copied, `searched` what
//! of the rest was searched before.
//! `assign`, `dsn`, `prose`, `generic` and `checks` know what things look like, `noise` what only looks like them, and
//! `bystanders` what a snippet leaves out though no rule knows it. `lists`, `members`, `columns` and `statements` lead from a name to several values, `keyfile`
//! finds keys that nothing names.

pub mod assign;
mod bystanders;
mod carry;
pub mod checks;
mod collect;
mod columns;
mod common;
mod decode;
pub mod dsn;
mod escapes;
mod exact;
mod far;
mod forms;
pub mod generic;
mod keyfile;
mod lazy;
mod lines;
mod lists;
mod look;
pub mod matcher;
mod members;
pub mod noise;
mod paths;
mod place;
mod prefilter;
mod proof;
pub mod prose;
mod rules;
mod scan;
mod search;
mod searched;
mod statements;
mod stream;
pub mod utf16;
pub mod window;
mod words;

pub use carry::Copied;
pub use collect::{Raw, Wide};
pub use look::look;
pub use matcher::Hit;
pub use place::Place;
pub use prefilter::{Needle, Prefilter};
pub use proof::{Failure, prove};
pub use rules::{Rule, RuleError, Ruleset};
pub use scan::{MARGIN, Scanner, Sighting, ValueAllows, is_binary};
pub use searched::Searched;
