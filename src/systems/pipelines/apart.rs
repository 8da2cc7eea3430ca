//! Planning on a thread of its own: a plan of 100,000 instances keeps a processor busy for a while, and
//! other calls are answered meanwhile.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::composing::Origin;
use super::error::PipelineError;
use super::known_project::KnownProject;
use super::pipelines::{Pipelines, StartedRun};
use super::plan_view::PlanView;
use super::request::RunRequest;
use crate::engine::seam::blocking;
use crate::engine::store::audit;

/// Plans that are made at the same time; others wait.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

impl Pipelines {
    pub(crate) async fn plan_apart(
        &self,
        known: Arc<KnownProject>,
        request: RunRequest,
    ) -> Result<PlanView, PipelineError> {
        let pipelines = self.clone();
        apart(async move {
            let plan = pipelines.plan(&known, &request).await?;
            Ok(PlanView::of(&plan))
        })
        .await
    }

    pub(crate) async fn start_apart(
        &self,
        known: Arc<KnownProject>,
        request: RunRequest,
        origin: Origin,
    ) -> Result<StartedRun, PipelineError> {
        let pipelines = self.clone();
        apart(async move { pipelines.start(&known, &request, origin).await }).await
    }
}

async fn apart<T: Send + 'static>(
    work: impl Future<Output = Result<T, PipelineError>> + Send + 'static,
) -> Result<T, PipelineError> {
    let turn = AT_ONCE.acquire().await;
    // What is stored there belongs to the call that is worked on here.
    let work = audit::carried(work);
    let runtime = Handle::current();
    let done = blocking(move || Ok(runtime.block_on(work))).await;
    drop(turn);
    done?
}
