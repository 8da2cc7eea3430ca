//! Looks at rows with all cores, and counts what a run would count.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::authors::Authors;
use super::least::LeastRows;
use super::order::RowKey;
use super::row::PreviewRow;
use crate::systems::labelling::rules::health::Counts;
use crate::systems::labelling::rules::matching::{Compiled, Outcome, Scratch, Verdict};
use crate::systems::labelling::rules::set::RuleSet;

/// Rows that travel together.
pub type Rows = Arc<[Arc<PreviewRow>]>;

/// After so many rows a worker looks at the clock.
const ROWS_BETWEEN_LOOKS: u64 = 64;

/// Rows that the slowest rules are found with.
const TYPICAL_ROWS: usize = 256;

/// What is looked for, and for how long.
#[derive(Clone, Copy)]
pub struct Plan<'p> {
    pub set: &'p RuleSet,
    /// That of `set`.
    pub compiled: &'p Compiled,
    pub groups: usize,
    pub seed: u64,
    /// Rows of each label, and without one.
    pub examples: usize,
    pub until: Instant,
    pub threads: usize,
}

/// What was found.
pub struct LookedAt {
    pub rows: u64,
    pub counts: Counts,
    pub authors: Authors,
    /// Rows that are given a label, by label.
    pub given: Vec<LeastRows>,
    /// Rows that are given none.
    pub none: LeastRows,
    /// Any rows.
    pub typical: LeastRows,
    /// Whether there was no time for all of them.
    pub is_cut: bool,
    /// What that took, of all threads together.
    pub busy: Duration,
}

struct Worker<'p> {
    plan: Plan<'p>,
    scratch: Scratch,
    verdict: Verdict,
    found: LookedAt,
}

/// Looks at all rows that come, or at those for which there is time.
pub fn look(plan: Plan<'_>, rows: Receiver<Rows>) -> LookedAt {
    let rows = Mutex::new(rows);
    let next = || {
        let rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.recv().ok()
    };
    let work = || {
        let mut worker = Worker::new(plan);
        while let Some(rows) = next() {
            let began = Instant::now();
            worker.look_at(&rows);
            worker.found.busy += began.elapsed();
        }
        worker.found
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..plan.threads.max(1))
            .map(|_| scope.spawn(work))
            .collect();
        let mut found = work();
        for other in others {
            match other.join() {
                Ok(other) => found.add(other),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        found
    })
}

impl<'p> Worker<'p> {
    fn new(plan: Plan<'p>) -> Self {
        let least = || LeastRows::new(plan.examples);
        Self {
            scratch: plan.compiled.scratch(),
            verdict: Verdict::default(),
            found: LookedAt {
                rows: 0,
                counts: Counts::new(plan.set, plan.groups),
                authors: Authors::default(),
                given: plan.set.labels.iter().map(|_| least()).collect(),
                none: least(),
                typical: LeastRows::new(TYPICAL_ROWS),
                is_cut: false,
                busy: Duration::ZERO,
            },
            plan,
        }
    }

    fn look_at(&mut self, rows: &[Arc<PreviewRow>]) {
        for row in rows {
            // Whoever sends rows is not kept waiting by those that nobody looks at.
            let is_time = self.found.rows.is_multiple_of(ROWS_BETWEEN_LOOKS);
            self.found.is_cut |= is_time && Instant::now() >= self.plan.until;
            if self.found.is_cut {
                return;
            }
            self.found.rows += 1;
            if let Some(group) = row.group() {
                self.receive(row, group);
            }
        }
    }

    fn receive(&mut self, row: &Arc<PreviewRow>, group: u16) {
        let Self {
            plan,
            scratch,
            verdict,
            found,
        } = self;
        plan.compiled
            .find_with_rules(row.fields(), scratch, verdict);
        found.counts.receive(group.into(), verdict);
        let key = RowKey::of_row(plan.seed, row.id());
        let mut has_label = false;
        for label in &verdict.labels {
            if label.outcome != Outcome::Given {
                continue;
            }
            has_label = true;
            let label = label.reported.label;
            found.authors.vote(row.s_id(), row.author(), label);
            keep(&mut found.given[usize::from(label)], key, row);
        }
        if !has_label {
            keep(&mut found.none, key, row);
        }
        keep(&mut found.typical, key, row);
    }
}

fn keep(rows: &mut LeastRows, key: RowKey, row: &Arc<PreviewRow>) {
    if rows.wants(key) {
        rows.offer(key, Arc::clone(row));
    }
}

impl LookedAt {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.counts.add(&other.counts);
        self.authors.add(other.authors);
        for (rows, more) in self.given.iter_mut().zip(other.given) {
            rows.add(more);
        }
        self.none.add(other.none);
        self.typical.add(other.typical);
        self.is_cut |= other.is_cut;
        self.busy += other.busy;
    }
}
