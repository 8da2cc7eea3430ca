//! Goes over the pages of a board again: after a restart, for another stage, and for another request. Pure.

use super::board::{Board, small};
use super::wanted::Wanted;
use crate::systems::briefs::article::{Article, PageId};
use crate::systems::briefs::store::PageState;

/// Why a board is gone over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// Another process, or this one before, has planned it.
    Restart,
    /// The request is another one; pages that were dropped may count again.
    Change,
}

impl Board {
    /// Notes which sequences are asked for. One whose keyword was written in another way has the same pages.
    pub fn choose(&mut self, wanted: &[Wanted]) {
        for (number, sequence) in &mut self.sequences {
            let is_wanted = wanted.iter().any(|one| one.is(&sequence.row));
            if sequence.row.wanted != is_wanted {
                sequence.row.wanted = is_wanted;
                self.changed_sequences.insert(*number);
            }
        }
        for one in wanted {
            if self.sequences.values().any(|known| one.is(&known.row)) {
                continue;
            }
            let alike = self.sequences.iter_mut();
            let mut alike = alike
                .filter(|(_, sequence)| !sequence.row.wanted && one.has_pages_of(&sequence.row));
            if let Some((number, sequence)) = alike.next() {
                sequence.row.wanted = true;
                sequence.row.keyword.clone_from(&one.keyword);
                self.changed_sequences.insert(*number);
            }
        }
    }

    /// The sequences that have to be gone over.
    pub fn to_go_over(&self, again: Again) -> Vec<u32> {
        let is_left = |state: PageState| matches!(state, PageState::Open | PageState::Fetched);
        let numbers = self.sequences.iter().filter(|(_, sequence)| {
            let mut pages = sequence.pages.values();
            again == Again::Change
                || pages.any(|page| {
                    is_left(page.state)
                        || (page.state == PageState::Failed && page.row.stage < self.stage)
                })
        });
        numbers.map(|(number, _)| *number).collect()
    }

    /// The pages of a sequence whose articles are needed to go over it.
    pub fn answered_pages(&self, number: u32) -> Vec<u32> {
        let pages = self.sequences.get(&number).map(|one| &one.pages);
        let pages = pages.into_iter().flatten();
        let answered = pages.filter(|(_, page)| page.has_answer());
        answered.map(|(number, _)| *number).collect()
    }

    /// Judges and settles the pages of a sequence anew, with the articles of those that were answered.
    pub fn go_over(
        &mut self,
        number: u32,
        articles: Vec<(PageId, Vec<Article>)>,
        again: Again,
        now: i64,
    ) {
        let (stage, max_pages) = (self.stage, self.max_pages);
        let Some(sequence) = self.sequences.get_mut(&number) else {
            return;
        };
        let is_wanted = sequence.row.wanted;
        let found_for = self.judge.number(&sequence.row.keyword);
        sequence.unsettle();
        for (id, articles) in articles {
            if let Some(page) = sequence.pages.get_mut(&id.number) {
                page.articles = Some(articles);
            }
        }
        for (page_number, page) in &mut sequence.pages {
            let belongs = is_wanted && *page_number <= max_pages;
            let before = (page.state, page.row.kept);
            match page.state {
                state if !belongs && state != PageState::Dropped => {
                    self.is_stale |= state == PageState::Done;
                    page.becomes(PageState::Dropped);
                }
                PageState::Dropped if belongs && again == Again::Change => {
                    page.row.ended_at = None;
                    page.row.attempt += 1;
                    page.becomes(match page.has_answer() {
                        true => PageState::Fetched,
                        false => PageState::Open,
                    });
                    page.row.stage = stage;
                }
                PageState::Failed if page.row.stage < stage => {
                    page.row.stage = stage;
                    page.row.error = None;
                    page.row.ended_at = None;
                    page.becomes(PageState::Open);
                }
                _ => {}
            }
            if let (true, Some(articles)) = (again == Again::Change, &page.articles) {
                let verdict = self.judge.count(articles, found_for);
                page.row.kept = small(verdict.kept);
                page.row.filtered = small(verdict.filtered);
                page.row.out_of_range = small(verdict.out_of_range);
            }
            if before != (page.state, page.row.kept) || again == Again::Change {
                page.is_stored = false;
                self.changed.insert(PageId {
                    sequence: number,
                    number: *page_number,
                });
            }
        }
        self.settle(number, now);
        self.forget_settled(number);
    }

    /// Their articles are read again when they are stored.
    fn forget_settled(&mut self, number: u32) {
        if let Some(sequence) = self.sequences.get_mut(&number) {
            let settled = sequence.settled;
            for (number, page) in &mut sequence.pages {
                if *number <= settled || !page.counts() {
                    page.articles = None;
                }
            }
        }
    }

    /// All rows are made anew: pages that are stored are to be stored once more.
    pub fn store_again(&mut self) {
        self.is_stale = false;
        for id in self.in_state(PageState::Done) {
            if let Some(page) = self.page_mut(id) {
                page.row.attempt += 1;
                page.row.ended_at = None;
                page.becomes(PageState::Fetched);
                self.changed.insert(id);
            }
        }
    }
}
