//! Graphs by lot.

use super::checks::check;
use super::*;

/// xorshift64*
pub(in crate::systems::pipelines::graph) struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound as u64).unwrap()
    }

    pub fn sizes(&mut self, count: usize) -> Vec<Size> {
        let size = |random: &mut Self| Size {
            width: 100 + random.below(160) as i32,
            height: 42 + 6 * random.below(2) as i32,
        };
        (0..count).map(|_| size(self)).collect()
    }

    /// Edges from lower to higher numbers; with a reach, none leads further.
    pub fn edges(&mut self, nodes: usize, edges: usize, reach: usize) -> Vec<(u32, u32)> {
        let edge = |random: &mut Self| {
            let from = random.below(nodes - 1);
            let to = from + 1 + random.below(reach.min(nodes - 1 - from));
            (from as u32, to as u32)
        };
        (0..edges).map(|_| edge(self)).collect()
    }
}

#[test]
fn random_graphs_are_laid_out() {
    let mut random = Random(7);
    for round in 0..600 {
        let nodes = 2 + random.below(if round % 20 == 0 { 400 } else { 40 });
        let edges = random.below(3 * nodes);
        let reach = 1 + random.below(nodes);
        let sizes = random.sizes(nodes);
        let edges = random.edges(nodes, edges, reach);
        check(&sizes, &edges);
    }
}

#[test]
fn edges_that_close_circles_are_left_out() {
    let mut random = Random(11);
    for _ in 0..300 {
        let nodes = 1 + random.below(30);
        let edges = random.below(3 * nodes);
        let edge = |random: &mut Random| {
            let from = random.below(nodes) as u32;
            (from, random.below(nodes + 1) as u32)
        };
        let edges: Vec<(u32, u32)> = (0..edges).map(|_| edge(&mut random)).collect();
        let laid = check(&boxes(nodes), &edges);
        // Without an edge of a circle there is no circle: no other one is left out.
        let kept: Vec<(u32, u32)> = laid
            .routes
            .iter()
            .map(|route| (route.from, route.to))
            .collect();
        for edge in edges {
            let is_possible = edge.0 != edge.1 && (edge.1 as usize) < nodes;
            if is_possible && !kept.contains(&edge) {
                let mut with_it = kept.clone();
                with_it.push(edge);
                assert!(is_reachable(&with_it, edge.1, edge.0), "{edge:?}");
            }
        }
    }
}

fn is_reachable(edges: &[(u32, u32)], from: u32, to: u32) -> bool {
    let mut reached = vec![from];
    let mut next = 0;
    while next < reached.len() {
        for edge in edges {
            if edge.0 == reached[next] && !reached.contains(&edge.1) {
                reached.push(edge.1);
            }
        }
        next += 1;
    }
    reached.contains(&to)
}
