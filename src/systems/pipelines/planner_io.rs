//! Plans with what files, tables and the store say.

use std::collections::HashMap;

use chrono::Utc;

use super::error::PipelineError;
use super::known_project::KnownProject;
use super::looking::{LookAt, Looker};
use super::made_paths::MadePaths;
use super::planning::{Answer, Options, Plan, Planner, Question, Target};
use super::project::{Output, Task};
use super::projects::Projects;
use super::store::{InstanceKey, PipelineStore};
use super::values::ParamValue;

/// What a plan is made with.
pub(crate) struct PlanningFor<'a> {
    pub projects: &'a Projects,
    pub looker: &'a Looker,
    /// `None`: nothing has ever been made here, and nothing runs.
    pub store: Option<&'a PipelineStore>,
}

impl PlanningFor<'_> {
    pub(crate) async fn plan(
        &self,
        known: &KnownProject,
        targets: &[Target],
        options: Options,
    ) -> Result<Plan, PipelineError> {
        let find = |name: &str| self.projects.find(name).map(|known| known.planned());
        let mut planner = Planner::new(known.planned(), &find, targets, options, Utc::now())?;
        let mut made = MadePaths::default();
        loop {
            let questions = planner.questions()?;
            if questions.is_empty() {
                return Ok(planner.finish()?);
            }
            let answers = self.answers(known, &questions, &mut made).await?;
            planner.answer(answers)?;
        }
    }

    async fn answers(
        &self,
        own: &KnownProject,
        questions: &[Question],
        made: &mut MadePaths,
    ) -> Result<Vec<Answer>, PipelineError> {
        let mut looks = Vec::with_capacity(questions.len());
        let mut keys = Vec::with_capacity(questions.len());
        for question in questions {
            keys.push(InstanceKey::of(&question.project.name, &question.identity));
            let look = self.look(own, question)?;
            made.add(&own.project.name, question, &look)?;
            looks.push(look);
        }
        let (markers, unfinished) = match self.store {
            Some(store) => (store.markers(&keys).await?, store.unfinished(&keys).await?),
            None => (HashMap::new(), HashMap::new()),
        };
        let found = self.looker.look(&looks).await?;
        let mut answers = Vec::with_capacity(questions.len());
        for ((question, key), found) in questions.iter().zip(&keys).zip(found) {
            let marker = markers.get(key.as_str());
            let missing = found.map_err(|cause| PipelineError::Output {
                instance: question.identity.to_string(),
                cause,
            })?;
            let needs_marker = has_marker(&question.project.tasks[question.task]);
            let missing = match missing {
                None if needs_marker && marker.is_none() => Some("earlier success".to_owned()),
                missing => missing,
            };
            answers.push(Answer {
                id: question.id,
                missing,
                is_unfinished: unfinished.contains_key(key.as_str()),
                fingerprint: marker.map(|marker| marker.fingerprint.clone()),
            });
        }
        Ok(answers)
    }

    fn look(&self, own: &KnownProject, question: &Question) -> Result<LookAt, PipelineError> {
        let of_other = match question.project.name == own.project.name {
            true => None,
            false => self.projects.find(&question.project.name),
        };
        let known = of_other.as_deref().unwrap_or(own);
        known
            .look_at(question)
            .map_err(|problem| PipelineError::Values {
                instance: question.identity.to_string(),
                problem,
            })
    }
}

/// Values with the names of their parameters.
pub(crate) fn named(task: &Task, values: &[ParamValue]) -> Vec<(String, ParamValue)> {
    let names = task.params.iter().map(|param| param.name.clone());
    names.zip(values.iter().cloned()).collect()
}

fn has_marker(task: &Task) -> bool {
    task.outputs
        .iter()
        .any(|output| matches!(output, Output::Marker))
}
