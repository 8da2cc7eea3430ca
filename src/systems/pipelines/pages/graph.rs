//! A graph as a picture in a page: boxes in layers, with links.

use std::fmt::Write;

use askama::Template;

use super::data::{Graph, Node};
use super::shown::counted;
use crate::ui::{Frame, Markup, encoded, look, query};

/// What the sheets of a stack take above and beside the first one.
const STACK: i32 = 6;

#[derive(Template)]
#[template(path = "systems/pipelines/pages/graph.html")]
pub(super) struct Picture {
    width: i32,
    height: i32,
    title: String,
    /// Paths of edges, and whether they begin at what has failed.
    edges: Vec<(String, bool)>,
    boxes: Vec<GraphBox>,
}

struct GraphBox {
    href: Option<String>,
    /// Empty: there is no run.
    look: &'static str,
    icon: Option<Markup>,
    name: String,
    detail: String,
    /// All that is known of it.
    full: String,
    x: i32,
    y: i32,
    width: i32,
    height: i32,
    is_stack: bool,
}

impl Picture {
    /// The instances of a run; one without a job, or several, lead to what is near them.
    pub(super) fn of_run(frame: &Frame, graph: &Graph, here: &str) -> Self {
        Self::of(frame, graph, |node| {
            let is_job =
                node.id.len() == 32 && node.id.bytes().all(|byte| byte.is_ascii_hexdigit());
            let path = match node.count {
                Some(_) => format!("{here}{}", query(&[("task", &node.task)])),
                None if is_job => format!("/jobs/{}", node.id),
                None => format!("{here}{}", query(&[("focus", &node.id)])),
            };
            Some(path)
        })
    }

    /// The tasks of a project.
    pub(super) fn of_project(frame: &Frame, graph: &Graph, project: &str) -> Self {
        Self::of(frame, graph, |node| {
            let (project, task) = node.task.split_once('/').unwrap_or((project, &node.task));
            let (project, task) = (encoded(project), encoded(task));
            Some(format!("/pipelines/{project}/tasks/{task}"))
        })
    }

    fn of(frame: &Frame, graph: &Graph, path: impl Fn(&Node) -> Option<String>) -> Self {
        let failed = |id: &str| {
            let mut nodes = graph.nodes.iter().filter(|node| node.id == id);
            let state = nodes.next().and_then(|node| node.state.as_deref());
            matches!(state, Some("failed" | "missing"))
        };
        let edges = graph.edges.iter();
        let edges = edges.map(|edge| (curve(&edge.points), failed(&edge.from)));
        let boxes = graph.nodes.iter();
        let boxes = boxes.map(|node| GraphBox::of(frame, node, path(node)));
        Self {
            width: graph.width,
            height: graph.height,
            title: frame
                .words
                .count("pipelines-boxes", graph.nodes.len() as u64),
            edges: edges.collect(),
            boxes: boxes.collect(),
        }
    }

    pub(super) fn markup(&self) -> Markup {
        Markup::rendered(self)
    }
}

impl GraphBox {
    fn of(frame: &Frame, node: &Node, path: Option<String>) -> Self {
        let params = node.params.iter();
        let params = params.map(|(name, value)| format!("{name}={value}"));
        let params = params.collect::<Vec<_>>().join(", ");
        let word = node.state.as_deref();
        let word = word.map(|state| frame.say(&format!("state-{state}")));
        let states = node.states.iter().flatten();
        let states = states.map(|(state, count)| counted(frame, state, *count));
        let states = states.collect::<Vec<_>>().join(" · ");
        let (name, detail) = match node.count {
            Some(count) => (format!("{} ×{count}", node.task), states),
            None => (node.task.clone(), params),
        };
        let detail = match detail.is_empty() {
            true => word.clone().unwrap_or_default(),
            false => detail,
        };
        // It begins with what is seen, so that it can be asked for by its name.
        let seen = format!("{name} {detail}");
        let full = match word.filter(|word| *word != detail) {
            Some(word) => format!("{}, {word}", seen.trim_end()),
            None => seen.trim_end().to_owned(),
        };
        let sheets = if node.count.is_some() { STACK } else { 0 };
        Self {
            href: path.map(|path| frame.path(&path)),
            look: node.state.as_deref().map_or("", look),
            icon: node.state.as_deref().map(|state| frame.icon(look(state))),
            full,
            name,
            detail,
            x: node.x,
            y: node.y + sheets,
            width: node.w - sheets,
            height: node.h - sheets,
            is_stack: node.count.is_some(),
        }
    }
}

/// Level at each point, so that the pieces of an edge are one line.
fn curve(points: &[(i32, i32)]) -> String {
    let mut path = String::new();
    let Some((x, y)) = points.first() else {
        return path;
    };
    // Writing into a text cannot fail.
    write!(path, "M{x} {y}").unwrap_or_default();
    for pair in points.windows(2) {
        let ((from_x, from_y), (to_x, to_y)) = (pair[0], pair[1]);
        let bend = (to_x - from_x) * 3 / 5;
        let (out, into) = (from_x + bend, to_x - bend);
        write!(path, "C{out} {from_y} {into} {to_y} {to_x} {to_y}").unwrap_or_default();
    }
    path
}
