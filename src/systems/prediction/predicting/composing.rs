//! From a request to a job: the version is fixed, and everything that it names is looked at before anything is
//! stored.

use serde_json::json;

use super::error::PredictionsError;
use super::kind::PredictKind;
use super::params::PredictParams;
use super::predictions::{Looked, Predictions};
use super::request::PredictionRequest;
use super::{FLOW, QUEUE};
use crate::engine::seam::{Composed, NewRun, Preview, StepKind, blocking};
use crate::engine::{Flow, FlowStep};
use crate::tables::RowCount;

/// The name of the only step.
const STEP: &str = "predict";

impl Predictions {
    /// A job that scores a table.
    pub(super) async fn compose(
        &self,
        request: PredictionRequest,
        run: NewRun,
    ) -> Result<Composed, PredictionsError> {
        let Looked {
            params, understood, ..
        } = self.look(request).await?;
        let flow = Flow {
            name: FLOW.to_owned(),
            steps: vec![FlowStep {
                name: STEP.to_owned(),
                kind: PredictKind::NAME.to_owned(),
                params: serde_json::to_value(&params)?,
                after: vec![],
                delay_s: 0,
            }],
        };
        let queue = run.queue.unwrap_or_else(|| QUEUE.to_owned());
        let id = run.id.unwrap_or_default();
        let key = run.idempotency_key;
        let mut job = flow.into_job(id, queue, understood, key, Vec::new())?;
        let PredictParams { model, version, .. } = &params;
        job.title = Some(format!("{model}:{version} → {}", params.result.into));
        job.subject = Some(format!("{model} → {}", params.result.into));
        Ok(Composed {
            job,
            warnings: Vec::new(),
        })
    }

    /// What the job would do, with the rows that there are now.
    pub(super) async fn preview(
        &self,
        request: PredictionRequest,
        run: NewRun,
    ) -> Result<Preview, PredictionsError> {
        let Looked {
            params,
            understood,
            is_there,
        } = self.look(request).await?;
        let table = params.table.name.clone();
        let places = self.places.clone();
        let counted = blocking(move || {
            let source = places.open(&params.from);
            Ok(source.map(|source| source.count_whole(&params.table)))
        });
        let count = counted.await.map_err(PredictionsError::ThreadLost)???;
        Ok(Preview {
            queue: run.queue.unwrap_or_else(|| QUEUE.to_owned()),
            request: understood,
            warnings: left_out(&count, &table).into_iter().collect(),
            found: json!({
                "rows": count.rows, "without_key": count.without_key,
                "into_is_there": is_there,
            }),
        })
    }
}

/// What people should know of rows that have no key.
pub(super) fn left_out(count: &RowCount, table: &str) -> Option<String> {
    let rows = match count.without_key {
        0 => return None,
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    };
    Some(format!(
        "{rows} of `{table}` without a key or malformed are left out"
    ))
}
