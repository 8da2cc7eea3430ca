//! Lays files, sections of environments and variables over one another.
//!
//! The crate `config` merges. It merges not the values of the files but their numbers, so that each
//! value is read afterwards as it was written.

use std::collections::BTreeMap;

use config::{Config, ConfigError, Environment, Map, Source, Value, ValueKind};

use crate::yaml::{Entry, Node, Position, Style};

pub(super) const PREFIX: &str = "AUDIENCE";

/// Later layers take precedence, and the variables `AUDIENCE__…` over all, but for those that are left
/// out.
pub(super) fn merge<'n>(
    layers: impl Iterator<Item = &'n Node>,
    left_out: &[String],
) -> Result<Node, ConfigError> {
    let mut leaves = Vec::new();
    let mut builder = Config::builder();
    for layer in layers {
        builder = builder.add_source(Layer(table(layer, &mut leaves)));
    }
    let variables = Environment::with_prefix(PREFIX)
        .prefix_separator("__")
        .separator("__");
    let variables = match left_out {
        [] => variables,
        left_out => variables.source(Some(variables_without(left_out))),
    };
    let merged = builder.add_source(variables).build()?.collect()?;
    Ok(mapping(merged, &leaves))
}

fn variables_without(left_out: &[String]) -> Map<String, String> {
    let set = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    set.filter(|(name, _)| !left_out.contains(&name.to_uppercase()))
        .collect()
}

/// Each key with its value, whatever their order and places.
pub(super) fn leaves(node: &Node) -> BTreeMap<String, serde_json::Value> {
    let mut leaves = BTreeMap::new();
    add_leaves(&mut leaves, "", node);
    leaves
}

fn add_leaves(leaves: &mut BTreeMap<String, serde_json::Value>, prefix: &str, node: &Node) {
    for Entry { key, value } in node.entries() {
        let key = format!("{prefix}{}", key.text().unwrap_or_default());
        match value.entries() {
            // What is wrong with a value was found when it was read.
            [] => drop(leaves.insert(key, value.clone().into_json().unwrap_or_default())),
            _ => add_leaves(leaves, &format!("{key}."), value),
        }
    }
}

/// The variable that sets a key.
pub(super) fn variable_of(key: &str) -> String {
    format!("{PREFIX}__{}", key.replace('.', "__").to_uppercase())
}

#[derive(Clone, Debug)]
struct Layer(Map<String, Value>);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

/// Mappings are merged; anything else is replaced as a whole.
fn table<'n>(node: &'n Node, leaves: &mut Vec<&'n Node>) -> Map<String, Value> {
    let mut table = Map::new();
    for Entry { key, value } in node.entries() {
        let kind = if value.is_mapping() {
            ValueKind::Table(self::table(value, leaves))
        } else {
            leaves.push(value);
            ValueKind::U64(leaves.len() as u64 - 1)
        };
        let key = key.text().unwrap_or_default().to_owned();
        table.insert(key, Value::new(None, kind));
    }
    table
}

fn mapping(table: Map<String, Value>, leaves: &[&Node]) -> Node {
    // A mapping may be merged from several files.
    let position = Position::default();
    let entries = table.into_iter().map(|(key, value)| Entry {
        key: Node::scalar(position, key, Style::Plain),
        value: node(value, leaves),
    });
    Node::mapping(position, entries.collect())
}

fn node(value: Value, leaves: &[&Node]) -> Node {
    match value.kind {
        ValueKind::Table(table) => mapping(table, leaves),
        ValueKind::U64(number) => leaves[number as usize].clone(),
        // A variable.
        other => Node::scalar(Position::default(), other.to_string(), Style::Untyped),
    }
}
