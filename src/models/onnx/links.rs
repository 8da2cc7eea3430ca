//! Who makes each value of a graph, and who uses it.

use super::graph::{Graph, Node, ValueId};

#[derive(Debug)]
pub struct Links<'g> {
    graph: &'g Graph,
    makers: Vec<Option<usize>>,
    /// A node that uses a value, and how often it is used.
    users: Vec<(usize, usize)>,
}

impl<'g> Links<'g> {
    pub fn new(graph: &'g Graph) -> Self {
        let mut makers = vec![None; graph.values];
        let mut users = vec![(0, 0); graph.values];
        for (position, node) in graph.nodes.iter().enumerate() {
            for value in node.outputs.iter().flatten() {
                makers[*value] = Some(position);
            }
            for value in node.inputs.iter().flatten() {
                users[*value] = (position, users[*value].1 + 1);
            }
        }
        Self {
            graph,
            makers,
            users,
        }
    }

    pub fn maker(&self, value: ValueId) -> Option<&'g Node> {
        self.makers[value].map(|node| &self.graph.nodes[node])
    }

    /// The node that a value goes to, if there is one alone.
    pub fn only_user(&self, value: ValueId) -> Option<&'g Node> {
        let (node, count) = self.users[value];
        (count == 1).then(|| &self.graph.nodes[node])
    }

    pub fn is_used(&self, value: ValueId) -> bool {
        self.users[value].1 > 0
    }
}
