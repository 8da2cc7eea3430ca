//! The part of a graph around a node.

use super::model::Graph;

/// The nodes from which this one can be reached in so many edges, and those that can be reached from it.
/// With the place of the node itself.
pub(crate) fn neighbourhood(mut graph: Graph, node: u32, hops: u32) -> (Graph, u32) {
    let mut is_near = vec![false; graph.nodes.len()];
    let turned: Vec<(u32, u32)> = graph.edges.iter().map(|(from, to)| (*to, *from)).collect();
    for edges in [graph.edges.clone(), turned] {
        reach(edges, node, hops, &mut is_near);
    }
    let places = graph.retain(|place, _| is_near[place as usize]);
    // It is near itself.
    let own = places.binary_search(&node).unwrap_or_default();
    (graph, own as u32)
}

/// Marks what can be reached along edges.
fn reach(mut edges: Vec<(u32, u32)>, node: u32, hops: u32, is_near: &mut [bool]) {
    edges.sort_unstable();
    let mut is_reached = vec![false; is_near.len()];
    is_reached[node as usize] = true;
    is_near[node as usize] = true;
    let mut border = vec![node];
    for _ in 0..hops {
        let mut next = Vec::new();
        for from in border {
            let start = edges.partition_point(|edge| edge.0 < from);
            let own = edges[start..].iter().take_while(|edge| edge.0 == from);
            for (_, to) in own {
                if !std::mem::replace(&mut is_reached[*to as usize], true) {
                    is_near[*to as usize] = true;
                    next.push(*to);
                }
            }
        }
        if next.is_empty() {
            break;
        }
        border = next;
    }
}
