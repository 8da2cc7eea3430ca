//! What jobs hold while they run: slots of resources, and places of tasks with a limit.

use std::sync::Arc;

use super::project::{Project, Task};
use super::projects::Projects;
use crate::engine::store::SlotCapacities;

/// How many slots there are, by the files as they are now.
#[derive(Clone, Debug)]
pub(crate) struct Capacities(pub Arc<Projects>);

/// The slots that an attempt at a task takes.
pub(crate) fn of_task(project: &str, task: &Task) -> Vec<(String, u32)> {
    let resources = task.resources.iter();
    let resources = resources.map(|(name, amount)| (resource(project, name), *amount));
    let place = task.at_once.map(|_| (place_of(project, &task.name), 1));
    resources.chain(place).collect()
}

/// What there are slots of in a project: its name there, the name among all projects, and how many.
pub(crate) fn of_project(project: &Project) -> Vec<(String, String, u32)> {
    let own = &project.name;
    let resources = project.resources.iter();
    let resources = resources.map(|(name, slots)| (name.clone(), resource(own, name), *slots));
    let places = project.tasks.iter().filter_map(|task| {
        let name = format!("{}()", task.name);
        Some((name, place_of(own, &task.name), task.at_once?))
    });
    resources.chain(places).collect()
}

fn resource(project: &str, name: &str) -> String {
    format!("{project}/{name}")
}

/// `()` keeps it apart from a resource of the same name.
fn place_of(project: &str, task: &str) -> String {
    format!("{project}/{task}()")
}

/// What the name of slots stands for.
pub(crate) enum Words<'n> {
    Resource(&'n str),
    /// Places of a task with a limit.
    Task(&'n str),
}

/// The name of slots as people know it.
pub(crate) fn words(slot: &str) -> Words<'_> {
    let (_, name) = slot.split_once('/').unwrap_or(("", slot));
    match name.strip_suffix("()") {
        Some(task) => Words::Task(task),
        None => Words::Resource(name),
    }
}

impl SlotCapacities for Capacities {
    fn capacity(&self, name: &str) -> Option<u32> {
        let (project, name) = name.split_once('/')?;
        let known = self.0.find(project)?;
        match name.strip_suffix("()") {
            Some(task) => known.project.task(task)?.at_once,
            None => {
                let mut resources = known.project.resources.iter();
                resources
                    .find(|(known, _)| known == name)
                    .map(|(_, slots)| *slots)
            }
        }
    }
}
