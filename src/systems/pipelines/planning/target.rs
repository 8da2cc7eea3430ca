//! What is asked for, and the names of instances.

use std::fmt::Write;

use super::{MOST_INSTANCES, PlanError};
use crate::systems::pipelines::project::{Task, shown_name};
use crate::systems::pipelines::values::ParamValue;

/// A task with the values that were given of its parameters, as in a request: all combinations of
/// them are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target {
    pub task: String,
    pub params: Vec<(String, Vec<ParamValue>)>,
}

impl Target {
    /// Reads what somebody wrote: values, lists and ranges.
    pub(crate) fn read<'p>(
        task: &Task,
        params: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Result<Self, PlanError> {
        let read = |(name, text): (&str, &str)| {
            let param = task.params.iter().find(|param| param.name == name);
            let param = param.ok_or_else(|| unknown_param(task, name))?;
            let values = param.read_written(text, MOST_INSTANCES);
            let values = values.map_err(|problem| PlanError::BadValue {
                task: task.name.clone(),
                param: name.to_owned(),
                problem,
            })?;
            Ok((name.to_owned(), values))
        };
        Ok(Self {
            task: task.name.clone(),
            params: params.into_iter().map(read).collect::<Result<_, _>>()?,
        })
    }
}

pub(super) fn unknown_param(task: &Task, param: &str) -> PlanError {
    let names: Vec<_> = task
        .params
        .iter()
        .map(|param| param.name.as_str())
        .collect();
    PlanError::UnknownParam {
        task: task.name.clone(),
        param: shown_name(param),
        known: match names.as_slice() {
            [] => "it has none".to_owned(),
            names => format!("it has {}", names.join(", ")),
        },
    }
}

/// Names an instance within its project: `day_log(date=2026-11-21,kind=imp)`, the names sorted, only
/// significant parameters; `values` are in the order of the task's parameters. Different instances
/// have different names: a comma within a value is written as `%2C`, and `%` as `%25`.
#[cfg(test)]
pub(crate) fn identity<'v>(
    task: &Task,
    values: impl IntoIterator<Item = &'v ParamValue>,
) -> String {
    let mut named: Vec<_> = task
        .params
        .iter()
        .zip(values)
        .filter(|(param, _)| param.significant)
        .map(|(param, value)| (param.name.as_str(), value))
        .collect();
    named.sort_unstable_by_key(|(name, _)| *name);
    write_identity(&task.name, named.into_iter())
}

pub(super) fn write_identity<'v>(
    task: &str,
    named: impl Iterator<Item = (&'v str, &'v ParamValue)>,
) -> String {
    let mut text = task.to_owned();
    let mut before = '(';
    for (name, value) in named {
        text.push(before);
        text.push_str(name);
        text.push('=');
        match value {
            ParamValue::Text(value) if value.contains([',', '%']) => {
                text.push_str(&value.replace('%', "%25").replace(',', "%2C"));
            }
            // Writing into a text cannot fail.
            value => write!(text, "{value}").unwrap_or_default(),
        }
        before = ',';
    }
    if before == ',' {
        text.push(')');
    }
    text
}

/// The task of an instance and its significant parameters, by its name; that of another project's has
/// the project in front.
pub(crate) fn read_identity(name: &str) -> (&str, Vec<(String, String)>) {
    let Some((task, params)) = name.split_once('(') else {
        return (name, Vec::new());
    };
    let params = params.strip_suffix(')').unwrap_or(params).split(',');
    let params = params.filter_map(|param| {
        let (name, value) = param.split_once('=')?;
        let value = value.replace("%2C", ",").replace("%25", "%");
        Some((name.to_owned(), value))
    });
    (task, params.collect())
}
