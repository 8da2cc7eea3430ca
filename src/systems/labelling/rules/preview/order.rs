//! The order in which windows and rows are drawn: that of a hash, which anybody can calculate again.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The place of a row or window: SHA-256 of the seed and its name, compared byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowKey([u8; 32]);

impl RowKey {
    /// `<seed>:<id>`
    pub fn of_row(seed: u64, id: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_string().as_bytes());
        hash.update(b":");
        hash.update(id.as_bytes());
        Self(hash.finalize().into())
    }

    /// `<seed>:w:<number>`
    pub fn of_window(seed: u64, number: u32) -> Self {
        Self(Sha256::digest(format!("{seed}:w:{number}").as_bytes()).into())
    }
}
