//! A project as its file describes it, checked: every name leads somewhere, every template can be
//! filled in.

use std::time::Duration;

use chrono_tz::Tz;

use super::body::Body;
use super::declaration::COMMIT;
use super::fingerprint;
use super::output::Output;
use super::param::{Param, ParamDefault};
use super::trigger::Trigger;
use crate::systems::pipelines::git::Address;
use crate::systems::pipelines::values::{ParamValue, Template};
use crate::webhooks::{CommitId, Forge};

/// A project file without faults.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub name: String,
    /// Of every time in the file.
    pub timezone: Tz,
    pub env: Vec<(String, Template)>,
    /// Names of secrets that tasks may ask for.
    #[expect(dead_code, reason = "tasks have the names of theirs")]
    pub secrets: Vec<String>,
    /// Slots by name.
    pub resources: Vec<(String, u32)>,
    /// Of the file that this server was given; what a commit says of it does not count.
    pub source: Option<Source>,
    /// The commit whose file it is, and in whose files its commands run.
    pub commit: Option<CommitId>,
    /// In the order of the file.
    pub tasks: Vec<Task>,
    pub triggers: Vec<Trigger>,
    /// Digest of the file's content.
    pub version: String,
}

/// One task. What the file leaves to `defaults` and to the project's `params` is filled in.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub name: String,
    pub help: Option<String>,
    /// In the order of the file.
    pub params: Vec<Param>,
    pub requires: Vec<Requirement>,
    pub body: Option<Body>,
    /// A task with a body and without outputs has `Output::Marker`.
    pub outputs: Vec<Output>,
    /// Only its own; the project's come before.
    pub env: Vec<(String, Template)>,
    pub secrets: Vec<String>,
    pub cwd: Template,
    pub resources: Vec<(String, u32)>,
    pub priority: i32,
    pub at_once: Option<u32>,
    pub wait: Option<Wait>,
    pub limits: Limits,
    pub retries: u32,
    pub retry_delay: RetryDelay,
    pub timeout: Option<Duration>,
    pub grace: Duration,
    pub shell: Vec<String>,
    /// Digest of what it does: body, environment and requirements. An instance that was made under
    /// another one is stale.
    pub fingerprint: String,
}

/// What an instance needs of another task.
#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    /// `None`: of the same project.
    pub project: Option<String>,
    pub task: String,
    /// Only the parameters that are given here.
    pub params: Vec<(String, Wanted)>,
    pub optional: bool,
}

/// The values of a parameter of a required task.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    One(Template),
    List(Vec<Template>),
    /// Both ends included.
    Range(Template, Template),
}

/// For a task that others make: how long their outputs are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    pub poll: Duration,
    pub timeout: Option<Duration>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of address space.
    pub memory: Option<u64>,
    pub open_files: Option<u64>,
}

/// The first pause and the longest; each is twice as long as the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RetryDelay {
    pub first: Duration,
    pub longest: Duration,
}

/// Where a project's files come from, if not from its directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub git: Address,
    pub r#ref: String,
    pub path: String,
    pub poll: Option<Duration>,
    pub status: Option<StatusCall>,
}

/// The forge that learns what became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatusCall {
    pub forge: Forge,
    pub api: String,
    pub repo: String,
    /// Name of a secret.
    pub token: String,
}

impl Source {
    /// Whether commits of both have the same file.
    pub(crate) fn has_same_files(&self, other: &Self) -> bool {
        let files = |source: &Self| {
            (
                source.git.clone(),
                source.r#ref.clone(),
                source.path.clone(),
            )
        };
        files(self) == files(other)
    }

    /// The directory of the project file in the repository.
    pub(crate) fn directory(&self) -> &str {
        self.path
            .rsplit_once('/')
            .map_or("", |(directory, _)| directory)
    }
}

impl Project {
    pub(crate) fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.name == name)
    }

    /// The project as a commit of this source has it: `commit` is the value of the parameter of that name.
    pub(crate) fn at_commit(mut self, commit: &CommitId, source: &Source) -> Self {
        let params = self.tasks.iter_mut().flat_map(|task| &mut task.params);
        for param in params.filter(|param| param.name == COMMIT) {
            let value = ParamValue::Text(commit.to_string());
            param.default = Some(ParamDefault::Value(value));
        }
        self.commit = Some(commit.clone());
        self.source = Some(source.clone());
        self
    }

    /// Whether its tasks stand in commits of which none has been read.
    pub(crate) fn is_to_be_fetched(&self) -> bool {
        self.source.is_some() && self.commit.is_none()
    }

    pub(crate) fn trigger(&self, name: &str) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.name == name)
    }

    /// The same project with variables of the settings or the command line instead of its own.
    pub(crate) fn with_env<'e>(
        mut self,
        overrides: impl IntoIterator<Item = (&'e str, &'e str)>,
    ) -> Self {
        for (name, text) in overrides {
            let template = Template::literal(text);
            match self.env.iter_mut().find(|(known, _)| known == name) {
                Some((_, own)) => *own = template,
                None => self.env.push((name.to_owned(), template)),
            }
        }
        fingerprint::renew(&mut self);
        self
    }
}

impl Task {
    /// It has outputs, but nothing makes them here.
    pub(crate) fn is_made_by_others(&self) -> bool {
        self.body.is_none() && !self.outputs.is_empty()
    }

    /// It only holds requirements together.
    pub(crate) fn is_group(&self) -> bool {
        self.body.is_none() && self.outputs.is_empty()
    }
}
