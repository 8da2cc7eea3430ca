//! All pages of a platform of a brief: what is to be asked for, what is to be stored, and when it is over. Pure: rows in,
//! rows out.

use std::collections::{BTreeMap, BTreeSet};

use entity::{JobId, brief_page, brief_sequence};

use super::judge::Judge;
use super::limits::PageLimit;
use super::sequence::{EndRules, Page, Sequence};
use super::wanted::Wanted;
use crate::systems::briefs::article::PageId;
use crate::systems::briefs::sources::PageAnswer;
use crate::systems::briefs::store::{PackedPage, PageNext, PageState, pack};

pub(super) struct Board {
    pub job: JobId,
    pub platform: String,
    /// Of the export that is made next.
    pub stage: i32,
    pub max_pages: u32,
    pub end_rules: EndRules,
    pub judge: Judge,
    pub limit: PageLimit,
    pub sequences: BTreeMap<u32, Sequence>,
    /// Pages whose rows are to be stored, with those of their sequences that are.
    pub(super) changed: BTreeSet<PageId>,
    pub(super) changed_sequences: BTreeSet<u32>,
    pub(super) packed: Vec<PackedPage>,
    /// A limit has left pages out.
    pub is_limited: bool,
    /// A page that is stored does not count any more: all rows have to be made anew.
    pub is_stale: bool,
}

impl Board {
    pub fn new(job: JobId, platform: &str, judge: Judge, limit: PageLimit) -> Self {
        Self {
            job,
            platform: platform.to_owned(),
            stage: 1,
            max_pages: 1,
            end_rules: EndRules::Queries {
                is_newest_first: false,
            },
            judge,
            limit,
            sequences: BTreeMap::new(),
            changed: BTreeSet::new(),
            changed_sequences: BTreeSet::new(),
            packed: Vec::new(),
            is_limited: false,
            is_stale: false,
        }
    }

    /// Takes what is stored.
    pub fn load(&mut self, sequences: Vec<brief_sequence::Model>, pages: Vec<brief_page::Model>) {
        for row in sequences {
            self.sequences.insert(row.no as u32, Sequence::of(row));
        }
        for row in pages {
            let (sequence, number) = (row.sequence as u32, row.number as u32);
            if let Some(sequence) = self.sequences.get_mut(&sequence) {
                sequence.pages.insert(number, Page::of(row));
            }
        }
        let pages = self.sequences.values().flat_map(|one| one.pages.values());
        self.limit.begin(pages.filter(|page| page.counts()).count());
    }

    pub fn page_mut(&mut self, id: PageId) -> Option<&mut Page> {
        self.sequences
            .get_mut(&id.sequence)?
            .pages
            .get_mut(&id.number)
    }

    pub fn page(&self, id: PageId) -> Option<&Page> {
        self.sequences.get(&id.sequence)?.pages.get(&id.number)
    }

    /// Begins sequences that are asked for and not there yet.
    pub fn add_sequences(&mut self, wanted: &[Wanted], now: i64) {
        let mut number = self.sequences.keys().last().copied().unwrap_or(0);
        for one in wanted {
            if self.sequences.values().any(|known| one.is(&known.row)) {
                continue;
            }
            number += 1;
            let row = one.row(&self.job, &self.platform, number);
            self.sequences.insert(number, Sequence::of(row));
            self.changed_sequences.insert(number);
        }
        let first: Vec<u32> = self
            .sequences
            .values()
            .filter(|one| one.row.wanted && one.pages.is_empty())
            .map(Sequence::number)
            .collect();
        for sequence in first {
            self.plan(
                PageId {
                    sequence,
                    number: 1,
                },
                None,
                now,
            );
        }
    }

    /// A page was answered well.
    pub fn answered(
        &mut self,
        id: PageId,
        answer: PageAnswer,
        (tries, calls): (u32, u32),
        now: i64,
    ) {
        let Some(sequence) = self.sequences.get_mut(&id.sequence) else {
            return;
        };
        let found_for = self.judge.number(&sequence.row.keyword);
        let Some(page) = sequence.pages.get_mut(&id.number) else {
            return;
        };
        page.is_busy = false;
        if page.state != PageState::Open {
            return;
        }
        let verdict = self.judge.count(&answer.articles, found_for);
        page.next = answer.next.into();
        let row = &mut page.row;
        row.received = small(answer.received);
        row.rejected = small(answer.rejected);
        row.rejected_path = answer.first_rejected;
        row.kept = small(verdict.kept);
        row.filtered = small(verdict.filtered);
        row.out_of_range = small(verdict.out_of_range);
        row.next = serde_json::to_string(&page.next).ok();
        row.tries += tries as i32;
        row.calls += calls as i32;
        row.answered_at = Some(now);
        row.error = None;
        page.becomes(PageState::Fetched);
        // Articles are texts and numbers: they always can be written.
        if let Ok(articles) = pack(&answer.articles) {
            self.packed.push(PackedPage { page: id, articles });
        }
        page.articles = Some(answer.articles);
        self.changed.insert(id);
        self.settle(id.sequence, now);
    }

    /// A page fails; it leads nowhere.
    pub fn failed(&mut self, id: PageId, reason: &str, (tries, calls): (u32, u32), now: i64) {
        let Some(page) = self.page_mut(id) else {
            return;
        };
        page.is_busy = false;
        if page.state != PageState::Open {
            return;
        }
        page.row.tries += tries as i32;
        page.row.calls += calls as i32;
        page.row.error = Some(reason.to_owned());
        page.row.ended_at = Some(now);
        page.becomes(PageState::Failed);
        self.changed.insert(id);
        self.settle(id.sequence, now);
    }

    /// All open pages fail.
    pub fn fail_open(&mut self, reason: impl Fn(PageId) -> String, now: i64) {
        for id in self.in_state(PageState::Open) {
            self.failed(id, &reason(id), (0, 0), now);
        }
    }

    /// The rows of a page are durable in the output.
    pub fn stored(&mut self, id: PageId, now: i64) {
        let Some(page) = self.page_mut(id) else {
            return;
        };
        page.is_busy = false;
        if page.state != PageState::Fetched {
            return;
        }
        page.articles = None;
        page.row.ended_at = Some(now);
        page.becomes(PageState::Done);
        self.changed.insert(id);
    }

    /// Settles the pages of a sequence, plans those that they lead to, and drops those behind its end.
    pub fn settle(&mut self, number: u32, now: i64) {
        let Some(sequence) = self.sequences.get_mut(&number) else {
            return;
        };
        for leading in sequence.settle(&self.judge, self.end_rules) {
            self.lead_on(number, leading, now);
        }
        let Some(sequence) = self.sequences.get_mut(&number) else {
            return;
        };
        let behind = sequence.end.map(|end| end + 1);
        for (number, page) in sequence.pages.range_mut(behind.unwrap_or(u32::MAX)..) {
            if page.counts() {
                self.is_stale |= page.state == PageState::Done;
                page.articles = None;
                page.becomes(PageState::Dropped);
                self.changed.insert(PageId {
                    sequence: sequence.row.no as u32,
                    number: *number,
                });
            }
        }
    }

    fn lead_on(&mut self, sequence: u32, number: u32, now: i64) {
        let page = |number| PageId { sequence, number };
        let Some(leading) = self.page(page(number)) else {
            return;
        };
        match leading.next.clone() {
            PageNext::End => {}
            PageNext::Unknown => self.plan(page(number + 1), None, now),
            PageNext::Cursor(cursors) => {
                let cursor = serde_json::to_string(&cursors).ok();
                self.plan(page(number + 1), cursor, now);
            }
            // Only the first page counts: others may see another total.
            PageNext::Pages(pages) if number == 1 => {
                let last = u32::try_from(pages).unwrap_or(u32::MAX).min(self.max_pages);
                for number in 2..=last {
                    self.plan(page(number), None, now);
                }
            }
            PageNext::Pages(_) => {}
        }
    }

    /// Opens a page, if it is not there and may be.
    fn plan(&mut self, id: PageId, cursors: Option<String>, now: i64) {
        let (stage, job, platform) = (self.stage, self.job.clone(), self.platform.clone());
        let Some(sequence) = self.sequences.get_mut(&id.sequence) else {
            return;
        };
        if id.number > self.max_pages || sequence.pages.contains_key(&id.number) {
            return;
        }
        if !self.limit.take() {
            self.is_limited = true;
            return;
        }
        let row = brief_page::Model {
            job_id: job,
            platform,
            sequence: id.sequence as i32,
            number: id.number as i32,
            state: PageState::Open.name().to_owned(),
            stage,
            attempt: 1,
            cursors,
            next: None,
            received: 0,
            kept: 0,
            filtered: 0,
            out_of_range: 0,
            rejected: 0,
            rejected_path: None,
            error: None,
            tries: 0,
            calls: 0,
            opened_at: now,
            answered_at: None,
            ended_at: None,
        };
        let mut page = Page::of(row);
        page.is_stored = false;
        sequence.pages.insert(id.number, page);
        self.changed.insert(id);
    }
}

pub(super) fn small(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
