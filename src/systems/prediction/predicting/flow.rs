//! The flow `prediction`, as others know it by name.

use async_trait::async_trait;
use entity::{job, prediction};
use serde_json::{Value, json};
use tracing::warn;

use super::error::PredictionsError;
use super::predictions::Predictions;
use super::request;
use super::{FLOW, USES};
use crate::clock;
use crate::engine::seam::{
    AnyFlow, Choice, Composing, FlowDescription, FlowExamples, NewRun, Previewing, ResultRows,
    SystemError,
};
use crate::telemetry::chain;

/// A table is scored by a model.
pub(crate) struct PredictionFlow(pub Predictions);

impl PredictionFlow {
    pub(crate) fn describe() -> FlowDescription {
        FlowDescription {
            name: FLOW,
            member: Some(FLOW),
            uses: Some(USES),
            parked_for: None,
            summary: "Score the rows of a table by a model.",
            request: request::schema(),
            check: |request| request::read(request.clone()).map(drop),
            view: Some(view_schema()),
            examples: examples(),
        }
    }
}

#[async_trait]
impl AnyFlow for PredictionFlow {
    fn description(&self) -> FlowDescription {
        Self::describe()
    }

    fn choices(&self) -> Vec<Choice> {
        let choice = |member, values: Vec<String>| Choice {
            member,
            values,
            usual: None,
        };
        let places = &self.0.places;
        vec![
            choice("source", places.sources().cloned().collect()),
            choice("output", places.outputs().cloned().collect()),
        ]
    }

    fn compose(&self, request: Value, run: NewRun) -> Result<Composing, SystemError> {
        let request = request::read(request)?;
        let predictions = self.0.clone();
        Ok(Box::pin(async move {
            let composed = predictions.compose(request, run).await;
            composed.map_err(SystemError::of)
        }))
    }

    fn preview(&self, request: Value, run: NewRun) -> Result<Previewing, SystemError> {
        let request = request::read(request)?;
        let predictions = self.0.clone();
        Ok(Box::pin(async move {
            let preview = predictions.preview(request, run).await;
            preview.map_err(SystemError::of)
        }))
    }

    /// Missing while the store is away.
    async fn view(&self, job: &job::Model) -> Option<Value> {
        match self.result(job).await {
            Ok(Value::Null) => None,
            Ok(result) => Some(result),
            Err(error) => {
                warn!(job.id = %job.id, error = chain(&error), "shown without its figures");
                None
            }
        }
    }

    async fn result(&self, job: &job::Model) -> Result<Value, SystemError> {
        let found = self.0.store.predictions_of_job(&job.id).await;
        let found = found.map_err(SystemError::of)?;
        Ok(found.first().map_or(Value::Null, summary))
    }

    async fn result_rows(&self, job: &job::Model) -> Result<Option<ResultRows>, SystemError> {
        let found = self.0.store.predictions_of_job(&job.id).await;
        let found = found.map_err(SystemError::of)?;
        match found.into_iter().next() {
            Some(prediction) => {
                let rows = self.0.result_rows(&prediction).await;
                rows.map(Some)
            }
            None if job.flow == FLOW => {
                let error = PredictionsError::NotBegun(job.id.to_string());
                Err(SystemError::of(error))
            }
            None => Ok(None),
        }
    }
}

/// What later steps, and callers who look at the job, find.
pub(super) fn summary(prediction: &prediction::Model) -> Value {
    json!({
        "model": prediction.model, "model_version": prediction.model_version,
        "table": prediction.from_table, "into": prediction.into_table, "output": prediction.output,
        "scored": prediction.rows_scored, "failed": prediction.rows_failed,
        "left_out": prediction.rows_left_out,
        "finished_at": prediction.finished_at.map(clock::rfc3339),
    })
}

fn view_schema() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let maybe =
        |description: &str| json!({ "type": ["string", "null"], "description": description });
    let count =
        |description: &str| json!({ "type": "integer", "minimum": 0, "description": description });
    json!({
        "title": "PredictionFigures",
        "description": "What a prediction job has written.",
        "type": "object",
        "properties": {
            "model": text("Name of the model."),
            "model_version": count("Its version, which was fixed when the job was submitted."),
            "table": text("Table that is read."),
            "into": text("Table that predictions are written to."),
            "output": maybe("Where that is, by its name in the settings."),
            "scored": count("Rows that were written so far."),
            "failed": count("Those among them that have an error instead of a prediction."),
            "left_out": count("Rows without a key of their own."),
            "finished_at": maybe("When the last row was written."),
        },
        "required": [
            "model", "model_version", "table", "into", "output", "scored", "failed", "left_out",
            "finished_at",
        ],
        "additionalProperties": false,
    })
}

const JOB_ID: &str = "3f0c8a1e5d5b4c0e9a3d1f1f6f6f1c2d";

fn examples() -> FlowExamples {
    let request = json!({
        "model": "churn", "from": { "source": "crm", "table": "customers" }, "key": "id",
        "columns": { "age": "age_years" }, "keep": ["name"], "into": "churn_scores",
    });
    let understood = json!({
        "model": "churn", "model_version": 3,
        "from": { "source": "crm", "table": "customers" }, "key": "id",
        "columns": { "age": "age_years" }, "keep": ["name"], "into": "churn_scores",
        "output": null,
    });
    FlowExamples {
        bodies: json!({
            "a table of a source": { "prediction": request },
        }),
        refused: json!({
            "a model that is unknown": "model: there is no model chrun; known: churn",
            "a column that is unknown":
                "columns.age: table `customers` has no column `age`; known: id, age_years, name",
        }),
        unavailable: "from: Table `customers` cannot be read at the moment.",
        queued: example_job(&understood, "queued", 0),
        running: example_job(&understood, "running", 400_000),
    }
}

/// A job as `/v1/jobs/{job_id}` shows it.
fn example_job(request: &Value, state: &str, rows: u64) -> Value {
    let runs = rows > 0;
    let when_it_runs = |value: Value| if runs { value } else { Value::Null };
    let refused =
        |reason: String| json!({ "allowed": false, "reason": reason, "required_role": null });
    let needs = |what: &str| {
        refused(format!(
            "job {JOB_ID} is in state {state}; this needs {what} job"
        ))
    };
    let remove =
        format!("job {JOB_ID} is {state}; only an ended job can be removed: cancel it first");
    let total = u32::from(runs);
    let step = json!({
        "name": "predict", "kind": "predict", "state": if runs { "running" } else { "pending" },
        "batches_done": 0, "batches_total": total, "rows": rows,
        "rows_per_s": if runs { 100_000.0 } else { 0.0 },
        "fraction": when_it_runs(json!(0.4)), "notes": [], "error": null,
    });
    json!({
        "id": JOB_ID, "flow": FLOW, "queue": "predictions", "state": state,
        "created_at": "2026-11-30T01:00:00.000Z",
        "started_at": when_it_runs(json!("2026-11-30T01:00:00.040Z")),
        "ended_at": null, "waiting": null, "error": null, "cancel_requested": false,
        "trace_id": JOB_ID, "started_by": "anna", "usual_s": 12.5, "request": request,
        "steps": [step], "rows": rows, "rows_per_s": if runs { 100_000.0 } else { 0.0 },
        "eta_s": when_it_runs(json!(6)), "attempts": [], "last_error": null,
        "figures": when_it_runs(json!({
            "model": "churn", "model_version": 3, "table": "customers", "into": "churn_scores",
            "output": null, "scored": rows, "failed": 2, "left_out": 0, "finished_at": null,
        })),
        "can": {
            "cancel": { "allowed": true, "reason": null, "required_role": null },
            "resume": needs("a failed or cancelled"), "rerun": needs("an ended"),
            "remove": refused(remove),
        },
    })
}
