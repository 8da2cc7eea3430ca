//! The graph of a project's tasks.

use askama::Template;

use super::data::{Graph, read};
use super::graph::Picture;
use super::room::ROOT;
use crate::ui::{Answer, Asked, Frame, PageError, encoded};

#[derive(Template)]
#[template(path = "systems/pipelines/pages/project-graph.html")]
struct GraphPage<'a> {
    frame: &'a Frame,
    project: &'a str,
    project_href: String,
    graph: Picture,
}

pub(super) async fn show(asked: &Asked<'_>, project: &str) -> Result<Answer, PageError> {
    let name = encoded(project);
    let data = format!("/v1/projects/{name}/graph");
    let graph: Graph = read(asked.get(&data).await?);
    let frame = &asked.frame.clone().with_data(data);
    Answer::page(&GraphPage {
        frame,
        project,
        project_href: frame.path(&format!("{ROOT}/{name}")),
        graph: Picture::of_project(frame, &graph, project),
    })
}
