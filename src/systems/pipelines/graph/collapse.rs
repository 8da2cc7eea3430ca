//! Instances of one task and layer as one node.

use std::collections::HashMap;

use super::layout::layers;
use super::model::{Graph, GraphNode, Stack};
use super::states::NodeState;

/// Of a larger graph, instances are stacked.
pub(crate) const BOXES_MAX: usize = 150;

/// The graph with one node for the instances of each task in each layer. `apart` stands for itself.
pub(crate) fn collapsed(graph: &Graph, apart: Option<u32>) -> Graph {
    let layers = layers(graph.nodes.len(), &graph.edges);
    let mut stacks: Vec<Vec<u32>> = Vec::new();
    let mut stack_of = Vec::with_capacity(graph.nodes.len());
    let mut known = HashMap::new();
    for (place, node) in (0..).zip(&graph.nodes) {
        let key = (
            node.task.as_str(),
            layers[place as usize],
            apart == Some(place),
        );
        let stack = *known.entry(key).or_insert(stacks.len() as u32);
        if stack as usize == stacks.len() {
            stacks.push(Vec::new());
        }
        stacks[stack as usize].push(place);
        stack_of.push(stack);
    }
    let nodes = stacks.iter().map(|stack| match stack.as_slice() {
        [only] => graph.nodes[*only as usize].clone(),
        several => {
            let layer = layers[several[0] as usize];
            let nodes = several.iter().map(|place| &graph.nodes[*place as usize]);
            stacked(layer, nodes)
        }
    });
    let edges = graph.edges.iter();
    let edges = edges.map(|(from, to)| (stack_of[*from as usize], stack_of[*to as usize]));
    let mut edges: Vec<(u32, u32)> = edges.collect();
    edges.sort_unstable();
    edges.dedup();
    Graph {
        nodes: nodes.collect(),
        edges,
    }
}

fn stacked<'g>(layer: u32, nodes: impl Iterator<Item = &'g GraphNode> + Clone) -> GraphNode {
    let first = nodes.clone().next().cloned().unwrap_or_default();
    let mut counts = [0; NodeState::ALL.len()];
    let mut count = 0;
    let mut params = first.params;
    for node in nodes {
        count += 1;
        if let Some(state) = node.state {
            counts[state as usize] += 1;
        }
        params.retain(|param| node.params.contains(param));
    }
    let states = NodeState::ALL.into_iter().zip(counts);
    let states: Vec<(NodeState, u32)> = states.filter(|(_, count)| *count > 0).collect();
    // No name of a task has this sign, and no name of an instance ends like this.
    let id = format!("{}@{layer}", first.task);
    GraphNode {
        name: id.clone(),
        id,
        task: first.task,
        params,
        state: states.first().map(|(state, _)| *state),
        stack: Some(Stack { count, states }),
    }
}
