//! Kind `gate`: judges a labelled task, and holds it back where a threshold is breached.

use std::sync::Arc;

use async_trait::async_trait;
use entity::rule_gate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::view::{PASSED, judgement};
use super::{Judgement, Thresholds};
use crate::clock;
use crate::engine::CallerError;
use crate::engine::seam::{
    Batch, BatchContext, JobChange, Progress, Said, Slice, Step, StepContext, StepError, StepKind,
    StepPlan, Until, blocking,
};
use crate::engine::store::SliceRows;
use crate::engine::store::notifications::NewNotification;
use crate::printable::printable;
use crate::systems::labelling::panels::{Fence, Publication, Sink, StateChange, THE_OUTPUT};
use crate::systems::labelling::publish::PublishParams;
use crate::systems::labelling::review::ReviewError;
use crate::systems::labelling::store::{Decision, HeldGate};
use crate::systems::labelling::{FLOW, Labelling, LabellingError, health};

/// What people are told of a job that is held.
const GATE_HELD: &str = "rules.gate_held";

/// What a gate was asked to do, as it is stored with its job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateParams {
    /// What is to be published behind it.
    pub publish: PublishParams,
    pub gate: Thresholds,
}

/// The kind, with what its steps draw on.
#[derive(Clone)]
pub struct GateKind {
    pub labelling: Labelling,
}

impl StepKind for GateKind {
    const NAME: &'static str = "gate";
    type Params = GateParams;

    fn prepare(&self, params: GateParams) -> Result<Arc<dyn Step>, StepError> {
        let sink = self.labelling.sinks.get(&params.publish.output);
        let sink = sink.map_err(StepError::not_here)?;
        Ok(Arc::new(GateStep(Arc::new(Gate {
            labelling: self.labelling.clone(),
            output: params.publish.output.clone(),
            sink,
            publication: params.publish.publication(),
            thresholds: params.gate,
        }))))
    }
}

/// The gate of one task.
struct Gate {
    labelling: Labelling,
    /// Its name in the settings.
    output: String,
    sink: Sink,
    publication: Publication,
    thresholds: Thresholds,
}

struct GateStep(Arc<Gate>);

#[async_trait]
impl Step for GateStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan::of([json!({})]))
    }

    async fn open(&self, batch: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        Ok(Box::new(GateBatch {
            gate: Arc::clone(&self.0),
            context: batch.clone(),
        }))
    }

    /// To those who look at `state` a task that was not let through is one that was not published.
    async fn observe(&self, job: &StepContext, change: &JobChange) -> Result<(), StepError> {
        let JobChange::Failed { here: true, reason } = change else {
            return Ok(());
        };
        let change = StateChange::PublishingFailed {
            error_message: printable(reason).into_owned(),
        };
        let (sink, fence) = (self.0.sink.clone(), Fence::from(job));
        let shown = blocking(move || Ok(sink.change_state(&fence, &change)?));
        shown.await.map_err(|error| self.0.naming(error))
    }
}

impl Gate {
    /// Names the output that is away.
    fn naming(&self, error: StepError) -> StepError {
        error.naming(THE_OUTPUT, || format!("output `{}`", self.output))
    }
}

struct GateBatch {
    gate: Arc<Gate>,
    context: BatchContext,
}

#[async_trait]
impl Batch for GateBatch {
    /// What is stored decides, not what the batch was woken by: so a decision counts once, whenever its
    /// process dies.
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        let job = &self.context.job;
        let store = self.gate.labelling.tables();
        match store.gate(&job.job, job.generation).await? {
            Some(held) => self.settle(held).await,
            None => self.judge().await,
        }
    }
}

impl GateBatch {
    async fn judge(&self) -> Result<Slice, StepError> {
        let gate = &self.gate;
        let (sink, fence) = (gate.sink.clone(), Fence::from(&self.context.job));
        let (publication, cancel) = (gate.publication.clone(), self.context.cancel.clone());
        let measured =
            blocking(move || Ok(health::measure_held(&sink, &fence, &publication, &cancel)?));
        measured.await.map_err(|error| gate.naming(error))?;
        let health = gate.labelling.health(&self.context.job.job).await;
        let health = health.map_err(|error| gate.naming(step_error(error)))?;
        let report = health.as_ref().map(|health| &health.report);
        let lineage = gate.publication.lineage.as_ref();
        let set = lineage.map_or("", |lineage| lineage.rule_set.as_str());
        let id = &self.context.job.job;
        let reviewed = gate.labelling.reviewed(id, set, &gate.thresholds).await;
        let reviewed = reviewed.map_err(|error| gate.naming(review_error(error)))?;
        let judgement = Judgement::of(&gate.thresholds, report, &reviewed);
        let is_held = !judgement.breaches.is_empty();
        let row = self.row(&judgement, is_held)?;
        let until = Until::Either(row.expires_at);
        let held = HeldGate {
            notification: match is_held {
                true => self.noted(&judgement).await?,
                false => None,
            },
            gate: row,
        };
        let said = Said {
            output: Some(json!({ "gate": judgement })),
            rows: Some(SliceRows::of(held)),
            ..Progress::default().into()
        };
        Ok(match is_held {
            true => Slice::Park(said, until),
            false => Slice::Done(said),
        })
    }

    fn row(&self, judgement: &Judgement, is_held: bool) -> Result<rule_gate::Model, StepError> {
        let context = &self.context;
        let lineage = self.gate.publication.lineage.as_ref();
        let now = clock::now_micros();
        let hold = self.gate.thresholds.hold_micros();
        Ok(rule_gate::Model {
            job_id: context.job.job.clone(),
            generation: context.job.generation,
            step_no: context.step_no,
            batch_no: context.batch_no,
            rule_set: lineage.map_or_else(String::new, |lineage| lineage.rule_set.clone()),
            version: lineage.and_then(|lineage| lineage.version),
            judgement: serde_json::to_string(judgement).map_err(StepError::refused)?,
            held_at: now,
            expires_at: clock::steady::now_micros().saturating_add(hold),
            decision: (!is_held).then(|| PASSED.to_owned()),
            decided_at: (!is_held).then_some(now),
            decided_by: None,
            why: None,
        })
    }

    async fn noted(&self, judgement: &Judgement) -> Result<Option<NewNotification>, StepError> {
        let engine = self.gate.labelling.store();
        let id = &self.context.job.job;
        let job = engine.jobs().find(id).await?;
        let job = job.ok_or_else(|| StepError::refused("the job is not there any more"))?;
        let is_wanted = job.started_by.is_some() || engine.interest().wants(GATE_HELD, FLOW);
        Ok(is_wanted.then(|| NewNotification {
            kind: GATE_HELD,
            about: id.to_string(),
            flow: FLOW.to_owned(),
            name: job.title,
            started_by: job.started_by,
            data: json!({
                "state": "parked", "error": judgement.sentence(), "gate": judgement,
            }),
            ..NewNotification::default()
        }))
    }

    /// What follows for a task that was judged before.
    async fn settle(&self, gate: rule_gate::Model) -> Result<Slice, StepError> {
        let gate = match gate.decision {
            None if gate.expires_at <= clock::steady::now_micros() => self.expire(gate).await?,
            _ => gate,
        };
        let by = gate.decided_by.as_deref().unwrap_or("somebody");
        let why = gate.why.as_deref().unwrap_or_default();
        match gate.decision.as_deref() {
            None => Ok(Slice::Park(
                Progress::default().into(),
                Until::Either(gate.expires_at),
            )),
            Some(what) if what == PASSED || what == Decision::Approved.as_str() => {
                Ok(Slice::Done(Progress::default().into()))
            }
            Some(what) if what == Decision::Rejected.as_str() => {
                let reason = format!("rejected by {by} at the gate of its rules: {why}");
                // What people write does not belong into a log.
                Err(StepError::refused(reason).logged_as("rejected at the gate of its rules"))
            }
            Some(_) => {
                let breached = judgement(&gate).sentence();
                Err(StepError::refused(format!(
                    "nobody has approved it in time, which the gate of its rules wanted: {breached}"
                )))
            }
        }
    }

    async fn expire(&self, gate: rule_gate::Model) -> Result<rule_gate::Model, StepError> {
        let store = self.gate.labelling.tables();
        let now = clock::now_micros();
        let decided = store
            .expire_gate(&gate.job_id, gate.generation, now)
            .await?;
        // It is not there only if its job is being dropped, and undecided only if it is cancelled.
        decided
            .filter(|gate| gate.decision.is_some())
            .ok_or_else(StepError::stopped)
    }
}

/// What the engine makes of reviews that cannot be read.
fn review_error(error: ReviewError) -> StepError {
    match error {
        ReviewError::Store(error) => error.into(),
        ReviewError::Labelling(error) => step_error(error),
        other => StepError::retry(other.public_message()).caused_by(other),
    }
}

/// What the engine makes of an error of labelling.
fn step_error(error: LabellingError) -> StepError {
    match error {
        LabellingError::Store(error) => error.into(),
        LabellingError::Sink(error) => error.into(),
        LabellingError::Output { cause, .. } => (*cause).into(),
        other => StepError::retry(other.public_message()).caused_by(other),
    }
}
