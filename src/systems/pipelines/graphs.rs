//! Graphs of what there is: the instances of a run with their states, the tasks of a project.

use std::collections::HashMap;

use entity::JobState;
use tokio::sync::Semaphore;

use super::error::PipelineError;
use super::graph::{BOXES_MAX, Drawn, Graph, GraphNode, NodeState, collapsed, neighbourhood};
use super::planning::{Action, read_identity};
use super::project::{Project, Requirement, shown_name};
use super::store::GraphRow;
use crate::engine::seam::blocking;

/// Boxes and edges of a graph that is drawn: nobody looks at more, and an answer has to have an end.
const DRAWN_BOXES_MAX: usize = 20_000;
const DRAWN_EDGES_MAX: usize = 100_000;

/// Graphs that are drawn at the same time; others wait.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Which part of a graph is asked for, and how.
#[derive(Clone, Debug)]
pub(crate) struct GraphRequest {
    /// Instances of a task in the same layer are one box where there are many.
    pub collapses: bool,
    /// The id of a node: only what is near it.
    pub focus: Option<String>,
    /// How many edges away from the focus, in either direction.
    pub hops: u32,
}

impl GraphRequest {
    /// Draws the part of a graph that is asked for.
    pub(crate) fn draw(&self, graph: Graph) -> Result<Drawn, PipelineError> {
        let (graph, focus) = match &self.focus {
            Some(id) => {
                let focus = graph.nodes.iter().position(|node| node.is_called(id));
                let focus = focus.ok_or_else(|| PipelineError::NoFocus(shown_name(id)))?;
                let (near, focus) = neighbourhood(graph, focus as u32, self.hops);
                (near, Some(focus))
            }
            None => (graph, None),
        };
        let graph = match self.collapses && graph.nodes.len() > BOXES_MAX {
            true => collapsed(&graph, focus),
            false => graph,
        };
        let (boxes, edges) = (graph.nodes.len(), graph.edges.len());
        match boxes > DRAWN_BOXES_MAX || edges > DRAWN_EDGES_MAX {
            true => Err(PipelineError::LargeGraph { boxes, edges }),
            false => Ok(Drawn::new(graph)),
        }
    }
}

/// Runs work that keeps a processor busy on a thread of its own.
pub(crate) async fn draw_apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PipelineError> + Send + 'static,
) -> Result<T, PipelineError> {
    let turn = AT_ONCE.acquire().await;
    let drawn = blocking(move || Ok(work())).await;
    drop(turn);
    drawn?
}

/// The instances of a run, in the order of its plan.
pub(crate) fn graph_of_run(rows: Vec<GraphRow>) -> Graph {
    let mut graph = Graph::default();
    let numbers: Vec<i32> = rows.iter().map(|row| row.no).collect();
    for (place, row) in (0..).zip(rows) {
        // What is stored was JSON when it was stored.
        let needs: Vec<i32> = serde_json::from_str(&row.needs).unwrap_or_default();
        let needs = needs.iter().filter_map(|no| numbers.binary_search(no).ok());
        let edges = needs.map(|need| (need as u32, place));
        graph.edges.extend(edges);
        let (task, params) = read_identity(&row.identity);
        graph.nodes.push(GraphNode {
            task: task.to_owned(),
            params,
            state: state_of(&row),
            id: match row.job {
                Some(job) => job.to_string(),
                None => row.identity.clone(),
            },
            name: row.identity,
            stack: None,
        });
    }
    graph
}

/// As in the counts of a run: the state of the job, or what the plan has said.
pub(crate) fn state_of(row: &GraphRow) -> Option<NodeState> {
    let is = |action: Action| row.action == action.as_str();
    Some(match row.state {
        // A group that has succeeded has made nothing.
        Some(JobState::Succeeded) if is(Action::Group) => NodeState::Group,
        Some(JobState::Blocked) => NodeState::Blocked,
        Some(JobState::Queued) => NodeState::Queued,
        Some(JobState::Running) => NodeState::Running,
        Some(JobState::Parked) => NodeState::Parked,
        Some(JobState::Succeeded) => NodeState::Succeeded,
        Some(JobState::Failed) => NodeState::Failed,
        Some(JobState::Cancelled) => NodeState::Cancelled,
        Some(JobState::Skipped) => NodeState::Skipped,
        None => {
            let mut known = NodeState::ALL.into_iter();
            return known.find(|state| state.as_str() == row.action);
        }
    })
}

/// The tasks of a project, and those of other projects that they need.
pub(crate) fn graph_of_project(project: &Project) -> Graph {
    let mut graph = Graph::default();
    let mut places = HashMap::new();
    for task in &project.tasks {
        places.insert(task.name.clone(), graph.nodes.len() as u32);
        graph.nodes.push(task_node(task.name.clone()));
    }
    for (place, task) in (0..).zip(&project.tasks) {
        for requirement in &task.requires {
            let name = full_name(requirement);
            let next = graph.nodes.len() as u32;
            let need = *places.entry(name.clone()).or_insert(next);
            if need == next {
                graph.nodes.push(task_node(name));
            }
            graph.edges.push((need, place));
        }
    }
    graph
}

fn full_name(requirement: &Requirement) -> String {
    match &requirement.project {
        Some(project) => format!("{project}/{}", requirement.task),
        None => requirement.task.clone(),
    }
}

fn task_node(name: String) -> GraphNode {
    GraphNode {
        id: name.clone(),
        name: name.clone(),
        task: name,
        ..GraphNode::default()
    }
}
