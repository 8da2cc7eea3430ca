//! Labels rows by the rules of a mixed model, which look at several fields, and counts what the rules do.

use tokio_util::sync::CancellationToken;

use super::StepError;
use super::groups::GroupMap;
use super::labelled_rows::{GivenLabel, LabelledRows};
use super::rows::RowBuffer;
use crate::systems::labelling::panels::BesideKind;
use crate::systems::labelling::rules::health::Counts;
use crate::systems::labelling::rules::matching::{
    Allowance, CompileError, Compiled, Outcome, Scratch, Verdict,
};
use crate::systems::labelling::rules::set::RuleSet;

/// A set that is compiled; shared by all threads of a task.
pub(super) struct MixedMatcher {
    compiled: Compiled,
    rules_of_labels: Vec<usize>,
}

impl MixedMatcher {
    /// Of a set that could be compiled when the task was submitted.
    pub(super) fn compile(set: &RuleSet, stop: CancellationToken) -> Result<Self, StepError> {
        let compiled = Compiled::of_within(set, &Allowance::until(stop));
        let compiled = compiled.map_err(|error| match error {
            CompileError::Stopped => StepError::stopped(),
            error => StepError::refused(error),
        })?;
        Ok(Self {
            compiled,
            rules_of_labels: set.labels.iter().map(|label| label.rules.len()).collect(),
        })
    }
}

/// The same with the buffers of a thread.
pub(super) struct MixedLabeller<'m> {
    compiled: &'m Compiled,
    scratch: Scratch,
    verdict: Verdict,
    given: Vec<GivenLabel>,
    counts: Counts,
}

impl<'m> MixedLabeller<'m> {
    pub(super) fn new(matcher: &'m MixedMatcher, groups: usize) -> Self {
        let MixedMatcher {
            compiled,
            rules_of_labels,
        } = matcher;
        Self {
            compiled,
            scratch: compiled.scratch(),
            verdict: Verdict::default(),
            given: Vec::new(),
            counts: Counts::of_labels(rules_of_labels.iter().copied(), groups),
        }
    }

    pub(super) fn label(
        &mut self,
        groups: &GroupMap,
        rows: &RowBuffer,
        labelled: &mut LabelledRows,
    ) -> Result<(), StepError> {
        let Self {
            compiled,
            scratch,
            verdict,
            given,
            counts,
        } = self;
        for (row, fields) in rows.iter_with_fields() {
            let Some(placed) = labelled.place(groups, row)? else {
                continue;
            };
            compiled.find_with_rules(fields, scratch, verdict);
            given.clear();
            for label in &verdict.labels {
                if label.outcome == Outcome::Given {
                    given.push(GivenLabel {
                        label: label.reported.label,
                        field: label.reported.hit.field,
                        meta: compiled.meta(fields, scratch, &label.reported),
                    });
                }
            }
            if labelled.receive_fields(placed, fields, given) {
                counts.receive(usize::from(placed.group), verdict);
            }
        }
        Ok(())
    }

    /// What was gathered since the last time.
    pub(super) fn beside(&mut self) -> Vec<(BesideKind, Vec<u8>)> {
        let counts = self.counts.to_bytes();
        self.counts.clear();
        vec![(BesideKind::Health, counts)]
    }
}
