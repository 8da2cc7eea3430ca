//! Labels rows by the rules of a mixed model, which look at several fields, and counts what the rules do.

use tokio_util::sync::CancellationToken;

use super::StepError;
use super::groups::GroupMap;
use super::labelled_rows::{GivenLabel, LabelledRows};
use super::rows::RowBuffer;
use crate::systems::labelling::panels::BesideKind;
use crate::systems::labelling::rules::fields_in_use;
use crate::systems::labelling::rules::health::Counts;
use crate::systems::labelling::rules::ledger::{
    Earlier, LedgerRow, LedgerRows, OutcomeKind, RowLabeller, row_key,
};
use crate::systems::labelling::rules::matching::{Allowance, CompileError, Compiled};
use crate::systems::labelling::rules::set::{Fields, RuleSet};

/// A set that is compiled; shared by all threads of a task.
pub(super) struct MixedMatcher {
    compiled: Compiled,
    rules_of_labels: Vec<usize>,
    /// All that rules look at.
    fields: Fields,
    /// What an earlier task found, by a set that differs a little.
    earlier: Option<Earlier>,
    keeps_ledger: bool,
}

impl MixedMatcher {
    /// Of a set that could be compiled when the task was submitted.
    pub(super) fn compile(
        set: &RuleSet,
        earlier: Option<Earlier>,
        keeps_ledger: bool,
        stop: CancellationToken,
    ) -> Result<Self, StepError> {
        let compiled = Compiled::of_within(set, &Allowance::until(stop));
        let compiled = compiled.map_err(|error| match error {
            CompileError::Stopped => StepError::stopped(),
            error => StepError::refused(error),
        })?;
        Ok(Self {
            compiled,
            rules_of_labels: set.labels.iter().map(|label| label.rules.len()).collect(),
            fields: fields_in_use(set),
            earlier,
            keeps_ledger,
        })
    }
}

/// The same with the buffers of a thread.
pub(super) struct MixedLabeller<'m> {
    matcher: &'m MixedMatcher,
    rows: RowLabeller<'m>,
    /// Whether rows are kept, or looked for among kept ones.
    has_keys: bool,
    given: Vec<GivenLabel>,
    counts: Counts,
    ledger: Option<LedgerRows>,
}

impl<'m> MixedLabeller<'m> {
    pub(super) fn new(matcher: &'m MixedMatcher, groups: usize) -> Self {
        let rules_of_labels = matcher.rules_of_labels.iter().copied();
        let earlier = matcher.earlier.as_ref();
        Self {
            matcher,
            has_keys: matcher.keeps_ledger || earlier.is_some(),
            rows: RowLabeller::new(&matcher.compiled, earlier),
            given: Vec::new(),
            counts: Counts::of_labels(rules_of_labels, groups),
            ledger: matcher.keeps_ledger.then(LedgerRows::default),
        }
    }

    pub(super) fn label(
        &mut self,
        groups: &GroupMap,
        rows: &RowBuffer,
        labelled: &mut LabelledRows,
    ) -> Result<(), StepError> {
        for (row, fields) in rows.iter_with_fields() {
            let Some(placed) = labelled.place(groups, row)? else {
                continue;
            };
            let key = match self.has_keys {
                true => row_key(row.id, fields, self.matcher.fields),
                false => 0,
            };
            let (verdict, outcome) = self.rows.label(key, fields);
            self.given.clear();
            for label in &outcome.labels {
                if let OutcomeKind::Given(reason) = &label.kind {
                    let compiled = &self.matcher.compiled;
                    self.given.push(GivenLabel {
                        label: label.label,
                        field: reason.hit.field,
                        meta: compiled.meta_of(label.label, label.rule, reason),
                    });
                }
            }
            if !labelled.receive_fields(placed, fields, &self.given) {
                continue;
            }
            self.counts.receive(usize::from(placed.group), verdict);
            if let Some(ledger) = &mut self.ledger {
                let kept = LedgerRow {
                    id: row.id,
                    post_time: row.post_time,
                    group: placed.group,
                    s_id: row.s_id,
                    author: row.author.trim(),
                };
                ledger.receive(key, kept, outcome);
            }
        }
        Ok(())
    }

    /// What was gathered since the last time.
    pub(super) fn beside(&mut self) -> Vec<(BesideKind, Vec<u8>)> {
        let counts = self.counts.to_bytes();
        self.counts.clear();
        let mut beside = vec![(BesideKind::Health, counts)];
        if let Some(ledger) = &mut self.ledger {
            beside.push((BesideKind::Ledger, ledger.take_bytes()));
        }
        beside
    }
}
