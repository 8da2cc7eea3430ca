//! What of a board is to be stored with a slice, and what is ready to be asked for and stored. Pure.

use entity::{brief_page, brief_sequence};

use super::board::Board;
use super::sequence::{Page, Sequence};
use crate::systems::briefs::article::PageId;
use crate::systems::briefs::store::{PackedPage, PageState};

/// Rows that are stored with a slice.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub sequences: Vec<brief_sequence::Model>,
    pub pages: Vec<brief_page::Model>,
    pub packed: Vec<PackedPage>,
    ids: Vec<PageId>,
}

/// How many pages there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub open: usize,
    pub fetched: usize,
    pub ended: usize,
}

impl Board {
    /// Whether no page is left to be asked for or stored, and everything is told.
    pub fn is_over(&self) -> bool {
        let counts = self.counts();
        counts.open == 0 && counts.fetched == 0
    }

    pub fn has_changes(&self) -> bool {
        !self.changed.is_empty() || !self.changed_sequences.is_empty() || !self.packed.is_empty()
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for page in self.sequences.values().flat_map(|one| one.pages.values()) {
            match page.state {
                PageState::Open => counts.open += 1,
                PageState::Fetched => counts.fetched += 1,
                PageState::Done | PageState::Failed => counts.ended += 1,
                PageState::Dropped => {}
            }
        }
        counts
    }

    /// What is to be stored with this slice.
    pub fn take_changes(&mut self) -> Changes {
        let ids: Vec<PageId> = std::mem::take(&mut self.changed).into_iter().collect();
        let pages = ids
            .iter()
            .filter_map(|id| Some(self.page(*id)?.row.clone()));
        let pages = pages.collect();
        let sequences = std::mem::take(&mut self.changed_sequences);
        let sequences = sequences
            .iter()
            .filter_map(|number| self.sequences.get(number));
        Changes {
            sequences: sequences.map(|sequence| sequence.row.clone()).collect(),
            pages,
            packed: std::mem::take(&mut self.packed),
            ids,
        }
    }

    /// The slice with these changes is stored.
    pub fn are_stored(&mut self, changes: &Changes) {
        for id in &changes.ids {
            let is_changed = self.changed.contains(id);
            if let Some(page) = self.page_mut(*id)
                && !is_changed
            {
                page.is_stored = true;
            }
        }
    }

    /// Open pages that may be asked for, those with small numbers first; not more than so many.
    pub fn to_ask(&self, most: usize) -> Vec<PageId> {
        self.ready(|_, page| page.state == PageState::Open, most)
    }

    /// Fetched pages that may be stored.
    pub fn to_store(&self, most: usize) -> Vec<PageId> {
        let is_ready = |sequence: &Sequence, page: &Page| {
            page.state == PageState::Fetched && sequence.is_settled(page.row.number as u32)
        };
        self.ready(is_ready, most)
    }

    fn ready(&self, is_wanted: impl Fn(&Sequence, &Page) -> bool, most: usize) -> Vec<PageId> {
        let mut found = Vec::new();
        for (number, sequence) in &self.sequences {
            for (page_number, page) in &sequence.pages {
                if found.len() >= most {
                    return found;
                }
                if !page.is_busy && page.is_stored && is_wanted(sequence, page) {
                    found.push(PageId {
                        sequence: *number,
                        number: *page_number,
                    });
                }
            }
        }
        found
    }

    pub fn in_state(&self, state: PageState) -> Vec<PageId> {
        let all = self.sequences.iter().flat_map(|(sequence, one)| {
            one.pages
                .iter()
                .map(move |(number, page)| (*sequence, *number, page.state))
        });
        let found = all.filter(|(_, _, found)| *found == state);
        found
            .map(|(sequence, number, _)| PageId { sequence, number })
            .collect()
    }
}
