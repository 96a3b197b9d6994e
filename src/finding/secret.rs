//! The value of a secret, for the few places that must hold one.

use crate::memory;
use zeroize::Zeroizing;

/// A secret value: no `Display`, no `Serialize`, a silent `Debug`, wiped when dropped.
pub struct Secret {
    bytes: Zeroizing<Vec<u8>>,
    locked: bool,
}

impl Secret {
    /// Takes a copy of the bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: Zeroizing::new(bytes.to_vec()),
            locked: false,
        }
    }

    /// Takes a copy of the bytes into memory that is not swapped out, as far as the system allows it: for values of a vault.
    /// Its clones are kept in the same way.
    #[must_use]
    pub fn locked(bytes: &[u8]) -> Self {
        let mut held = Zeroizing::new(Vec::with_capacity(bytes.len()));
        // Before anything is in it.
        memory::lock(held.spare_capacity_mut());
        held.extend_from_slice(bytes);
        Self {
            bytes: held,
            locked: true,
        }
    }

    /// The bytes, for judging and comparing only.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }
}

impl Clone for Secret {
    fn clone(&self) -> Self {
        if self.locked {
            Self::locked(&self.bytes)
        } else {
            Self::new(&self.bytes)
        }
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Secret {}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
