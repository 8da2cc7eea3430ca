//! The instances that an instance requires, and those that a target asks for.

use std::collections::VecDeque;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::catalog::{Catalog, Source};
use super::graph::Edge;
use super::scope::{InstanceScope, Now};
use super::target::unknown_param;
use super::{MOST_INSTANCES, PlanError, Planner, Target};
use crate::systems::pipelines::project::{Param, ParamDefault, Requirement, Wanted};
use crate::systems::pipelines::values::{ParamType, ParamValue, Scope, Template, range};

/// Numbers of the values of one parameter.
type Choices = SmallVec<[u32; 4]>;

impl Planner {
    /// The instances that are asked for, in their order: of each target the last parameter changes
    /// first.
    pub(super) fn all_targets(
        &mut self,
        targets: &[Target],
    ) -> Result<VecDeque<(u32, Vec<u32>)>, PlanError> {
        let catalog = Arc::clone(&self.catalog);
        let own = &catalog.projects[0].project;
        let mut all = VecDeque::new();
        for target in targets {
            let number = catalog.find(&own.name, &target.task);
            let number = number.ok_or_else(|| PlanError::UnknownTask {
                project: own.name.clone(),
                task: target.task.clone(),
            })?;
            let mut lists = Vec::new();
            let task = catalog.task(number);
            let known = |name: &String| task.params.iter().any(|param| param.name == *name);
            if let Some((name, _)) = target.params.iter().find(|(name, _)| !known(name)) {
                return Err(unknown_param(task, name));
            }
            for (place, param) in task.params.iter().enumerate() {
                let given = target.params.iter().find(|(name, _)| *name == param.name);
                lists.push(match given {
                    Some((_, values)) => self.admitted(&task.name, param, values)?,
                    None => self.declared(number, place)?.to_vec().into(),
                });
            }
            let room = MOST_INSTANCES - all.len();
            if combinations(&lists).is_none_or(|count| count > room) {
                let chain = task.name.clone();
                return Err(PlanError::TooMany {
                    most: MOST_INSTANCES,
                    chain,
                });
            }
            each_combination(&lists, |values| {
                all.push_back((number, values.to_vec()));
                Ok(())
            })?;
        }
        if self.options.newest_first {
            let values = &self.graph.values;
            all.make_contiguous().sort_by_cached_key(|(_, numbers)| {
                let moments = numbers
                    .iter()
                    .filter_map(|number| values.get(*number).moment());
                std::cmp::Reverse(moments.collect::<Vec<_>>())
            });
        }
        Ok(all)
    }

    fn admitted(
        &mut self,
        task: &str,
        param: &Param,
        values: &[ParamValue],
    ) -> Result<Choices, PlanError> {
        let mut numbers = Choices::new();
        for value in values {
            let has_kind = value.kind() == param.kind
                || (param.kind == ParamType::Choice && value.kind() == ParamType::String);
            let checked = if has_kind {
                param.admit(value)
            } else {
                Err(format!("expected a value of type {}", param.kind.name()))
            };
            checked.map_err(|problem| PlanError::BadValue {
                task: task.to_owned(),
                param: param.name.clone(),
                problem: format!("{problem}, got {:?}", value.to_string()),
            })?;
            numbers.push(self.graph.values.number(value.clone()));
        }
        Ok(numbers)
    }

    /// The default of a parameter, or each of its values.
    fn declared(&mut self, task: u32, place: usize) -> Result<Arc<[u32]>, PlanError> {
        if let Some(known) = self.declared.get(&(task, place)) {
            return Ok(Arc::clone(known));
        }
        let catalog = Arc::clone(&self.catalog);
        let name = &catalog.task(task).name;
        let param = &catalog.task(task).params[place];
        let values = match (&param.default, &param.values) {
            (Some(ParamDefault::Value(value)), _) => vec![value.clone()],
            (Some(ParamDefault::Template(template)), _) => {
                let now = Now(catalog.now(task));
                let value = template.value_with(param.kind, &now, |text| param.read(text));
                let value = value.and_then(|value| param.admit(&value).map(|()| value));
                vec![value.map_err(|problem| PlanError::BadValue {
                    task: name.clone(),
                    param: param.name.clone(),
                    problem: format!("its default {template}: {problem}"),
                })?]
            }
            (None, Some(values)) if !values.is_empty() => values.clone(),
            (None, _) => {
                let (task, param) = (name.clone(), param.name.clone());
                return Err(PlanError::NoValue { task, param });
            }
        };
        let values = values
            .into_iter()
            .map(|value| self.graph.values.number(value));
        let values: Arc<[u32]> = values.collect();
        self.declared.insert((task, place), Arc::clone(&values));
        Ok(values)
    }

    /// Finds out what an instance requires.
    pub(super) fn expand(&mut self, number: u32) -> Result<(), PlanError> {
        let catalog = Arc::clone(&self.catalog);
        let from = self.graph.needs.len();
        let task = self.graph.node(number).task;
        let entry = &catalog.tasks[task as usize];
        if entry.requires.is_empty() {
            self.graph.end_needs(number, from);
            return Ok(());
        }
        let own: SmallVec<[u32; 8]> = SmallVec::from_slice(self.graph.values_of(&catalog, number));
        let values: SmallVec<[ParamValue; 4]> = own
            .iter()
            .map(|value| self.graph.values.get(*value).clone())
            .collect();
        let known = &catalog.projects[entry.project as usize];
        let scope = if Self::uses_env(&entry.requires) {
            InstanceScope::new(&known.project, &known.env, catalog.task(task), &values)
        } else {
            Ok(InstanceScope::without_env(catalog.task(task), &values))
        };
        let requires = &catalog.task(task).requires;
        let scope = scope
            .map_err(|problem| self.requirement_fault(&catalog, number, &requires[0], problem))?;
        for (no, requirement) in requires.iter().enumerate() {
            let (on, lists) = match self.choices(&catalog, task, no, &own, &scope) {
                Ok(choices) => choices,
                // A value that cannot be: there is no such instance.
                Err(_) if requirement.optional && entry.requires[no].on.is_some() => continue,
                Err(problem) => {
                    return Err(self.requirement_fault(&catalog, number, requirement, problem));
                }
            };
            if combinations(&lists).is_none_or(|count| count > 2 * MOST_INSTANCES) {
                let chain = self.graph.chain(&catalog, number);
                let chain = format!("{chain} → {}", catalog.task(on).name);
                return Err(PlanError::TooMany {
                    most: MOST_INSTANCES,
                    chain,
                });
            }
            each_combination(&lists, |values| {
                let on = self.meet(on, values, number)?;
                if self.graph.needs.len() >= self.most_needs {
                    let chain = self.graph.chain(&catalog, number);
                    return Err(PlanError::TooManyNeeds {
                        most: self.most_needs,
                        chain,
                    });
                }
                self.graph.need(
                    number,
                    Edge {
                        on,
                        optional: requirement.optional,
                    },
                );
                Ok(())
            })?;
        }
        self.graph.end_needs(number, from);
        Ok(())
    }

    fn requirement_fault(
        &mut self,
        catalog: &Catalog,
        number: u32,
        requirement: &Requirement,
        problem: String,
    ) -> PlanError {
        let task = match &requirement.project {
            Some(project) => format!("{project}/{}", requirement.task),
            None => requirement.task.clone(),
        };
        PlanError::Requirement {
            instance: self.graph.name(catalog, number),
            task,
            problem,
        }
    }

    /// The required task, and for each of its parameters the values that are required.
    fn choices(
        &mut self,
        catalog: &Catalog,
        task: u32,
        no: usize,
        own: &[u32],
        scope: &InstanceScope<'_>,
    ) -> Result<(u32, Vec<Choices>), String> {
        let requirement = &catalog.task(task).requires[no];
        let entry = &catalog.tasks[task as usize].requires[no];
        let on = entry.on.ok_or("there is no such task")?;
        let params = &catalog.task(on).params;
        let mut lists = Vec::with_capacity(params.len());
        for (place, (param, source)) in params.iter().zip(&entry.sources).enumerate() {
            lists.push(match *source {
                Source::Inherited {
                    from,
                    as_it_is: true,
                } => smallvec![own[from]],
                Source::Inherited { from, .. } => {
                    smallvec![self.inherited(on, place, param, own[from])?]
                }
                Source::Declaration => {
                    let values = self
                        .declared(on, place)
                        .map_err(|error| error.to_string())?;
                    Choices::from_slice(&values)
                }
                Source::Requirement(at) => {
                    let key = (task, no, at);
                    self.required(key, param, requirement, scope)?
                }
            });
        }
        Ok((on, lists))
    }

    /// The value of a requiring instance's parameter as a value of the required one's.
    fn inherited(
        &mut self,
        on: u32,
        place: usize,
        param: &Param,
        value: u32,
    ) -> Result<u32, String> {
        if let Some(known) = self.inherited.get(&(on, place, value)) {
            return Ok(*known);
        }
        let text = self.graph.values.get(value).to_string();
        let read = param.read(&text);
        let read = read.map_err(|problem| format!("{}: {problem}, got {text:?}", param.name))?;
        let number = self.graph.values.number(read);
        self.inherited.insert((on, place, value), number);
        Ok(number)
    }

    /// The values that stand in a requirement.
    fn required(
        &mut self,
        key: (u32, usize, usize),
        param: &Param,
        requirement: &Requirement,
        scope: &InstanceScope<'_>,
    ) -> Result<Choices, String> {
        if let Some(known) = self.literal.get(&key) {
            return Ok(Choices::from_slice(known));
        }
        let (wanted, optional) = (&requirement.params[key.2].1, requirement.optional);
        let in_param = |problem: String| format!("{}: {problem}", param.name);
        let values = wanted_values(param, wanted, optional, scope).map_err(in_param)?;
        let values = values
            .into_iter()
            .map(|value| self.graph.values.number(value));
        let numbers: Choices = values.collect();
        let is_literal = match wanted {
            Wanted::One(template) => template.as_literal().is_some(),
            Wanted::List(templates) => templates
                .iter()
                .all(|template| template.as_literal().is_some()),
            Wanted::Range(..) => false,
        };
        if is_literal {
            self.literal.insert(key, numbers.as_slice().into());
        }
        Ok(numbers)
    }
}

/// Optional values that cannot be, such as the day before the first one, are left out.
fn wanted_values(
    param: &Param,
    wanted: &Wanted,
    optional: bool,
    scope: &dyn Scope,
) -> Result<Vec<ParamValue>, String> {
    let one = |template: &Template| template.value_with(param.kind, scope, |text| param.read(text));
    let each = |templates: &[Template]| -> Result<Vec<ParamValue>, String> {
        if optional {
            return Ok(templates
                .iter()
                .filter_map(|template| one(template).ok())
                .collect());
        }
        templates.iter().map(one).collect()
    };
    match wanted {
        Wanted::One(template) => each(std::slice::from_ref(template)),
        Wanted::List(templates) => each(templates),
        Wanted::Range(first, last) => {
            let end = |template: &Template| template.value(param.kind, scope);
            let (first, last) = (end(first)?, end(last)?);
            let values = range(&first, &last, MOST_INSTANCES);
            let mut values = values.map_err(|fault| format!("{first}..{last}: {fault}"))?;
            if optional {
                values.retain(|value| param.admit(value).is_ok());
            }
            values.iter().try_for_each(|value| param.admit(value))?;
            Ok(values)
        }
    }
}

/// How many combinations there are; `None`: more than can be counted.
fn combinations(lists: &[Choices]) -> Option<usize> {
    lists
        .iter()
        .try_fold(1_usize, |count, list| count.checked_mul(list.len()))
}

/// All combinations, the last list changing first.
fn each_combination(
    lists: &[Choices],
    mut take: impl FnMut(&[u32]) -> Result<(), PlanError>,
) -> Result<(), PlanError> {
    if lists.iter().any(SmallVec::is_empty) {
        return Ok(());
    }
    let mut places: SmallVec<[usize; 8]> = smallvec![0; lists.len()];
    let mut values: SmallVec<[u32; 8]> = lists.iter().map(|list| list[0]).collect();
    loop {
        take(&values)?;
        let mut at = lists.len();
        loop {
            if at == 0 {
                return Ok(());
            }
            at -= 1;
            places[at] += 1;
            if let Some(value) = lists[at].get(places[at]) {
                values[at] = *value;
                break;
            }
            places[at] = 0;
            values[at] = lists[at][0];
        }
    }
}
