//! One row under both sets.

use std::collections::HashMap;
use std::sync::Arc;

use super::changed_rules::ChangedRules;
use super::members::Settling;
use super::row::ChangeKind;
use crate::systems::labelling::rules::explain::{ExplainedHit, SpanJson};
use crate::systems::labelling::rules::fields_in_use;
use crate::systems::labelling::rules::matching::{
    Compiled, LabelVerdict, Outcome, Row, Scratch, Verdict,
};
use crate::systems::labelling::rules::set::{Fields, RuleSet};

/// Two sets, compiled, with the labels of both under one numbering. Shared by all threads, each with a
/// [`PairScratch`].
pub struct Comparison {
    base: Side,
    candidate: Side,
    /// Those of the candidate in its order, then those that only the base has.
    labels: Vec<String>,
    changed: ChangedRules,
}

/// One of the two sets.
struct Side {
    set: Arc<RuleSet>,
    compiled: Arc<Compiled>,
    /// By label of the set.
    numbers: Vec<u32>,
    /// One of these is not NULL in a row that takes part.
    fields: Fields,
}

/// Buffers of one thread, used again from row to row.
pub struct PairScratch {
    base: SideScratch,
    candidate: SideScratch,
    /// Numbers of the changed rules that are true on the row.
    pub(super) rules: Vec<u32>,
}

pub(super) struct SideScratch {
    scratch: Scratch,
    verdict: Verdict,
    /// Whether the row takes part.
    pub(super) received: bool,
    /// Numbers of the labels that are given, in ascending order.
    pub(super) given: Vec<u32>,
}

impl Comparison {
    /// Each compiled set is that of the set before it.
    pub fn new(
        (base, base_compiled): (Arc<RuleSet>, Arc<Compiled>),
        (candidate, candidate_compiled): (Arc<RuleSet>, Arc<Compiled>),
    ) -> Self {
        let mut labels: Vec<String> = candidate
            .labels
            .iter()
            .map(|label| label.name.clone())
            .collect();
        let mut numbers: HashMap<String, u32> = (0..)
            .zip(&labels)
            .map(|(number, label)| (label.clone(), number))
            .collect();
        for label in &base.labels {
            if !numbers.contains_key(&label.name) {
                numbers.insert(label.name.clone(), labels.len() as u32);
                labels.push(label.name.clone());
            }
        }
        let changed = ChangedRules::of(&base, &candidate);
        let side = |set: Arc<RuleSet>, compiled| Side {
            numbers: set
                .labels
                .iter()
                .map(|label| numbers[&label.name])
                .collect(),
            fields: fields_in_use(&set),
            set,
            compiled,
        };
        Self {
            base: side(base, base_compiled),
            candidate: side(candidate, candidate_compiled),
            labels,
            changed,
        }
    }

    /// All labels of both, by number.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    pub fn changed(&self) -> &ChangedRules {
        &self.changed
    }

    /// The fields that either set looks at.
    pub fn fields(&self) -> Fields {
        self.base.fields.union(self.candidate.fields)
    }

    /// How votes become members: by the base, and by the candidate.
    pub fn settling(&self) -> [Settling; 2] {
        [&self.base, &self.candidate]
            .map(|side| Settling::of(&side.set, &side.numbers, self.labels.len()))
    }

    pub fn scratch(&self) -> PairScratch {
        let side = |side: &Side| SideScratch {
            scratch: side.compiled.scratch(),
            verdict: Verdict::default(),
            received: false,
            given: Vec::new(),
        };
        PairScratch {
            base: side(&self.base),
            candidate: side(&self.candidate),
            rules: Vec::new(),
        }
    }

    /// Finds the labels that both sets give a row, and on one that differs the changed rules that are true.
    pub fn compare(&self, row: Row<'_>, scratch: &mut PairScratch) -> Option<ChangeKind> {
        let PairScratch {
            base,
            candidate,
            rules,
        } = scratch;
        self.base.label(row, base);
        self.candidate.label(row, candidate);
        let kind = ChangeKind::of(&base.given, &candidate.given);
        rules.clear();
        if kind.is_some() {
            let (base, candidate) = (&base.verdict.true_rules, &candidate.verdict.true_rules);
            self.changed.among(base, candidate, rules);
        }
        kind
    }

    /// Where the labels of the row that was compared last are from: those that the candidate gives, or if it gives
    /// none, those of the base.
    pub(super) fn hits(&self, row: Row<'_>, scratch: &mut PairScratch) -> Vec<ExplainedHit> {
        match scratch.candidate.given.is_empty() {
            true => self.base.hits(row, &mut scratch.base),
            false => self.candidate.hits(row, &mut scratch.candidate),
        }
    }
}

impl PairScratch {
    /// The base and the candidate.
    pub(super) fn sides(&self) -> [&SideScratch; 2] {
        [&self.base, &self.candidate]
    }
}

impl Side {
    /// A row without a text in any field of the set takes no part.
    fn label(&self, row: Row<'_>, side: &mut SideScratch) {
        let mut fields = self.fields.iter();
        side.received = fields.any(|field| row.text(field).is_some());
        let SideScratch {
            scratch, verdict, ..
        } = side;
        self.compiled.find_with_rules(row, scratch, verdict);
        side.given.clear();
        let given = verdict.labels.iter().filter(|label| is_given(label));
        let given = given.map(|label| self.numbers[usize::from(label.reported.label)]);
        side.given.extend(given);
        side.given.sort_unstable();
    }

    fn hits(&self, row: Row<'_>, side: &mut SideScratch) -> Vec<ExplainedHit> {
        let SideScratch {
            scratch, verdict, ..
        } = side;
        let given = verdict.labels.iter().filter(|label| is_given(label));
        let hits = given.map(|label| {
            let found = &label.reported;
            let reason = self.compiled.reason(row, scratch, found);
            let of_label = &self.set.labels[usize::from(found.label)];
            ExplainedHit {
                label: of_label.name.clone(),
                rule: of_label.rules[found.rule as usize].id.clone(),
                field: reason.hit.field.as_str(),
                span: [reason.hit.start, reason.hit.end],
                parts: reason.parts.into_iter().map(SpanJson::from).collect(),
            }
        });
        hits.collect()
    }
}

fn is_given(label: &LabelVerdict) -> bool {
    label.outcome == Outcome::Given
}
