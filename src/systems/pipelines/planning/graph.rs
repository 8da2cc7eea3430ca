//! The instances that a planner knows, each once, and what they need.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use smallvec::SmallVec;

use super::catalog::{Catalog, to_u32};
use super::target::write_identity;
use crate::systems::pipelines::values::ParamValue;

/// No instance: what a target is required by.
pub(super) const NOBODY: u32 = u32::MAX;

#[derive(Debug, Default)]
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    by_key: HashMap<(u32, SmallVec<[u32; 4]>), u32>,
    /// Values of all instances, one instance after the other.
    node_values: Vec<u32>,
    /// Requirements of all expanded instances, one instance after the other.
    pub needs: Vec<Edge>,
    pub values: Values,
    identities: Vec<Option<Arc<str>>>,
    /// For each instance: the last one that was found to need it, with its place in `needs`.
    found: Vec<(u32, u32)>,
}

#[derive(Debug)]
pub(super) struct Node {
    pub task: u32,
    values: u32,
    /// What required it first.
    pub parent: u32,
    pub state: State,
    /// It is to be made if it is not complete; else it was only looked at because it is optional.
    pub wanted: bool,
    pub is_target: bool,
    pub is_expanded: bool,
    /// Whether its requirements know that they are wanted.
    pub has_passed_on: bool,
    /// It is looked at for what is stale, because something complete needs it.
    pub is_searched: bool,
    /// Whether what it requires is looked at for what is stale.
    pub has_searched: bool,
    /// Something that it requires is made again because it is stale.
    pub needs_stale: bool,
    needs: (u32, u32),
}

/// What is known of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Not asked or not answered yet.
    Unknown,
    Complete {
        is_stale: bool,
    },
    /// This output does not exist.
    Absent(Box<str>),
    /// There is an unfinished job.
    Unfinished,
    Group,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub on: u32,
    pub optional: bool,
}

/// Values by number.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub all: Vec<ParamValue>,
    numbers: HashMap<ParamValue, u32>,
}

impl Values {
    pub fn number(&mut self, value: ParamValue) -> u32 {
        match self.numbers.entry(value) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let number = to_u32(self.all.len());
                self.all.push(new.key().clone());
                new.insert(number);
                number
            }
        }
    }

    pub fn get(&self, number: u32) -> &ParamValue {
        &self.all[number as usize]
    }
}

impl Graph {
    /// The instance of these values, and whether it is new. Of instances that differ only in
    /// insignificant parameters the first stays.
    pub fn intern(
        &mut self,
        catalog: &Catalog,
        task: u32,
        values: &[u32],
        parent: u32,
    ) -> (u32, bool) {
        let named = &catalog.tasks[task as usize].named;
        let significant = if named.len() == values.len() {
            SmallVec::from_slice(values)
        } else {
            named.iter().map(|place| values[*place]).collect()
        };
        match self.by_key.entry((task, significant)) {
            Entry::Occupied(known) => (*known.get(), false),
            Entry::Vacant(new) => {
                let number = to_u32(self.nodes.len());
                new.insert(number);
                self.nodes.push(Node {
                    task,
                    values: to_u32(self.node_values.len()),
                    parent,
                    state: State::Unknown,
                    wanted: false,
                    is_target: false,
                    is_expanded: false,
                    has_passed_on: false,
                    is_searched: false,
                    has_searched: false,
                    needs_stale: false,
                    needs: (0, 0),
                });
                self.node_values.extend_from_slice(values);
                self.identities.push(None);
                self.found.push((NOBODY, 0));
                (number, true)
            }
        }
    }

    pub fn node(&self, number: u32) -> &Node {
        &self.nodes[number as usize]
    }

    pub fn node_mut(&mut self, number: u32) -> &mut Node {
        &mut self.nodes[number as usize]
    }

    /// Numbers of its values, in the order of the task's parameters.
    pub fn values_of(&self, catalog: &Catalog, number: u32) -> &[u32] {
        let node = self.node(number);
        let start = node.values as usize;
        &self.node_values[start..start + catalog.task(node.task).params.len()]
    }

    pub fn needs_of(&self, number: u32) -> &[Edge] {
        let (from, to) = self.node(number).needs;
        &self.needs[from as usize..to as usize]
    }

    /// Adds a requirement to the instance that is expanded right now, once.
    pub fn need(&mut self, of: u32, edge: Edge) {
        let found = &mut self.found[edge.on as usize];
        if found.0 == of {
            self.needs[found.1 as usize].optional &= edge.optional;
        } else {
            *found = (of, to_u32(self.needs.len()));
            self.needs.push(edge);
        }
    }

    pub fn end_needs(&mut self, of: u32, from: usize) {
        self.node_mut(of).needs = (to_u32(from), to_u32(self.needs.len()));
        self.node_mut(of).is_expanded = true;
    }

    pub fn identity(&mut self, catalog: &Catalog, number: u32) -> Arc<str> {
        if let Some(known) = &self.identities[number as usize] {
            return Arc::clone(known);
        }
        let task = self.node(number).task;
        let params = &catalog.task(task).params;
        let values = self.values_of(catalog, number);
        let named = catalog.tasks[task as usize].named.iter();
        let named = named.map(|place| {
            (
                params[*place].name.as_str(),
                self.values.get(values[*place]),
            )
        });
        let identity: Arc<str> = write_identity(&catalog.task(task).name, named).into();
        self.identities[number as usize] = Some(Arc::clone(&identity));
        identity
    }

    /// The identity, with the project if it is another one than the planned.
    pub fn name(&mut self, catalog: &Catalog, number: u32) -> String {
        let identity = self.identity(catalog, number);
        let task = self.node(number).task;
        match catalog.tasks[task as usize].project {
            0 => identity.to_string(),
            _ => format!("{}/{identity}", catalog.project(task).name),
        }
    }

    /// The chain of requirements that led to an instance, from a target on.
    pub fn chain(&mut self, catalog: &Catalog, number: u32) -> String {
        let mut numbers = vec![number];
        let mut at = self.node(number).parent;
        while at != NOBODY {
            numbers.push(at);
            at = self.node(at).parent;
        }
        numbers.reverse();
        self.draw(catalog, &numbers)
    }

    /// `a → b → c`; of many the first and the last.
    pub fn draw(&mut self, catalog: &Catalog, numbers: &[u32]) -> String {
        const FIRST: usize = 6;
        const LAST: usize = 3;
        let mut names = Vec::new();
        for (place, number) in numbers.iter().enumerate() {
            if numbers.len() > FIRST + LAST + 1 && place == FIRST {
                names.push(format!("… {} more …", numbers.len() - FIRST - LAST));
            }
            if place < FIRST || place + LAST >= numbers.len() || numbers.len() == FIRST + LAST + 1 {
                names.push(self.name(catalog, *number));
            }
        }
        names.join(" → ")
    }
}
