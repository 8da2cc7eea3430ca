//! What a graph consists of.

use super::states::NodeState;

/// Nodes, and edges from what is needed to what needs it, by places of nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Graph {
    pub nodes: Vec<GraphNode>,
    pub edges: Vec<(u32, u32)>,
}

/// An instance, a task, or several instances of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GraphNode {
    /// Different from that of each other node.
    pub id: String,
    /// What it is called besides: the instance, or the task.
    pub name: String,
    /// Of another project with its name and `/` in front.
    pub task: String,
    /// Of several instances those that all have in common.
    pub params: Vec<(String, String)>,
    /// `None`: there is no run.
    pub state: Option<NodeState>,
    /// `None`: it stands for itself alone.
    pub stack: Option<Stack>,
}

impl Graph {
    /// Leaves other nodes out, with their edges, and answers the places that the nodes had.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(u32, &GraphNode) -> bool) -> Vec<u32> {
        const LEFT_OUT: u32 = u32::MAX;
        let mut new_places = vec![LEFT_OUT; self.nodes.len()];
        let mut places = Vec::new();
        for (place, node) in (0..).zip(&self.nodes) {
            if is_kept(place, node) {
                new_places[place as usize] = places.len() as u32;
                places.push(place);
            }
        }
        let mut place = 0;
        self.nodes.retain(|_| {
            place += 1;
            new_places[place - 1] != LEFT_OUT
        });
        self.edges.retain_mut(|(from, to)| {
            *from = new_places[*from as usize];
            *to = new_places[*to as usize];
            *from != LEFT_OUT && *to != LEFT_OUT
        });
        places
    }
}

impl GraphNode {
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.id == name || self.name == name
    }
}

/// Instances that are shown as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stack {
    pub count: u32,
    /// How many there are of each state, in the order of the states.
    pub states: Vec<(NodeState, u32)>,
}
