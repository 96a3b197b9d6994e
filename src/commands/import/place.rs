//! Which of our findings another scanner was told to accept.
//!
//! The finding must be there: a baseline entry of ours is bound to rule, path and secret. Where the other tool kept the
//! secret or a hash of it, that must agree; where it kept only a line, the entry is listed for a look.

use super::{Accepted, Left, Proof, alias};
use crate::cli::{Check, Global};
use crate::commands::check::{Extent, look};
use crate::commands::setup::Setup;
use crate::finding::{Finding, Fingerprint, Location, hex};
use crate::policy::{Guard, Policy};
use crate::report::Report;
use crate::source::{Environment, Exclude, Worktree, WorktreeOptions};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

/// A finding that goes into the baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub rule: String,
    pub path: String,
    pub fingerprint: Fingerprint,
}

/// The findings of this repository that `accepted` speaks of; what it says of anything else goes to `left`.
pub(super) fn accept(
    accepted: &[Accepted],
    setup: &Setup,
    global: &Global,
    left: &mut Vec<Left>,
) -> miette::Result<Vec<Known>> {
    if accepted.is_empty() {
        return Ok(Vec::new());
    }
    let history = accepted.iter().any(|entry| entry.commit.is_some());
    let mut reports = vec![tree(setup)?];
    if history {
        let args = Check {
            history: true,
            ..Check::default()
        };
        reports.push(crate::commands::history::look(&args, setup, global)?);
    }
    let mut texts = Texts::new();
    let mut spots = Vec::new();
    for report in &reports {
        if let Some(gap) = report.incomplete.first() {
            left.push(Left {
                line: 0,
                what: gap.what.clone(),
                why: format!("not looked at, so nothing there was accepted: {}", gap.why),
            });
        }
        let allowed = report.allowed.iter().map(|allowed| &allowed.finding);
        for finding in report
            .findings
            .iter()
            .chain(allowed)
            .filter(|finding| finding.guard == Guard::Secrets)
        {
            let places = std::iter::once(&finding.location).chain(&finding.occurrences);
            spots.extend(places.map(|place| Spot {
                finding,
                place,
                text: texts.around(place),
            }));
        }
    }
    let mut known = Vec::new();
    for entry in accepted {
        let mut hit = false;
        let mut by_place = false;
        for spot in &spots {
            match spot.agrees(entry, &setup.policy) {
                Agreement::No => continue,
                Agreement::Place => by_place = true,
                Agreement::Proved => {}
            }
            hit = true;
            known.push(spot.known());
        }
        let what = entry_name(entry);
        if by_place {
            left.push(Left {
                line: entry.line,
                what,
                why: "accepted by its place alone: see that it is what you think".into(),
            });
        } else if !hit {
            left.push(Left {
                line: entry.line,
                what,
                why: "stackguard finds nothing there that it could be for".into(),
            });
        }
    }
    known.sort_by(|a, b| {
        (&a.path, &a.rule, &a.fingerprint).cmp(&(&b.path, &b.rule, &b.fingerprint))
    });
    known.dedup();
    Ok(known)
}

fn entry_name(entry: &Accepted) -> String {
    let path = entry.path.as_deref().unwrap_or("a secret");
    match entry.rule.as_str() {
        "" => path.to_owned(),
        rule => format!("`{rule}` in {path}"),
    }
}

/// Every finding of the work tree.
fn tree(setup: &Setup) -> miette::Result<Report> {
    let options = WorktreeOptions {
        no_ignore: false,
        exclude: Exclude::new(&setup.config.exclude)?,
    };
    let start = std::path::absolute(".").unwrap_or_else(|_| PathBuf::from("."));
    let root = start
        .ancestors()
        .find(|dir| dir.join(".git").symlink_metadata().is_ok())
        .unwrap_or(&start);
    let source = Worktree::new(vec![root.to_owned()], &Environment::of_process(), options)?;
    let args = Check {
        guard: vec![crate::cli::GuardName::Secrets],
        ..Check::default()
    };
    look(&args, setup, &source, Extent::Part)
}

/// One place of one finding, with the lines it stands on.
struct Spot<'f> {
    finding: &'f Finding,
    place: &'f Location,
    text: Vec<u8>,
}

enum Agreement {
    No,
    /// Nothing speaks against it.
    Place,
    /// The secret is the same.
    Proved,
}

impl Spot<'_> {
    fn known(&self) -> Known {
        let rule = self.finding.rule.as_str();
        let path = self.place.path.as_str();
        Known {
            rule: rule.to_owned(),
            path: path.to_owned(),
            fingerprint: self.finding.fingerprint.moved(rule, path),
        }
    }

    fn agrees(&self, entry: &Accepted, policy: &Policy) -> Agreement {
        let path = self.place.path.as_str();
        if entry
            .path
            .as_deref()
            .is_some_and(|wanted| wanted.trim_start_matches("./") != path)
        {
            return Agreement::No;
        }
        let commit = self.place.commit.as_ref().map(|commit| commit.id.as_str());
        if entry.commit.is_some() && entry.commit.as_deref() != commit {
            return Agreement::No;
        }
        let rule = self.finding.rule.as_str();
        let proved = match &entry.proof {
            Proof::Value(secret) => {
                let same = Fingerprint::new(rule, path, secret.expose())
                    == self.finding.fingerprint.moved(rule, path);
                same || memchr::memmem::find(&self.text, secret.expose()).is_some()
                    && self.is_on(entry.lines)
            }
            Proof::Sha1(hash) => self.holds(|piece| hex(&Sha1::digest(piece)) == *hash),
            Proof::Sha256(hash) => self.holds(|piece| {
                hex(&Sha256::digest(piece)) == *hash
                    || MATCH_TYPES.iter().any(|kind| {
                        hex(&Sha256::digest([piece, b",", kind.as_bytes()].concat())) == *hash
                    })
            }),
            Proof::Place => {
                let aliases = alias::ours(&entry.rule, policy);
                let fits = aliases.is_empty() || aliases.iter().any(|id| id == rule);
                return if fits && self.is_on(entry.lines) {
                    Agreement::Place
                } else {
                    Agreement::No
                };
            }
        };
        if proved {
            Agreement::Proved
        } else {
            Agreement::No
        }
    }

    fn is_on(&self, lines: Option<(u32, u32)>) -> bool {
        let (first, last) = (self.place.start.line, self.place.end.line);
        lines.is_none_or(|(from, to)| from <= last && first <= to)
    }

    /// Whether some piece of the lines between two borders of words is what `test` looks for.
    fn holds(&self, test: impl Fn(&[u8]) -> bool) -> bool {
        let text = &self.text;
        let word = |at: usize| {
            text.get(at)
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
        };
        let borders: Vec<usize> = (0..=text.len())
            .filter(|at| *at == 0 || *at == text.len() || !word(*at) || !word(*at - 1))
            .take(MOST_BORDERS)
            .collect();
        borders.iter().enumerate().any(|(index, from)| {
            let ends = borders.get(index + 1..).unwrap_or_default();
            ends.iter().filter_map(|to| text.get(*from..*to)).any(&test)
        })
    }
}

/// The lines of places, from the work tree or the commit.
struct Texts {
    repository: Option<git2::Repository>,
    root: PathBuf,
}

impl Texts {
    fn new() -> Self {
        let repository = git2::Repository::discover(".").ok();
        let root = repository
            .as_ref()
            .and_then(git2::Repository::workdir)
            .map_or_else(|| PathBuf::from("."), std::path::Path::to_path_buf);
        Self { repository, root }
    }

    /// The lines a place is on; empty when they cannot be had, so that nothing is proved by them.
    fn around(&mut self, place: &Location) -> Vec<u8> {
        let path = place.path.as_str();
        let bytes = match &place.commit {
            Some(commit) => self.blob(&commit.id, path),
            None => {
                let file = self.root.join(path);
                let small = file
                    .symlink_metadata()
                    .is_ok_and(|data| data.is_file() && data.len() <= MOST_BYTES);
                small.then(|| std::fs::read(file).ok()).flatten()
            }
        };
        let bytes = bytes.unwrap_or_default();
        let index = crate::finding::LineIndex::new(&bytes);
        let range = index.line(place.start.line).start
            ..index.line(place.end.line.max(place.start.line)).end;
        let range = range.start..range.end.min(range.start + MOST_TEXT);
        bytes.get(range).unwrap_or_default().to_vec()
    }

    fn blob(&self, commit: &str, path: &str) -> Option<Vec<u8>> {
        let repository = self.repository.as_ref()?;
        let commit = repository
            .find_commit(git2::Oid::from_str(commit).ok()?)
            .ok()?;
        let entry = commit
            .tree()
            .ok()?
            .get_path(std::path::Path::new(path))
            .ok()?;
        let blob = repository.find_blob(entry.id()).ok()?;
        (blob.size() as u64 <= MOST_BYTES).then(|| blob.content().to_vec())
    }
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
/// Bytes of the lines of one place.
const MOST_TEXT: usize = 4096;
/// Borders of words in them: pieces grow with the square.
const MOST_BORDERS: usize = 160;
