//! Tasks and parameters for people.

use crate::systems::pipelines::project::{Param, ParamDefault, Project, Task};
use crate::systems::pipelines::values::ParamType;

/// Help of a parameter's option.
pub(super) fn parameter(param: &Param) -> String {
    let mut parts = Vec::new();
    parts.extend(param.help.clone());
    parts.push(form(param));
    match &param.default {
        Some(ParamDefault::Value(value)) => parts.push(format!("[default: {value}]")),
        Some(ParamDefault::Template(template)) => parts.push(format!("[default: {template}]")),
        None if param.values.is_some() => parts.push("[default: each of them]".to_owned()),
        None => {}
    }
    parts.join(" ")
}

fn form(param: &Param) -> String {
    if let Some(values) = &param.values {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        return format!("({})", values.join(", "));
    }
    let form = match param.kind {
        ParamType::Date => "a date such as 2026-11-21, or A..B",
        ParamType::Month => "a month such as 2026-11, or A..B",
        ParamType::Hour => "an hour such as 2026-11-21T05, or A..B",
        ParamType::Minute => "a minute such as 2026-11-21T0530, or A..B",
        ParamType::Int => "a whole number, or A..B",
        ParamType::Bool => "true or false",
        ParamType::String | ParamType::Choice => "a text",
    };
    format!("({form})")
}

/// The tasks of a project, a line each.
pub(super) fn tasks(project: &Project) -> String {
    let width = project
        .tasks
        .iter()
        .map(|task| task.name.len())
        .max()
        .unwrap_or(0);
    let line = |task: &Task| {
        let names: Vec<&str> = task
            .params
            .iter()
            .map(|param| param.name.as_str())
            .collect();
        let help = task.help.clone().unwrap_or_default();
        let line = format!("  {:width$}  {}  {help}", task.name, names.join(", "));
        line.trim_end().to_owned()
    };
    let lines: Vec<String> = project.tasks.iter().map(line).collect();
    format!("Tasks of {}:\n{}", project.name, lines.join("\n"))
}
