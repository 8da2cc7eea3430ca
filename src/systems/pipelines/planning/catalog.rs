//! The tasks of a project and of those that it requires, prepared: names are numbers, and where the
//! values of requirements come from is decided once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::systems::pipelines::project::{Param, Project, Requirement, Task, Wanted};
use crate::systems::pipelines::values::{ParamType, Piece, Template};

/// A project with what takes precedence over its `env`.
#[derive(Clone, Debug)]
pub(crate) struct PlanProject {
    pub project: Arc<Project>,
    pub env: BTreeMap<String, String>,
}

/// Tasks by number, in the order of their files; those of the planned project come first.
#[derive(Debug)]
pub(super) struct Catalog {
    pub projects: Vec<PlanProject>,
    pub tasks: Vec<CatalogTask>,
    /// Tasks by project and name.
    numbers: HashMap<String, HashMap<String, u32>>,
    now: DateTime<Utc>,
}

#[derive(Debug)]
pub(super) struct CatalogTask {
    pub project: u32,
    /// Its place in the project.
    pub place: u32,
    pub makes: Makes,
    /// Places of significant parameters, by their names.
    pub named: Vec<usize>,
    pub requires: Vec<CatalogRequirement>,
}

/// What a task is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Makes {
    /// It has a body.
    Outputs,
    /// Its outputs are made by others.
    Nothing,
    /// It only holds requirements together.
    Group,
}

#[derive(Debug)]
pub(super) struct CatalogRequirement {
    /// `None`: unknown, which is a fault once it is needed.
    pub on: Option<u32>,
    /// For each parameter of the required task.
    pub sources: Vec<Source>,
    /// Whether a template uses the environment.
    pub uses_env: bool,
}

/// Where the values of a parameter come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// From the requirement, at this place.
    Requirement(usize),
    /// From the requiring instance's parameter at this place.
    Inherited {
        from: usize,
        /// Whether every value of the one is a value of the other.
        as_it_is: bool,
    },
    /// From its own `default` or `values`.
    Declaration,
}

impl Catalog {
    /// `find` answers other projects by name.
    pub fn new(
        own: PlanProject,
        find: &dyn Fn(&str) -> Option<PlanProject>,
        now: DateTime<Utc>,
    ) -> Self {
        let mut catalog = Self {
            projects: Vec::new(),
            tasks: Vec::new(),
            numbers: HashMap::new(),
            now,
        };
        catalog.add(own);
        let mut at = 0;
        while let Some(known) = catalog.projects.get(at) {
            let project = Arc::clone(&known.project);
            let others = project.tasks.iter().flat_map(|task| &task.requires);
            for name in others.filter_map(|requirement| requirement.project.as_ref()) {
                if !catalog.numbers.contains_key(name)
                    && let Some(other) = find(name)
                {
                    catalog.add(other);
                }
            }
            at += 1;
        }
        for number in 0..catalog.tasks.len() {
            let requires = catalog.requirements(number);
            catalog.tasks[number].requires = requires;
        }
        catalog
    }

    fn add(&mut self, known: PlanProject) {
        let number = to_u32(self.projects.len());
        let names = known.project.tasks.iter().map(|task| task.name.clone());
        let numbers = names.zip(to_u32(self.tasks.len())..);
        self.numbers
            .insert(known.project.name.clone(), numbers.collect());
        for (place, task) in known.project.tasks.iter().enumerate() {
            let significant = task.params.iter().enumerate();
            let significant = significant.filter(|(_, param)| param.significant);
            let mut named: Vec<usize> = significant.map(|(place, _)| place).collect();
            named.sort_by_key(|place| &task.params[*place].name);
            self.tasks.push(CatalogTask {
                project: number,
                place: to_u32(place),
                makes: if task.is_group() {
                    Makes::Group
                } else if task.is_made_by_others() {
                    Makes::Nothing
                } else {
                    Makes::Outputs
                },
                named,
                requires: Vec::new(),
            });
        }
        self.projects.push(known);
    }

    fn requirements(&self, number: usize) -> Vec<CatalogRequirement> {
        let project = self.project(to_u32(number));
        let task = self.task(to_u32(number));
        let prepare = |requirement: &Requirement| {
            let of = requirement.project.as_ref().unwrap_or(&project.name);
            let on = self.find(of, &requirement.task);
            let params = on.map_or(&[][..], |on| self.task(on).params.as_slice());
            CatalogRequirement {
                on,
                sources: params
                    .iter()
                    .map(|param| source(task, requirement, param))
                    .collect(),
                uses_env: uses_env(task, requirement),
            }
        };
        task.requires.iter().map(prepare).collect()
    }

    pub fn find(&self, project: &str, task: &str) -> Option<u32> {
        self.numbers.get(project)?.get(task).copied()
    }

    pub fn project(&self, task: u32) -> &Project {
        &self.projects[self.tasks[task as usize].project as usize].project
    }

    pub fn task(&self, task: u32) -> &Task {
        &self.project(task).tasks[self.tasks[task as usize].place as usize]
    }

    /// The local time of a task's project.
    pub fn now(&self, task: u32) -> NaiveDateTime {
        self.now
            .with_timezone(&self.project(task).timezone)
            .naive_local()
    }
}

fn source(task: &Task, requirement: &Requirement, param: &Param) -> Source {
    if let Some(place) = requirement
        .params
        .iter()
        .position(|(name, _)| *name == param.name)
    {
        return Source::Requirement(place);
    }
    match task.params.iter().position(|own| own.name == param.name) {
        Some(from) => Source::Inherited {
            from,
            as_it_is: admits_all_of(param, &task.params[from]),
        },
        None => Source::Declaration,
    }
}

/// Whether every value of `other` surely is a value of `param`.
fn admits_all_of(param: &Param, other: &Param) -> bool {
    let is_text = matches!(param.kind, ParamType::String | ParamType::Choice);
    let same_values = match (&param.values, &other.values) {
        (None, _) => true,
        (Some(values), Some(others)) => others.iter().all(|value| values.contains(value)),
        (Some(_), None) => false,
    };
    let plain = |param: &Param| param.pattern.is_none() && param.kind == ParamType::String;
    param.kind == other.kind
        && same_values
        && param.min.is_none()
        && param.max.is_none()
        && (!is_text
            || param.values.is_some()
            || (plain(param) && plain(other) && other.values.is_none()))
}

fn uses_env(task: &Task, requirement: &Requirement) -> bool {
    let templates = requirement
        .params
        .iter()
        .flat_map(|(_, wanted)| match wanted {
            Wanted::One(template) => vec![template],
            Wanted::List(templates) => templates.iter().collect(),
            Wanted::Range(first, last) => vec![first, last],
        });
    let is_variable = |piece: &Piece| match piece {
        Piece::Text(_) => false,
        Piece::Value { name, .. } => task.params.iter().all(|param| param.name != *name),
    };
    templates
        .into_iter()
        .any(|template: &Template| template.pieces.iter().any(is_variable))
}

/// There are never more than a few hundred thousand of anything that is counted in a plan.
pub(super) fn to_u32(number: usize) -> u32 {
    u32::try_from(number).expect("numbers in a plan are bounded far below")
}
