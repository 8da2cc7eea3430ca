//! What is known outside of a file, and what a file says as a whole.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::declaration::Declared;
use super::fault::Faults;
use super::model::Project;
use super::param::Param;
use super::spot::Spot;

/// What is known of the place where a file is used. What is not known is not checked.
#[derive(Clone, Copy, Default)]
pub(crate) struct Surroundings<'s> {
    /// The other projects of the server. Files that require each other are read twice: first each
    /// by itself, then with the projects that were found so.
    pub projects: Option<&'s BTreeMap<String, Arc<Project>>>,
    /// Names of the databases that statements may use.
    pub connections: Option<&'s BTreeSet<String>>,
    /// Of these, databases that commit statements which define tables by themselves.
    pub commits_definitions: Option<&'s BTreeSet<String>>,
    /// Whether outputs may ask the host of an address such as `https://example.com:8080/`.
    pub is_allowed: Option<&'s dyn Fn(&str) -> bool>,
    /// Whether sources may be directories of this machine.
    pub git_file: Option<bool>,
    /// Texts that take precedence over `env` of the file.
    pub env: Option<&'s BTreeMap<String, String>>,
    /// The directory of the project.
    pub places: Option<&'s dyn Places>,
}

/// What the paths in a file lead to. An error says what is wrong with one.
pub(crate) trait Places {
    /// Of an output.
    fn path(&self, written: &str) -> Result<(), String>;

    /// Of several outputs.
    fn pattern(&self, written: &str) -> Result<(), String>;

    /// In which commands are executed.
    fn directory(&self, written: &str) -> Result<(), String>;
}

/// What all tasks and triggers of a file may refer to.
pub(super) struct Context<'c> {
    pub surroundings: Surroundings<'c>,
    pub project: &'c str,
    pub env: HashSet<&'c str>,
    pub secrets: HashSet<&'c str>,
    /// `None` where their number is wrong.
    pub resources: HashMap<&'c str, Option<u32>>,
    pub heads: Vec<Head<'c>>,
    /// Places in `heads`.
    pub by_name: HashMap<&'c str, usize>,
    /// Whether the tasks stand somewhere else, in the commit of the source.
    pub has_tasks_elsewhere: bool,
}

/// A task whose parameters are read.
pub(super) struct Head<'c> {
    pub name: &'c str,
    pub spot: Spot<'c>,
    /// `None` if they cannot be made out.
    pub params: Option<Vec<Declared>>,
}

/// The parameters of a task that something refers to.
pub(super) enum Target<'t> {
    Here(&'t Head<'t>),
    Elsewhere(&'t [Param]),
    /// It may be good, but nothing is known of it.
    Unknown,
}

/// Whether something is known, and good.
pub(super) type TargetParam<'t> = (&'t str, Option<&'t Param>);

impl<'c> Context<'c> {
    pub fn head(&self, name: &str) -> Option<&Head<'c>> {
        self.by_name.get(name).map(|index| &self.heads[*index])
    }

    /// `task` or `project/task`; `None` after a fault.
    pub fn target(
        &self,
        reference: &str,
        spot: &Spot<'_>,
        faults: &mut Faults,
    ) -> Option<Target<'_>> {
        let (project, task) = split(reference);
        if project.is_none_or(|project| project == self.project) {
            return self.target_here(task, spot, faults);
        }
        let (Some(project), Some(projects)) = (project, self.surroundings.projects) else {
            return Some(Target::Unknown);
        };
        let Some(found) = projects.get(project) else {
            let hint = faults.hint(project, projects.keys().map(String::as_str));
            faults.value(spot, format!("unknown project `{project}`{hint}"));
            return None;
        };
        if found.is_to_be_fetched() {
            return Some(Target::Unknown);
        }
        let Some(found) = found.task(task) else {
            let hint = faults.hint(task, found.tasks.iter().map(|task| task.name.as_str()));
            faults.value(spot, format!("unknown task `{task}` of {project}{hint}"));
            return None;
        };
        Some(Target::Elsewhere(&found.params))
    }

    fn target_here(&self, task: &str, spot: &Spot<'_>, faults: &mut Faults) -> Option<Target<'_>> {
        if let Some(head) = self.head(task) {
            return Some(Target::Here(head));
        }
        if self.has_tasks_elsewhere {
            return Some(Target::Unknown);
        }
        let hint = faults.hint(task, self.heads.iter().map(|head| head.name));
        faults.value(spot, format!("unknown task `{task}`{hint}"));
        None
    }

    pub fn check_secret(&self, name: &str, spot: &Spot<'_>, faults: &mut Faults) {
        if !self.secrets.contains(name) {
            let mut known: Vec<&str> = self.secrets.iter().copied().collect();
            known.sort_unstable();
            let hint = faults.hint(name, known);
            faults.value(spot, format!("unknown secret `{name}`{hint}"));
        }
    }

    pub fn check_connection(&self, name: &str, spot: &Spot<'_>, faults: &mut Faults) {
        let Some(connections) = self.surroundings.connections else {
            return;
        };
        if !connections.contains(name) {
            let hint = faults.hint(name, connections.iter().map(String::as_str));
            let name = super::fault::quoted(name);
            faults.value(spot, format!("unknown connection {name}{hint}"));
        }
    }
}

impl<'t> Target<'t> {
    /// `None` if the parameters are not known.
    pub fn params(&self) -> Option<Vec<TargetParam<'t>>> {
        match self {
            Self::Here(head) => {
                let params = head.params.as_ref()?.iter();
                Some(
                    params
                        .map(|one| (one.name.as_str(), one.param.as_ref()))
                        .collect(),
                )
            }
            Self::Elsewhere(params) => Some(
                params
                    .iter()
                    .map(|param| (param.name.as_str(), Some(param)))
                    .collect(),
            ),
            Self::Unknown => None,
        }
    }
}

/// `project/task` in its parts.
pub(super) fn split(reference: &str) -> (Option<&str>, &str) {
    match reference.split_once('/') {
        Some((project, task)) => (Some(project), task),
        None => (None, reference),
    }
}
