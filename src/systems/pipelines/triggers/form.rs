//! What people, and what calls, may fill in.

use serde_json::{Map, Value, json};

use crate::systems::pipelines::planning::MOST_INSTANCES;
use crate::systems::pipelines::project::{
    Param, ParamDefault, Project, Trigger, TriggerKind, shown_name,
};
use crate::systems::pipelines::request::text_of;
use crate::systems::pipelines::values::ParamType;

/// The JSON Schema of the parameters of a trigger's form; of one that is no form, of all that its
/// tasks have.
pub(crate) fn schema(project: &Project, trigger: &Trigger) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for param in params(project, trigger) {
        if is_required(param, trigger) {
            required.push(param.name.clone());
        }
        properties.insert(param.name.clone(), property(param));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("{}/{}", project.name, trigger.name),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// What is wrong with parameters that came with a call.
pub(crate) fn check_params(
    project: &Project,
    trigger: &Trigger,
    given: &Map<String, Value>,
) -> Result<(), String> {
    let known = params(project, trigger);
    for name in given.keys() {
        if !known.iter().any(|param| param.name == *name) {
            let names: Vec<&str> = known.iter().map(|param| param.name.as_str()).collect();
            let expected = match names.is_empty() {
                true => "no parameters".to_owned(),
                false => names.join(", "),
            };
            return Err(format!(
                "params.{}: unknown parameter; expected {expected}",
                shown_name(name)
            ));
        }
    }
    // Tasks may have declared the same name in different ways.
    let tasks = trigger.run.iter().filter_map(|task| project.task(task));
    for param in tasks.flat_map(|task| &task.params) {
        let name = &param.name;
        let value = given.get(name).filter(|value| !value.is_null());
        match value {
            Some(value) => {
                check_value(param, value).map_err(|problem| format!("params.{name}: {problem}"))?
            }
            None if is_required(param, trigger) => {
                let kind = param.kind.name();
                return Err(format!(
                    "params.{name}: missing; expected a value of the type {kind}"
                ));
            }
            None => {}
        }
    }
    Ok(())
}

fn check_value(param: &Param, value: &Value) -> Result<(), String> {
    let text = text_of(value).ok_or("expected a value, a list of values or a range")?;
    param.read_written(&text, MOST_INSTANCES).map(drop)
}

/// Whether it has no value unless the fire brings one.
fn is_required(param: &Param, trigger: &Trigger) -> bool {
    let is_written = trigger.with.iter().any(|(name, _)| *name == param.name);
    !param.has_value() && !is_written
}

/// Each once, in the order of the form or of the tasks.
fn params<'p>(project: &'p Project, trigger: &Trigger) -> Vec<&'p Param> {
    let tasks = trigger.run.iter().filter_map(|task| project.task(task));
    let mut all: Vec<&Param> = Vec::new();
    for param in tasks.flat_map(|task| &task.params) {
        if !all.iter().any(|known| known.name == param.name) {
            all.push(param);
        }
    }
    let TriggerKind::Form { params, .. } = &trigger.kind else {
        return all;
    };
    let named = params.iter();
    named
        .filter_map(|name| all.iter().find(|param| param.name == *name).copied())
        .collect()
}

fn property(param: &Param) -> Value {
    let mut property = Map::new();
    let mut set = |name: &str, value: Value| drop(property.insert(name.to_owned(), value));
    match param.kind {
        ParamType::Int => set("type", json!("integer")),
        ParamType::Bool => set("type", json!("boolean")),
        _ => set("type", json!("string")),
    }
    let pattern = match param.kind {
        ParamType::Date => {
            set("format", json!("date"));
            None
        }
        ParamType::Month => Some("^[0-9]{4}-[0-9]{2}$"),
        ParamType::Hour => Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}$"),
        ParamType::Minute => Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{4}$"),
        ParamType::String | ParamType::Choice | ParamType::Int | ParamType::Bool => None,
    };
    if let Some(pattern) = pattern {
        set("pattern", json!(pattern));
    }
    let value = |value: &crate::systems::pipelines::values::ParamValue| {
        use crate::systems::pipelines::values::ParamValue;
        match value {
            ParamValue::Int(number) => json!(number),
            ParamValue::Bool(truth) => json!(truth),
            other => json!(other.to_string()),
        }
    };
    if let Some(values) = &param.values {
        set("enum", values.iter().map(value).collect());
    }
    if let Some(help) = &param.help {
        set("description", json!(help));
    }
    match &param.default {
        Some(ParamDefault::Value(default)) => set("default", value(default)),
        // It depends on the day.
        Some(ParamDefault::Template(template)) => set("x-default", json!(template.to_string())),
        None => {}
    }
    if param.kind == ParamType::Int {
        for (name, bound) in [("minimum", &param.min), ("maximum", &param.max)] {
            if let Some(bound) = bound {
                set(name, value(bound));
            }
        }
    }
    Value::Object(property)
}
