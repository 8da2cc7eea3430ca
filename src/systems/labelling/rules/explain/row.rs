//! A row, label by label.

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::misses::{Miss, Misses};
use crate::systems::labelling::rules::matching::{
    Allowance, CompileError, Compiled, LabelVerdict, Outcome, Row, Scratch, Span, TrueRule, Verdict,
};
use crate::systems::labelling::rules::set::RuleSet;

/// A set and its compiled form, to explain rows with.
pub struct Explainer<'s> {
    set: &'s RuleSet,
    compiled: &'s Compiled,
}

/// What is explained, in the order of the answer.
#[derive(Debug, Serialize)]
pub struct ExplainedRow {
    pub dropped: Option<ExplainedDrop>,
    /// The text by field that rules see.
    pub folded: serde_json::Map<String, serde_json::Value>,
    pub labels: Vec<ExplainedLabel>,
    pub given: Vec<String>,
    pub misses: Vec<Miss>,
}

#[derive(Debug, Serialize)]
pub struct ExplainedDrop {
    /// By its place in the set.
    pub filter: usize,
    pub hit: SpanJson,
}

#[derive(Debug, Serialize)]
pub struct ExplainedLabel {
    pub label: String,
    /// `given`, `matched`, `excepted` or `no`.
    pub outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hit: Option<ExplainedHit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excepted_by: Option<ExceptedBy>,
    /// All that are true, in the order of the label.
    pub rules: Vec<ExplainedHit>,
    pub why: String,
}

#[derive(Debug, Serialize)]
pub struct ExceptedBy {
    pub expression: String,
    pub hit: SpanJson,
}

#[derive(Debug, Serialize)]
pub struct ExplainedHit {
    pub label: String,
    /// Its id.
    pub rule: String,
    pub field: &'static str,
    pub span: [usize; 2],
    pub parts: Vec<SpanJson>,
}

/// Field, start and end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SpanJson(pub &'static str, pub usize, pub usize);

impl<'s> Explainer<'s> {
    /// `compiled` is that of `set`.
    pub fn new(set: &'s RuleSet, compiled: &'s Compiled) -> Self {
        Self { set, compiled }
    }

    /// Fails only if looking for misses takes longer, or more memory, than compiling a set may.
    pub fn explain(&self, row: Row<'_>) -> Result<ExplainedRow, CompileError> {
        let (mut explained, verdict) = self.look(row);
        if verdict.dropped.is_none() {
            let allowance = Allowance::new(CancellationToken::new());
            let misses = Misses {
                set: self.set,
                row,
                allowance: &allowance,
            };
            explained.misses = misses.find(&verdict)?;
        }
        Ok(explained)
    }

    /// The same without what was nearly true.
    pub fn explain_labels(&self, row: Row<'_>) -> ExplainedRow {
        self.look(row).0
    }

    fn look(&self, row: Row<'_>) -> (ExplainedRow, Verdict) {
        let mut scratch = self.compiled.scratch();
        let mut verdict = Verdict::default();
        self.compiled
            .find_with_rules(row, &mut scratch, &mut verdict);
        let dropped = verdict.dropped.map(|dropped| ExplainedDrop {
            filter: dropped.filter,
            hit: self.compiled.span(row, &mut scratch, dropped.hit).into(),
        });
        let mut folded = serde_json::Map::new();
        for field in self.compiled.fields().iter() {
            if let Some(text) = self.compiled.folded(row, &mut scratch, field) {
                folded.insert(field.as_str().to_owned(), text.into());
            }
        }
        verdict
            .true_rules
            .sort_by_key(|found| (found.label, found.rule));
        let labels = self.labels(row, &mut scratch, &verdict);
        let is_given = |label: &&ExplainedLabel| label.outcome == "given";
        let given = labels.iter().filter(is_given);
        let given = given.map(|label| label.label.clone()).collect();
        let explained = ExplainedRow {
            dropped,
            folded,
            labels,
            given,
            misses: Vec::new(),
        };
        (explained, verdict)
    }

    fn labels(
        &self,
        row: Row<'_>,
        scratch: &mut Scratch,
        verdict: &Verdict,
    ) -> Vec<ExplainedLabel> {
        let mut verdicts = verdict.labels.iter().peekable();
        let given = verdict
            .labels
            .iter()
            .find(|label| label.outcome == Outcome::Given);
        let given = given.map(|label| usize::from(label.reported.label));
        let mut labels = Vec::with_capacity(self.set.labels.len());
        for (number, label) in self.set.labels.iter().enumerate() {
            let of_label =
                verdicts.next_if(|verdict| usize::from(verdict.reported.label) == number);
            let Some(of_label) = of_label else {
                labels.push(ExplainedLabel {
                    label: label.name.clone(),
                    outcome: "no",
                    hit: None,
                    excepted_by: None,
                    rules: Vec::new(),
                    why: match verdict.dropped {
                        Some(_) => "a filter drops the row".to_owned(),
                        None => "none of its rules is true".to_owned(),
                    },
                });
                continue;
            };
            let first = verdict
                .true_rules
                .partition_point(|found| usize::from(found.label) < number);
            let rules: Vec<&TrueRule> = verdict.true_rules[first..]
                .iter()
                .take_while(|found| usize::from(found.label) == number)
                .collect();
            labels.push(self.label(row, scratch, of_label, &rules, given));
        }
        labels
    }

    fn label(
        &self,
        row: Row<'_>,
        scratch: &mut Scratch,
        verdict: &LabelVerdict,
        rules: &[&TrueRule],
        given: Option<usize>,
    ) -> ExplainedLabel {
        let label = &self.set.labels[usize::from(verdict.reported.label)];
        let mut excepted_by = None;
        let reported = why_reported(&verdict.reported, rules);
        let (outcome, why) = match verdict.outcome {
            Outcome::Given => ("given", format!("reported: {reported}")),
            Outcome::Matched => {
                let first = given.map_or("", |given| &self.set.labels[given].name);
                let why = format!("label {first} comes first in the set; reported: {reported}");
                ("matched", why)
            }
            Outcome::Excepted { except, hit } => {
                let expression = label.except[except].text.clone();
                let why = format!("taken away by its except {expression}");
                let hit = self.compiled.span(row, scratch, hit).into();
                excepted_by = Some(ExceptedBy { expression, hit });
                ("excepted", why)
            }
        };
        ExplainedLabel {
            label: label.name.clone(),
            outcome,
            hit: Some(self.hit(row, scratch, &verdict.reported)),
            excepted_by,
            rules: rules
                .iter()
                .map(|found| self.hit(row, scratch, found))
                .collect(),
            why,
        }
    }

    fn hit(&self, row: Row<'_>, scratch: &mut Scratch, found: &TrueRule) -> ExplainedHit {
        let reason = self.compiled.reason(row, scratch, found);
        let label = &self.set.labels[usize::from(found.label)];
        ExplainedHit {
            label: label.name.clone(),
            rule: label.rules[found.rule as usize].id.clone(),
            field: reason.hit.field.as_str(),
            span: [reason.hit.start, reason.hit.end],
            parts: reason.parts.into_iter().map(SpanJson::from).collect(),
        }
    }
}

/// By what the reported rule precedes the others.
fn why_reported(reported: &TrueRule, rules: &[&TrueRule]) -> &'static str {
    let others = || rules.iter().filter(|other| other.rule != reported.rule);
    let hit = reported.hit;
    if others().next().is_none() {
        "the only rule that is true"
    } else if others().all(|other| other.hit.field > hit.field) {
        "its field comes first"
    } else if others().all(|other| (other.hit.field, other.hit.start) > (hit.field, hit.start)) {
        "starts first"
    } else if others().all(|other| other.hit.order() > hit.order()) {
        "the longest of those that start first"
    } else {
        "written first of those that stand there"
    }
}

impl From<Span> for SpanJson {
    fn from(span: Span) -> Self {
        Self(span.field.as_str(), span.start, span.end)
    }
}
