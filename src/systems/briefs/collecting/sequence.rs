//! One sequence of a platform: its pages, and where it ends. Pure.
//!
//! Pages are *settled* in their order: a page is settled once all in front of it are, and it is known what it brought.
//! Only then it is stored, and only a settled page can end the sequence: so what comes of it does not depend on which
//! answer came first.

use std::collections::{BTreeMap, HashSet};

use entity::{brief_page, brief_sequence};

use super::judge::Judge;
use crate::systems::briefs::article::Article;
use crate::systems::briefs::store::{PageNext, PageState};

#[derive(Debug)]
pub(super) struct Sequence {
    pub row: brief_sequence::Model,
    /// By number, from 1, without gaps.
    pub pages: BTreeMap<u32, Page>,
    /// So many pages at the beginning are settled.
    pub settled: u32,
    /// The ids of the settled pages.
    seen: HashSet<String>,
    /// The page that is the last one.
    pub end: Option<u32>,
}

#[derive(Debug)]
pub(super) struct Page {
    pub row: brief_page::Model,
    pub state: PageState,
    pub next: PageNext,
    /// Of a page that is fetched; dropped once it is stored.
    pub articles: Option<Vec<Article>>,
    /// It is on its way: asked for while it is open, or to the store while it is fetched.
    pub is_busy: bool,
    /// What it has become is stored with a slice, or is not needed to be.
    pub is_stored: bool,
}

/// Which page is the last one of its sequence, besides one that leads to no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndRules {
    /// One without a new id; and one that is wholly older than the range, where pages come newest first.
    Queries { is_newest_first: bool },
    /// One without articles, unless it says which one follows.
    Source,
}

impl Page {
    pub fn of(row: brief_page::Model) -> Self {
        let next = row.next.as_deref().map(serde_json::from_str);
        Self {
            // What another version of the program has stored is asked for again.
            state: PageState::named(&row.state).unwrap_or(PageState::Open),
            next: next.and_then(Result::ok).unwrap_or(PageNext::Unknown),
            row,
            articles: None,
            is_busy: false,
            is_stored: true,
        }
    }

    /// Its row is to be stored.
    pub fn becomes(&mut self, state: PageState) {
        self.state = state;
        self.row.state = state.name().to_owned();
        self.is_stored = false;
    }

    /// Whether it counts.
    pub fn counts(&self) -> bool {
        self.state != PageState::Dropped
    }

    /// Whether it was answered well, at any time.
    pub fn has_answer(&self) -> bool {
        self.row.answered_at.is_some()
    }
}

impl Sequence {
    pub fn of(row: brief_sequence::Model) -> Self {
        Self {
            row,
            pages: BTreeMap::new(),
            settled: 0,
            seen: HashSet::new(),
            end: None,
        }
    }

    pub fn number(&self) -> u32 {
        self.row.no as u32
    }

    /// Settles are made again from the first page.
    pub fn unsettle(&mut self) {
        self.settled = 0;
        self.seen.clear();
        self.end = None;
    }

    /// Settles what can be, and returns the numbers of pages that are settled by it and lead on to others. An answer
    /// must have its articles here.
    pub fn settle(&mut self, judge: &Judge, rules: EndRules) -> Vec<u32> {
        let mut leading = Vec::new();
        while self.end.is_none() {
            let number = self.settled + 1;
            let Some(page) = self.pages.get(&number) else {
                break;
            };
            match page.state {
                PageState::Open | PageState::Dropped => break,
                // A page that failed leads nowhere, and does not end what is planned behind it.
                PageState::Failed => {}
                PageState::Fetched | PageState::Done => {
                    let Some(articles) = &page.articles else {
                        break;
                    };
                    let mut has_new = false;
                    for article in articles {
                        has_new |= self.seen.insert(article.id.clone());
                    }
                    let is_last = match rules {
                        EndRules::Source => articles.is_empty() && page.next == PageNext::Unknown,
                        EndRules::Queries { is_newest_first } => {
                            !has_new || (is_newest_first && judge.are_all_older(articles))
                        }
                    };
                    match is_last {
                        true => self.end = Some(number),
                        false => leading.push(number),
                    }
                }
            }
            self.settled = number;
        }
        leading
    }

    /// Whether its page may be stored: nothing in front of it can take it back.
    pub fn is_settled(&self, number: u32) -> bool {
        number <= self.settled
    }
}
