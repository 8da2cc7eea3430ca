//! Projects whose files come from git: as a commit has them, and as the newest commit without faults does.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use tracing::{error, info, warn};

use super::allowed::Allowed;
use super::error::PipelineError;
use super::file_fault::FileFault;
use super::git::{GitError, Repositories};
use super::known_project::KnownProject;
use super::project::{FILE_MAX, Fault, Source};
use super::projects::{self, Projects};
use crate::engine::seam::blocking;
use crate::telemetry::chain;
use crate::webhooks::CommitId;

/// Commits with faults that are passed over.
const PASSED_OVER_MAX: usize = 50;

/// Projects at commits that are kept in memory.
const KEPT: usize = 128;

/// How long a caller waits for what is new; after that the commit that is known is good enough.
const PATIENCE: Duration = Duration::from_secs(10);

/// Clones share everything.
#[derive(Clone)]
pub(crate) struct Commits(Arc<Inner>);

struct Inner {
    repositories: Repositories,
    projects: Arc<Projects>,
    allowed: Arc<Allowed>,
    /// By the file that names the source, and the commit. What a commit holds does not change.
    read: Mutex<HashMap<(String, CommitId), Arc<KnownProject>>>,
}

impl Commits {
    pub(crate) fn new(
        repositories: Repositories,
        projects: Arc<Projects>,
        allowed: Arc<Allowed>,
    ) -> Self {
        Self(Arc::new(Inner {
            repositories,
            projects,
            allowed,
            read: Mutex::default(),
        }))
    }

    pub(crate) fn repositories(&self) -> &Repositories {
        &self.0.repositories
    }

    /// The project as a commit has it, which is fetched if it is not there.
    pub(crate) async fn at(
        &self,
        known: &KnownProject,
        commit: &CommitId,
    ) -> Result<Arc<KnownProject>, PipelineError> {
        let source = source_of(known)?;
        let key = (format!("{} {:?}", known.given, known.env), commit.clone());
        if let Some(read) = self.kept().get(&key) {
            return Ok(Arc::clone(read));
        }
        let (git, path) = (&source.git, &source.path);
        let file = self.0.repositories.file(git, commit, path, FILE_MAX as u64);
        let text = file.await?;
        let read = Arc::new(self.read(known, source, commit, text).await?);
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&read));
        Ok(read)
    }

    async fn read(
        &self,
        known: &KnownProject,
        source: &Source,
        commit: &CommitId,
        text: Vec<u8>,
    ) -> Result<KnownProject, PipelineError> {
        let inner = Arc::clone(&self.0);
        let path = PathBuf::from(format!("{}@{commit}", source.path));
        let (name, known, id) = (known.project.name.clone(), known.clone(), commit.clone());
        let read = blocking(move || {
            let around = (&*known.directory, &known.env);
            let project =
                projects::check_beside(&path, &text, &inner.allowed, &inner.projects, around);
            Ok(project.and_then(|project| match project.name == name {
                true => Ok(known.at(&id, project, &text)),
                false => Err(vec![other_name(&path, &name)]),
            }))
        });
        read.await?.map_err(|faults| PipelineError::CommitFaults {
            commit: commit.clone(),
            faults,
        })
    }

    /// The project as the newest commit without faults has it. Without `poll` that is looked for now.
    pub(crate) async fn current(
        &self,
        known: &Arc<KnownProject>,
    ) -> Result<Arc<KnownProject>, PipelineError> {
        let source = source_of(known)?;
        if known.project.commit.is_some() && source.poll.is_some() {
            return Ok(Arc::clone(known));
        }
        let followed = match timeout(PATIENCE, self.follow(known)).await {
            Ok(followed) => followed,
            Err(_) => Err(GitError::Silent {
                address: source.git.clone(),
                after: PATIENCE,
            }
            .into()),
        };
        match followed {
            Err(error) if known.project.commit.is_some() => {
                warn!(
                    project = known.project.name,
                    error = chain(&error),
                    "the commit that was fetched before is used"
                );
                Ok(Arc::clone(known))
            }
            followed => followed,
        }
    }

    /// Fetches what is new, and uses the newest commit without faults from now on.
    pub(crate) async fn follow(
        &self,
        known: &Arc<KnownProject>,
    ) -> Result<Arc<KnownProject>, PipelineError> {
        self.0.repositories.fetch(&source_of(known)?.git).await?;
        self.use_newest(known).await
    }

    /// The same of what has been fetched.
    pub(crate) async fn use_newest(
        &self,
        known: &Arc<KnownProject>,
    ) -> Result<Arc<KnownProject>, PipelineError> {
        let source = source_of(known)?;
        let repositories = &self.0.repositories;
        let newest = repositories.resolve(&source.git, &source.r#ref).await?;
        if known.project.commit.as_ref() == Some(&newest) && known.faults.is_empty() {
            return Ok(Arc::clone(known));
        }
        let name = &known.project.name;
        let mut first_fault = match self.at(known, &newest).await {
            Ok(found) => return Ok(self.adopt(found, Vec::new())),
            Err(error) => error,
        };
        let faults = match &mut first_fault {
            PipelineError::CommitFaults { faults, .. } => faults.clone(),
            PipelineError::Git(error) if !error.is_transient() => {
                vec![FileFault::whole(Path::new(&source.path), error.to_string())]
            }
            _ => return Err(first_fault),
        };
        if known.faults != faults {
            for fault in &faults {
                error!(project = name, %fault, "a commit has a fault; the commit before stays");
            }
        }
        let ancestors = repositories
            .ancestors(&source.git, &newest, PASSED_OVER_MAX)
            .await?;
        for commit in ancestors.iter().skip(1) {
            match self.at(known, commit).await {
                Ok(found) => return Ok(self.adopt(found, faults)),
                Err(PipelineError::CommitFaults { .. }) => {}
                Err(PipelineError::Git(error)) if !error.is_transient() => {}
                Err(error) => return Err(error),
            }
        }
        self.0.projects.blame(name, faults);
        match known.project.commit {
            Some(_) => Ok(Arc::clone(known)),
            None => Err(first_fault),
        }
    }

    fn adopt(&self, found: Arc<KnownProject>, faults: Vec<FileFault>) -> Arc<KnownProject> {
        let project = &found.project;
        let before = self.0.projects.find(&project.name);
        if before.is_none_or(|before| before.project.commit != project.commit) {
            let commit = project.commit.as_ref().map(CommitId::as_str);
            info!(
                project = project.name,
                commit.id = commit,
                "a commit is used from now on"
            );
        }
        self.0.projects.adopt(&found, faults);
        found
    }

    /// The directory of the project file in the files of a commit, where its commands run.
    pub(crate) async fn directory(
        &self,
        source: &Source,
        commit: &CommitId,
    ) -> Result<PathBuf, GitError> {
        let checkout = self.0.repositories.checkout(&source.git, commit).await?;
        Ok(checkout.join(source.directory()))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<(String, CommitId), Arc<KnownProject>>> {
        self.0.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn source_of(known: &KnownProject) -> Result<&Source, PipelineError> {
    let source = known.project.source.as_ref();
    source.ok_or_else(|| PipelineError::NoSource(known.project.name.clone()))
}

fn other_name(path: &Path, name: &str) -> FileFault {
    let problem = format!("expected {name}, as in the file that the server was given");
    let fault = Fault {
        key: "project".to_owned(),
        ..Fault::of_file(&problem)
    };
    FileFault::inside(path, &fault)
}
