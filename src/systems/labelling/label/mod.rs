//! Kind `label`: labels the rows of a table by rules or by a model, and stages them.
//!
//! ```text
//!  reading thread             matching thread             batch
//!  source ──► ReadSlice ════► group, match ──► Labelled ═► one transaction: rows, checkpoint,
//!             (bounded by bytes in flight)     Slice       figures
//! ```
//!
//! The input is cut into portions of time; each is a batch. What is durable of a batch
//! stands in the output database beside its rows, and only there.

mod authors;
mod buffers;
mod counting;
mod groups;
mod label_batch;
mod labelled_rows;
mod labeller;
mod ledger;
mod mixed;
mod params;
mod reader;
mod row_matcher;
mod rows;
pub mod rules;
mod shared;
mod told;

use std::mem;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

pub(in crate::systems::labelling) use groups::Place;
pub use groups::{GroupMap, GroupsError, OTHER, Unmapped};
pub use params::{LabelBase, LabelModel, LabelParams, LabelRuleSet};

use crate::engine::seam::{
    Batch, BatchContext, JobChange, Scorers, Step, StepContext, StepError, StepKind, StepPlan,
    blocking,
};
use crate::engine::store::Store;
use crate::fault::FaultPoint;
use crate::printable::printable;
use crate::systems::labelling::panels::{
    Fence, Sink, Sinks, StateChange, THE_OUTPUT, TaskFigures, UndatedLimits,
};
use crate::systems::labelling::posts::{
    LeftOut, Portion, ReadPlan, Source, Sources, THE_SOURCE, UnknownSource, Unreadable,
};
use crate::systems::labelling::rules::ledger::MATCHER_REVISION;
use label_batch::LabelBatch;
use ledger::Base;
use mixed::MixedMatcher;
use row_matcher::{RowMatcher, TextModel};
use rules::{Allowance, Matcher, RuleSet, RuleSetError};
use shared::Shared;

/// How labelling uses the machine.
#[derive(Clone, Copy, Debug)]
pub struct LabelLimits {
    pub batches_per_step: u32,
    pub rows_per_slice: u32,
    pub bytes_per_slice: usize,
    pub bytes_in_flight: usize,
    /// For the publishing step, which refuses a task that has more.
    pub undated: UndatedLimits,
}

/// The kind, with what its steps draw on.
#[derive(Clone)]
pub struct LabelKind {
    pub store: Store,
    pub sources: Sources,
    pub sinks: Sinks,
    pub scorers: Scorers,
    pub limits: LabelLimits,
}

impl StepKind for LabelKind {
    const NAME: &'static str = "label";
    type Params = LabelParams;

    fn prepare(&self, params: LabelParams) -> Result<Arc<dyn Step>, StepError> {
        // Needed for the rest of the work only: see `needs`.
        let source = self.sources.get(&params.source);
        let sink = self
            .sinks
            .get(&params.output)
            .map_err(StepError::not_here)?;
        let groups = GroupMap::new(&params.groups, params.unmapped).map_err(StepError::refused)?;
        Ok(Arc::new(LabelStep(Arc::new(Labelling {
            store: self.store.clone(),
            scorers: self.scorers.clone(),
            limits: self.limits,
            params,
            source,
            sink,
            groups,
            matcher: OnceCell::new(),
            shared: Shared::default(),
        }))))
    }
}

/// A labelling step while this process runs its job.
struct LabelStep(Arc<Labelling>);

/// What the batches of the step share.
struct Labelling {
    store: Store,
    scorers: Scorers,
    limits: LabelLimits,
    params: LabelParams,
    source: Result<Source, UnknownSource>,
    sink: Sink,
    groups: GroupMap,
    /// Made by the first batch that needs it.
    matcher: OnceCell<RowMatcher>,
    shared: Shared,
}

#[async_trait]
impl Step for LabelStep {
    async fn plan(&self, job: &StepContext) -> Result<StepPlan, StepError> {
        job.faults.pass(FaultPoint::BeforePlan)?;
        let this = Arc::clone(&self.0);
        let plan = blocking(move || {
            let mut plan = this.portions()?;
            let mut unreadable = this.source()?.unreadable(&this.params.read)?;
            let mut without_id = this.source()?.without_id(&this.params.read)?;
            if plan.portions.is_empty() && unreadable.rows + without_id.total() > 0 {
                // They are counted with the first slice of the first batch.
                plan.portions.push(Portion::of_nothing());
            }
            let time_ordered = plan.time_ordered;
            let specs = plan.portions.into_iter().map(|portion| {
                serde_json::to_value(BatchSpec {
                    portion,
                    time_ordered,
                    beside: mem::take(&mut unreadable),
                    without_id: mem::take(&mut without_id),
                })
            });
            let specs: Result<Vec<Value>, _> = specs.collect();
            Ok(StepPlan {
                notes: plan.warnings,
                ..StepPlan::of(specs.map_err(StepError::refused)?)
            })
        });
        plan.await.map_err(|error| self.0.naming(error))
    }

    async fn open(&self, batch: &BatchContext, spec: &Value) -> Result<Box<dyn Batch>, StepError> {
        let matcher = self.0.matcher(batch.cancel.clone()).await?;
        let spec = serde_json::from_value(spec.clone()).map_err(StepError::refused)?;
        let opened = LabelBatch::open(Arc::clone(&self.0), matcher, batch.clone(), spec).await;
        Ok(Box::new(opened.map_err(|error| self.0.naming(error))?))
    }

    fn needs(&self) -> Result<(), StepError> {
        self.0.source().map(drop)
    }

    async fn observe(&self, job: &StepContext, change: &JobChange) -> Result<(), StepError> {
        let labelled = || StateChange::Labelled {
            check_point: self.0.params.shown(self.0.params.read.end),
        };
        let change = match change {
            JobChange::Started { completed: false } => StateChange::Started,
            JobChange::Started { completed: true } | JobChange::StepCompleted => labelled(),
            JobChange::Failed { here: true, reason } => StateChange::LabellingFailed {
                error_message: printable(reason).into_owned(),
            },
            JobChange::Failed { here: false, .. } => return Ok(()),
            JobChange::Cancelled => StateChange::Aborted,
        };
        let this = Arc::clone(&self.0);
        let (job, fence) = (job.clone(), Fence::from(job));
        let shown = blocking(move || {
            if job.fresh {
                this.sink.prepare()?;
                let created = this.params.clock_at(job.started_at);
                this.sink
                    .announce(&fence.task_id, &this.params.header, &created)?;
            }
            this.sink.begin(&fence, &this.params.layout(), job.fresh)?;
            this.sink.change_state(&fence, &change)?;
            Ok(())
        });
        shown.await.map_err(|error| self.0.naming(error))
    }
}

/// What is stored of a batch.
#[derive(Debug, Serialize, Deserialize)]
struct BatchSpec {
    portion: Portion,
    /// Whether the rows come in the order of time, so that it is known up to when they were read.
    time_ordered: bool,
    /// Rows in no portion whose time cannot be read; they are counted with this batch.
    #[serde(default)]
    beside: Unreadable,
    /// Rows of the range in no portion because they have no id; counted with this batch.
    #[serde(default)]
    without_id: LeftOut,
}

/// A batch that is shorter than this is not worth its own beginning and end.
const SLICES_PER_BATCH: u64 = 5;

impl Labelling {
    /// As many portions as the settings say, fewer for a range that holds few rows.
    fn portions(&self) -> Result<ReadPlan, StepError> {
        let most = self.limits.batches_per_step;
        let source = self.source()?;
        let plan = source.plan(&self.params.read, most)?;
        let rows_per_batch = SLICES_PER_BATCH * u64::from(self.limits.rows_per_slice);
        let worthwhile = plan
            .rows_estimate
            .map_or(u64::from(most), |rows| rows / rows_per_batch);
        let enough = worthwhile.clamp(1, u64::from(most)) as u32;
        if plan.portions.len() > enough as usize {
            return Ok(source.plan(&self.params.read, enough)?);
        }
        Ok(plan)
    }

    /// Counts the rows of the table once, when so many are without a time that it matters.
    async fn count_table(self: &Arc<Self>, figures: &mut TaskFigures) -> Result<(), StepError> {
        if figures.undated <= self.limits.undated.rows || figures.table_rows.is_some() {
            return Ok(());
        }
        let this = Arc::clone(self);
        let rows = blocking(move || Ok(this.source()?.count(&this.params.read)?));
        figures.table_rows = Some(rows.await?);
        Ok(())
    }

    /// Names the database that is away.
    fn naming(&self, error: StepError) -> StepError {
        let LabelParams { source, output, .. } = &self.params;
        error
            .naming(THE_SOURCE, || format!("source `{source}`"))
            .naming(THE_OUTPUT, || format!("output `{output}`"))
    }

    fn source(&self) -> Result<&Source, StepError> {
        let source = self.source.as_ref();
        source.map_err(StepError::not_here)
    }

    /// Made once per task: of the rules that were stored with it, or of its model.
    async fn matcher(&self, stop: CancellationToken) -> Result<RowMatcher, StepError> {
        let make = async || match (&self.params.model, &self.params.rules) {
            (Some(model), _) => {
                let found = TextModel::find(model, &self.params, &self.scorers).await;
                found.map(|model| RowMatcher::Model(Arc::new(model)))
            }
            (None, Some(digest)) if self.params.is_mixed() => {
                let compiled = self.compile_mixed(digest, stop.clone()).await;
                compiled.map(|matcher| RowMatcher::Mixed(Arc::new(matcher)))
            }
            (None, Some(digest)) => {
                let compiled = self.compile(digest, stop.clone()).await;
                compiled.map(|matcher| RowMatcher::Rules(Arc::new(matcher)))
            }
            (None, None) => Err(StepError::refused("the task has neither rules nor a model")),
        };
        self.matcher.get_or_try_init(make).await.cloned()
    }

    /// As they were stored with the task.
    async fn stored_rules(&self, digest: &str) -> Result<Vec<u8>, StepError> {
        self.store.blobs().get(digest).await?.ok_or_else(|| {
            StepError::refused(format!(
                "the rules of the task are not in the store: {digest}"
            ))
        })
    }

    async fn compile_mixed(
        &self,
        digest: &str,
        stop: CancellationToken,
    ) -> Result<MixedMatcher, StepError> {
        let body = self.stored_rules(digest).await?;
        let base = match &self.params.incremental {
            // The rules of a task that was removed meanwhile are gone with it.
            Some(base) => {
                let rules = self.store.blobs().get(&base.rules).await?;
                rules.map(|rules| (base.clone(), rules))
            }
            None => None,
        };
        let keeps_ledger = self.params.ledger == Some(MATCHER_REVISION);
        let sink = self.sink.clone();
        blocking(move || {
            let set = serde_json::from_slice(&body).map_err(StepError::refused)?;
            let mut earlier = None;
            if let Some((base, rules)) = &base {
                let before = serde_json::from_slice(rules).map_err(StepError::refused)?;
                let base = Base {
                    sink: &sink,
                    base,
                    set: &before,
                };
                earlier = base.earlier(&set, stop.clone())?;
            }
            MixedMatcher::compile(&set, earlier, keeps_ledger, stop)
        })
        .await
    }

    async fn compile(&self, digest: &str, stop: CancellationToken) -> Result<Matcher, StepError> {
        let body = self.stored_rules(digest).await?;
        blocking(move || {
            let set: RuleSet = serde_json::from_slice(&body).map_err(StepError::refused)?;
            match Matcher::compile(&set, &Allowance::until(stop)) {
                Ok(matcher) => Ok(matcher),
                Err(RuleSetError::Stopped) => Err(StepError::stopped()),
                Err(error) => Err(StepError::refused(error)),
            }
        })
        .await
    }
}
