//! Which keys flyctl knows and which types it takes, as data; and a walk over a document that compares.
//!
//! The facts are the structures of `internal/appconfig` in <https://github.com/superfly/flyctl> and the
//! rewriting of older forms that it does before filling them (`patches.go`).

mod keys;
mod walk;

pub use keys::ROOT;
pub use walk::{Discord, Oddity, walk};

/// A table of the file.
#[derive(Debug)]
pub struct Section {
    /// Every key flyctl reads there.
    pub keys: &'static [Key],
}

/// A key.
#[derive(Debug)]
pub struct Key {
    /// As flyctl writes it.
    pub name: &'static str,
    /// What may stand there.
    pub shape: Shape,
}

/// What may stand as a value.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A string.
    Text,
    /// A string or a number, which flyctl turns into one.
    Loose,
    /// An integer.
    Int,
    /// An integer, or a string of digits.
    Digits,
    /// A number.
    Number,
    /// A boolean.
    Bool,
    /// Go's notation for a duration, or an integer whose unit depends on the place.
    Duration,
    /// A boolean or a mode of stopping.
    Stop,
    /// A list of strings.
    Texts,
    /// A string or a list of strings.
    TextOrTexts,
    /// A table.
    Table(&'static Section),
    /// A list of tables; a single table is refused.
    Tables(&'static Section),
    /// A table or a list of tables.
    TableOrTables(&'static Section),
    /// A table of tables, each with a name of the user's; or a list of tables that hold the name.
    Named(&'static Section),
    /// A table of strings with names of the user's.
    TextMap,
    /// `[processes]`: a table of strings, or a list of tables with `name` and `command`.
    Processes,
    /// `[env]`: a table, or a list of tables, of anything.
    Env,
    /// Headers of a legacy check: a table of anything, or a list of tables with `name` and `value`.
    Headers,
    /// `concurrency` of a service: a table, or the older `"soft,hard"`.
    Concurrency(&'static Section),
    /// Anything.
    Any,
}

impl Section {
    /// The key Go would match: letter case does not matter.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name).or_else(|| {
            self.keys
                .iter()
                .find(|key| key.name.eq_ignore_ascii_case(name))
        })
    }
}

impl Shape {
    /// What is expected, for messages.
    #[must_use]
    pub fn wanted(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Loose => "a string or a number",
            Self::Int => "an integer",
            Self::Digits => "an integer",
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Duration => "a duration such as \"10s\"",
            Self::Stop => "\"off\", \"stop\", \"suspend\" or a boolean",
            Self::Texts => "a list of strings",
            Self::TextOrTexts => "a string or a list of strings",
            Self::Table(_) => "one table (single brackets)",
            Self::Tables(_) => "a list of tables (double brackets)",
            Self::TableOrTables(_) => "a table or a list of tables",
            Self::Named(_) => "a table for each name",
            Self::TextMap => "a table of strings",
            Self::Processes => "a table of commands",
            Self::Env => "a table",
            Self::Headers => "a table of headers",
            Self::Concurrency(_) => "a table, or \"soft,hard\"",
            Self::Any => "anything",
        }
    }
}
