//! Finds leaked secrets in bytes.
//!
//! `rules` makes a policy ready, `prefilter` finds the literals of all rules in one pass, `matcher` runs a
//! rule in a bounded window round a literal, `scan` puts it together for one text and `stream` for texts too large to hold.
//! `assign`, `dsn`, `prose`, `generic` and `checks` know what things look like, `noise` what only looks like them.

pub mod assign;
pub mod checks;
mod decode;
pub mod dsn;
pub mod generic;
pub mod matcher;
pub mod noise;
mod prefilter;
pub mod prose;
mod proof;
mod rules;
mod scan;
mod stream;

pub use matcher::{AFTER, BEFORE, Hit};
pub use prefilter::{Needle, Prefilter};
pub use proof::{Failure, prove};
pub use rules::{Rule, RuleError, Ruleset};
pub use scan::{MARGIN, Raw, Scanner, Sighting, ValueAllows};
