//! The projects: how the last run of each has ended, and when the next one begins.

use askama::Template;

use super::data::{ProjectList, ProjectSummary, RunPage, TriggerList, read};
use super::room::ROOT;
use super::shown::{moment, run_path};
use crate::clock;
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded, number};

#[derive(Template)]
#[template(path = "systems/pipelines/pages/projects.html")]
struct ProjectsPage<'a> {
    frame: &'a Frame,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    href: String,
    tasks: String,
    faults: Option<String>,
    run: Option<LastRun>,
    /// When it fires next, and which trigger does.
    next: Option<(Markup, String)>,
}

struct LastRun {
    href: String,
    state: Markup,
    ago: Markup,
}

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let data = "/v1/projects";
    let list: ProjectList = read(asked.get(data).await?);
    let mut rows = Vec::with_capacity(list.projects.len());
    for project in &list.projects {
        rows.push(row(asked, project).await);
    }
    let frame = &asked.frame.clone().with_data(data);
    Answer::page(&ProjectsPage { frame, rows })
}

async fn row(asked: &Asked<'_>, project: &ProjectSummary) -> Row {
    let frame = &asked.frame;
    let name = encoded(&project.project);
    let runs = format!("/v1/runs?project={name}&limit=1");
    let runs: RunPage = read(asked.get_part(&runs).await);
    let triggers = format!("/v1/projects/{name}/triggers");
    let triggers: TriggerList = read(asked.get_part(&triggers).await);
    let next = triggers.triggers.iter().filter_map(|trigger| {
        let at = clock::parse(trigger.next.first()?)?;
        Some((at, trigger.trigger.clone()))
    });
    let next = next.min();
    Row {
        href: frame.path(&format!("{ROOT}/{name}")),
        tasks: number(project.tasks),
        faults: match project.faults {
            0 => None,
            faults => Some(frame.words.count("pipelines-faults", faults)),
        },
        run: runs.runs.first().map(|run| LastRun {
            href: frame.path(&run_path(&run.id)),
            state: frame.state(&run.state),
            ago: moment(&run.created_at).map_or_else(Markup::default, |at| frame.ago(at)),
        }),
        next: next.map(|(at, trigger)| (frame.exact(at), trigger)),
        name: project.project.clone(),
    }
}
