//! The shipped packs, as the build script left them.

use super::pack::Pack;

static PACKS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/packs.bin"));

/// Every shipped pack with its path in the repository (`policies/secrets/supabase.toml`), by path.
///
/// # Panics
/// Never with a binary as built: the bytes are written by the build script from the same types.
#[must_use]
pub fn embedded() -> Vec<(String, Pack)> {
    postcard::from_bytes(PACKS).expect("the build script wrote these bytes from the same types")
}
