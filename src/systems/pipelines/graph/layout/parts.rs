//! Takes a graph apart into what is joined by edges.

use super::dag::Dag;
use super::place::Size;

/// Nodes that are joined by edges, numbered from 0 in the order of the graph.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Their numbers in the graph.
    pub nodes: Vec<u32>,
    pub layers: Vec<u32>,
    pub heights: Vec<i32>,
    /// Places in the graph's edges.
    pub places: Vec<u32>,
    pub edges: Vec<(u32, u32)>,
}

/// Parts in the order of their first nodes, and the nodes without edges.
pub(super) fn parts(dag: &Dag, sizes: &[Size]) -> (Vec<Part>, Vec<u32>) {
    const NOWHERE: u32 = u32::MAX;
    let mut joined = Joined((0..sizes.len() as u32).collect());
    let mut has_edges = vec![false; sizes.len()];
    for (from, to) in &dag.edges {
        joined.join(*from, *to);
        has_edges[*from as usize] = true;
        has_edges[*to as usize] = true;
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut part_of_root = vec![NOWHERE; sizes.len()];
    let mut own_number = vec![0; sizes.len()];
    let mut alone = Vec::new();
    for node in 0..sizes.len() as u32 {
        let place = node as usize;
        if !has_edges[place] {
            alone.push(node);
            continue;
        }
        let part = &mut part_of_root[joined.root(node) as usize];
        if *part == NOWHERE {
            *part = parts.len() as u32;
            parts.push(Part::default());
        }
        let part = &mut parts[*part as usize];
        own_number[place] = part.nodes.len() as u32;
        part.nodes.push(node);
        part.layers.push(dag.layers[place]);
        part.heights.push(sizes[place].height);
    }
    for (place, (from, to)) in (0..).zip(&dag.edges) {
        let part = part_of_root[joined.root(*from) as usize];
        let part = &mut parts[part as usize];
        part.places.push(place);
        let ends = (own_number[*from as usize], own_number[*to as usize]);
        part.edges.push(ends);
    }
    (parts, alone)
}

/// Sets of nodes, each known by one of them.
struct Joined(Vec<u32>);

impl Joined {
    fn root(&mut self, node: u32) -> u32 {
        let mut node = node as usize;
        while self.0[node] as usize != node {
            self.0[node] = self.0[self.0[node] as usize];
            node = self.0[node] as usize;
        }
        node as u32
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        // The first one is the root, whatever the order of the edges is.
        self.0[one.max(other) as usize] = one.min(other);
    }
}
