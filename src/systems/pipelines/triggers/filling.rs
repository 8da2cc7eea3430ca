//! The run that a fire starts.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime};
use chrono_tz::Tz;
use serde_json::{Map, Value};

use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::project::{COMMIT, Param, Trigger, TriggerKind, range_of};
use crate::systems::pipelines::request::{RunRequest, TargetRequest};
use crate::systems::pipelines::values::{ParamValue, Scope, Template};

/// The tasks of a trigger with its values, filled for a moment (microseconds since 1970). `given` are the
/// parameters that came with the fire: they precede those of the file, and each task takes those
/// that it has. The commit of a webhook is that of the run, where its files come from git.
pub(super) fn request(
    known: &KnownProject,
    trigger: &Trigger,
    at: i64,
    given: &Map<String, Value>,
) -> Result<RunRequest, String> {
    let scope = FireScope::of(known, trigger, at)?;
    let commit = commit_of(known, trigger, given);
    let mut targets = Vec::with_capacity(trigger.run.len());
    for name in &trigger.run {
        let task = known.project.task(name);
        let task = task.ok_or_else(|| format!("there is no task {name} any more"))?;
        let mut params = BTreeMap::new();
        for param in &task.params {
            // It is known by the run.
            if commit.is_some() && param.name == COMMIT {
                continue;
            }
            let written = trigger.with.iter().find(|(name, _)| *name == param.name);
            if let Some(value) = given.get(&param.name).filter(|value| !value.is_null()) {
                params.insert(param.name.clone(), value.clone());
            } else if let Some((_, written)) = written {
                let filled = fill(written, param, &scope);
                let filled = filled.map_err(|problem| format!("{}: {problem}", param.name))?;
                params.insert(param.name.clone(), filled);
            }
        }
        targets.push(TargetRequest {
            task: name.clone(),
            params,
        });
    }
    Ok(RunRequest {
        targets,
        commit: commit.map(ToOwned::to_owned),
        ..RunRequest::default()
    })
}

/// The commit of a webhook, where the project comes from git.
pub(super) fn commit_of<'g>(
    known: &KnownProject,
    trigger: &Trigger,
    given: &'g Map<String, Value>,
) -> Option<&'g str> {
    let is_pushed = matches!(trigger.kind, TriggerKind::Webhook { .. });
    match is_pushed && known.project.source.is_some() {
        true => given.get(COMMIT).and_then(Value::as_str),
        false => None,
    }
}

fn fill(written: &Value, param: &Param, scope: &FireScope) -> Result<Value, String> {
    match written {
        Value::String(text) => fill_text(text, param, scope).map(Value::from),
        Value::Array(elements) => {
            let filled = elements.iter().map(|element| fill(element, param, scope));
            filled.collect()
        }
        other => Ok(other.clone()),
    }
}

/// A value, or a range with both of its ends filled.
fn fill_text(text: &str, param: &Param, scope: &FireScope) -> Result<String, String> {
    if let Some((first, last)) = range_of(text).filter(|_| param.is_countable()) {
        let (first, last) = (one(first, param, scope)?, one(last, param, scope)?);
        return Ok(format!("{first}..{last}"));
    }
    one(text, param, scope)
}

fn one(text: &str, param: &Param, scope: &FireScope) -> Result<String, String> {
    let template = Template::parse(text).map_err(|fault| fault.problem)?;
    match template.as_literal() {
        // It may be a list.
        Some(text) => Ok(text.to_owned()),
        None => {
            let value = template.value_with(param.kind, scope, |text| param.read(text))?;
            Ok(value.to_string())
        }
    }
}

/// What names in `with` stand for: the moment of the fire, and variables of the project.
struct FireScope {
    moment: NaiveDateTime,
    texts: BTreeMap<String, String>,
}

impl FireScope {
    fn of(known: &KnownProject, trigger: &Trigger, at: i64) -> Result<Self, String> {
        let moment = DateTime::from_timestamp_micros(at).ok_or("the time is out of range")?;
        let mut scope = Self {
            moment: moment.with_timezone(&zone(known, trigger)).naive_local(),
            texts: known.env.clone(),
        };
        for (name, template) in &known.project.env {
            if known.env.contains_key(name) {
                continue;
            }
            let text = template.fill(&scope);
            let text = text.map_err(|problem| format!("env.{name}: {problem}"))?;
            scope.texts.insert(name.clone(), text);
        }
        Ok(scope)
    }
}

/// The zone in which a trigger's times are local.
pub(super) fn zone(known: &KnownProject, trigger: &Trigger) -> Tz {
    match &trigger.kind {
        TriggerKind::Cron { timezone, .. } => *timezone,
        _ => known.project.timezone,
    }
}

/// The directory of a `file` trigger, with variables of the project.
pub(super) fn directory(
    known: &KnownProject,
    trigger: &Trigger,
    template: &Template,
) -> Result<String, String> {
    template.fill(&FireScope::of(known, trigger, 0)?)
}

impl Scope for FireScope {
    fn param(&self, _: &str) -> Option<&ParamValue> {
        None
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    fn moment(&self, name: &str) -> Option<NaiveDateTime> {
        (name == "fire").then_some(self.moment)
    }
}
