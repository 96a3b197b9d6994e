//! What stands where a finding is, read again: the secret that was accepted, or a text with its hash.

use super::super::Proof;
use crate::finding::{Finding, Location, Position, hex};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The hashes that some entry was accepted by, lower-case hex, with the numbers of the entries.
#[derive(Default)]
pub(super) struct Wanted<'e> {
    sha1: HashMap<&'e str, Vec<usize>>,
    sha256: HashMap<&'e str, Vec<usize>>,
}

impl<'e> Wanted<'e> {
    pub(super) fn new(proofs: impl Iterator<Item = &'e Proof>) -> Self {
        let mut wanted = Self::default();
        for (number, proof) in proofs.enumerate() {
            let (hashes, hash) = match proof {
                Proof::Sha1(hash) => (&mut wanted.sha1, hash),
                Proof::Sha256(hash) => (&mut wanted.sha256, hash),
                Proof::Place | Proof::Value(_) => continue,
            };
            hashes.entry(hash.as_str()).or_default().push(number);
        }
        wanted
    }
}

/// What was seen where a finding is; nothing, when that could not be read.
#[derive(Default)]
pub(super) struct Evidence {
    /// The lines of the finding, as far as they are near it.
    text: Vec<u8>,
    /// Where in them the secret stands.
    secrets: Vec<Range<usize>>,
    /// The entries whose hash some piece of the text around the secret has.
    hashed: HashSet<usize>,
}

impl Evidence {
    fn new(finding: &Finding, text: Vec<u8>, span: Range<usize>, wanted: &Wanted<'_>) -> Self {
        let borders = borders(&text, &span);
        // Of a connection string the password counts, not the name of the user that stands beside it.
        let within =
            pieces(&borders).filter(|piece| span.start <= piece.start && piece.end <= span.end);
        let mut secrets: Vec<Range<usize>> = within
            .filter(|piece| {
                finding
                    .fingerprint
                    .is_of(text.get(piece.clone()).unwrap_or_default())
            })
            .collect();
        if secrets.is_empty() {
            secrets.push(span);
        }
        let mut found = Self {
            text,
            secrets,
            hashed: HashSet::new(),
        };
        found.hash(&borders, wanted);
        found
    }

    /// Hashes every piece that has something of the secret in it.
    fn hash(&mut self, borders: &[usize], wanted: &Wanted<'_>) {
        if wanted.sha1.is_empty() && wanted.sha256.is_empty() {
            return;
        }
        let near = pieces(borders).filter(|piece| touches(&self.secrets, piece));
        for piece in near {
            let bytes = self.text.get(piece).unwrap_or_default();
            if !wanted.sha1.is_empty() {
                let hash = hex(&Sha1::digest(bytes));
                self.hashed
                    .extend(wanted.sha1.get(hash.as_str()).into_iter().flatten());
            }
            if !wanted.sha256.is_empty() {
                let state = Sha256::new_with_prefix(bytes);
                let typed = MATCH_TYPES.iter().map(|kind| {
                    let typed = state.clone().chain_update(b",");
                    typed.chain_update(kind).finalize()
                });
                for digest in typed.chain([state.clone().finalize()]) {
                    let hash = hex(&digest);
                    self.hashed
                        .extend(wanted.sha256.get(hash.as_str()).into_iter().flatten());
                }
            }
        }
    }

    /// Whether the entry of that number is proved: its value, or a text with its hash, stands where the secret is.
    pub(super) fn holds(&self, number: usize, proof: &Proof) -> bool {
        let Proof::Value(value) = proof else {
            return self.hashed.contains(&number);
        };
        let value = value.expose();
        memchr::memmem::find_iter(&self.text, value).any(|at| {
            let end = at + value.len();
            // Part of a word is something else, however it is spelled.
            is_border(&self.text, at)
                && is_border(&self.text, end)
                && touches(&self.secrets, &(at..end))
        })
    }
}

fn touches(secrets: &[Range<usize>], piece: &Range<usize>) -> bool {
    secrets
        .iter()
        .any(|secret| piece.start < secret.end && secret.start < piece.end)
}

/// Whether words end or begin here.
fn is_border(text: &[u8], at: usize) -> bool {
    let word = |at: Option<usize>| {
        at.and_then(|at| text.get(at))
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
    };
    !word(Some(at)) || !word(at.checked_sub(1))
}

/// The borders of words around the span, the nearest ones.
fn borders(text: &[u8], span: &Range<usize>) -> Vec<usize> {
    let is_border = |at: &usize| is_border(text, *at);
    let before = (0..span.start.min(text.len())).rev().filter(is_border);
    let mut borders: Vec<usize> = before.take(BORDERS_BEFORE).collect();
    borders.reverse();
    borders.extend(
        (span.start..=text.len())
            .filter(is_border)
            .take(BORDERS_AFTER),
    );
    borders
}

/// Every range between two borders.
fn pieces(borders: &[usize]) -> impl Iterator<Item = Range<usize>> {
    borders.iter().enumerate().flat_map(|(index, from)| {
        let ends = borders.get(index + 1..).unwrap_or_default();
        ends.iter().map(|to| *from..*to)
    })
}

/// A file as it is in the work tree or in a commit.
struct File {
    commit: Option<String>,
    path: String,
    bytes: Vec<u8>,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl File {
    /// The bytes of a line (1-based) without its end; empty past the last line.
    fn line(&self, number: u32) -> Range<usize> {
        let index = number.max(1) as usize - 1;
        let end = self.bytes.len();
        let start = self.starts.get(index).copied().unwrap_or(end);
        start..self.starts.get(index + 1).map_or(end, |next| next - 1)
    }

    /// The byte of a position; none on a line so long that nobody reads it.
    fn byte(&self, at: Position) -> Option<usize> {
        let range = self.line(at.line);
        let line = self.bytes.get(range.clone())?;
        (line.len() <= LONGEST_LINE).then(|| range.start + offset(line, at.column))
    }
}

/// The files of places; the last one is kept.
pub(super) struct Texts {
    repository: Option<git2::Repository>,
    root: PathBuf,
    last: Option<File>,
}

impl Texts {
    pub(super) fn new() -> Self {
        let repository = git2::Repository::discover(".").ok();
        let root = repository
            .as_ref()
            .and_then(git2::Repository::workdir)
            .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        Self {
            repository,
            root,
            last: None,
        }
    }

    /// What stands where a finding is.
    pub(super) fn evidence(
        &mut self,
        finding: &Finding,
        place: &Location,
        wanted: &Wanted<'_>,
    ) -> Evidence {
        let file = self.read(place);
        let (start, end) = (place.start, place.end);
        let (Some(first), Some(last)) = (file.byte(start), file.byte(end)) else {
            return Evidence::default();
        };
        if first >= last || start.line == 0 {
            return Evidence::default();
        }
        let lines = file.line(start.line).start..file.line(end.line).end;
        let from = lines.start.max(first.saturating_sub(AROUND));
        let to = lines.end.min(last + AROUND).min(from + MOST_TEXT);
        let text = file.bytes.get(from..to).unwrap_or_default().to_vec();
        let span = first - from..(last - from).min(text.len());
        Evidence::new(finding, text, span, wanted)
    }

    fn read(&mut self, place: &Location) -> &File {
        let path = place.path.as_str();
        let commit = place.commit.as_ref().map(|commit| commit.id.clone());
        let same = |last: &File| last.commit == commit && last.path == path;
        let file = match self.last.take().filter(same) {
            Some(file) => file,
            None => {
                let bytes = match &commit {
                    Some(commit) => self.blob(commit, path),
                    None => contents(&self.root.join(path)),
                };
                let bytes = bytes.unwrap_or_default();
                let ends = memchr::memchr_iter(b'\n', &bytes).map(|at| at + 1);
                File {
                    starts: std::iter::once(0).chain(ends).collect(),
                    commit,
                    path: path.to_owned(),
                    bytes,
                }
            }
        };
        self.last.insert(file)
    }

    fn blob(&self, commit: &str, path: &str) -> Option<Vec<u8>> {
        let repository = self.repository.as_ref()?;
        let commit = git2::Oid::from_str_ext(commit, repository.object_format()).ok()?;
        let commit = repository.find_commit(commit).ok()?;
        let entry = commit.tree().ok()?.get_path(Path::new(path)).ok()?;
        let blob = repository.find_blob(entry.id()).ok()?;
        (blob.size() as u64 <= MOST_BYTES).then(|| blob.content().to_vec())
    }
}

fn contents(path: &Path) -> Option<Vec<u8>> {
    let small = path
        .symlink_metadata()
        .is_ok_and(|data| data.is_file() && data.len() <= MOST_BYTES);
    small.then(|| std::fs::read(path).ok())?
}

/// The byte of a 1-based column, which counts code points and single bytes that are none; the end when it has not so many.
fn offset(line: &[u8], column: u32) -> usize {
    let mut left = column.max(1) - 1;
    let mut at = 0;
    for chunk in line.utf8_chunks() {
        let widths = chunk.valid().chars().map(char::len_utf8);
        for width in widths.chain(chunk.invalid().iter().map(|_| 1)) {
            if left == 0 {
                return at;
            }
            left -= 1;
            at += width;
        }
    }
    at
}

/// ggshield hashes a match together with what kind of match it is.
const MATCH_TYPES: [&str; 9] = [
    "apikey",
    "api_key",
    "client_secret",
    "password",
    "token",
    "secret",
    "connection_uri",
    "access_token",
    "private_key",
];
/// Bytes of a file that is read again.
const MOST_BYTES: u64 = 16 << 20;
/// Bytes of a line on which anything is proved: columns are counted from its beginning.
const LONGEST_LINE: usize = 256 << 10;
/// Bytes of its lines looked at on either side of a finding.
const AROUND: usize = 512;
/// Bytes looked at in all.
const MOST_TEXT: usize = 8192;
/// Borders of words before a finding, and from its beginning on: pieces grow with the square.
const BORDERS_BEFORE: usize = 24;
const BORDERS_AFTER: usize = 72;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Fingerprint, RepoPath, Secret};
    use crate::policy::{Guard, RuleId, Severity};

    fn finding(secret: &[u8]) -> Finding {
        Finding {
            rule: RuleId::new("x"),
            guard: Guard::Secrets,
            severity: Severity::High,
            message: String::new(),
            location: Location::file(RepoPath::new("a"), Position::default(), Position::default()),
            snippet: None,
            fingerprint: Fingerprint::new("x", "a", secret),
            occurrences: Vec::new(),
            spread: None,
            help: None,
            decided_by: None,
            known: false,
        }
    }

    #[test]
    fn only_what_stands_where_the_secret_is_proves_anything() {
        let text = "A=known B=\"new secret-2\" db://user:pass-9@host/x";
        for (span, secret, value, proved) in [
            ("known", "known", "known", true),
            ("secret-2", "secret-2", "known", false),
            ("secret-2", "secret-2", "new secret-2", true),
            ("secret-2", "secret-2", "secret", true),
            ("secret-2", "secret-2", "ecret-2", false),
            ("db://user:pass-9@host/x", "pass-9", "user", false),
            ("db://user:pass-9@host/x", "pass-9", "pass-9", true),
            (
                "db://user:pass-9@host/x",
                "pass-9",
                "db://user:pass-9@host/x",
                true,
            ),
            ("db://user:pass-9@host/x", "pass-9", "known", false),
        ] {
            let proofs = [
                Proof::Value(Secret::new(value.as_bytes())),
                Proof::Sha1(hex(&Sha1::digest(value))),
                Proof::Sha256(hex(&Sha256::digest(value))),
                Proof::Sha256(hex(&Sha256::digest(format!("{value},apikey")))),
            ];
            let at = text.find(span).expect("it is there");
            let found = Evidence::new(
                &finding(secret.as_bytes()),
                text.as_bytes().to_vec(),
                at..at + span.len(),
                &Wanted::new(proofs.iter()),
            );
            for (number, proof) in proofs.iter().enumerate() {
                assert_eq!(
                    found.holds(number, proof),
                    proved,
                    "{span} {value} {proof:?}"
                );
            }
        }
    }

    #[test]
    fn columns_are_found_again() {
        for (line, column, byte) in [
            ("abc", 1, 0),
            ("äbc", 2, 2),
            ("ab", 9, 2),
            ("", 3, 0),
            ("ab", 0, 0),
        ] {
            assert_eq!(offset(line.as_bytes(), column), byte, "{line} {column}");
        }
        assert_eq!(offset(b"a\xff\xfeb", 4), 3);
    }
}
