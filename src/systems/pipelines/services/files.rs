//! Reads project files again when they have changed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Mutex, watch};
use tokio::time::sleep;
use tracing::{error, info};

use crate::engine::seam::{Service, ServiceContext, StepError, blocking};
use crate::systems::pipelines::error::PipelineError;
use crate::systems::pipelines::projects::{self, ProjectFile, Projects};
use crate::systems::pipelines::store::PipelineStore;
use crate::systems::pipelines::uploads::Uploads;

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The service. Each content that was read becomes a version.
pub(crate) struct FileWatch {
    pub store: PipelineStore,
    pub uploads: Uploads,
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
        let mut kept = BTreeMap::new();
        while !with.stop.is_cancelled() {
            self.look().await?;
            self.look_at_uploads().await?;
            self.keep_versions(&mut kept).await?;
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
    async fn look_at_uploads(&self) -> Result<(), StepError> {
        match self.uploads.look().await {
            Ok(()) => Ok(()),
            // They are looked at again.
            Err(PipelineError::Store(error)) if error.is_transient() => Ok(()),
            Err(PipelineError::Store(error)) => Err(error.into()),
            Err(error) => Err(StepError::retry(error.to_string())),
        }
    }

    /// `kept` are the versions that are stored already, by project.
    async fn keep_versions(&self, kept: &mut BTreeMap<String, String>) -> Result<(), StepError> {
        for known in self.projects.all() {
            let (name, version) = (&known.project.name, &known.project.version);
            if kept.get(name) == Some(version) {
                continue;
            }
            match self.store.keep_version(name, version, &known.text).await {
                Ok(()) => drop(kept.insert(name.clone(), version.clone())),
                // It is stored at the next look, or with the first run of it.
                Err(error) if error.is_transient() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

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
