//! What is asked of a project: targets and how they are made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::PipelineError;
use super::planning::{Options, Target};
use super::project::{COMMIT, Project, hint, shown_name};
use crate::webhooks::CommitId;

/// As callers send it, and as it is stored with a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunRequest {
    pub targets: Vec<TargetRequest>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub force_all: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub newest_first: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<usize>,
    /// The commit whose files are used; without it the newest one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// A task with values, lists or ranges of its parameters: all combinations are wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetRequest {
    pub task: String,
    #[serde(default)]
    pub params: BTreeMap<String, Value>,
}

impl RunRequest {
    pub(crate) fn options(&self) -> Options {
        Options {
            force: self.force,
            force_all: self.force_all,
            stale: self.stale,
            newest_first: self.newest_first,
            limit: self.limit,
            at_once: self.at_once,
        }
    }

    /// The commit that is asked for, also as a parameter of its targets.
    pub(crate) fn commit(&self) -> Result<Option<CommitId>, PipelineError> {
        const EXPECTED: &str = "expected 40 or 64 hexadecimal digits";
        let of_targets = self
            .targets
            .iter()
            .filter_map(|target| target.params.get(COMMIT));
        let of_targets = of_targets.map(|value| value.as_str().unwrap_or_default());
        let mut asked = self.commit.as_deref().into_iter().chain(of_targets);
        let Some(first) = asked.next() else {
            return Ok(None);
        };
        let commit = CommitId::parse(first).ok_or(PipelineError::BadCommit(EXPECTED))?;
        match asked.all(|other| CommitId::parse(other).as_ref() == Some(&commit)) {
            true => Ok(Some(commit)),
            false => Err(PipelineError::BadCommit(
                "expected one for all targets: a run has one commit",
            )),
        }
    }

    /// The targets with typed values; the error names what does not fit.
    pub(crate) fn targets(&self, project: &Project) -> Result<Vec<Target>, PipelineError> {
        if self.targets.is_empty() {
            return Err(PipelineError::NoTargets);
        }
        let targets = self.targets.iter().map(|target| target.read(project));
        targets.collect()
    }
}

impl TargetRequest {
    fn hint(&self, project: &Project) -> String {
        let names = project.tasks.iter().map(|task| task.name.as_str());
        hint(&self.task, names)
    }

    fn read(&self, project: &Project) -> Result<Target, PipelineError> {
        let task = project
            .task(&self.task)
            .ok_or_else(|| PipelineError::UnknownTask {
                project: project.name.clone(),
                task: shown_name(&self.task),
                hint: self.hint(project),
            })?;
        let mut params = Vec::new();
        for (name, value) in &self.params {
            let text = text_of(value).ok_or_else(|| PipelineError::BadParam {
                task: self.task.clone(),
                param: shown_name(name),
            })?;
            params.push((name.as_str(), text));
        }
        let params = params.iter().map(|(name, text)| (*name, text.as_str()));
        Ok(Target::read(task, params)?)
    }
}

/// A scalar, or a list of them, as a person would write it.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(elements) if !elements.is_empty() => {
            let scalar = |element: &Value| match element {
                Value::Array(_) => None,
                element => text_of(element),
            };
            let texts: Option<Vec<String>> = elements.iter().map(scalar).collect();
            texts.map(|texts| texts.join(","))
        }
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
