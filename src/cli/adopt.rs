//! Arguments of the commands that set a repository up.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Whether to write, for commands that show a diff first.
#[derive(Debug, Args, Default, Clone, Copy)]
pub struct Writing {
    /// Write without asking
    #[arg(short, long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `stackguard init`
#[derive(Debug, Args)]
pub struct Init {
    /// The repository
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// What runs the check before each commit [default: what the repository uses already, else git]
    #[arg(long, value_enum)]
    pub hook: Option<Hook>,
    /// The action the workflow uses, pinned: OWNER/REPOSITORY@COMMIT
    #[arg(long, value_name = "ACTION", value_parser = parse_action)]
    pub action: Option<String>,
    /// Write no workflow
    #[arg(long, conflicts_with = "action")]
    pub no_workflow: bool,
    /// Replace stackguard.toml, the workflow and the baseline where they differ
    #[arg(long)]
    pub force: bool,
    /// Whether to write
    #[command(flatten)]
    pub writing: Writing,
}

/// Ways to run the check before a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Hook {
    /// git's own hook; one that is there is kept and runs after it
    Git,
    /// The pre-commit framework
    PreCommit,
    /// husky
    Husky,
    /// lefthook
    Lefthook,
    /// No hook
    None,
}

/// `stackguard import`
#[derive(Debug, Args)]
pub struct Import {
    /// Files of other scanners
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// What they are [default: told by name and content]
    #[arg(long, value_enum)]
    pub from: Option<Foreign>,
    /// Whether to write
    #[command(flatten)]
    pub writing: Writing,
}

/// Files that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Foreign {
    /// .gitleaks.toml
    GitleaksConfig,
    /// .gitleaksignore
    GitleaksIgnore,
    /// A JSON report of gitleaks, used as its baseline
    GitleaksBaseline,
    /// .secrets.baseline
    DetectSecrets,
    /// .secretsignore
    Ripsecrets,
    /// .gitguardian.yaml
    Ggshield,
}

fn parse_action(text: &str) -> Result<String, String> {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "-_./".contains(letter))
    };
    let good = text
        .split_once('@')
        .is_some_and(|(name, at)| name.contains('/') && plain(name) && plain(at));
    if good {
        Ok(text.to_owned())
    } else {
        Err("write OWNER/REPOSITORY@COMMIT".to_owned())
    }
}
