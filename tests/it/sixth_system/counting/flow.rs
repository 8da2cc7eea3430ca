//! The flow `counting`: one step.

use async_trait::async_trait;
use audience::engine::seam::{
    AnyFlow, Composed, Composing, FlowDescription, FlowExamples, NewRun, StepKind, SystemError,
};
use audience::engine::store::Store;
use audience::engine::{Flow, FlowStep};
use entity::job;
use serde_json::{Value, json};

use super::checked;
use super::kind::{CountKind, CountParams};

const NAME: &str = "counting";
const STEP: &str = "count";

pub(super) struct CountingFlow {
    pub most: u64,
    pub store: Store,
}

pub(super) fn describe() -> FlowDescription {
    FlowDescription {
        name: NAME,
        member: Some(NAME),
        uses: Some("count"),
        parked_for: None,
        summary: "Count.",
        request: json!({
            "title": "Counting",
            "description": "How far to count.",
            "type": "object",
            "properties": { "to": { "type": "integer" } },
            "required": ["to"],
        }),
        check: |_| Ok(()),
        view: None,
        examples: FlowExamples::default(),
    }
}

#[async_trait]
impl AnyFlow for CountingFlow {
    fn description(&self) -> FlowDescription {
        describe()
    }

    fn compose(&self, request: Value, run: NewRun) -> Result<Composing, SystemError> {
        let misfit = |place: &str, reason: String| SystemError::Misfit {
            place: place.to_owned(),
            reason,
        };
        let params: CountParams = serde_json::from_value(request.clone())
            .map_err(|error| misfit("", error.to_string()))?;
        checked(params.to, self.most).map_err(|reason| misfit("to", reason))?;
        Ok(Box::pin(async move {
            let flow = Flow {
                name: NAME.to_owned(),
                steps: vec![FlowStep {
                    name: STEP.to_owned(),
                    kind: CountKind::NAME.to_owned(),
                    params: request.clone(),
                    after: vec![],
                    delay_s: 0,
                }],
            };
            let queue = run.queue.unwrap_or_else(|| NAME.to_owned());
            let id = run.id.unwrap_or_default();
            let job = flow
                .into_job(id, queue, request, run.idempotency_key, vec![])
                .map_err(|error| misfit("", error.to_string()))?;
            let warnings = Vec::new();
            Ok(Composed { job, warnings })
        }))
    }

    async fn view(&self, job: &job::Model) -> Option<Value> {
        self.result(job).await.ok()
    }

    async fn result(&self, job: &job::Model) -> Result<Value, SystemError> {
        let steps = self.store.steps().of(&job.id).await;
        let steps = steps.map_err(SystemError::of)?;
        let output = steps.into_iter().next().and_then(|step| step.output);
        Ok(output
            .and_then(|output| serde_json::from_str(&output).ok())
            .unwrap_or_default())
    }
}
