//! The file of an attestation: one JSON document, read with suspicion, as it comes from another machine.

use super::{Attestation, Fingerprint};
use crate::credentials::StoreKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// As it is written; further fields are read over.
#[derive(Debug, Serialize, Deserialize)]
struct Document {
    version: u64,
    store: String,
    environment: String,
    created: String,
    key_id: String,
    fingerprints: BTreeMap<String, String>,
}

/// Why an attestation cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum AttestationError {
    /// The file cannot be read.
    #[error("cannot read the attestation {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no attestation.
    #[error("{} is no attestation: {why}", path.display())]
    #[diagnostic(help("`stackguard attest` writes one; run it where the secrets are visible"))]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong and where; quotes nothing of the file.
        why: String,
    },
}

impl Attestation {
    /// Reads a file.
    ///
    /// # Errors
    /// A file that cannot be read, is too long, or is no attestation of version 1.
    pub fn read(path: &Path) -> Result<Self, AttestationError> {
        let unreadable = |source| AttestationError::Read {
            path: path.to_owned(),
            source,
        };
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut text = Vec::new();
        file.take(LARGEST + 1)
            .read_to_end(&mut text)
            .map_err(unreadable)?;
        let wrong = |why: String| AttestationError::Format {
            path: path.to_owned(),
            why,
        };
        if text.len() as u64 > LARGEST {
            return Err(wrong(format!("it is larger than {} MiB", LARGEST >> 20)));
        }
        let mut attestation = Self::parse(&text).map_err(wrong)?;
        attestation.file = path.display().to_string();
        Ok(attestation)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// What is wrong with it, in words that quote nothing of it.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(text).map_err(|error| {
            // The error's own words may quote a value.
            let what = if error.is_data() {
                "a field is missing or has the wrong type"
            } else {
                "not JSON"
            };
            format!("{what} (line {}, column {})", error.line(), error.column())
        })?;
        if document.version != 1 {
            return Err(format!(
                "it has version {}; this program reads version 1",
                document.version
            ));
        }
        let store =
            StoreKind::parse(&document.store).ok_or("`store` is none of vault, github and fly")?;
        let created: Timestamp = document
            .created
            .parse()
            .map_err(|_| "`created` is no RFC 3339 time")?;
        let mut fingerprints = BTreeMap::new();
        for (name, text) in document.fingerprints {
            let fingerprint = Fingerprint::parse(&text)
                .ok_or("a fingerprint is not `hmac-sha256:` and 64 hex digits")?;
            fingerprints.insert(name, fingerprint);
        }
        Ok(Self {
            store,
            environment: document.environment,
            created,
            key_id: document.key_id,
            fingerprints,
            file: String::new(),
        })
    }

    /// The text of the file, the same for the same attestation.
    #[must_use]
    pub fn to_json(&self) -> String {
        let document = Document {
            version: 1,
            store: self.store.as_str().to_owned(),
            environment: self.environment.clone(),
            created: self.created.to_string(),
            key_id: self.key_id.clone(),
            fingerprints: self
                .fingerprints
                .iter()
                .map(|(name, print)| (name.clone(), print.to_string()))
                .collect(),
        };
        serde_json::to_string_pretty(&document).unwrap_or_default()
    }
}

/// A thousand names need a tenth of it, in bytes.
const LARGEST: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::attest::tests::key;

    fn attestation() -> Attestation {
        let key = key("a");
        Attestation {
            store: StoreKind::Github,
            environment: "staging".into(),
            created: "2026-11-21T12:00:00Z".parse().expect("a time"),
            key_id: key.id(),
            fingerprints: [("NAME".to_owned(), key.fingerprint("staging", "NAME", b"x"))].into(),
            file: String::new(),
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let text = attestation().to_json();
        assert_eq!(Attestation::parse(text.as_bytes()), Ok(attestation()));
        assert!(
            text.starts_with("{\n  \"version\": 1,\n  \"store\": \"github\","),
            "{text}"
        );
        let more = text.replacen('{', "{\"run\": 7,", 1);
        assert_eq!(Attestation::parse(more.as_bytes()), Ok(attestation()));
    }

    #[test]
    fn everything_else_is_refused_without_quoting_it() {
        let good = attestation().to_json();
        let hush = crate::policy::pack::expand("{base62:20}");
        for (text, why) in [
            (String::new(), "not JSON"),
            ("[]".into(), "a field is missing"),
            (
                good.replace("\"version\": 1", "\"version\": 2"),
                "version 2",
            ),
            (good.replace("github", &hush), "`store`"),
            (good.replace("2026-11-21T12:00:00Z", &hush), "`created`"),
            (good.replace("hmac-sha256:", &hush), "a fingerprint"),
            (
                good.replace("\"version\": 1", &format!("\"version\": \"{hush}\"")),
                "wrong type",
            ),
            (good[..good.len() / 2].to_owned(), "not JSON"),
        ] {
            let error = Attestation::parse(text.as_bytes()).expect_err(why);
            assert!(error.contains(why) && !error.contains(&hush), "{error}");
        }
    }
}
