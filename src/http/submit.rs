//! Hands a labelling request to the engine, in the same way for both APIs.

use entity::JobId;
use serde_json::{Value, json};
use tracing::warn;

use super::Services;
use crate::engine::store::Submitted;
use crate::systems::labelling::{LabellingError, LabellingRequest};
use crate::telemetry::chain;

/// Where the digest of the body stands in a job's request; not shown.
pub(crate) const BODY_DIGEST: &str = "body_digest";

/// A request that became a job.
pub(crate) struct Accepted {
    pub job: JobId,
    /// The request as it was understood.
    pub understood: Value,
}

impl Services {
    /// Checks a request, stores its job and shows the task in `state`.
    pub async fn submit(
        &self,
        request: LabellingRequest,
        body_digest: &str,
    ) -> Result<Accepted, LabellingError> {
        let mut composed = self.labelling.compose(request).await?;
        if !composed.warnings.is_empty() {
            composed.understood["warnings"] = json!(composed.warnings);
        }
        composed.job.request = composed.understood.clone();
        composed.job.request[BODY_DIGEST] = json!(body_digest);
        let job = match self.runtime.submit(composed.job.clone()).await? {
            Submitted::Existing(job) => job,
            Submitted::New(job) => {
                // The job is safe by now, and shows itself in `state` when it begins.
                if let Err(error) = self.labelling.announce(&composed).await {
                    warn!(job.id = %job, error = chain(&error), "not announced");
                }
                job
            }
        };
        Ok(Accepted {
            job,
            understood: composed.understood,
        })
    }
}
