//! Edges without circles, and the layers of what they join.

/// Nodes by number, and edges of which none closes a circle.
#[derive(Debug)]
pub(super) struct Dag {
    /// By their ends, each once.
    pub edges: Vec<(u32, u32)>,
    /// The longest way from a node to which no edge leads.
    pub layers: Vec<u32>,
    /// What an edge leads from stands before what it leads to.
    topological: Vec<u32>,
}

/// The layer of each node: the number of edges of the longest way to it.
pub(crate) fn layers(nodes: usize, edges: &[(u32, u32)]) -> Vec<u32> {
    Dag::new(nodes, edges).layers
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Not,
    Begun,
    Ended,
}

impl Dag {
    /// Edges from a node to itself, to nodes that are not there, and those that close a circle are left
    /// out.
    pub fn new(nodes: usize, edges: &[(u32, u32)]) -> Self {
        let is_there = |node: u32| (node as usize) < nodes;
        let mut edges: Vec<(u32, u32)> = edges
            .iter()
            .copied()
            .filter(|(from, to)| from != to && is_there(*from) && is_there(*to))
            .collect();
        edges.sort_unstable();
        edges.dedup();
        let mut dag = Self {
            edges,
            layers: vec![0; nodes],
            topological: Vec::with_capacity(nodes),
        };
        dag.remove_circles();
        dag.find_layers();
        dag
    }

    /// Where the edges of each node begin; one more than there are nodes.
    fn starts(&self) -> Vec<usize> {
        let mut starts = vec![0; self.layers.len() + 1];
        for (from, _) in &self.edges {
            starts[*from as usize + 1] += 1;
        }
        for node in 1..starts.len() {
            starts[node] += starts[node - 1];
        }
        starts
    }

    /// Visits each node after all that its edges lead to; an edge to a node whose visit has not ended
    /// closes a circle.
    fn remove_circles(&mut self) {
        let nodes = self.layers.len();
        let starts = self.starts();
        let mut has_before = vec![false; nodes];
        for (_, to) in &self.edges {
            has_before[*to as usize] = true;
        }
        let first = (0..nodes).filter(|node| !has_before[*node]);
        let in_circles = (0..nodes).filter(|node| has_before[*node]);
        let mut visits = vec![Visit::Not; nodes];
        let mut next = starts.clone();
        let mut closes_circle = vec![false; self.edges.len()];
        let mut has_circles = false;
        let mut open: Vec<usize> = Vec::new();
        for root in first.chain(in_circles) {
            if visits[root] != Visit::Not {
                continue;
            }
            visits[root] = Visit::Begun;
            open.push(root);
            while let Some(node) = open.last().copied() {
                let edge = next[node];
                if edge == starts[node + 1] {
                    visits[node] = Visit::Ended;
                    self.topological.push(node as u32);
                    open.pop();
                    continue;
                }
                next[node] += 1;
                let to = self.edges[edge].1 as usize;
                match visits[to] {
                    Visit::Not => {
                        visits[to] = Visit::Begun;
                        open.push(to);
                    }
                    Visit::Begun => {
                        closes_circle[edge] = true;
                        has_circles = true;
                    }
                    Visit::Ended => {}
                }
            }
        }
        self.topological.reverse();
        if has_circles {
            let mut closes_circle = closes_circle.into_iter();
            self.edges
                .retain(|_| !closes_circle.next().unwrap_or_default());
        }
    }

    fn find_layers(&mut self) {
        let starts = self.starts();
        for node in &self.topological {
            let node = *node as usize;
            let below = self.layers[node] + 1;
            for (_, to) in &self.edges[starts[node]..starts[node + 1]] {
                let layer = &mut self.layers[*to as usize];
                *layer = below.max(*layer);
            }
        }
    }

    /// Moves nodes to the right as far as that makes their edges shorter.
    pub fn tighten(&mut self) {
        let starts = self.starts();
        let mut edges_to = vec![0; self.layers.len()];
        for (_, to) in &self.edges {
            edges_to[*to as usize] += 1;
        }
        for node in self.topological.iter().rev() {
            let node = *node as usize;
            let own = &self.edges[starts[node]..starts[node + 1]];
            let nearest = own.iter().map(|(_, to)| self.layers[*to as usize]).min();
            if let Some(nearest) = nearest
                && own.len() > edges_to[node]
            {
                self.layers[node] = nearest - 1;
            }
        }
    }
}
