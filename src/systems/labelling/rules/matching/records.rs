//! Keeps all places of the terms for which NEAR looks, up to the number that counts.

use std::cmp::Reverse;

/// The first so many hits of an operand in a field count.
pub(super) const HITS_MAX: usize = 1_000;

/// A record is cut to the hits that count when it has become this long.
const RECORD_MAX: usize = 4 * HITS_MAX;

/// Where hits stand, in a field.
pub(super) type Spans = Vec<(u32, u32)>;

pub(super) struct Records {
    records: Vec<Record>,
    /// Those that are not empty.
    used: Vec<u32>,
}

#[derive(Default)]
struct Record {
    spans: Spans,
    /// Later hits than this do not count.
    last_start: Option<u32>,
}

impl Records {
    pub fn new(records: usize) -> Self {
        Self {
            records: (0..records).map(|_| Record::default()).collect(),
            used: Vec::new(),
        }
    }

    pub fn clear(&mut self) {
        for record in self.used.drain(..) {
            let record = &mut self.records[record as usize];
            record.spans.clear();
            record.last_start = None;
        }
    }

    #[inline]
    pub fn add(&mut self, record: usize, start: u32, end: u32) {
        let of_record = &mut self.records[record];
        if of_record.last_start.is_some_and(|last| start > last) {
            return;
        }
        if of_record.spans.is_empty() {
            self.used.push(record as u32);
        }
        of_record.spans.push((start, end));
        if of_record.spans.len() == RECORD_MAX {
            keep_first(&mut of_record.spans);
            let last = of_record.spans.get(HITS_MAX - 1);
            of_record.last_start = last.map(|(start, _)| *start);
        }
    }

    pub fn of(&self, record: usize) -> &[(u32, u32)] {
        &self.records[record].spans
    }
}

/// Puts hits in order, each once, and keeps those that count.
pub(super) fn keep_first(spans: &mut Spans) {
    let order = |span: &(u32, u32)| (span.0, Reverse(span.1));
    if !spans.is_sorted_by_key(order) {
        spans.sort_unstable_by_key(order);
    }
    spans.dedup();
    spans.truncate(HITS_MAX);
}
