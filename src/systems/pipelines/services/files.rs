//! Reads project files again when they have changed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Mutex, watch};
use tokio::time::sleep;
use tracing::{error, info};

use crate::engine::seam::{Service, ServiceContext, StepError, blocking};
use crate::systems::pipelines::projects::{self, ProjectFile, Projects};

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The service.
pub(crate) struct FileWatch {
    pub files: Arc<Mutex<Vec<ProjectFile>>>,
    pub projects: Arc<Projects>,
    /// Somebody asks that all files are read.
    pub read_again: watch::Receiver<()>,
}

#[async_trait]
impl Service for FileWatch {
    fn name(&self) -> &'static str {
        "project_files"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let mut read_again = self.read_again.clone();
        while !with.stop.is_cancelled() {
            self.look().await?;
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(LOOK_EVERY) => {}
                Ok(()) = read_again.changed() => {
                    let mut files = self.files.lock().await;
                    files.iter_mut().for_each(ProjectFile::read_again);
                }
            }
        }
        Ok(())
    }
}

impl FileWatch {
    async fn look(&self) -> Result<(), StepError> {
        let files = Arc::clone(&self.files);
        let projects = Arc::clone(&self.projects);
        blocking(move || {
            for looked in projects::look_at_all(&mut files.blocking_lock(), &projects) {
                if let Some(project) = looked.project {
                    info!(project, "a project file has been read");
                }
                for fault in looked.faults {
                    error!(
                        %fault,
                        "a project file has a fault; the version before stays"
                    );
                }
            }
            Ok(())
        })
        .await
    }
}
