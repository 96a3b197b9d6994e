//! Commits and annotated tags, as they are stored.

use super::oid::{HashKind, Oid};
use crate::finding::CommitRef;
use crate::source::commit::date;
use memchr::memchr;

/// The headers of a commit that make the graph.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CommitLinks {
    pub(super) tree: Oid,
    pub(super) parents: Vec<Oid>,
    /// When it was committed, in seconds since 1970; 0 when it cannot be read.
    pub(super) time: i64,
}

impl CommitLinks {
    pub(super) fn parse(hash: HashKind, bytes: &[u8]) -> Option<Self> {
        let mut lines = headers(bytes);
        let tree = oid_after(lines.next()?, b"tree ", hash)?;
        let mut links = Self {
            tree,
            parents: Vec::new(),
            time: 0,
        };
        for line in lines {
            if let Some(parent) = oid_after(line, b"parent ", hash) {
                links.parents.push(parent);
            } else if let Some(person) = line.strip_prefix(b"committer ") {
                links.time = split_person(person).1;
                break;
            }
        }
        Some(links)
    }
}

/// The headers of an annotated tag that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TagLinks {
    /// What it points to.
    pub(super) target: Oid,
    /// When it was made, in seconds since 1970; the oldest tags do not say.
    pub(super) time: Option<i64>,
}

impl TagLinks {
    pub(super) fn parse(hash: HashKind, bytes: &[u8]) -> Option<Self> {
        let target = oid_after(headers(bytes).next()?, b"object ", hash)?;
        let tagger = headers(bytes).find_map(|line| line.strip_prefix(b"tagger "));
        let time = tagger.map(|person| split_person(person).1);
        Some(Self { target, time })
    }
}

/// Where the first lines of a commit or tag end that hold nothing but the id of another object.
#[must_use]
pub fn after_links(bytes: &[u8]) -> usize {
    let mut end = 0;
    for line in headers(bytes) {
        let names = [&b"tree "[..], b"parent ", b"object "];
        let id = names.iter().find_map(|name| line.strip_prefix(*name));
        // Without a way out in between, so that many digits are looked at together.
        let is_hex = |id: &[u8]| id.iter().fold(true, |all, at| all & at.is_ascii_hexdigit());
        let is_id = |id: &&[u8]| matches!(id.len(), 40 | 64) && is_hex(id);
        if id.filter(is_id).is_none() {
            break;
        }
        end += line.len() + 1;
    }
    end.min(bytes.len())
}

/// What a report says of a commit.
#[must_use]
pub(super) fn describe(id: &Oid, bytes: &[u8]) -> CommitRef {
    let header = |name: &[u8]| headers(bytes).find_map(|line| line.strip_prefix(name));
    let latin =
        header(b"encoding ").is_some_and(|encoding| encoding.eq_ignore_ascii_case(b"iso-8859-1"));
    let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if latin => bytes.iter().copied().map(char::from).collect(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    };
    let (author, seconds, offset) = split_person(header(b"author ").unwrap_or_default());
    CommitRef {
        id: id.to_string(),
        author: text(author),
        date: date(seconds, Some(offset)),
        summary: text(
            message(bytes)
                .trim_ascii_start()
                .split(|byte| *byte == b'\n')
                .next()
                .unwrap_or_default(),
        ),
        presence: None,
    }
}

/// The message of a commit or tag: what follows the headers.
fn message(bytes: &[u8]) -> &[u8] {
    memchr::memmem::find(bytes, b"\n\n")
        .and_then(|at| bytes.get(at + 2..))
        .unwrap_or_default()
}

/// The lines before the first empty one.
fn headers(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, tail) = rest.split_at_checked(end)?;
        rest = tail.get(1..).unwrap_or_default();
        (!line.is_empty()).then_some(line)
    })
}

fn oid_after(line: &[u8], name: &[u8], hash: HashKind) -> Option<Oid> {
    line.strip_prefix(name)?
        .get(..hash.len() * 2)
        .and_then(Oid::from_hex)
}

/// `Name <address> seconds +hhmm`: the person, the seconds, and the offset in seconds.
fn split_person(line: &[u8]) -> (&[u8], i64, i32) {
    let Some(end) = memchr::memrchr(b'>', line) else {
        return (line, 0, 0);
    };
    let (person, rest) = line.split_at_checked(end + 1).unwrap_or((line, &[]));
    let mut words = std::str::from_utf8(rest)
        .unwrap_or_default()
        .split_ascii_whitespace();
    let seconds = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    let zone: i32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    (
        person,
        seconds,
        zone.checked_rem(10_000)
            .map_or(0, |zone| (zone / 100 * 60 + zone % 100) * 60),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &[u8] =
        b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\n\
        author A B <a@b.c> 1700000000 +0130\ncommitter C <c@d.e> 1700000001 -0800\ngpgsig x\n y\n\nFix > it\n\nBody\n";

    #[test]
    fn only_whole_ids_are_passed_over() {
        let author = COMMIT.windows(7).position(|at| at == b"author ");
        assert_eq!(Some(after_links(COMMIT)), author);
        let id = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
        for (text, end) in [
            (format!("object {id}\ntype commit\n"), 48),
            (format!("tree {id}"), 45),
            (format!("tree {id}\nparent {id}f\n"), 46),
            (format!("tree {id} token\n"), 0),
            (format!("tree {}\n", id.replace('e', "x")), 0),
            (format!("note {id}\n"), 0),
            (String::new(), 0),
        ] {
            assert_eq!(after_links(text.as_bytes()), end, "{text}");
        }
    }

    #[test]
    fn a_commit_is_read() {
        let links = CommitLinks::parse(HashKind::Sha1, COMMIT).expect("it is a commit");
        assert_eq!((links.parents.len(), links.time), (1, 1_700_000_001));
        let shown = describe(&links.tree, COMMIT);
        assert_eq!(shown.author, "A B <a@b.c>");
        assert_eq!(shown.date, "2023-11-14T23:43:20+01:30");
        assert_eq!(shown.summary, "Fix > it");
        assert_eq!(message(COMMIT), b"Fix > it\n\nBody\n");
    }

    #[test]
    fn odd_commits_are_survived() {
        for bad in [
            &b""[..],
            b"tree",
            b"tree 12\n",
            b"\n\n",
            b"parent e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\n",
        ] {
            assert_eq!(CommitLinks::parse(HashKind::Sha1, bad), None);
        }
        let odd = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor \xff 99999999999999999999 +99999999999\n";
        assert_eq!(
            CommitLinks::parse(HashKind::Sha1, odd)
                .expect("it is a commit")
                .time,
            0
        );
        assert_eq!(
            describe(
                &Oid::from_hex(&[b'0'; 40]).expect("it is an id in hexadecimal"),
                odd
            )
            .summary,
            ""
        );
    }
}
