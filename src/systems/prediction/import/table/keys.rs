//! Keys of rows that were seen. A row takes 16 bytes: only a fingerprint of its key is kept.

use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::Xxh3;

use crate::systems::prediction::import::values::Value;

/// Keys of the tables that rows go into.
#[derive(Debug, Default)]
pub(crate) struct Keys(HashMap<String, HashSet<u128>>);

impl Keys {
    /// Whether no row of the table had these values before.
    pub fn is_new<'v>(&mut self, into: &str, values: impl Iterator<Item = &'v Value>) -> bool {
        let mut hash = Xxh3::new();
        for value in values {
            let text = value.to_string();
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        let fingerprint = hash.digest128();
        match self.0.get_mut(into) {
            Some(seen) => seen.insert(fingerprint),
            None => self
                .0
                .entry(into.to_owned())
                .or_default()
                .insert(fingerprint),
        }
    }
}
