//! The language of rules: expressions to trees, trees to canonical JSON, ids and expressions.

mod atoms;
mod canonical;
mod fault;
mod lexer;
mod parser;
mod positive;
mod prefix;
#[cfg(test)]
mod tests;
mod write;

pub use canonical::{canonical, rule_id, write_tree};
pub use fault::{Fault, FaultCode, shown};
pub use write::{write, write_text};

use super::set::Node;

/// The tree of an expression, or everything that is wrong with it, in the order of columns.
pub fn parse(text: &str) -> Result<Node, Vec<Fault>> {
    let tree = parser::Parser::new(text).parse()?;
    let mut faults = Vec::new();
    positive::check(&tree, &mut faults);
    if faults.is_empty() {
        Ok(tree)
    } else {
        faults.sort_by_key(|fault| fault.column);
        Err(faults)
    }
}
