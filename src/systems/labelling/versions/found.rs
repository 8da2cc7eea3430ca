//! A version of a set as it was found, and those that were found not long ago.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::systems::labelling::rules::document::Document;
use crate::systems::labelling::rules::forms::Form;

/// What is kept of documents that were read.
const BYTES_MAX: usize = 32 << 20;
const SETS_MAX: usize = 16;

/// Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct FoundSet {
    pub name: String,
    pub version: i32,
    /// SHA-256 of the canonical JSON.
    pub digest: String,
    /// Its set has the name of the set, whatever its author has called it.
    pub document: Arc<Document>,
    /// As it was sent.
    pub bytes: Arc<[u8]>,
    pub form: Form,
}

/// Sets that were found, the oldest first. Versions never change, so that they are never wrong.
#[derive(Debug, Default)]
pub(super) struct FoundSets(Mutex<VecDeque<FoundSet>>);

impl FoundSets {
    pub fn get(&self, name: &str, version: i32) -> Option<FoundSet> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept
            .iter()
            .position(|found| found.version == version && found.name == name)?;
        let found = kept.remove(place)?;
        kept.push_back(found.clone());
        Some(found)
    }

    pub fn keep(&self, found: &FoundSet) {
        if found.bytes.len() > BYTES_MAX {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|other| (other.version, &other.name) != (found.version, &found.name));
        kept.push_back(found.clone());
        let mut bytes: usize = kept.iter().map(|found| found.bytes.len()).sum();
        while bytes > BYTES_MAX || kept.len() > SETS_MAX {
            let Some(oldest) = kept.pop_front() else {
                return;
            };
            bytes -= oldest.bytes.len();
        }
    }
}
