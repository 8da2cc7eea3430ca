//! Finds out which of some expressions are true of a row.

use super::misses::MissKind;
use super::relax::placed;
use super::row::SpanJson;
use crate::systems::labelling::label::rules::{Normalize, RowLabels};
use crate::systems::labelling::rules::matching::{Allowance, CompileError, Compiled, Row, Verdict};
use crate::systems::labelling::rules::set::{
    Fields, Filter, FilterAction, Label, Node, Place, Rule, RuleSet, Variants,
};

/// A set with one label, whose rules are the expressions.
pub(super) struct Trial<'a> {
    set: RuleSet,
    allowance: &'a Allowance,
}

/// The set without its labels, relaxed.
pub(super) fn trial_set(set: &RuleSet, kind: MissKind) -> RuleSet {
    let mut lists = set.lists.clone();
    if kind == MissKind::Place {
        for (_, terms) in &mut lists {
            terms.iter_mut().for_each(|term| *term = placed(term));
        }
    }
    let is_fold = kind == MissKind::Fold;
    // The row was not dropped: relaxed drops have nothing to say about it.
    let is_cut = |filter: &&Filter| filter.action == FilterAction::Cut;
    RuleSet {
        name: set.name.clone(),
        fields: set.fields,
        normalize: match is_fold {
            true => Normalize::Nfkc,
            false => set.normalize,
        },
        variants: match is_fold {
            true => Variants::Han,
            false => set.variants,
        },
        case_sensitive: set.case_sensitive && !is_fold,
        lists,
        filters: set.filters.iter().filter(is_cut).cloned().collect(),
        labels: Vec::new(),
        row_labels: RowLabels::All,
        exclusive: set.exclusive,
        author_conflict: set.author_conflict,
        gate: None,
    }
}

impl<'a> Trial<'a> {
    pub fn new(mut set: RuleSet, allowance: &'a Allowance) -> Self {
        set.labels = vec![Label {
            name: "trial".to_owned(),
            rules: Vec::new(),
            except: Vec::new(),
        }];
        Self { set, allowance }
    }

    pub fn add(&mut self, tree: Node, fields: Option<Fields>) {
        self.set.labels[0].rules.push(Rule {
            id: String::new(),
            tree,
            fields,
            note: None,
            place: Place::Unknown,
            text: String::new(),
        });
    }

    /// The first expressions that are true, at most so many, by their numbers, with their parts.
    pub fn run(
        &self,
        row: Row<'_>,
        most: usize,
    ) -> Result<Vec<(usize, Vec<SpanJson>)>, CompileError> {
        if self.set.labels[0].rules.is_empty() {
            return Ok(Vec::new());
        }
        let compiled = Compiled::of_checked(&self.set, self.allowance)?;
        let mut scratch = compiled.scratch();
        let mut verdict = Verdict::default();
        compiled.find_with_rules(row, &mut scratch, &mut verdict);
        let mut found = verdict.true_rules;
        found.sort_by_key(|found| found.rule);
        let spans = |found: &_| {
            let reason = compiled.reason(row, &mut scratch, found);
            reason
                .parts
                .into_iter()
                .map(SpanJson::from)
                .collect::<Vec<_>>()
        };
        let found: Vec<_> = found.into_iter().take(most).collect();
        let numbers = found.iter().map(|found| found.rule as usize);
        Ok(numbers.zip(found.iter().map(spans)).collect())
    }
}
