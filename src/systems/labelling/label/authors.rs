//! Counts distinct authors without reading the rows again after a restart.
//!
//! An author is kept as a 64-bit hash of the group and the `source_author`. Among ten
//! million authors the chance that any two share a hash is below one in 300,000.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The hash of an author in a group. It is stored, so it must never change.
pub(super) fn author_hash(group: u16, source_author: &str) -> u64 {
    xxh3_64_with_seed(source_author.as_bytes(), u64::from(group))
}

/// A set of hashes, which need no further hashing.
pub(super) type AuthorSet = HashSet<u64, BuildHasherDefault<AsItIs>>;

#[derive(Debug, Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_that_earlier_versions_stored() {
        assert_eq!(
            author_hash(0, "WH_F0045_amy"),
            xxh3_64_with_seed(b"WH_F0045_amy", 0)
        );
        assert_ne!(
            author_hash(0, "WH_F0045_amy"),
            author_hash(1, "WH_F0045_amy")
        );
    }
}
