//! Tree to typed value, with all faults at once.

use std::collections::{HashMap, hash_map};
use std::ptr;

use serde::de::DeserializeOwned;

use super::deserializer::{LeftOut, NodeDeserializer, Origin, ReadError};
use super::fault::YamlFault;
use super::node::{Content, Entry, Node};

/// More faults than this are not looked for.
const FAULTS_MAX: usize = 100;

/// The value that a tree stands for. serde stops at the first fault, so the tree is read again
/// without the entry that was at fault, until nothing is wrong.
pub(crate) fn read<T: DeserializeOwned>(root: &Node) -> Result<T, Vec<YamlFault>> {
    let mut repeated = RepeatedKeys::default();
    repeated.find(root);
    let mut left_out: LeftOut = repeated.values.iter().copied().map(ptr::from_ref).collect();
    let mut faults = repeated.faults;
    while faults.len() < FAULTS_MAX {
        let deserializer = NodeDeserializer {
            node: root,
            left_out: &left_out,
        };
        let error = match T::deserialize(deserializer) {
            Ok(value) if faults.is_empty() => return Ok(value),
            Ok(_) => break,
            Err(error) => error,
        };
        let at = error.origin.as_ref().map(|origin| origin.node);
        faults.extend(fault(error, root));
        // Each round leaves out one entry more. Without the root there is nothing left to read.
        match at {
            Some(node) if !ptr::eq(node, root) && left_out.insert(node) => {}
            _ => break,
        }
    }
    faults.sort_by_key(|fault| fault.position);
    Err(faults)
}

/// `None` for what is only the consequence of another fault.
fn fault(error: ReadError, root: &Node) -> Option<YamlFault> {
    let mut path = String::new();
    for step in error.path.iter().rev() {
        path = joined(&path, step);
    }
    let origin = error.origin.unwrap_or(Origin {
        position: root.position,
        node: root,
        key: None,
        is_consequence: false,
    });
    let entry = match &origin.key {
        Some(key) => joined(&path, key),
        None => path.clone(),
    };
    (!origin.is_consequence).then_some(YamlFault {
        position: origin.position,
        path,
        entry,
        problem: error.problem,
    })
}

fn joined(path: &str, step: &str) -> String {
    if path.is_empty() || step.starts_with('[') {
        format!("{path}{step}")
    } else {
        format!("{path}.{step}")
    }
}

/// Looks for keys that stand in their mapping already.
#[derive(Default)]
struct RepeatedKeys<'n> {
    path: Vec<Step<'n>>,
    faults: Vec<YamlFault>,
    values: Vec<&'n Node>,
}

enum Step<'n> {
    Key(&'n str),
    Index(usize),
}

impl<'n> RepeatedKeys<'n> {
    fn find(&mut self, node: &'n Node) {
        match &node.content {
            Content::Scalar(_) => {}
            Content::List(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.find_inside(Step::Index(index), element);
                }
            }
            Content::Mapping(entries) => self.find_in_mapping(entries),
        }
    }

    fn find_in_mapping(&mut self, entries: &'n [Entry]) {
        let mut lines = HashMap::with_capacity(entries.len());
        for Entry { key, value } in entries {
            let name = key.text().unwrap_or_default();
            match lines.entry(name) {
                hash_map::Entry::Vacant(line) => drop(line.insert(key.position.line)),
                hash_map::Entry::Occupied(line) => self.add(name, *line.get(), key, value),
            }
            self.find_inside(Step::Key(name), value);
        }
    }

    fn find_inside(&mut self, step: Step<'n>, node: &'n Node) {
        self.path.push(step);
        self.find(node);
        self.path.pop();
    }

    fn add(&mut self, name: &str, first: u32, key: &Node, value: &'n Node) {
        let path = self
            .path
            .iter()
            .fold(String::new(), |path, step| match step {
                Step::Key(key) => joined(&path, key),
                Step::Index(index) => joined(&path, &format!("[{index}]")),
            });
        self.values.push(value);
        self.faults.push(YamlFault {
            position: key.position,
            entry: joined(&path, name),
            path,
            problem: format!("the key `{name}` is given twice, first on line {first}"),
        });
    }
}
