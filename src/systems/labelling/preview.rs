//! What a labelling would do: everything is looked up as for a job, and nothing is written.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::compose::{Destination, label_params};
use super::{Labelling, LabellingError, LabellingRequest};
use crate::engine::seam::{Composed, Preview};
use crate::systems::labelling::label::LabelParams;
use crate::systems::labelling::posts::{ReadSpec, SliceLimits, Source, SourceError};

/// Rows that are counted; of more the source is asked for an estimate.
const ROWS_COUNTED: u64 = 1_000_000;
/// How long rows are counted.
const PATIENCE: Duration = Duration::from_secs(3);
const SLICE: SliceLimits = SliceLimits {
    rows: 10_000,
    bytes: 1 << 20,
};

/// How many rows a range holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct RowsFound {
    /// `None`: nobody knows without reading for long.
    rows: Option<u64>,
    is_exact: bool,
}

impl Labelling {
    /// Fails as a job with this request would be refused.
    pub async fn preview(&self, request: LabellingRequest) -> Result<Preview, LabellingError> {
        let (Composed { job, warnings }, destination) = self.look_up(request).await?;
        let params = label_params(&job)?;
        let groups = destination.groups().to_vec();
        destination.within_patience(Destination::look).await?;
        let mut request = job.request;
        if let Value::Object(members) = &mut request {
            // There is no task.
            members.shift_remove("task_id");
        }
        let found = self.count(&params).await?;
        Ok(Preview {
            queue: job.queue,
            found: json!({
                "rows": found.rows, "rows_are_exact": found.is_exact, "groups": groups,
                "labels": params.labels, "rules": request["rules"],
            }),
            request,
            warnings,
        })
    }

    /// One range at a time: whoever comes meanwhile is told nothing of rows.
    async fn count(&self, params: &LabelParams) -> Result<RowsFound, LabellingError> {
        let Ok(turn) = Arc::clone(&self.composing.to_count).try_acquire_owned() else {
            return Ok(RowsFound::default());
        };
        let source = self.sources.get(&params.source)?;
        let spec = params.read.clone();
        let counting = spawn_blocking(move || {
            let _turn = turn;
            count(&source, &spec)
        });
        // The plan of a range may take longer than the counting.
        let counted = match timeout(2 * PATIENCE, counting).await {
            Ok(counted) => counted.map_err(|_| LabellingError::ThreadLost)?,
            Err(_) => Ok(RowsFound::default()),
        };
        counted.map_err(|cause| LabellingError::Source {
            name: params.source.clone(),
            cause: Box::new(cause),
        })
    }
}

fn count(source: &Source, spec: &ReadSpec) -> Result<RowsFound, SourceError> {
    let began = Instant::now();
    let plan = source.plan(spec, 1)?;
    let estimate = RowsFound {
        rows: plan.rows_estimate,
        is_exact: false,
    };
    if plan.rows_estimate.is_some_and(|rows| rows > ROWS_COUNTED) {
        return Ok(estimate);
    }
    let (mut rows, mut scanned) = (0, 0);
    for portion in &plan.portions {
        let mut reader = source.open(spec, portion, None)?;
        loop {
            let slice = reader.read_slice(SLICE, &mut |_| {
                rows += 1;
                0
            })?;
            if slice.finished {
                break;
            }
            scanned += slice.rows_scanned;
            if scanned > ROWS_COUNTED || began.elapsed() > PATIENCE {
                return Ok(estimate);
            }
        }
    }
    Ok(RowsFound {
        rows: Some(rows),
        is_exact: true,
    })
}
