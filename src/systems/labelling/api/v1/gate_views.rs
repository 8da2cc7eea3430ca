//! A gate, as the document describes it.

use std::borrow::Cow;

use poem_openapi::Object;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};
use serde_json::Value;

use crate::systems::labelling::gate::GateView;

/// What the gate of a rule set found of a job, and what was decided.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct Gate {
    /// Figures beyond their thresholds.
    breaches: Vec<GateBreach>,
    /// Thresholds that nothing could be compared with, and why. They hold nothing.
    not_judged: Vec<String>,
    /// Missing while the job is held, and where nothing held it.
    decided: Option<GateDecided>,
}

/// A figure beyond its threshold.
#[derive(Object)]
struct GateBreach {
    /// As the gate has it, e.g. `drift_max`.
    key: String,
    /// Of a threshold of one label.
    label: Option<String>,
    figure: f64,
    threshold: f64,
}

/// A decision on a job that was held.
#[derive(Object)]
struct GateDecided {
    /// Null: nobody, the time was over.
    by: Option<String>,
    at: String,
    why: Option<String>,
    /// `approved`, `rejected` or `expired`.
    what: String,
}

/// A gate, written in its own order.
pub(super) struct GateBody(pub Value);

impl GateBody {
    pub fn of(gate: &GateView) -> Self {
        Self(serde_json::to_value(gate).unwrap_or_default())
    }
}

impl Type for GateBody {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        Gate::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        Gate::schema_ref()
    }

    fn register(registry: &mut Registry) {
        Gate::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ToJSON for GateBody {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.clone())
    }
}
