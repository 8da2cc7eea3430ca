//! How often authors were given which label, by both sets.
//!
//! Authors are divided among partitions by a hash, so that those of one fit in memory however many there are.

use std::collections::HashMap;

use smallvec::SmallVec;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::DamagedPart;

/// It is stored with the votes, so it must never change.
pub const PARTITIONS: u16 = 32;

/// Votes of the authors of some rows.
#[derive(Clone, Debug, Default)]
pub struct Votes {
    /// By group and author.
    authors: HashMap<(u16, Box<str>), OfAuthor>,
}

/// Rows of a label under the base and under the candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelVotes {
    pub label: u32,
    pub base: u32,
    pub candidate: u32,
}

pub(super) type OfAuthor = SmallVec<[LabelVotes; 2]>;

impl Votes {
    /// Counts a row of an author under one set.
    pub(super) fn vote(&mut self, group: u16, author: &str, from: &[u32], to: &[u32]) {
        if from.is_empty() && to.is_empty() {
            return;
        }
        // Looked up by what an entry needs anyway: authors with a label are few.
        let votes = self.authors.entry((group, author.into())).or_default();
        for label in from {
            of_label(votes, *label).base += 1;
        }
        for label in to {
            of_label(votes, *label).candidate += 1;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.authors.is_empty()
    }

    /// The votes by partition, those without any left out, and forgets them.
    pub(super) fn take(&mut self) -> Vec<(u16, Vec<u8>)> {
        let mut parts: Vec<(u16, Vec<u8>)> = (0..PARTITIONS).map(|no| (no, Vec::new())).collect();
        let mut authors: Vec<_> = self.authors.drain().collect();
        // The same rows make the same bytes.
        authors.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        for ((group, author), votes) in authors {
            let bytes = &mut parts[usize::from(partition(group, &author))].1;
            put(bytes, u64::from(group));
            put(bytes, author.len() as u64);
            bytes.extend_from_slice(author.as_bytes());
            put(bytes, votes.len() as u64);
            for LabelVotes {
                label,
                base,
                candidate,
            } in votes
            {
                for number in [label, base, candidate] {
                    put(bytes, u64::from(number));
                }
            }
        }
        parts.retain(|(_, bytes)| !bytes.is_empty());
        parts
    }

    /// Adds votes of a partition.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), DamagedPart> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let group = u16::try_from(get(&mut rest)?).map_err(|_| DamagedPart)?;
            let length = usize::try_from(get(&mut rest)?).map_err(|_| DamagedPart)?;
            let author = rest.get(..length).ok_or(DamagedPart)?;
            rest = &rest[length..];
            let author = std::str::from_utf8(author).map_err(|_| DamagedPart)?;
            let labels = get(&mut rest)?;
            let votes = self.authors.entry((group, author.into())).or_default();
            for _ in 0..labels {
                let mut number = || u32::try_from(get(&mut rest)?).map_err(|_| DamagedPart);
                let (label, base, candidate) = (number()?, number()?, number()?);
                let sum = of_label(votes, label);
                sum.base = sum.base.saturating_add(base);
                sum.candidate = sum.candidate.saturating_add(candidate);
            }
        }
        Ok(())
    }

    /// All authors, by group and name.
    pub(super) fn into_sorted(self) -> Vec<((u16, Box<str>), OfAuthor)> {
        let mut authors: Vec<_> = self.authors.into_iter().collect();
        authors.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        authors
    }
}

fn of_label(votes: &mut OfAuthor, label: u32) -> &mut LabelVotes {
    let at = match votes.iter().position(|votes| votes.label == label) {
        Some(at) => at,
        None => {
            votes.push(LabelVotes {
                label,
                base: 0,
                candidate: 0,
            });
            votes.len() - 1
        }
    };
    &mut votes[at]
}

fn partition(group: u16, author: &str) -> u16 {
    let hash = xxh3_64_with_seed(author.as_bytes(), u64::from(group));
    (hash % u64::from(PARTITIONS)) as u16
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn get(bytes: &mut &[u8]) -> Result<u64, DamagedPart> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(DamagedPart)?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(DamagedPart)
}
