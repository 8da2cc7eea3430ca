//! What a delivery of a forge does besides firing its trigger.

use std::sync::Arc;

use tracing::warn;

use super::known_project::KnownProject;
use super::pipelines::Pipelines;
use crate::telemetry::chain;

impl Pipelines {
    /// The triggers of a project from git may be others at the commit that was pushed. Nobody waits for
    /// that.
    pub(crate) fn use_newest_later(&self, known: Arc<KnownProject>) {
        if known.project.source.is_none() {
            return;
        }
        let commits = self.commits.clone();
        tokio::spawn(async move {
            if let Err(error) = commits.use_newest(&known).await {
                let project = &known.project.name;
                warn!(
                    project,
                    error = chain(&error),
                    "the newest commit is not used"
                );
            }
        });
    }
}
