//! Reads what a task requires.

use std::collections::HashMap;

use super::context::{Context, Head, Target, TargetParam, split};
use super::fault::{Faults, Place, quoted};
use super::format::TASK;
use super::model::{Requirement, Wanted};
use super::names::{Names, is_unchanged};
use super::param::Param;
use super::spot::Spot;
use super::task::input_name;
use super::wanted;
use crate::systems::pipelines::values::ParamType;
use crate::yaml::Content;

/// The requirements of a task.
#[derive(Default)]
pub(super) struct Required {
    pub requirements: Vec<Requirement>,
    /// Tasks of the file that get all parameters as they are.
    pub edges: Vec<(usize, Place)>,
}

pub(super) fn read_all(
    head: &Head<'_>,
    context: &Context<'_>,
    names: &Names<'_>,
    faults: &mut Faults,
) -> Required {
    let mut required = Required::default();
    let Some(list) = head.spot.get("requires") else {
        return required;
    };
    let mut inputs: HashMap<String, u32> = HashMap::new();
    for below in list.elements() {
        let reference = match &below.node.content {
            Content::Mapping(_) => below.text_at("task"),
            _ => below.text(),
        };
        let Some(reference) = reference.filter(|text| (TASK.accepts)(text)) else {
            continue;
        };
        let line = below.node.position.line;
        if let Some(first) = inputs.insert(input_name(reference), line) {
            let name = quoted(&input_name(reference));
            let problem = format!("the variable {name} is there already, by line {first}");
            faults.value(&below, problem);
            continue;
        }
        let requirement = Reading {
            head,
            context,
            names,
        };
        requirement.read(reference, &below, &mut required, faults);
    }
    required
}

struct Reading<'r> {
    head: &'r Head<'r>,
    context: &'r Context<'r>,
    names: &'r Names<'r>,
}

impl Reading<'_> {
    fn read(&self, reference: &str, spot: &Spot<'_>, required: &mut Required, faults: &mut Faults) {
        let task_spot = spot.get("task").unwrap_or(*spot);
        let Some(target) = self.context.target(reference, &task_spot, faults) else {
            return;
        };
        let (project, task) = split(reference);
        let known = target.params();
        let mut params = Vec::new();
        let given = spot
            .entries()
            .filter(|(key, _)| !matches!(*key, "task" | "optional"));
        let given: Vec<(&str, Spot<'_>)> = given.collect();
        for (name, below) in &given {
            let Some(param) = self.find(name, task, known.as_deref(), below, faults) else {
                continue;
            };
            let wanted = wanted::read(below, param, self.names, faults);
            params.extend(wanted.map(|wanted| ((*name).to_owned(), wanted)));
        }
        for (name, param) in known.iter().flatten() {
            if !given.iter().any(|(given, _)| given == name) {
                self.check_left_out(task, name, *param, spot, faults);
            }
        }
        let is_unchanged = params.iter().all(|(name, wanted)| match wanted {
            Wanted::One(template) => is_unchanged(template, name),
            Wanted::List(_) | Wanted::Range(..) => false,
        });
        if let (Target::Here(_), true) = (&target, is_unchanged)
            && let Some(index) = self.context.by_name.get(task)
        {
            required.edges.push((*index, spot.value_place()));
        }
        required.requirements.push(Requirement {
            project: project
                .filter(|name| *name != self.context.project)
                .map(str::to_owned),
            task: task.to_owned(),
            params,
            optional: spot.get("optional").is_some_and(|below| below.is_true()),
        });
    }

    /// The parameter of the required task: `Some(None)` if nothing is known of it.
    fn find<'p>(
        &self,
        name: &str,
        task: &str,
        known: Option<&[TargetParam<'p>]>,
        spot: &Spot<'_>,
        faults: &mut Faults,
    ) -> Option<Option<&'p Param>> {
        let Some(known) = known else {
            return Some(None);
        };
        let found = known.iter().find(|(known, _)| *known == name);
        if found.is_none() {
            let names = known.iter().map(|(name, _)| *name).chain(["optional"]);
            let hint = faults.hint(name, names);
            faults.key(spot, format!("{task} has no such parameter{hint}"));
        }
        found.map(|(_, param)| *param)
    }

    /// What is not given is the requiring instance's of the same name, the default, or each of the
    /// values.
    fn check_left_out(
        &self,
        task: &str,
        name: &str,
        param: Option<&Param>,
        spot: &Spot<'_>,
        faults: &mut Faults,
    ) {
        let (Some(param), Some(own)) = (param, &self.head.params) else {
            return;
        };
        let Some(same) = own.iter().find(|declared| declared.name == name) else {
            if !param.has_value() {
                let word = param.kind.name();
                let problem =
                    format!("{task} needs a value for {name}; expected `{name}:` ({word})");
                faults.value(spot, problem);
            }
            return;
        };
        let Some(same) = &same.param else {
            return;
        };
        let is_text = |param: &Param| matches!(param.kind, ParamType::String | ParamType::Choice);
        if same.kind != param.kind && !is_text(param) {
            let problem = format!(
                "{task} would get {name} of this task, which is of the type {}; expected {}",
                same.kind.name(),
                param.kind.name(),
            );
            faults.value(spot, problem);
        }
    }
}
