//! The flow `bulk`: its only step acts on many jobs.

use async_trait::async_trait;
use entity::{JobId, job};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{BulkKind, BulkParams, Tally};
use crate::engine::seam::{
    AnyFlow, Composing, FlowDescription, FlowExamples, NewRun, StepKind, SystemError,
};
use crate::engine::store::{NewJob, Store, StoreError};
use crate::engine::{Flow, FlowError, FlowStep};

/// What is read of a checkpoint.
#[derive(Deserialize)]
struct Reached {
    tally: Tally,
}

/// Its runs, as far as they are shown.
pub struct BulkFlow(pub Store);

impl BulkFlow {
    /// As its jobs carry it.
    pub const NAME: &'static str = "bulk";

    /// A run of it, which takes precedence over all others. Its request is what is shown of it.
    pub fn job(params: &BulkParams, queue: String, request: Value) -> Result<NewJob, FlowError> {
        let flow = Flow {
            name: Self::NAME.to_owned(),
            steps: vec![FlowStep {
                name: params.action.as_str().to_owned(),
                kind: BulkKind::NAME.to_owned(),
                params: json!(params),
                after: vec![],
                delay_s: 0,
            }],
        };
        let mut job = flow.into_job(JobId::new(), queue, request, None, vec![])?;
        let unit = if params.matched == 1 { "job" } else { "jobs" };
        let action = params.action.as_str();
        job.title = Some(format!("{action} {} {unit}", params.matched));
        job.subject = Some(params.action.as_str().to_owned());
        job.started_by = Some(params.behalf.who.clone());
        job.priority = i32::MAX;
        job.is_urgent = true;
        Ok(job)
    }

    /// What has become of the jobs so far.
    async fn tally(&self, id: &JobId) -> Result<Tally, StoreError> {
        let steps = self.0.steps().of(id).await?;
        let output = steps.into_iter().find_map(|step| step.output);
        if let Some(tally) = output.and_then(|output| serde_json::from_str(&output).ok()) {
            return Ok(tally);
        }
        let batches = self.0.batches().under_way(id).await?;
        let mut reached = batches.into_iter().filter_map(|batch| {
            let reached: Reached = serde_json::from_str(&batch.checkpoint?).ok()?;
            Some(reached.tally)
        });
        Ok(reached.next().unwrap_or_default())
    }
}

#[async_trait]
impl AnyFlow for BulkFlow {
    fn description(&self) -> FlowDescription {
        FlowDescription {
            name: Self::NAME,
            member: None,
            uses: None,
            parked_for: None,
            summary: "Cancel or rerun many jobs; started by POST /v1/jobs/bulk.",
            request: json!({
                "title": "BulkAction",
                "description": "As its job shows it; the call has a schema of its own.",
                "type": "object",
                "properties": {
                    "action": { "type": "string", "enum": ["cancel", "rerun"] },
                    "matched": { "type": "integer", "description": "How many jobs there were." },
                    "jobs": {
                        "type": ["integer", "object"],
                        "description": "How many were named, or the filters.",
                    },
                },
            }),
            check: |_| Err(own_call_only()),
            view: None,
            examples: FlowExamples::default(),
        }
    }

    fn compose(&self, _: Value, _: NewRun) -> Result<Composing, SystemError> {
        Err(own_call_only())
    }

    async fn view(&self, job: &job::Model) -> Option<Value> {
        let tally = self.tally(&job.id).await.ok()?;
        Some(json!({ "done": tally.done, "refused": tally.refused }))
    }

    async fn result(&self, job: &job::Model) -> Result<Value, SystemError> {
        let tally = self.tally(&job.id).await.map_err(SystemError::of)?;
        Ok(json!(tally))
    }

    fn refuses_again(&self, job: &job::Model) -> Option<String> {
        Some(format!(
            "job {} has acted on other jobs and is not started again; POST /v1/jobs/bulk starts another",
            job.id
        ))
    }
}

/// Only there it is known for whom it is done.
fn own_call_only() -> SystemError {
    SystemError::Misfit {
        place: String::new(),
        reason: "a bulk action is started by POST /v1/jobs/bulk".to_owned(),
    }
}
