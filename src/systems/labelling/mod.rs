//! System 1: label a table, publish panels. The flow is `label → publish`, or `label → gate → publish` where the
//! rule set has a gate.
//!
//! [`Labelling`] turns a request into a job, with everything looked up and checked first,
//! and reads back what such jobs produced.

mod activating;
mod adopting;
pub mod api;
mod asked_rules;
mod backtest;
mod check;
mod check_connections;
mod commands;
mod compose;
mod composing;
mod error;
mod explaining;
mod flow;
mod gate;
pub mod health;
pub mod incremental;
pub mod label;
mod label_set;
mod mixed_set;
mod options;
mod outputs_at_start;
mod pages;
pub mod panels;
pub mod posts;
mod preview;
mod previewing;
pub mod publish;
mod ready_sets;
mod request;
mod result_stream;
mod results;
mod review;
mod rows;
pub mod rules;
pub mod settings;
mod store;
mod system;
mod versions;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use error::LabellingError;
pub use incremental::Incremental;
pub use request::{AskedModel, LabellingRequest, MemberFault, ModelType, PredictType, RulesFrom};
pub use result_stream::ResultStream;
pub use results::{PublishedRow, TaskView, WantedRows};
pub use rows::{RowFilter, RowPlace, RowsFound};
pub use system::LabellingSystem;

pub use crate::systems::labelling::label::rules::{AuthorConflict, RowLabels, RuleKind};
pub use crate::systems::labelling::label::{GroupMap, OTHER, Unmapped};
pub use crate::systems::labelling::panels::{
    ResultRow, StageTimes, StateRow, TaskFigures, result_table,
};
pub use crate::systems::labelling::posts::{
    LeftOut, LeftOutRow, Moment, MomentError, Written, Zone,
};

use composing::Composing;
use explaining::Explaining;
use health::Healths;
use previewing::Previews;
use ready_sets::ReadySets;
use store::LabellingStore;
use versions::RuleSets;

use crate::engine::seam::Scorers;
use crate::engine::store::Store;
use crate::systems::labelling::label::rules::RuleLimits;
use crate::systems::labelling::panels::{Layout, Sinks};
use crate::systems::labelling::posts::Sources;

/// Name of the flow, as jobs carry it.
pub const FLOW: &str = "labelling";

/// Names of its steps.
const LABEL_STEP: &str = "label";
const GATE_STEP: &str = "gate";
const PUBLISH_STEP: &str = "publish";

/// What requests may refer to, from the settings.
#[derive(Clone, Debug)]
pub struct LabellingOptions {
    /// Group and its `s_id`s, in order.
    pub groups: Vec<(String, Vec<String>)>,
    pub unmapped: Unmapped,
    /// Root of the rule files: `<model_type>/<label>/<predict_type>.txt`.
    pub rules_dir: PathBuf,
    /// Rule sets by name: a YAML file or a directory each.
    pub rule_sets: BTreeMap<String, PathBuf>,
    pub keep_staging: bool,
    /// Whether nobody approves a job that they have started themselves.
    pub gate_two_people: bool,
    /// What a request that leaves them out means.
    pub default_source: String,
    pub default_table: String,
    pub default_output: String,
    /// `None`: the year up to now.
    pub default_range: Option<(Written, Written)>,
    pub rule_limits: RuleLimits,
}

impl LabellingOptions {
    /// The groups in order, with the one for unmapped ids at the end if rows can go there.
    pub(crate) fn layout(&self) -> Layout {
        let mut groups: Vec<String> = self.groups.iter().map(|(name, _)| name.clone()).collect();
        if self.unmapped == Unmapped::Other {
            groups.push(OTHER.to_owned());
        }
        Layout { groups }
    }
}

/// Clones share the connections.
#[derive(Clone)]
pub struct Labelling {
    store: Store,
    sources: Sources,
    sinks: Sinks,
    options: LabellingOptions,
    scorers: Scorers,
    composing: Composing,
    previews: Previews,
    ready_sets: ReadySets,
    explaining: Explaining,
    healths: Healths,
    rule_sets: RuleSets,
}

impl Labelling {
    pub fn new(
        store: Store,
        sources: Sources,
        sinks: Sinks,
        options: LabellingOptions,
        scorers: Scorers,
    ) -> Self {
        let composing = Composing::new(options.rule_limits.set_bytes);
        Self {
            rule_sets: RuleSets::new(
                LabellingStore::new(store.clone()),
                options.rule_sets.clone(),
                composing.clone(),
            ),
            store,
            sources,
            sinks,
            scorers,
            composing,
            previews: Previews::default(),
            ready_sets: ReadySets::default(),
            explaining: Explaining::default(),
            healths: Healths::default(),
            options,
        }
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn options(&self) -> &LabellingOptions {
        &self.options
    }

    /// The rule sets that have versions.
    pub(in crate::systems::labelling) fn rule_sets(&self) -> &RuleSets {
        &self.rule_sets
    }

    /// Names of the outputs.
    pub fn output_names(&self) -> Vec<String> {
        self.sinks.all().map(|(name, _)| name.to_owned()).collect()
    }

    /// Names of the sources with their tables.
    pub fn readable(&self) -> Vec<(String, Vec<String>)> {
        let tables = |entry: &crate::systems::labelling::posts::SourceEntry| {
            entry.tables.keys().cloned().collect()
        };
        self.sources
            .all()
            .map(|(name, entry)| (name.to_owned(), tables(entry)))
            .collect()
    }
}
