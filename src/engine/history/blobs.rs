//! Looks at blobs as a walk visits them: whole ones in full, deltas round their seams.

use super::super::sightings::Sightings;
use super::Search;
use crate::secrets::utf16::Utf16;
use crate::secrets::{Copied, Raw, Scanner};
use crate::source::history::cache::{Known, Tally};
use crate::source::history::{Delta, Edit, Kind, Object, Oid, Visitor};

/// Everything in one text; none when there is nothing.
pub(super) fn whole(scanner: &Scanner, text: &[u8]) -> Option<Raw> {
    let mut raw = Raw::default();
    scanner.collect(text, 0..text.len(), &mut raw);
    (!raw.is_empty()).then_some(raw)
}

/// Looks at blobs on one thread.
pub(super) struct Blobs<'e> {
    pub(super) search: &'e Search<'e>,
    pub(super) known: &'e Known,
    pub(super) found: Sightings,
    pub(super) tally: Tally,
}

/// What is kept of a blob while those made from it are looked at.
pub(super) enum Kept {
    /// Its raw hits.
    Raw(Raw),
    /// UTF-16: its deltas say nothing of the text it stands for.
    Opaque,
}

impl Search<'_> {
    /// Looks at a whole object.
    pub(super) fn scan(&self, id: &Oid, kind: Kind, bytes: &[u8], found: &mut Sightings) -> Kept {
        if kind == Kind::Blob
            && let Some(encoding) = Utf16::of(bytes)
        {
            let text = encoding.decode(bytes);
            let raw = whole(self.scanner, &text).unwrap_or_default();
            self.note(id, kind, &text, &raw, found);
            return Kept::Opaque;
        }
        let raw = whole(self.scanner, bytes).unwrap_or_default();
        self.note(id, kind, bytes, &raw, found);
        Kept::Raw(raw)
    }

    fn note(&self, id: &Oid, kind: Kind, text: &[u8], raw: &Raw, found: &mut Sightings) {
        if !raw.is_empty() {
            found.add(self.engine, self.scanner, id, kind, text, raw);
        }
    }
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
            .scan(object.id, object.kind, object.bytes, &mut self.found)
    }

    fn delta(&mut self, object: Object<'_>, delta: Delta<'_, Kept>) -> Kept {
        let plain = self.search.options.plain;
        let (Kept::Raw(base), false, None) = (delta.base, plain, Utf16::of(object.bytes)) else {
            return self.full(object);
        };
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
        let raw =
            self.search
                .scanner
                .collect_changed(object.bytes, delta.base_bytes.len(), base, copies);
        let (id, kind) = (object.id, object.kind);
        self.search
            .note(id, kind, object.bytes, &raw, &mut self.found);
        Kept::Raw(raw)
    }
}
