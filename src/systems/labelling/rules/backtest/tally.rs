//! What becomes of the rows of a slice, in few bytes.

use lz4_flex::block::compress_prepend_size;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::DamagedPart;
use super::comparison::{Comparison, PairScratch};
use super::examples::{Example, Examples, kept};
use super::row::{ChangeKind, ChangedRow, joined};
use super::sums::{self, Sums};
use super::votes::Votes;
use crate::systems::labelling::rules::matching::Row;

/// A row of the source that takes part under either set.
#[derive(Clone, Copy, Debug)]
pub struct BacktestRow<'r> {
    pub id: &'r str,
    pub post_time: &'r str,
    pub source_author: &'r str,
    /// Its number.
    pub group: u16,
    pub texts: Row<'r>,
}

/// Counts rows under two sets; what it has counted is taken slice by slice.
pub struct Tally<'c> {
    comparison: &'c Comparison,
    groups: &'c [String],
    scratch: PairScratch,
    sums: Sums,
    votes: Votes,
    /// JSON lines.
    rows: Vec<u8>,
    examples: Examples,
}

/// What is to be kept of a slice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SliceParts {
    pub sums: Vec<u8>,
    /// Rows that differ; empty if there are none.
    pub rows: Vec<u8>,
    /// Votes by partition.
    pub votes: Vec<(u16, Vec<u8>)>,
}

/// What [`SliceParts::sums`] holds.
#[derive(Serialize, Deserialize)]
struct SumsPart {
    sums: Sums,
    examples: Vec<(ChangeKind, Example)>,
}

impl<'c> Tally<'c> {
    /// `groups`: names by number; `seed`: of the examples.
    pub fn new(comparison: &'c Comparison, groups: &'c [String], seed: u64) -> Self {
        Self {
            scratch: comparison.scratch(),
            comparison,
            groups,
            sums: Sums::default(),
            votes: Votes::default(),
            rows: Vec::new(),
            examples: Examples::new(seed),
        }
    }

    /// Labels a row by both sets and counts it.
    pub fn receive(&mut self, row: &BacktestRow<'_>) {
        let kind = self.comparison.compare(row.texts, &mut self.scratch);
        self.sums.receive(kind, &self.scratch);
        let [base, candidate] = self.scratch.sides();
        self.votes
            .vote(row.group, row.source_author, &base.given, &candidate.given);
        if let Some(kind) = kind {
            self.differs(kind, row);
        }
    }

    fn differs(&mut self, kind: ChangeKind, row: &BacktestRow<'_>) {
        let labels = self.comparison.labels();
        let names = |numbers: &[u32]| -> Vec<String> {
            let numbers = numbers.iter();
            numbers
                .map(|number| labels[*number as usize].clone())
                .collect()
        };
        let changed = &self.comparison.changed().rules;
        let [base, candidate] = self.scratch.sides();
        let (from, to) = (names(&base.given), names(&candidate.given));
        let rules = self.scratch.rules.iter();
        let differing = ChangedRow {
            id: row.id.to_owned(),
            post_time: row.post_time.to_owned(),
            group: self.groups[usize::from(row.group)].clone(),
            source_author: row.source_author.to_owned(),
            kind,
            from,
            to,
            rules: rules
                .map(|rule| changed[*rule as usize].rule.clone())
                .collect(),
        };
        serde_json::to_writer(&mut self.rows, &differing)
            .expect("texts can always be written to memory");
        self.rows.push(b'\n');
        let (comparison, scratch) = (self.comparison, &mut self.scratch);
        self.examples.offer(kind, row.id, row.post_time, || {
            let hits = comparison.hits(row.texts, scratch);
            let hits = hits.iter().map(|hit| {
                serde_json::to_value(hit).expect("texts and numbers can always be written")
            });
            Example {
                id: differing.id.clone(),
                post_time: differing.post_time.clone(),
                fields: texts(comparison, row.texts),
                hits: hits.collect(),
                from: joined(&differing.from),
                to: joined(&differing.to),
            }
        });
    }

    /// What was counted since the last time.
    pub fn take(&mut self) -> SliceParts {
        let part = SumsPart {
            sums: std::mem::take(&mut self.sums),
            examples: self.examples.take_new(),
        };
        let rows = match self.rows.is_empty() {
            true => Vec::new(),
            false => compress_prepend_size(&self.rows),
        };
        self.rows.clear();
        SliceParts {
            sums: sums::pack(&part),
            rows,
            votes: self.votes.take(),
        }
    }
}

impl SliceParts {
    /// Adds what one of them says to the sums of all, and to the examples.
    pub fn add_sums(
        packed: &[u8],
        sums: &mut Sums,
        examples: &mut Examples,
    ) -> Result<(), DamagedPart> {
        let json = sums::unpack(packed)?;
        let part: SumsPart = serde_json::from_slice(&json).map_err(|_| DamagedPart)?;
        sums.add(&part.sums);
        examples.add(part.examples);
        Ok(())
    }

    /// The rows that one of them holds, in the order of the source.
    pub fn read_rows(packed: &[u8]) -> Result<Vec<ChangedRow>, DamagedPart> {
        read_lines(packed)
    }
}

/// Reads JSON lines that were packed.
pub(super) fn read_lines<T: serde::de::DeserializeOwned>(
    packed: &[u8],
) -> Result<Vec<T>, DamagedPart> {
    let lines = sums::unpack(packed)?;
    let lines = lines
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).map_err(|_| DamagedPart))
        .collect()
}

fn texts(comparison: &Comparison, row: Row<'_>) -> Map<String, Value> {
    let fields = comparison.fields().iter();
    let texts = fields.filter_map(|field| {
        let text = kept(row.text(field)?);
        Some((field.as_str().to_owned(), text.into()))
    });
    texts.collect()
}
