//! Makes jobs of a plan: one for each instance that is to be made or waited for.

use std::collections::{BTreeMap, HashMap};

use entity::{JobId, RunState, pipeline_instance, pipeline_run};
use serde_json::json;

use super::command::{CommandKind, CommandParams};
use super::joining::JoinKind;
use super::planning::{Action, Instance, Plan, Reason};
use super::project::{Body, Project, Task};
use super::request::RunRequest;
use super::slots;
use super::store::{InstanceKey, NewRun};
use crate::clock;
use crate::engine::seam::StepKind;
use crate::engine::store::{Need, NewJob, NewStep, blob_digest};
use crate::telemetry::trace::JobTrace;
use crate::webhooks::CommitId;

/// The flow of the jobs.
pub(crate) const FLOW: &str = "pipelines";

/// The queue of the jobs.
pub(crate) const QUEUE: &str = "pipelines";

const STEP: &str = "make";

/// Who starts a run, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub idempotency_key: Option<String>,
    pub trigger: Option<String>,
    pub started_by: Option<String>,
    pub retry_of: Option<String>,
    /// Nothing of other projects may be made. `None`: everything may.
    pub projects: Option<Vec<String>>,
}

impl Origin {
    /// Who or what its jobs are shown as started by; `None`: whoever makes the call.
    fn starter(&self, project: &str) -> Option<String> {
        let by_itself = || Some(format!("{project}/{}", self.trigger.as_ref()?));
        self.started_by.clone().or_else(by_itself)
    }

    /// A project of which the plan would make something and may not.
    pub(crate) fn refused_project(&self, plan: &Plan) -> Option<String> {
        let projects = self.projects.as_ref()?;
        let made = plan
            .instances
            .iter()
            .filter(|instance| instance.action == Action::Run);
        let mut names = made.map(|instance| &plan.project(instance).name);
        names.find(|name| !projects.contains(name)).cloned()
    }
}

/// A run of this plan. `unfinished` are the jobs that instances share.
pub(crate) fn compose(
    plan: &Plan,
    request: &RunRequest,
    origin: Origin,
    unfinished: &HashMap<String, JobId>,
) -> NewRun {
    let run = JobId::new().to_string();
    let composer = Composer {
        plan,
        starter: origin.starter(&plan.projects[0].project.name),
        run: &run,
        request,
        trace: JobTrace::of(&run, None, 0).submit().to_string(),
        ids: ids(plan, unfinished),
    };
    let jobs = composer.jobs();
    let instances = composer.instances();
    let project = &plan.projects[0].project;
    let request_digest = request_digest(project, request);
    let request = json!(request).to_string();
    let has_jobs = instances.iter().any(|instance| instance.job_id.is_some());
    let planned = plan
        .counts
        .by_action()
        .into_iter()
        .filter(|(_, count)| *count > 0);
    let planned = planned.map(|(action, count)| (action.as_str().to_owned(), json!(count)));
    let planned: serde_json::Map<String, serde_json::Value> = planned.collect();
    let failures = plan.counts.missing + plan.counts.blocked;
    let state = match (has_jobs, failures) {
        (true, _) => RunState::Running,
        (false, 0) => RunState::Succeeded,
        (false, _) => RunState::Failed,
    };
    let now = clock::now_micros();
    let row = pipeline_run::Model {
        id: run.clone(),
        project: project.name.clone(),
        version: project.version.clone(),
        state,
        request_digest,
        request,
        idempotency_key: origin.idempotency_key,
        trigger_name: origin.trigger,
        started_by: origin.started_by,
        retry_of: origin.retry_of,
        commit_id: project.commit.as_ref().map(CommitId::to_string),
        status_due: has_status(project).then_some(now),
        status_sent: None,
        status_tries: 0,
        counts: state.has_ended().then(|| json!(planned).to_string()),
        planned: json!(planned).to_string(),
        cancel_requested: false,
        created_at: now,
        ended_at: state.has_ended().then_some(now),
    };
    NewRun {
        row,
        instances,
        jobs,
    }
}

/// Whether a forge is told what becomes of its runs.
fn has_status(project: &Project) -> bool {
    let source = project.source.as_ref();
    project.commit.is_some() && source.is_some_and(|source| source.status.is_some())
}

/// Whether two requests ask for the same.
pub(crate) fn request_digest(project: &Project, request: &RunRequest) -> String {
    let request = json!(request);
    blob_digest(format!("{}/{request}", project.name).as_bytes())
}

struct Composer<'a> {
    plan: &'a Plan,
    run: &'a str,
    request: &'a RunRequest,
    /// Who or what the jobs are shown as started by.
    starter: Option<String>,
    /// Where the spans of the jobs belong if nobody has asked for the run in a trace of theirs.
    trace: String,
    /// The job of each instance.
    ids: Vec<Option<JobId>>,
}

/// Ids in the order of file and values: of jobs with the same priority, older ones go first.
fn ids(plan: &Plan, unfinished: &HashMap<String, JobId>) -> Vec<Option<JobId>> {
    let mut ids: Vec<Option<JobId>> = vec![None; plan.instances.len()];
    let mut ranked: Vec<usize> = (0..plan.instances.len()).collect();
    ranked.sort_by_key(|place| plan.instances[*place].rank);
    for place in ranked {
        let instance = &plan.instances[place];
        ids[place] = match instance.action {
            Action::Run | Action::Wait => Some(JobId::new()),
            Action::Shared => unfinished.get(key(plan, instance).as_str()).cloned(),
            Action::Group | Action::Complete | Action::Missing | Action::Blocked => None,
        };
    }
    // A group has a job if something that it needs has one. What it needs stands before it.
    for (place, instance) in plan.instances.iter().enumerate() {
        let waits = || {
            instance
                .needs
                .iter()
                .any(|need| ids[need.on as usize].is_some())
        };
        if instance.action == Action::Group && waits() {
            ids[place] = Some(JobId::new());
        }
    }
    ids
}

pub(crate) fn key(plan: &Plan, instance: &Instance) -> InstanceKey {
    InstanceKey::of(&plan.project(instance).name, &instance.identity)
}

impl Composer<'_> {
    fn jobs(&self) -> Vec<NewJob> {
        let own = |instance: &Instance| instance.action != Action::Shared;
        let with_id = self.plan.instances.iter().zip(&self.ids);
        let with_id = with_id.filter(|(instance, _)| own(instance));
        with_id
            .filter_map(|(instance, id)| Some(self.job(instance, id.clone()?)))
            .collect()
    }

    fn job(&self, instance: &Instance, id: JobId) -> NewJob {
        let plan = self.plan;
        let (project, task) = (plan.project(instance), plan.task(instance));
        let values = plan.params(instance);
        let params = CommandParams {
            project: project.name.clone(),
            version: project.version.clone(),
            task: task.name.clone(),
            values: values
                .map(|(name, value)| (name.to_owned(), value.to_string()))
                .collect(),
            identity: instance.identity.to_string(),
            run: self.run.to_owned(),
            forced: self.is_forced(instance),
            commit: project.commit.clone().map(|commit| commit.to_string()),
        };
        let needs = instance.needs.iter().filter_map(|need| {
            let job = self.ids[need.on as usize].clone()?;
            Some(Need {
                job,
                soft: need.optional,
            })
        });
        let after = instance.after.iter().filter_map(|on| {
            let job = self.ids[*on as usize].clone()?;
            Some(Need { job, soft: true })
        });
        let request = json!({
            "project": params.project,
            "task": params.task,
            "instance": params.identity,
            "run": params.run,
            "params": params.values.iter().cloned().collect::<BTreeMap<_, _>>(),
        });
        NewJob {
            id,
            flow: FLOW.to_owned(),
            queue: QUEUE.to_owned(),
            request,
            idempotency_key: None,
            body_digest: None,
            steps: vec![NewStep {
                name: STEP.to_owned(),
                kind: kind_of(task).to_owned(),
                params: json!(params),
                after: Vec::new(),
                delay_s: 0,
            }],
            blobs: Vec::new(),
            parked: None,
            is_urgent: false,
            traceparent: Some(self.trace.clone()),
            title: Some(plan.name(instance)),
            needs: needs.chain(after).collect(),
            live_key: Some(key(plan, instance).as_str().to_owned()),
            priority: instance.priority,
            slots: slots::of_task(&project.name, task),
            // People follow the run.
            started_by: None,
            starter: self.starter.clone(),
            subject: Some(format!("{}/{}", project.name, task.name)),
            rows: None,
        }
    }

    /// Whether it is made although its outputs are there.
    fn is_forced(&self, instance: &Instance) -> bool {
        let is_again = matches!(instance.reason, Some(Reason::Forced | Reason::Stale));
        instance.action == Action::Run && (is_again || self.request.force_all)
    }

    fn instances(&self) -> Vec<pipeline_instance::Model> {
        let rows = (0..).zip(self.plan.instances.iter().zip(&self.ids));
        let rows = rows.map(|(no, (instance, job))| {
            let needs: Vec<u32> = instance.needs.iter().map(|need| need.on).collect();
            pipeline_instance::Model {
                run_id: self.run.to_owned(),
                no,
                job_id: job.clone(),
                task: self.plan.task(instance).name.clone(),
                identity: self.plan.name(instance),
                action: instance.action.as_str().to_owned(),
                reason: self.plan.reason(instance),
                needs: json!(needs).to_string(),
                is_target: instance.is_target,
            }
        });
        rows.collect()
    }
}

/// The kind of the first step of the job of an instance.
fn kind_of(task: &Task) -> &'static str {
    match task.body {
        Some(Body::Uses { .. }) => JoinKind::NAME,
        Some(Body::Run(_) | Body::Exec(_) | Body::Sql { .. }) | None => CommandKind::NAME,
    }
}
