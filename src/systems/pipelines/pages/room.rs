//! Which page of pipelines a path is for.

use async_trait::async_trait;

use super::{
    dates_page, graph_page, project_page, projects_page, run_page, runs_page, startables, task_page,
};
use crate::ui::{Answer, Asked, PageError, Room, Startable};

pub(super) const ROOT: &str = "/pipelines";

pub(super) struct PipelinesRoom;

#[async_trait]
impl Room for PipelinesRoom {
    fn root(&self) -> &'static str {
        ROOT
    }

    fn name(&self) -> &'static str {
        "pipelines-nav"
    }

    fn key(&self) -> char {
        'p'
    }

    async fn startables(&self, asked: &Asked<'_>) -> Vec<Startable> {
        startables::of(asked).await
    }

    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            [] => projects_page::show(asked).await,
            ["runs"] => runs_page::show(asked).await,
            ["runs", id] => run_page::show(asked, id).await,
            [project] => project_page::show(asked, project, None).await,
            [project, "dates"] => dates_page::show(asked, project, None).await,
            [project, "graph"] => graph_page::show(asked, project).await,
            [project, "tasks", task] => task_page::show(asked, project, task).await,
            _ => Err(PageError::nothing_here()),
        }
    }

    async fn act(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            ["runs", id, action @ ("cancel" | "retry")] => run_page::act(asked, id, action).await,
            [project, "dates"] => dates_page::start(asked, project).await,
            [project, "tasks", task] => task_page::start(asked, project, task).await,
            [
                project,
                "triggers",
                trigger,
                action @ ("fire" | "pause" | "resume"),
            ] => project_page::act(asked, project, trigger, action).await,
            _ => Err(PageError::nothing_here()),
        }
    }
}
