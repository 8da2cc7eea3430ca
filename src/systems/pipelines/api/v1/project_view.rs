//! A project as callers see it.

use poem_openapi::Object;

use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::project::{Body, Fault, Param, ParamDefault, Task};

/// A project: what its file says, and what is wrong with the file as it is now.
#[derive(Object)]
pub(super) struct ProjectView {
    project: String,
    /// Digest of the file that is in use.
    version: String,
    /// The commit that the file comes from; null: it does not come from git, or nothing was fetched yet.
    commit: Option<String>,
    /// Of every time in the file.
    timezone: String,
    /// In the order of the file.
    tasks: Vec<TaskView>,
    resources: Vec<ResourceView>,
    /// Triggers by name; read and checked, and not started yet.
    triggers: Vec<String>,
    /// What is wrong with the file as it is now. While there is something, the version before stays in use.
    faults: Vec<FaultView>,
}

/// A task of a project.
#[derive(Object)]
struct TaskView {
    task: String,
    help: Option<String>,
    /// How it makes its outputs: `run`, `exec`, `sql` or `uses`; null: others make them, or it only
    /// holds other tasks together.
    body: Option<String>,
    params: Vec<ParamView>,
    /// Tasks that it needs, those of other projects as `project/task`.
    requires: Vec<String>,
    /// Slots that each of its jobs holds.
    resources: Vec<ResourceView>,
    priority: i32,
    /// How many of its jobs run at once; null: there is no limit of its own.
    at_once: Option<u32>,
    /// How often it is tried again after a failure.
    retries: u32,
}

/// A parameter of a task.
#[derive(Object)]
struct ParamView {
    param: String,
    /// `string`, `int`, `bool`, `date`, `month`, `hour`, `minute` or `choice`.
    r#type: String,
    help: Option<String>,
    /// All that it may be; null: everything of its type. Without a default, each of them is made.
    values: Option<Vec<String>>,
    /// As the file has it, such as `{now-1d}`.
    default_value: Option<String>,
    min: Option<String>,
    max: Option<String>,
    /// Whether instances that differ in nothing else are different ones.
    significant: bool,
}

/// Slots of a resource.
#[derive(Object)]
struct ResourceView {
    resource: String,
    slots: u32,
}

/// A fault of a project file.
#[derive(Object)]
pub(super) struct FaultView {
    /// From 1.
    line: u32,
    /// From 1.
    column: u32,
    /// The key at fault with those that enclose it; empty: the file as a whole.
    key: String,
    /// What was found, and what was expected.
    problem: String,
}

impl ProjectView {
    pub(super) fn of(known: &KnownProject) -> Self {
        let project = &known.project;
        let triggers = project.triggers.iter();
        let faults = known.faults.iter();
        Self {
            project: project.name.clone(),
            version: project.version.clone(),
            commit: project.commit.as_ref().map(ToString::to_string),
            timezone: project.timezone.name().to_owned(),
            tasks: project.tasks.iter().map(TaskView::of).collect(),
            resources: resources(&project.resources),
            triggers: triggers.map(|trigger| trigger.name.clone()).collect(),
            faults: faults.map(|fault| FaultView::of(&fault.shown())).collect(),
        }
    }
}

impl TaskView {
    fn of(task: &Task) -> Self {
        let requires = task.requires.iter().map(|need| match &need.project {
            Some(project) => format!("{project}/{}", need.task),
            None => need.task.clone(),
        });
        let body = task.body.as_ref().map(Body::word);
        Self {
            task: task.name.clone(),
            help: task.help.clone(),
            body: body.map(str::to_owned),
            params: task.params.iter().map(ParamView::of).collect(),
            requires: requires.collect(),
            resources: resources(&task.resources),
            priority: task.priority,
            at_once: task.at_once,
            retries: task.retries,
        }
    }
}

impl ParamView {
    fn of(param: &Param) -> Self {
        let values = param.values.as_ref();
        Self {
            param: param.name.clone(),
            r#type: param.kind.name().to_owned(),
            help: param.help.clone(),
            values: values.map(|values| values.iter().map(ToString::to_string).collect()),
            default_value: param.default.as_ref().map(|default| match default {
                ParamDefault::Value(value) => value.to_string(),
                ParamDefault::Template(template) => template.to_string(),
            }),
            min: param.min.as_ref().map(ToString::to_string),
            max: param.max.as_ref().map(ToString::to_string),
            significant: param.significant,
        }
    }
}

impl FaultView {
    pub(super) fn of(fault: &Fault) -> Self {
        Self {
            line: fault.position.line,
            column: fault.position.column,
            key: fault.key.clone(),
            problem: fault.problem.clone(),
        }
    }
}

fn resources(slots: &[(String, u32)]) -> Vec<ResourceView> {
    let slots = slots.iter().map(|(name, slots)| ResourceView {
        resource: name.clone(),
        slots: *slots,
    });
    slots.collect()
}
