//! Arguments of the command that shows a report on a pull request.

use clap::{ArgGroup, Args};
use std::path::PathBuf;

/// `stackguard publish`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("places").args(["comment", "check_run"]).multiple(true).required(true))]
pub struct Publish {
    /// The report: the file of `check --format json=REPORT`
    #[arg(value_name = "REPORT")]
    pub report: PathBuf,
    /// Keep one comment on this pull request up to date
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub comment: Option<u64>,
    /// Make a check run with annotations for this commit
    #[arg(long, value_name = "COMMIT", value_parser = parse_commit)]
    pub check_run: Option<String>,
    /// The repository
    #[arg(
        long,
        value_name = "OWNER/NAME",
        env = "GITHUB_REPOSITORY",
        hide_env_values = true
    )]
    pub repository: String,
    /// What the comment and the check run are called; two workflows of one repository need two names
    #[arg(long, value_name = "NAME", default_value = "stackguard", value_parser = parse_name)]
    pub name: String,
}

fn parse_commit(text: &str) -> Result<String, String> {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if matches!(text.len(), 40 | 64) && text.bytes().all(hex) {
        Ok(text.to_owned())
    } else {
        Err("write the full id of a commit".to_owned())
    }
}

/// A name stands in a comment of HTML and in a headline, so it can end neither.
fn parse_name(text: &str) -> Result<String, String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || " -_./()".contains(letter);
    if !text.contains("--")
        && !text.trim().is_empty()
        && text.len() <= 64
        && text.chars().all(plain)
    {
        Ok(text.trim().to_owned())
    } else {
        Err(
            "letters, digits, spaces and any of `-_./()`, 64 at most, and no two dashes together"
                .to_owned(),
        )
    }
}
