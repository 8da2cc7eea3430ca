//! Runs that can be started: the tasks of each project, for the page that lists what can be started.

use super::data::{Project, ProjectList, Task, read};
use super::room::ROOT;
use crate::ui::{Asked, Startable, encoded};

/// Projects, and tasks of each, that are listed. A project's own page has all of them.
const PROJECTS: usize = 20;
const TASKS: usize = 100;

pub(super) async fn of(asked: &Asked<'_>) -> Vec<Startable> {
    let list: ProjectList = read(asked.get_part("/v1/projects").await);
    let mut startables = Vec::new();
    for project in list.projects.iter().take(PROJECTS) {
        let name = encoded(&project.project);
        let known = asked.get_part(&format!("/v1/projects/{name}")).await;
        let known: Project = read(known);
        let frame = &asked.frame;
        let tasks = known.tasks.iter().filter(|task| can_be_made(task));
        let forms = tasks.take(TASKS).map(|task| {
            let path = format!("{ROOT}/{name}/tasks/{}", encoded(&task.task));
            let help = task.help.clone().unwrap_or_default();
            (task.task.clone(), frame.path(&path), help)
        });
        let forms: Vec<_> = forms.collect();
        if forms.is_empty() {
            continue;
        }
        startables.push(Startable {
            icon: "pipeline",
            title: frame
                .words
                .with("pipelines-new-run", "project", &project.project),
            href: frame.path(&format!("{ROOT}/{name}")),
            forms,
        });
    }
    startables
}

/// A task that only looks whether something is there makes nothing by itself.
fn can_be_made(task: &Task) -> bool {
    task.body.is_some() || !task.requires.is_empty()
}
