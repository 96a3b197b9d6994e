//! The bytes of a foreign file, and what kind of file it is.

use crate::cli::Foreign;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use std::io::Read as _;
use std::path::Path;

/// The text of a file; a report may be large, but not endless.
pub(super) fn text(path: &Path) -> miette::Result<String> {
    let name = path.display();
    let wrong = || format!("could not read {name}");
    let metadata = path.metadata().into_diagnostic().wrap_err_with(wrong)?;
    if !metadata.is_file() {
        return Err(miette!("could not read {name}: it is no regular file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .into_diagnostic()
        .wrap_err_with(wrong)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(miette!(
            "could not read {name}: it is larger than {} MiB",
            MOST_BYTES >> 20
        ));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| miette!("could not read {name}: it is not UTF-8 text"))?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

/// What a file is, by its name, else by its first letters.
pub(super) fn kind(path: &Path, text: &str) -> miette::Result<Foreign> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    let ends = |end: &str| name.ends_with(end);
    let start = text.trim_start();
    let kind = if ends("gitleaks.toml") || ends("betterleaks.toml") {
        Foreign::GitleaksConfig
    } else if ends(".gitleaksignore") || ends(".betterleaksignore") {
        Foreign::GitleaksIgnore
    } else if ends(".secretsignore") {
        Foreign::Ripsecrets
    } else if ends(".gitguardian.yaml") || ends(".gitguardian.yml") {
        Foreign::Ggshield
    } else if start.starts_with('{') && text.contains("\"plugins_used\"") {
        Foreign::DetectSecrets
    } else if start.starts_with('[') && ends(".json") {
        Foreign::GitleaksBaseline
    } else if ends(".toml") && (text.contains("[[rules]]") || text.contains("allowlist")) {
        Foreign::GitleaksConfig
    } else {
        return Err(miette!(
            help = "`--from` says what it is; `stackguard import --help` has the kinds",
            "{} is of no kind that can be told by its name or content",
            path.display()
        ));
    };
    Ok(kind)
}

/// Bytes of a file; a baseline with a hundred thousand findings is smaller.
const MOST_BYTES: u64 = 128 << 20;
