//! A graph as callers see it.

use std::collections::BTreeMap;

use poem_openapi::Object;
use serde::Serialize;

use crate::http::body::Word;
use crate::systems::pipelines::api::words::NodeStates;
use crate::systems::pipelines::graph::{Drawn, GraphNode, Point, Rect, Route};

/// Boxes in layers from left to right, and edges between them; lengths are pixels.
#[derive(Object, Serialize)]
pub(super) struct GraphView {
    width: i32,
    height: i32,
    /// In the order of the plan, or of the file.
    nodes: Vec<NodeView>,
    edges: Vec<EdgeView>,
}

/// An instance, several instances of a task, or a task.
#[derive(Object, Serialize)]
struct NodeView {
    /// Of an instance the id of its job, and its name where it has none; of several the task with `@` and
    /// their layer; of a task its name.
    id: String,
    /// That of another project begins with its name and `/`.
    task: String,
    /// Significant parameters; of several instances those that they have in common.
    params: BTreeMap<String, String>,
    /// Of several instances the state that most needs a look; null: there is no run.
    state: Option<Word<NodeStates>>,
    /// Of the left border. It is further right than that of everything that it needs.
    x: i32,
    /// Of the upper border.
    y: i32,
    w: i32,
    h: i32,
    /// How many instances it stands for; not there: one.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    /// How many of them are in each state.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    states: Option<BTreeMap<String, u32>>,
}

/// An edge: the second node needs the first one.
#[derive(Object, Serialize)]
struct EdgeView {
    from: String,
    to: String,
    /// `[x, y]`, from the right border of the first box to the left border of the second one. No box stands
    /// where the height changes.
    points: Vec<Vec<i32>>,
}

impl GraphView {
    pub(super) fn of(drawn: &Drawn) -> Self {
        let nodes = &drawn.graph.nodes;
        let placed = nodes.iter().zip(&drawn.layout.boxes);
        let edges = drawn.layout.routes.iter();
        Self {
            width: drawn.layout.width,
            height: drawn.layout.height,
            nodes: placed
                .map(|(node, rect)| NodeView::of(node, rect))
                .collect(),
            edges: edges.map(|route| EdgeView::of(nodes, route)).collect(),
        }
    }
}

impl NodeView {
    fn of(node: &GraphNode, rect: &Rect) -> Self {
        let stack = node.stack.as_ref();
        let states = stack.map(|stack| {
            let states = stack.states.iter();
            let states = states.map(|(state, count)| (state.as_str().to_owned(), *count));
            states.collect()
        });
        Self {
            id: node.id.clone(),
            task: node.task.clone(),
            params: node.params.iter().cloned().collect(),
            state: node.state.map(Word),
            x: rect.x,
            y: rect.y,
            w: rect.width,
            h: rect.height,
            count: stack.map(|stack| stack.count),
            states,
        }
    }
}

impl EdgeView {
    fn of(nodes: &[GraphNode], route: &Route) -> Self {
        let points = route.points.iter().map(|Point { x, y }| vec![*x, *y]);
        Self {
            from: nodes[route.from as usize].id.clone(),
            to: nodes[route.to as usize].id.clone(),
            points: points.collect(),
        }
    }
}
