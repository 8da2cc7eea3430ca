//! One preview, from its rows to its answer; blocks its thread.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use super::answer::{Examples, PreviewAnswer, SampleRead};
use super::bounds::{EXAMPLES_TOGETHER, TIME, TIME_FOR_SLOWEST};
use super::error::PreviewError;
use super::kept::{KeptRows, ReadEnd};
use super::reading::{ReadClock, read_all};
use super::rows_asked::RowsAsked;
use super::sampling::read_sample;
use crate::systems::labelling::rules::finding::Findings;
use crate::systems::labelling::rules::health::{
    Counts, Earlier, Facts, Members, NamedSet, Report, StagedAuthors,
};
use crate::systems::labelling::rules::lint::of_sample;
use crate::systems::labelling::rules::matching::Compiled;
use crate::systems::labelling::rules::preview::{
    AuthorFigures, ExampleRows, LeastRows, LookedAt, Plan, Rows, look, slowest,
};
use crate::systems::labelling::rules::set::RuleSet;

/// Slices that are read before somebody looks at them.
const SLICES_AHEAD: usize = 4;

/// The seed of examples where there is no sample.
const SEED: u64 = 1;

/// What is previewed.
pub(in crate::systems::labelling) struct PreviewAsked {
    pub set: Arc<RuleSet>,
    /// That of `set`.
    pub compiled: Arc<Compiled>,
    /// What can be said of the set without rows.
    pub lint: Findings,
    pub rows: RowsAsked,
    /// Names of groups in their order.
    pub groups: Vec<String>,
    /// Rows of each label, and without one.
    pub examples: u32,
    /// The last published job of the same set, source and table.
    pub earlier: Option<Earlier>,
}

/// How rows came, and what was found in them.
struct Looked {
    found: LookedAt,
    end: ReadEnd,
    clock: ReadClock,
}

pub(in crate::systems::labelling) fn preview(
    asked: &PreviewAsked,
    kept: &KeptRows,
) -> Result<PreviewAnswer, PreviewError> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let plan = asked.plan(threads);
    let looked = match kept.find(&asked.rows.key()) {
        Some(read) => Looked {
            found: look_at(plan, &read.rows),
            end: read.end,
            clock: ReadClock::start(),
        },
        None => asked.read_and_look(plan, kept)?,
    };
    Ok(asked.answer(looked, threads))
}

/// Looks at rows that are in memory.
fn look_at(plan: Plan<'_>, rows: &[Rows]) -> LookedAt {
    let (send, receive) = sync_channel(rows.len());
    for rows in rows {
        // There is room for all, and the receiver is there.
        send.send(Arc::clone(rows)).ok();
    }
    drop(send);
    look(plan, receive)
}

impl PreviewAsked {
    fn plan(&self, threads: usize) -> Plan<'_> {
        let labels = self.set.labels.len() + 1;
        let most = (EXAMPLES_TOGETHER / labels).max(1);
        Plan {
            set: &self.set,
            compiled: &self.compiled,
            groups: self.groups.len(),
            seed: self.rows.sample.map_or(SEED, |sample| sample.seed),
            examples: most.min(self.examples as usize),
            until: Instant::now() + TIME,
            threads,
        }
    }

    fn read_and_look(&self, plan: Plan<'_>, kept: &KeptRows) -> Result<Looked, PreviewError> {
        let mut clock = ReadClock::start();
        if let Some(sample) = self.rows.sample {
            let (rows, end) = read_sample(&self.rows, sample, kept, &mut clock)?;
            let found = look_at(plan, &rows);
            return Ok(Looked { found, end, clock });
        }
        let (send, receive) = sync_channel(SLICES_AHEAD);
        thread::scope(|scope| {
            let reading = scope.spawn(|| {
                let end = read_all(&self.rows, kept, &mut clock, send);
                end.map(|end| (end, clock))
            });
            let found = look(plan, receive);
            match reading.join() {
                Ok(read) => read.map(|(end, clock)| Looked { found, end, clock }),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    fn answer(&self, looked: Looked, threads: usize) -> PreviewAnswer {
        let Looked { found, end, clock } = looked;
        let counts = &found.counts;
        let typical = found.typical.into_rows();
        let health = self.health(counts, &found.authors.figures(&self.set));
        let mut examples = ExampleRows::new(&self.set, &self.compiled);
        let mut shown = |rows: LeastRows, label| {
            let rows = rows.into_rows().into_iter();
            rows.map(|row| examples.example(&row, label)).collect()
        };
        let labels = self.set.labels.iter().zip(found.given).enumerate();
        let of_labels = labels
            .map(|(number, (label, rows))| (label.name.clone(), shown(rows, Some(number))))
            .collect();
        PreviewAnswer {
            rows: found.rows,
            received: counts.received,
            partial: end.is_cut || found.is_cut,
            sample: self.rows.sample.map(|sample| SampleRead {
                rows: sample.rows,
                seed: sample.seed,
                windows: end.windows,
            }),
            read_ms: clock.spent.as_millis() as u64,
            match_ms: (found.busy.as_millis() / threads.max(1) as u128) as u64,
            lint: self.lint(counts),
            examples: Examples(of_labels),
            none: shown(found.none, None),
            slowest: slowest(&self.set, &typical, Instant::now() + TIME_FOR_SLOWEST),
            health,
        }
    }

    fn health(&self, counts: &Counts, authors: &AuthorFigures) -> Report {
        let facts = Facts {
            authors: Some(StagedAuthors {
                all: authors.staged,
                conflicting: authors.conflicting,
            }),
            members: Some(Members {
                of_labels: authors.members.clone(),
                entered: None,
                left: None,
            }),
            earlier: self.earlier.clone(),
        };
        Report::of(counts, &NamedSet::of(&self.set), &self.groups, &facts)
    }

    fn lint(&self, counts: &Counts) -> Findings {
        let labels = 0..self.set.labels.len();
        let hits: Vec<Vec<u64>> = labels
            .map(|label| {
                counts
                    .of_rules(label)
                    .iter()
                    .map(|rule| rule.hits)
                    .collect()
            })
            .collect();
        let mut findings = self.lint.clone();
        findings.extend(of_sample(&self.set, counts.received, &hits));
        findings
    }
}
