//! A whole backtest in one process, for the command line: nothing is stored.

use super::comparing::sampled_parts;
use super::params::Sample;
use super::range::Range;
use super::receiving::Receiving;
use super::sampling::draw;
use crate::engine::seam::StepError;
use crate::systems::labelling::label::GroupMap;
use crate::systems::labelling::posts::SliceLimits;
use crate::systems::labelling::rules::backtest::{
    Comparison, Examples, MemberCounts, Report, SetName, SliceParts, Sums, Tally, Votes, settle,
};

/// Where there is no sample.
const SEED: u64 = 1;

const SLICE: SliceLimits = SliceLimits {
    rows: 10_000,
    bytes: 4 << 20,
};

/// What is compared, and on which rows.
pub(in crate::systems::labelling) struct BacktestAtOnce {
    pub comparison: Comparison,
    pub names: [SetName; 2],
    pub range: Range,
    pub sample: Option<Sample>,
    pub groups: GroupMap,
    pub group_names: Vec<String>,
}

/// What was found so far.
struct Found {
    sums: Sums,
    examples: Examples,
    votes: Votes,
}

impl BacktestAtOnce {
    /// Reads all rows; blocks.
    pub fn run(self) -> Result<Report, StepError> {
        let found = self.count()?;
        Ok(self.report(found))
    }

    fn count(&self) -> Result<Found, StepError> {
        let seed = self.sample.map_or(SEED, |sample| sample.seed);
        let mut found = Found {
            sums: Sums::default(),
            examples: Examples::new(seed),
            votes: Votes::default(),
        };
        let read = &self.range.read;
        let (parts, last) = match self.sample {
            None => (vec![(read.start, read.end)], None),
            Some(sample) => {
                let sampled = draw(&self.range, sample, &|| false)?;
                let parts = sampled_parts(&self.range, sample, &sampled);
                (parts, sampled.last)
            }
        };
        let mut tally = Tally::new(&self.comparison, &self.group_names, seed);
        let mut receiving = Receiving::new(&self.groups, seed, last);
        for part in parts {
            let Some(mut reader) = self.range.open(part, None, None)? else {
                continue;
            };
            loop {
                let end = reader.read_rows(SLICE, &mut |post, texts| {
                    receiving.receive(&mut tally, &post, texts)
                })?;
                receiving.refused()?;
                found.add(&tally.take())?;
                if end.finished {
                    break;
                }
            }
        }
        Ok(found)
    }

    fn report(self, found: Found) -> Report {
        let comparison = &self.comparison;
        let (settling, labels) = (comparison.settling(), comparison.labels());
        let groups = &self.group_names;
        let members: MemberCounts = settle(found.votes, &settling, labels, groups, drop);
        Report::of(
            comparison,
            self.names,
            &found.sums,
            members,
            &found.examples,
        )
    }
}

impl Found {
    fn add(&mut self, parts: &SliceParts) -> Result<(), StepError> {
        let added = SliceParts::add_sums(&parts.sums, &mut self.sums, &mut self.examples);
        added.map_err(StepError::refused)?;
        for (_, votes) in &parts.votes {
            self.votes.add(votes).map_err(StepError::refused)?;
        }
        Ok(())
    }
}
