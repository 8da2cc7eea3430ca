//! What the names in the templates of an instance stand for.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use crate::systems::pipelines::project::{Project, Task};
use crate::systems::pipelines::values::{ParamValue, Scope};

/// The values of an instance's parameters, and the environment of its task.
pub(crate) struct InstanceScope<'a> {
    task: &'a Task,
    values: &'a [ParamValue],
    texts: BTreeMap<String, String>,
}

impl<'a> InstanceScope<'a> {
    /// `values` are in the order of the task's parameters; `overrides` take precedence over `env`
    /// of the project and of the task. Variables may use those that stand before them.
    pub(crate) fn new(
        project: &'a Project,
        overrides: &BTreeMap<String, String>,
        task: &'a Task,
        values: &'a [ParamValue],
    ) -> Result<Self, String> {
        let mut scope = Self::without_env(task, values);
        scope.texts.clone_from(overrides);
        for (name, template) in project.env.iter().chain(&task.env) {
            if overrides.contains_key(name) {
                continue;
            }
            let text = template
                .fill(&scope)
                .map_err(|problem| format!("env.{name}: {problem}"))?;
            scope.texts.insert(name.clone(), text);
        }
        Ok(scope)
    }

    /// Only with the parameters.
    pub(crate) fn without_env(task: &'a Task, values: &'a [ParamValue]) -> Self {
        Self {
            task,
            values,
            texts: BTreeMap::new(),
        }
    }

    /// Adds a name, such as `OUT`.
    pub(crate) fn set(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.texts.insert(name.into(), text.into());
    }

    /// Variables of the environment with their values.
    pub(crate) fn texts(&self) -> &BTreeMap<String, String> {
        &self.texts
    }
}

impl Scope for InstanceScope<'_> {
    fn param(&self, name: &str) -> Option<&ParamValue> {
        let at = self
            .task
            .params
            .iter()
            .position(|param| param.name == name)?;
        self.values.get(at)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    fn moment(&self, _name: &str) -> Option<NaiveDateTime> {
        None
    }
}

/// What defaults may use: the local time.
pub(super) struct Now(pub NaiveDateTime);

impl Scope for Now {
    fn param(&self, _name: &str) -> Option<&ParamValue> {
        None
    }

    fn text(&self, _name: &str) -> Option<&str> {
        None
    }

    fn moment(&self, name: &str) -> Option<NaiveDateTime> {
        (name == "now").then_some(self.0)
    }
}
