//! Looks at blobs as a walk visits them: whole ones in full, deltas round their seams.

use super::super::sightings::Sightings;
use super::Search;
use crate::secrets::utf16::Utf16;
use crate::secrets::{Copied, Hit, Raw, Scanner, Searched, Wide};
use crate::source::history::cache::{Known, Tally};
use crate::source::history::{Delta, Edit, Kind, Object, Oid, Visitor};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

/// Everything in one text from a byte on, as far as it can be held, and how far that is.
pub(super) fn whole(scanner: &Scanner, text: &[u8], start: usize) -> (Raw, usize) {
    let mut raw = Raw::default();
    let mut end = start;
    while end < text.len() && raw.hits.len() <= MOST_HITS && raw.wide.len() <= MOST_WIDE {
        let next = end.saturating_add(PART).min(text.len());
        scanner.collect(text, end..next, &mut raw);
        raw.literals.truncate(MOST_LITERALS + 1);
        end = next;
    }
    (raw, end)
}

/// Looks at blobs on one thread.
pub(super) struct Blobs<'e> {
    pub(super) search: &'e Search<'e>,
    pub(super) known: &'e Known,
    pub(super) found: Sightings,
    pub(super) tally: Tally,
    pub(super) searched: Searched,
}

/// Tells the id of the object, which is asked for only if something was found in it.
type Id<'i> = &'i dyn Fn() -> Oid;

/// What is kept of a blob while those made from it are looked at.
pub(super) enum Kept {
    /// Its raw hits.
    Raw(Raw),
    /// UTF-16, whose deltas say nothing of the text it stands for, or more than can be kept.
    Opaque,
}

impl Search<'_> {
    /// Looks at a whole object.
    pub(super) fn scan(&self, id: Id<'_>, kind: Kind, bytes: &[u8], found: &mut Sightings) -> Kept {
        if kind == Kind::Blob
            && let Some(encoding) = Utf16::of(bytes)
        {
            let text = encoding.decode(bytes);
            let (raw, end) = whole(self.scanner, &text, 0);
            self.note(id, kind, &text, (raw, end), found);
            return Kept::Opaque;
        }
        let (raw, end) = whole(self.scanner, bytes, 0);
        self.note(id, kind, bytes, (raw, end), found)
    }

    /// Takes over what was found in a text up to its byte `end`, unless that is more than can be held.
    pub(super) fn note(
        &self,
        id: Id<'_>,
        kind: Kind,
        text: &[u8],
        (mut raw, end): (Raw, usize),
        found: &mut Sightings,
    ) -> Kept {
        self.scanner.answer(text, &mut raw);
        let tracked = raw.literals.len() <= MOST_LITERALS;
        let kept = move |raw| {
            if tracked {
                Kept::Raw(raw)
            } else {
                Kept::Opaque
            }
        };
        if raw.is_empty() && end >= text.len() {
            return kept(raw);
        }
        let id = &id();
        let few = raw.hits.len() + raw.far.len() <= MOST_HITS;
        let cut = (!few || end < text.len()).then(|| first_hits(self.scanner, text, &raw, end));
        let hits = cut.as_ref().map_or(&raw, |(hits, _)| hits);
        let held = self.held.fetch_add(hits.hits.len(), Ordering::Relaxed);
        if held > MOST_HELD {
            self.leave_out(
                id,
                format!("there are more than {MOST_HELD} places with secrets in all"),
            );
            return Kept::Opaque;
        }
        match cut {
            None => {
                found.add(self.engine, self.scanner, id, kind, text, &raw);
                kept(raw)
            }
            Some((hits, end)) => {
                let text = text.get(..end).unwrap_or(text);
                found.add(self.engine, self.scanner, id, kind, text, &hits);
                self.leave_out(
                    id,
                    format!("there are secrets at more than {MOST_HITS} places in it"),
                );
                Kept::Opaque
            }
        }
    }

    fn leave_out(&self, id: &Oid, why: String) {
        let left_out = self.left_out.lock();
        let mut left_out = left_out.unwrap_or_else(PoisonError::into_inner);
        left_out.push((*id, why));
    }
}

/// The first hits of a text that has too many, and up to where it may be shown: no secret reaches beyond, so that none
/// is in sight without being known.
fn first_hits(scanner: &Scanner, text: &[u8], raw: &Raw, mut end: usize) -> (Raw, usize) {
    let mut hits = scanner.all_hits(text, raw);
    let start = |hit: &Hit| hit.span.start.min(hit.hide.start);
    hits.sort_by_key(start);
    if let Some(next) = hits.get(MOST_HITS) {
        end = end.min(start(next));
    }
    hits.truncate(MOST_HITS);
    for hit in hits.iter().rev() {
        if hit.span.end.max(hit.hide.end) > end {
            end = end.min(start(hit));
        }
    }
    hits.retain(|hit| hit.span.end.max(hit.hide.end) <= end);
    let raw = Raw {
        hits,
        ..Raw::default()
    };
    (raw, end)
}

impl Blobs<'_> {
    fn count(&mut self, object: &Object<'_>) {
        self.search.progress().add(object.bytes.len() as u64);
        // What others are made from is visited again and was counted before.
        if self.known.is_new(object) {
            self.tally.count(self.search.repository, object);
        }
    }
}

impl Visitor for Blobs<'_> {
    type State = Kept;

    fn full(&mut self, object: Object<'_>) -> Kept {
        self.count(&object);
        self.search
            .scan(&|| object.id(), object.kind, object.bytes, &mut self.found)
    }

    fn delta(&mut self, object: Object<'_>, delta: Delta<'_, Kept>) -> Kept {
        let plain = self.search.options.plain;
        let (Kept::Raw(base), false, None) = (delta.base, plain, Utf16::of(object.bytes)) else {
            return self.full(object);
        };
        let inserted = delta.edits.as_slice().iter().map(|edit| match *edit {
            Edit::Insert { len, .. } => len as usize,
            Edit::Copy { .. } => 0,
        });
        // What is new is looked at in parts there, so that what is found in it can be held.
        if inserted.sum::<usize>() > PART {
            return self.full(object);
        }
        self.count(&object);
        let copies = delta
            .edits
            .as_slice()
            .iter()
            .filter_map(|edit| match *edit {
                Edit::Copy { base, target, len } => Some(Copied {
                    base: base as usize,
                    target: target as usize,
                    len: len as usize,
                }),
                Edit::Insert { .. } => None,
            });
        let raw = self.search.scanner.collect_changed(
            object.bytes,
            delta.base_bytes.len(),
            base,
            copies,
            &mut self.searched,
        );
        let (kind, end) = (object.kind, object.bytes.len());
        self.search.note(
            &|| object.id(),
            kind,
            object.bytes,
            (raw, end),
            &mut self.found,
        )
    }

    fn weight(state: &Kept) -> usize {
        match state {
            Kept::Raw(raw) => {
                (raw.hits.capacity() + raw.far.capacity()) * size_of::<Hit>()
                    + raw.wide.capacity() * size_of::<Wide>()
                    + raw.literals.capacity() * size_of::<(u32, u32)>()
            }
            Kept::Opaque => 0,
        }
    }
}

/// Literals of one object that are kept for those made from it.
const MOST_LITERALS: usize = 1 << 20;
/// Places with secrets that are told of one object.
const MOST_HITS: usize = 10_000;
/// Places in one object where something might begin.
const MOST_WIDE: usize = 1 << 20;
/// Places that are held of all objects.
const MOST_HELD: usize = 8 << 20;
/// Bytes looked at before asking whether there is too much.
const PART: usize = 8 << 20;
