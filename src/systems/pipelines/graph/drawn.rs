//! A graph with the places of its nodes and edges.

use super::label::{Label, labels};
use super::layout::{Layout, layout};
use super::model::Graph;

/// Nodes and labels have the same order as the boxes of the layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drawn {
    pub graph: Graph,
    pub labels: Vec<Label>,
    pub layout: Layout,
}

impl Drawn {
    pub(crate) fn new(graph: Graph) -> Self {
        let labels = labels(&graph);
        let with_nodes = labels.iter().zip(&graph.nodes);
        let sizes: Vec<_> = with_nodes
            .map(|(label, node)| label.size(node.stack.is_some()))
            .collect();
        Self {
            layout: layout(&sizes, &graph.edges),
            labels,
            graph,
        }
    }
}
