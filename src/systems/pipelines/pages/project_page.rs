//! A project: its tasks, what starts them, its last runs, versions and resources.

use askama::Template;
use serde_json::json;

use super::data::{
    Fault, Fire, FormSchema, Project, ResourceList, RunPage, Task, TriggerList, VersionPage, read,
};
use super::fields;
use super::room::ROOT;
use super::shown::{RunRow, moment, run_path, short};
use super::trigger_row::TriggerRow;
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded, number};

/// Runs and versions that the page shows.
const SHOWN: u32 = 8;

#[derive(Template)]
#[template(path = "systems/pipelines/pages/project.html")]
struct ProjectPage<'a> {
    frame: &'a Frame,
    name: &'a str,
    here: String,
    task_count: String,
    fault_count: String,
    version: String,
    commit: Option<String>,
    timezone: &'a str,
    faults: &'a [Fault],
    /// What was refused of a form.
    fault: Option<&'a str>,
    tasks: Vec<TaskRow>,
    triggers: Vec<TriggerRow>,
    runs: Vec<RunRow>,
    all_runs: String,
    resources: Vec<ResourceRow>,
    versions: Vec<(String, Markup, bool)>,
    may_operate: bool,
}

struct TaskRow {
    name: String,
    href: String,
    help: String,
    /// How it is made, as a word.
    body: String,
    params: String,
    requires: String,
    resources: String,
}

struct ResourceRow {
    name: String,
    use_of: String,
    /// From 0 to 1.
    share: f64,
    waiting: String,
    /// What is made, and the job.
    holders: Vec<(String, String)>,
}

/// A form that was refused: the trigger that it is of, and what it held.
pub(super) struct RefusedForm<'a> {
    trigger: &'a str,
    form: Vec<(String, String)>,
    error: PageError,
}

pub(super) async fn show(
    asked: &Asked<'_>,
    name: &str,
    refused: Option<RefusedForm<'_>>,
) -> Result<Answer, PageError> {
    let name = encoded(name);
    let data = format!("/v1/projects/{name}");
    let project: Project = read(asked.get(&data).await?);
    let triggers = triggers(asked, &data, &project, refused.as_ref()).await;
    let runs = format!("/v1/runs?project={name}&limit={SHOWN}");
    let runs: RunPage = read(asked.get_part(&runs).await);
    let resources: ResourceList = read(asked.get_part(&format!("{data}/resources")).await);
    let versions = format!("{data}/versions?limit={SHOWN}");
    let versions: VersionPage = read(asked.get_part(&versions).await);
    let frame = &asked.frame.clone().with_data(data);
    let here = frame.path(&format!("{ROOT}/{name}"));
    let tasks = project.tasks.iter();
    let resources = resources.resources.iter().map(|resource| ResourceRow {
        name: resource.resource.clone(),
        use_of: format!("{} / {}", number(resource.held), number(resource.slots)),
        share: resource.held as f64 / resource.slots.max(1) as f64,
        waiting: number(resource.waiting),
        holders: resource
            .holders
            .iter()
            .map(|holder| {
                let name = holder.instance.as_ref().unwrap_or(&holder.job_id);
                let job = frame.path(&format!("/jobs/{}", holder.job_id));
                (name.clone(), job)
            })
            .collect(),
    });
    let versions = versions.versions.iter().map(|version| {
        let read = moment(&version.read_at).map(|at| frame.ago(at));
        let read = read.unwrap_or_default();
        (short(&version.version), read, version.current)
    });
    let page = ProjectPage {
        name: &project.project,
        task_count: frame
            .words
            .count("pipelines-task-count", project.tasks.len() as u64),
        fault_count: frame
            .words
            .count("pipelines-faults", project.faults.len() as u64),
        version: short(&project.version),
        commit: project.commit.as_deref().map(short),
        timezone: &project.timezone,
        faults: &project.faults,
        fault: refused.as_ref().map(|form| form.error.detail.as_str()),
        tasks: tasks.map(|task| TaskRow::of(frame, &here, task)).collect(),
        triggers,
        runs: runs.runs.iter().map(|run| RunRow::of(frame, run)).collect(),
        all_runs: frame.path(&format!("{ROOT}/runs?project={name}")),
        resources: resources.collect(),
        versions: versions.collect(),
        may_operate: frame.may_operate(),
        here,
        frame,
    };
    Answer::page_or_fault(&page, refused.as_ref().map(|form| &form.error))
}

async fn triggers(
    asked: &Asked<'_>,
    data: &str,
    project: &Project,
    refused: Option<&RefusedForm<'_>>,
) -> Vec<TriggerRow> {
    let list: TriggerList = read(asked.get_part(&format!("{data}/triggers")).await);
    let mut rows = Vec::with_capacity(list.triggers.len());
    for trigger in &list.triggers {
        let schema = match trigger.kind == "form" {
            true => Some(schema(asked, data, &trigger.trigger).await),
            false => None,
        };
        let form = refused.filter(|form| form.trigger == trigger.trigger);
        let given = form.map_or(&[][..], |form| form.form.as_slice());
        let name = &project.project;
        let row = TriggerRow::of(&asked.frame, name, trigger, schema.as_ref(), given);
        rows.push(row);
    }
    rows
}

async fn schema(asked: &Asked<'_>, data: &str, trigger: &str) -> FormSchema {
    let path = format!("{data}/triggers/{}/form", encoded(trigger));
    read(asked.get_part(&path).await)
}

/// Fires a trigger with what its form holds, pauses or resumes it.
pub(super) async fn act(
    asked: &Asked<'_>,
    project: &str,
    trigger: &str,
    action: &str,
) -> Result<Answer, PageError> {
    let data = format!("/v1/projects/{}", encoded(project));
    let call = format!("{data}/triggers/{}/{action}", encoded(trigger));
    let here = format!("{ROOT}/{}", encoded(project));
    if action != "fire" {
        asked.post(&call, None).await?;
        return Ok(asked.elsewhere(&here));
    }
    let form = asked.form();
    let schema = schema(asked, &data, trigger).await;
    let body = json!({ "params": fields::given(&schema, &form) });
    match asked.post(&call, Some(&body)).await {
        Ok(answer) => {
            let fire: Fire = read(answer.body);
            let run = fire.run.as_deref().map(run_path);
            Ok(asked.elsewhere(&run.unwrap_or(here)))
        }
        Err(error) if error.is_of_request() => {
            let refused = RefusedForm {
                trigger,
                form,
                error,
            };
            show(asked, project, Some(refused)).await
        }
        Err(error) => Err(error),
    }
}

impl TaskRow {
    fn of(frame: &Frame, project: &str, task: &Task) -> Self {
        let params = task.params.iter().map(|param| param.param.as_str());
        let resources = task.resources.iter();
        let resources = resources.map(|slots| match slots.slots {
            1 => slots.resource.clone(),
            slots_of => format!("{} ×{slots_of}", slots.resource),
        });
        Self {
            href: format!("{project}/tasks/{}", encoded(&task.task)),
            help: task.help.clone().unwrap_or_default(),
            body: match task.body.as_deref() {
                Some(body) => body.to_owned(),
                None if task.requires.is_empty() => frame.say("pipelines-no-body"),
                None => frame.say("state-group"),
            },
            params: params.collect::<Vec<_>>().join(", "),
            requires: task.requires.join(", "),
            resources: resources.collect::<Vec<_>>().join(", "),
            name: task.task.clone(),
        }
    }
}
