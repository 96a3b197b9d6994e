//! Memory maps of packs and their indexes: the only `unsafe` code of the crate.

use super::files::failed;
use super::oid::Damage;
use memmap2::Mmap;
use std::fs::File;
use std::path::Path;

/// Maps a whole file for reading.
#[expect(
    unsafe_code,
    reason = "a mapped file must not shrink or change while it is mapped. git writes packs and indexes under another \
              name, renames them once complete and never writes to them again; deleting one leaves the mapping valid. \
              Reading 500 MB of packs into memory instead would cost more than the whole scan."
)]
pub(super) fn map(path: &Path) -> Result<Mmap, Damage> {
    // Before it is opened: a pipe would keep us waiting.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(Damage::Format("file type"));
    }
    let file = File::open(path).map_err(failed)?;
    // SAFETY: see the reason above. Every read of the map is bounds-checked, and no reference into it outlives it.
    unsafe { Mmap::map(&file) }.map_err(failed)
}
