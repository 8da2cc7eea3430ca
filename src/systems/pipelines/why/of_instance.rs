//! Instances of a plan: of those that have an unfinished job, what that waits for.

use std::sync::Arc;

use entity::{JobState, job};

use super::Why;
use crate::systems::pipelines::api::{Because, Explanation, WhyKind};
use crate::systems::pipelines::composing;
use crate::systems::pipelines::error::PipelineError;
use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::planning::{Action, Because as Planned, Instance, Plan};
use crate::systems::pipelines::request::RunRequest;

/// Instances below one that are looked at for a failure.
const LOOKED_AT: usize = 50;

impl Why {
    /// An explanation for each target of a request.
    pub(crate) async fn instances(
        &self,
        known: &Arc<KnownProject>,
        request: &RunRequest,
    ) -> Result<Vec<Explanation>, PipelineError> {
        let plan = self.pipelines.plan(known, request).await?;
        let mut explanations = Vec::new();
        for place in &plan.targets {
            explanations.push(self.instance(&plan, *place).await?);
        }
        Ok(explanations)
    }

    async fn instance(&self, plan: &Plan, place: u32) -> Result<Explanation, PipelineError> {
        let instance = &plan.instances[place as usize];
        if let Some(of_job) = self.unfinished(plan, place).await? {
            return Ok(of_job);
        }
        let because = plan.why(place);
        let mut explanation = Explanation {
            id: plan.name(instance),
            job: None,
            state: instance.action.as_str().to_owned(),
            sentence: plan.why_sentence(place),
            because: because.iter().map(|one| reason(plan, one)).collect(),
        };
        if because.is_empty() && instance.action == Action::Run {
            self.add_failure(plan, instance, &mut explanation).await?;
        }
        if !matches!(because.first(), Some(Planned::Requirement { .. })) {
            return Ok(explanation);
        }
        // What another run is making may wait for something itself.
        let mut below = plan.below(place).into_iter();
        let is_shared = |on: &u32| plan.instances[*on as usize].action == Action::Shared;
        if let Some(on) = below.find(is_shared)
            && let Some(of_job) = self.unfinished(plan, on).await?
        {
            explanation.sentence = format!("{}; {}", explanation.sentence, of_job.sentence);
            explanation.because.push(Because {
                id: Some(of_job.id),
                job: of_job.job,
                state: Some(of_job.state),
                missing: of_job.because.into_iter().find_map(|one| one.missing),
                ..Because::of(WhyKind::Upstream)
            });
        } else {
            self.add_failure_below(plan, place, &mut explanation)
                .await?;
        }
        Ok(explanation)
    }

    /// The nearest of those that the instance needs whose last attempt has failed.
    async fn add_failure_below(
        &self,
        plan: &Plan,
        place: u32,
        explanation: &mut Explanation,
    ) -> Result<(), PipelineError> {
        let is_to_run = |on: &u32| plan.instances[*on as usize].action == Action::Run;
        let below = plan.below(place).into_iter().filter(is_to_run);
        let below: Vec<u32> = below.take(LOOKED_AT).collect();
        for on in below {
            let instance = &plan.instances[on as usize];
            let Some(job) = self.failed(plan, instance).await? else {
                continue;
            };
            let name = plan.name(instance);
            let error = job.error.as_deref().unwrap_or_default();
            explanation.sentence = format!("{}; {name} has failed: {error}", explanation.sentence);
            explanation.because.push(Because {
                id: Some(name),
                job: Some(job.id.to_string()),
                state: Some(job.state.as_str().to_owned()),
                detail: job.error,
                ..Because::of(WhyKind::Upstream)
            });
            break;
        }
        Ok(())
    }

    /// Nothing keeps the instance, but the last attempt to make it has failed.
    async fn add_failure(
        &self,
        plan: &Plan,
        instance: &Instance,
        explanation: &mut Explanation,
    ) -> Result<(), PipelineError> {
        let Some(job) = self.failed(plan, instance).await? else {
            return Ok(());
        };
        let error = job.error.as_deref().unwrap_or_default();
        explanation.sentence = format!("{} again: it has failed: {error}", explanation.sentence);
        explanation.job = Some(job.id.to_string());
        Ok(())
    }

    /// The last job of an instance, if that has failed.
    async fn failed(
        &self,
        plan: &Plan,
        instance: &Instance,
    ) -> Result<Option<job::Model>, PipelineError> {
        let (project, task) = (&plan.project(instance).name, &plan.task(instance).name);
        let store = &self.pipelines.store;
        let latest = store.latest_job(project, task, &instance.identity).await?;
        Ok(latest.filter(|job| job.state == JobState::Failed))
    }

    /// Why the job that makes an instance has not ended; `None`: it has none.
    async fn unfinished(
        &self,
        plan: &Plan,
        place: u32,
    ) -> Result<Option<Explanation>, PipelineError> {
        let instance = &plan.instances[place as usize];
        if instance.action != Action::Shared {
            return Ok(None);
        }
        let store = &self.pipelines.store;
        let key = composing::key(plan, instance);
        let unfinished = store.unfinished(std::slice::from_ref(&key)).await?;
        let Some(id) = unfinished.get(key.as_str()) else {
            return Ok(None);
        };
        match store.engine().jobs().find(id).await? {
            Some(job) => Ok(Some(self.job(job).await?)),
            None => Ok(None),
        }
    }
}

fn reason(plan: &Plan, because: &Planned) -> Because {
    let name = |place: u32| Some(plan.name(&plan.instances[place as usize]));
    match because {
        Planned::Requirement {
            on,
            action,
            optional,
        } => Because {
            id: name(*on),
            state: Some(action.as_str().to_owned()),
            optional: Some(*optional),
            ..Because::of(WhyKind::Requirement)
        },
        Planned::Input { missing, .. } => Because {
            missing: Some(missing.clone()),
            ..Because::of(WhyKind::Input)
        },
        Planned::Upstream { on, missing, .. } => Because {
            id: name(*on),
            missing: Some(missing.clone()),
            ..Because::of(WhyKind::Upstream)
        },
    }
}
