//! What was scanned, and how much of it.

/// What was scanned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Which kind of source.
    pub kind: ScopeKind,
    /// The directory paths are relative to, as given by the user (`.`), never an absolute path of the machine.
    pub root: String,
    /// The commit checked out, hex, when there is one.
    pub head: Option<String>,
}

/// The kinds of source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ScopeKind {
    /// Files.
    #[default]
    Worktree,
    /// The index.
    Staged,
    /// The commits of a range.
    Range,
    /// All of history.
    History,
    /// Standard input.
    Stdin,
    /// Vault, GitHub, Fly.
    Stores,
}

impl ScopeKind {
    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Worktree => "worktree",
            Self::Staged => "staged",
            Self::Range => "range",
            Self::History => "history",
            Self::Stdin => "stdin",
            Self::Stores => "stores",
        }
    }
}

/// How much was looked at. Times are not part of what makes two runs equal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Files read.
    pub files: u64,
    /// Git objects read.
    pub blobs: u64,
    /// Commits read.
    pub commits: u64,
    /// Bytes scanned, inflated.
    pub bytes: u64,
    /// Wall time, in milliseconds.
    pub milliseconds: u64,
}
