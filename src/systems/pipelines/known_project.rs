//! A project that this process knows, with its place.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::file_fault::FileFault;
use super::looking::LookAt;
use super::outputs::{ProjectDir, ResolvedOutput};
use super::planner_io::named;
use super::planning::{InstanceScope, PlanProject, Question};
use super::project::Project;
use crate::webhooks::CommitId;

/// A project with its place.
#[derive(Clone, Debug)]
pub(crate) struct KnownProject {
    pub project: Arc<Project>,
    /// The text that it was read from.
    pub text: Arc<str>,
    /// Paths in the file begin here.
    pub directory: Arc<ProjectDir>,
    pub file: PathBuf,
    /// Takes precedence over `env` of the file.
    pub env: BTreeMap<String, String>,
    /// Digest of the file that this server was given. That of a commit takes its place where it names a
    /// source.
    pub given: String,
    /// Whether it was uploaded, and is none of the settings.
    pub uploaded: bool,
    /// What is wrong with the file as it is now; the version before stays.
    pub faults: Vec<FileFault>,
    /// What is allowed in the file, but seldom meant.
    pub warnings: Vec<FileFault>,
}

impl KnownProject {
    /// The same with the project of a commit, as its file says.
    pub(crate) fn at(&self, commit: &CommitId, project: Project, text: &[u8]) -> Self {
        let env = self.env.iter();
        let project = project.with_env(env.map(|(name, text)| (name.as_str(), text.as_str())));
        let project = match &self.project.source {
            Some(source) => project.at_commit(commit, source),
            None => project,
        };
        Self {
            project: Arc::new(project),
            text: String::from_utf8_lossy(text).into(),
            faults: Vec::new(),
            warnings: Vec::new(),
            ..self.clone()
        }
    }

    /// As if its file named no source.
    pub(crate) fn without_source(mut self) -> Self {
        if self.project.source.is_some() {
            Arc::make_mut(&mut self.project).source = None;
        }
        self
    }

    /// A file that was read again, with the commit that was read before if it names the same source.
    pub(crate) fn continued(mut self, before: &Self) -> Self {
        let (Some(source), Some(commit), Some(known)) = (
            &self.project.source,
            &before.project.commit,
            &before.project.source,
        ) else {
            return self;
        };
        if self.project.is_to_be_fetched() && source.has_same_files(known) {
            let project = Project::clone(&before.project).at_commit(commit, source);
            let env = self.env.iter();
            let project = project.with_env(env.map(|(name, text)| (name.as_str(), text.as_str())));
            self.project = Arc::new(project);
            self.text = Arc::clone(&before.text);
            self.faults.clone_from(&before.faults);
        }
        self
    }

    pub(crate) fn planned(&self) -> PlanProject {
        PlanProject {
            project: Arc::clone(&self.project),
            env: self.env.clone(),
        }
    }

    /// What has to be looked at to answer a question about an instance of this project.
    pub(crate) fn look_at(&self, question: &Question) -> Result<LookAt, String> {
        let task = &question.project.tasks[question.task];
        let scope = InstanceScope::new(&question.project, &self.env, task, &question.values)?;
        let params = named(task, &question.values);
        let outputs = task.outputs.iter();
        let outputs: Result<Vec<ResolvedOutput>, String> = outputs
            .map(|output| ResolvedOutput::fill(output, &scope, &params))
            .collect();
        Ok(LookAt {
            directory: Arc::clone(&self.directory),
            outputs: outputs?,
        })
    }
}
