//! Rows as examples: their texts, and where rules stand in them.

use serde::Serialize;
use serde_json::{Map, Value};

use super::row::PreviewRow;
use crate::systems::labelling::rules::explain::{ExplainedHit, SpanJson};
use crate::systems::labelling::rules::matching::{Compiled, Scratch, Verdict};
use crate::systems::labelling::rules::set::{Field, RuleSet};

#[derive(Debug, Serialize)]
pub struct Example {
    pub id: String,
    pub post_time: String,
    /// Those in use that are not NULL.
    pub fields: Map<String, Value>,
    /// In the order of the set.
    pub hits: Vec<ExplainedHit>,
}

/// Makes examples, with buffers of its own.
pub struct ExampleRows<'s> {
    set: &'s RuleSet,
    compiled: &'s Compiled,
    scratch: Scratch,
    verdict: Verdict,
}

impl<'s> ExampleRows<'s> {
    /// `compiled` is that of `set`.
    pub fn new(set: &'s RuleSet, compiled: &'s Compiled) -> Self {
        Self {
            set,
            compiled,
            scratch: compiled.scratch(),
            verdict: Verdict::default(),
        }
    }

    /// With the true rules of a label, or of all labels.
    pub fn example(&mut self, row: &PreviewRow, label: Option<usize>) -> Example {
        let texts = row.fields();
        self.compiled
            .find_with_rules(texts, &mut self.scratch, &mut self.verdict);
        let wanted = |of_rule: u16| label.is_none_or(|label| usize::from(of_rule) == label);
        let mut rules = std::mem::take(&mut self.verdict.true_rules);
        rules.retain(|found| wanted(found.label));
        rules.sort_by_key(|found| (found.label, found.rule));
        let hits = rules.iter().map(|found| {
            let reason = self.compiled.reason(texts, &mut self.scratch, found);
            let label = &self.set.labels[usize::from(found.label)];
            ExplainedHit {
                label: label.name.clone(),
                rule: label.rules[found.rule as usize].id.clone(),
                field: reason.hit.field.as_str(),
                span: [reason.hit.start, reason.hit.end],
                parts: reason.parts.into_iter().map(SpanJson::from).collect(),
            }
        });
        let hits = hits.collect();
        let fields = Field::ALL.into_iter().filter_map(|field| {
            let text = texts.text(field)?;
            Some((field.as_str().to_owned(), text.into()))
        });
        Example {
            id: row.id().to_owned(),
            post_time: row.post_time().to_owned(),
            fields: fields.collect(),
            hits,
        }
    }
}
