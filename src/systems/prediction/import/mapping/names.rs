//! Names of output columns.

use std::collections::HashSet;

/// Columns that every row has.
const RESERVED: [&str; 2] = ["_import_id", "_cell"];

/// Names of a table's columns that are taken. Databases do not tell cases apart.
#[derive(Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// What is wrong with one more.
    pub fn add(&mut self, name: &str) -> Option<String> {
        if RESERVED.contains(&name.to_lowercase().as_str()) {
            return Some(format!("the name `{name}` is taken: every row has it"));
        }
        let is_new = self.0.insert(name.to_lowercase());
        (!is_new).then(|| format!("the name `{name}` is given to two columns of the table"))
    }
}
