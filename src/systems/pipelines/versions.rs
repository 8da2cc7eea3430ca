//! Projects as they were when jobs were planned.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::known_project::KnownProject;
use super::project::{self, Project, Surroundings};
use super::projects::Projects;
use super::store::PipelineStore;
use crate::engine::seam::StepError;

/// Versions that are kept in memory.
const KEPT: usize = 64;

/// By project and version.
type ReadVersions = HashMap<(String, String), Arc<Project>>;

/// Clones share what has been read.
#[derive(Clone, Debug)]
pub(crate) struct Versions {
    projects: Arc<Projects>,
    store: PipelineStore,
    read: Arc<Mutex<ReadVersions>>,
}

impl Versions {
    pub(crate) fn new(projects: Arc<Projects>, store: PipelineStore) -> Self {
        Self {
            projects,
            store,
            read: Arc::default(),
        }
    }

    /// A project as it is now.
    pub(crate) fn known(&self, name: &str) -> Option<Arc<KnownProject>> {
        self.projects.find(name)
    }

    /// A project with the version of a job.
    pub(crate) async fn find(
        &self,
        name: &str,
        version: &str,
    ) -> Result<(Arc<KnownProject>, Arc<Project>), StepError> {
        let known = self.known(name).ok_or_else(|| {
            // Another process may have it, or this one after its settings have been mended.
            let sentence = format!("project {name} is not among those of this process");
            StepError::outage("the project", sentence)
        })?;
        if known.project.version == version {
            let project = Arc::clone(&known.project);
            return Ok((known, project));
        }
        let key = (name.to_owned(), version.to_owned());
        let read = self
            .read
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(project) = read {
            return Ok((known, project));
        }
        let text = self.store.version(name, version).await?.ok_or_else(|| {
            StepError::refused(format!(
                "this version of project {name} is not there any more"
            ))
        })?;
        let (project, _) =
            project::read(text.as_bytes(), Surroundings::default()).map_err(|_| {
                StepError::refused(format!("this version of project {name} has faults"))
            })?;
        let project = Arc::new(project);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.len() >= KEPT {
            read.clear();
        }
        read.insert(key, Arc::clone(&project));
        drop(read);
        Ok((known, project))
    }
}
