//! The health of a job and the figures of its rules, as the document describes them.

use std::borrow::Cow;
use std::collections::HashMap;

use poem_openapi::Object;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};
use serde_json::Value;

use super::gate_views::{Gate, GateBody};
use crate::http::body::Vocabulary;
use crate::systems::labelling::gate::GateView;
use crate::systems::labelling::rules::health::{Report, RuleChoice, RuleHealth, RuleOrder};

/// What the rules of a job did: exact figures of all rows that it received. What is not known, or not yet,
/// is missing.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct JobHealth {
    received: u64,
    /// Rows that a filter of the rules dropped: they get no label.
    dropped: u64,
    /// Rows with a matched label: a rule of it is true, and no `except` takes it away.
    covered: u64,
    /// Covered ÷ received. All shares have six decimals at most.
    coverage: f64,
    /// Rows with two or more matched labels ÷ received.
    overlap: Option<f64>,
    /// Authors with two or more panels ÷ authors with one or more, before conflicts are settled.
    conflict: Option<f64>,
    /// By label, in the order of the rules.
    labels: HashMap<String, LabelHealth>,
    /// Rows on which both labels are matched, by their names: `food+tea`.
    pairs: Option<HashMap<String, u64>>,
    /// By group.
    groups: HashMap<String, GroupHealth>,
    /// How much the given labels have shifted (the population stability index) against the last published job
    /// with the same rule set, source and table.
    drift: Option<f64>,
    against: Option<Against>,
    /// Members (authors with their panels) that the job in `against` does not have.
    entered: Option<u64>,
    /// Members of that job that this one does not have.
    left: Option<u64>,
    /// Rules that are true on no row.
    dead: Option<u64>,
    /// Rules that are the reason on half of the rows of a label with other rules, or on more.
    dominant: Option<Vec<DominantRule>>,
    /// Where the rules are listed.
    rules: Option<String>,
    /// Figures that the kind of these rules, or a model, cannot tell.
    not_known: Option<Vec<String>>,
    /// What the gate of the rules found, once the job has come to it.
    gate: Option<Gate>,
}

/// Rows of a label.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct LabelHealth {
    /// Before `row_labels` chooses one.
    matched: Option<u64>,
    given: u64,
    /// On which an `except` takes it away.
    excepted: u64,
    /// Authors that are published with it.
    members: Option<u64>,
}

/// Rows of a group.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct GroupHealth {
    received: u64,
    covered: u64,
    drift: Option<f64>,
}

/// The job that this one is compared with.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct Against {
    job: String,
    /// Of its rule set.
    version: Option<i32>,
}

/// A rule that is the reason of most rows of its label.
#[derive(Object)]
struct DominantRule {
    rule: String,
    label: String,
    /// Rows of which it is the reason.
    first: u64,
}

/// A report, written in its own order.
pub(super) struct HealthBody(pub Value);

impl HealthBody {
    pub fn of(report: &Report, gate: Option<&GateView>) -> Self {
        let mut body = serde_json::to_value(report).unwrap_or_default();
        if let (Value::Object(members), Some(gate)) = (&mut body, gate) {
            members.insert("gate".to_owned(), GateBody::of(gate).0);
        }
        Self(body)
    }
}

impl Type for HealthBody {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        JobHealth::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        JobHealth::schema_ref()
    }

    fn register(registry: &mut Registry) {
        JobHealth::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ToJSON for HealthBody {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.clone())
    }
}

/// A page of rules.
#[derive(Object)]
pub(super) struct RulePage {
    pub rules: Vec<JobRule>,
    /// Give it as `after` to get the next page; null on the last one.
    pub next: Option<String>,
}

/// What a rule did.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct JobRule {
    /// Its id.
    rule: String,
    label: String,
    /// As it was written.
    text: String,
    /// Rows on which it is true.
    hits: Option<u64>,
    /// Rows on which it is the reason of a matched label.
    first: u64,
    /// Rows on which it is the only true rule of a matched label.
    unique: Option<u64>,
    /// Whether it is true on no row.
    dead: Option<bool>,
    /// Whether it is the reason on half of the rows of its label or more, which has other rules.
    dominant: bool,
}

impl From<RuleHealth> for JobRule {
    fn from(rule: RuleHealth) -> Self {
        Self {
            rule: rule.rule,
            label: rule.label,
            text: rule.text,
            hits: rule.hits,
            first: rule.first,
            unique: rule.unique,
            dead: rule.dead,
            dominant: rule.dominant,
        }
    }
}

pub(super) struct RuleOrders;

impl Vocabulary for RuleOrders {
    type Item = RuleOrder;
    const NAME: &'static str = "RuleOrder";
    const DESCRIPTION: &'static str = "Which rules come first: those with the fewest or the most hits, rows of which they are the \
         reason, or rows on which they alone are true; or as they are written.";
    const ITEMS: &'static [RuleOrder] = <RuleOrder as strum::VariantArray>::VARIANTS;
}

pub(super) struct RuleChoices;

impl Vocabulary for RuleChoices {
    type Item = RuleChoice;
    const NAME: &'static str = "RuleChoice";
    const DESCRIPTION: &'static str = "Only dead rules, or only dominant ones.";
    const ITEMS: &'static [RuleChoice] = <RuleChoice as strum::VariantArray>::VARIANTS;
}
