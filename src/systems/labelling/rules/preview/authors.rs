//! The panels that authors get, by the votes of their rows: what publishing decides, in memory.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use smallvec::SmallVec;

use crate::systems::labelling::label::rules::AuthorConflict;
use crate::systems::labelling::rules::set::RuleSet;

/// The first half of a hash of a source and author: two that share it are not to be found.
type AuthorKey = [u8; 16];

/// Rows by label of one author, in the order of the set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Votes(SmallVec<[(u16, u64); 2]>);

/// The votes of all authors with a label.
#[derive(Debug, Default)]
pub struct Authors(HashMap<AuthorKey, Votes>);

/// What comes of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorFigures {
    /// By label: authors who are published in it.
    pub members: Vec<u64>,
    /// Authors with a label.
    pub staged: u64,
    /// Those with two or more.
    pub conflicting: u64,
}

impl Votes {
    pub fn add(&mut self, label: u16, rows: u64) {
        match self.0.binary_search_by_key(&label, |(label, _)| *label) {
            Ok(place) => self.0[place].1 += rows,
            Err(place) => self.0.insert(place, (label, rows)),
        }
    }

    /// Label and rows, in the order of the set.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u64)> {
        self.0.iter().copied()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The labels that are published.
    pub fn published(&self, set: &RuleSet) -> SmallVec<[u16; 2]> {
        let most = self.0.iter().map(|(_, rows)| *rows).max();
        let best = || self.0.iter().filter(|(_, rows)| Some(*rows) == most);
        let best_labels = || best().map(|(label, _)| *label);
        match set.author_conflict {
            _ if !set.exclusive => self.0.iter().map(|(label, _)| *label).collect(),
            AuthorConflict::KeepAll => self.0.iter().map(|(label, _)| *label).collect(),
            AuthorConflict::MajorityFirst => best_labels().take(1).collect(),
            AuthorConflict::MajorityDropTies => match best().count() {
                1 => best_labels().collect(),
                _ => SmallVec::new(),
            },
        }
    }
}

impl Authors {
    /// A row with this label.
    pub fn vote(&mut self, s_id: &str, author: &str, label: u16) {
        let mut hash = Sha256::new();
        hash.update(s_id.as_bytes());
        hash.update(b"_");
        hash.update(author.trim().as_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        let mut key = AuthorKey::default();
        key.copy_from_slice(&hash[..16]);
        self.0.entry(key).or_default().add(label, 1);
    }

    pub fn add(&mut self, other: Self) {
        for (author, votes) in other.0 {
            let sum = self.0.entry(author).or_default();
            votes.iter().for_each(|(label, rows)| sum.add(label, rows));
        }
    }

    pub fn figures(&self, set: &RuleSet) -> AuthorFigures {
        let mut figures = AuthorFigures {
            members: vec![0; set.labels.len()],
            ..AuthorFigures::default()
        };
        for votes in self.0.values() {
            figures.staged += 1;
            figures.conflicting += u64::from(votes.0.len() > 1);
            for label in votes.published(set) {
                figures.members[usize::from(label)] += 1;
            }
        }
        figures
    }
}
