//! Projects that callers upload. The store has their texts, so that all processes have them, also after
//! a restart; each has a directory of its own for what it makes, which stays when it is removed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use entity::pipeline_upload;
use tokio::sync::Mutex;
use tracing::{error, info};

use super::allowed::Allowed;
use super::error::PipelineError;
use super::file_fault::FileFault;
use super::known_project::KnownProject;
use super::outputs::ProjectDir;
use super::project::Fault;
use super::projects::{self, Projects, ReadProject};
use super::store::{Expected, PipelineStore, Upload};
use crate::engine::seam::{StepError, blocking};

/// The name of a project's file in its directory.
const FILE: &str = "project.yaml";

/// Clones share everything.
#[derive(Clone)]
pub(crate) struct Uploads(Arc<Inner>);

struct Inner {
    store: PipelineStore,
    projects: Arc<Projects>,
    allowed: Arc<Allowed>,
    /// Has a directory for each project.
    directory: PathBuf,
    is_allowed: bool,
    /// Versions that were looked at, by project. Who holds it changes the uploaded projects of this
    /// process.
    looked_at: Mutex<BTreeMap<String, String>>,
}

impl Uploads {
    pub(crate) fn below(
        directory: PathBuf,
        store: PipelineStore,
        projects: Arc<Projects>,
        allowed: Arc<Allowed>,
        is_allowed: bool,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            projects,
            allowed,
            directory,
            is_allowed,
            looked_at: Mutex::default(),
        }))
    }

    /// Whether the settings allow them.
    pub(crate) fn are_allowed(&self) -> bool {
        self.0.is_allowed
    }

    /// Uses this text from now on.
    pub(crate) async fn put(
        &self,
        name: &str,
        text: Vec<u8>,
        by: &str,
        expected: Expected,
    ) -> Result<Arc<KnownProject>, PipelineError> {
        let mut looked_at = self.0.looked_at.lock().await;
        self.check_origin(name)?;
        let known = self.read(name, text.clone()).await?;
        let known = known.map_err(|faults| {
            PipelineError::Faults(faults.iter().map(FileFault::shown).collect())
        })?;
        let upload = Upload {
            project: name.to_owned(),
            version: known.project.version.clone(),
            text: known.text.to_string(),
            by: by.to_owned(),
        };
        let version = upload.version.clone();
        if !self.0.store.put_upload(upload, expected).await? {
            return Err(PipelineError::Changed(name.to_owned()));
        }
        looked_at.insert(name.to_owned(), version);
        let known = self.use_it(name, known, text).await?;
        info!(project = name, "a project was uploaded");
        Ok(known)
    }

    /// Forgets a project; what it has made stays in its directory.
    pub(crate) async fn remove(&self, name: &str, expected: Expected) -> Result<(), PipelineError> {
        let mut looked_at = self.0.looked_at.lock().await;
        self.check_origin(name)?;
        let open = self.0.store.count_open_runs(name).await?;
        if open > 0 {
            return Err(PipelineError::InUse {
                project: name.to_owned(),
                open,
            });
        }
        if !self.0.store.remove_upload(name, expected).await? {
            return Err(PipelineError::Changed(name.to_owned()));
        }
        looked_at.remove(name);
        self.0.projects.remove(name);
        info!(project = name, "an uploaded project was removed");
        Ok(())
    }

    /// Takes over what other processes, or this one before its restart, have stored.
    pub(crate) async fn look(&self) -> Result<(), PipelineError> {
        let mut looked_at = self.0.looked_at.lock().await;
        let stored = self.0.store.uploads().await?;
        let names: BTreeSet<&str> = stored.iter().map(|one| one.project.as_str()).collect();
        for known in self.0.projects.all() {
            let name = known.project.name.as_str();
            if known.uploaded && !names.contains(name) {
                self.0.projects.remove(name);
                looked_at.remove(name);
            }
        }
        for upload in &stored {
            if looked_at.get(&upload.project) == Some(&upload.version) {
                continue;
            }
            if let Err(error) = self.take_over(upload).await? {
                error!(
                    project = upload.project,
                    error, "an uploaded project is not used"
                );
            }
            looked_at.insert(upload.project.clone(), upload.version.clone());
        }
        Ok(())
    }

    /// The inner error says why a project is not used.
    async fn take_over(
        &self,
        upload: &pipeline_upload::Model,
    ) -> Result<Result<(), String>, PipelineError> {
        let name = &upload.project;
        if let Err(error) = self.check_origin(name) {
            return Ok(Err(error.to_string()));
        }
        let Some(text) = self.0.store.version(name, &upload.version).await? else {
            return Ok(Err("its text is not there".to_owned()));
        };
        let text = text.into_bytes();
        match self.read(name, text.clone()).await? {
            Ok(known) => {
                self.use_it(name, known, text).await?;
                Ok(Ok(()))
            }
            Err(faults) => {
                let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
                Ok(Err(faults.join("; ")))
            }
        }
    }

    /// A project of a file of the settings is changed there.
    fn check_origin(&self, name: &str) -> Result<(), PipelineError> {
        match self.0.projects.find(name) {
            Some(known) if !known.uploaded => Err(PipelineError::OfSettings(name.to_owned())),
            _ => Ok(()),
        }
    }

    async fn read(&self, name: &str, text: Vec<u8>) -> Result<ReadProject, StepError> {
        let inner = Arc::clone(&self.0);
        let name = name.to_owned();
        blocking(move || {
            let place = inner.directory.join(&name);
            Ok(inner.read(&name, &place, &text))
        })
        .await
    }

    async fn use_it(
        &self,
        name: &str,
        known: KnownProject,
        text: Vec<u8>,
    ) -> Result<Arc<KnownProject>, PipelineError> {
        let place = self.0.directory.join(name);
        let written = blocking(move || Ok(write(&place, &text))).await?;
        written.map_err(PipelineError::Directory)?;
        Ok(self.0.projects.put(known))
    }
}

impl Inner {
    /// Its name has to be that in the path of the call, which names its directory.
    fn read(&self, name: &str, place: &Path, text: &[u8]) -> ReadProject {
        let file = place.join(FILE);
        let directory = ProjectDir::open(place).unwrap_or_else(|_| ProjectDir::planned(place));
        let around = (&directory, &BTreeMap::new());
        let project = projects::check_beside(&file, text, &self.allowed, &self.projects, around)?;
        if project.name != name {
            let problem = format!("expected {name}, as the project is called in the path");
            let fault = Fault {
                key: "project".to_owned(),
                ..Fault::of_file(&problem)
            };
            return Err(vec![FileFault::inside(&file, &fault)]);
        }
        let whole = |error: io::Error| {
            let problem = format!("its directory cannot be made: {error}");
            vec![FileFault::whole(&file, problem)]
        };
        fs::create_dir_all(place).map_err(whole)?;
        projects::uploaded(project, &file, text).map_err(whole)
    }
}

/// For people: the text stands in the store.
fn write(place: &Path, text: &[u8]) -> io::Result<()> {
    let beside = place.join(format!(".{FILE}.new"));
    fs::write(&beside, text)?;
    fs::rename(beside, place.join(FILE))
}
