//! The job whose published rows a caller asks for.

use entity::{HistoryState, JobId, job};

use crate::http::Who;
use crate::http::error::Failure;
use crate::http::v1::views::{job_id, no_job};
use crate::systems::labelling::Labelling;

/// The id of a labelling job that has published.
pub(super) async fn published(
    labelling: &Labelling,
    who: &Who,
    text: &str,
) -> Result<JobId, Failure> {
    let id = job_id(text)?;
    let Some(view) = labelling.view(&id).await? else {
        // Of a task of the original program there are only rows, whatever its status says. It is of no
        // queue.
        let adopted = match who.scope().is_limited() {
            true => None,
            false => labelling.adopted(&id).await?,
        };
        if adopted.is_some() {
            return Ok(id);
        }
        let found = labelling.store().jobs().find(&id).await?;
        let found = found.filter(|job| job.history != HistoryState::Dropping);
        return Err(found.map_or_else(|| no_job(&id), |job| of_another_flow(&job)));
    };
    if view.published {
        return Ok(id);
    }
    let state = view.job.state.as_str();
    Err(Failure::conflict(format!(
        "job {id} has not published anything yet; it is {state}"
    )))
}

/// Who looks for a result here has a job, and wants to know where its result is.
fn of_another_flow(job: &job::Model) -> Failure {
    let (id, flow) = (&job.id, &job.flow);
    Failure::conflict(format!(
        "job {id} is one of flow `{flow}`, which publishes no rows of a result; see GET /v1/jobs/{id}"
    ))
}
