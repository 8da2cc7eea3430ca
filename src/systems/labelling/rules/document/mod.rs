//! The document of a rule set: what its author writes, read and checked.
//!
//! ```text
//! YAML, JSON ──at · reading──► Draft ──check──► Document: RuleSet, findings
//! TSV, CSV, XLSX ──forms──────►   ▲                 └──canonical──► digest
//! ```
//!
//! All faults are found at once, each with its place.

mod at;
mod canonical;
mod check;
mod draft;
mod json;
pub mod limits;
mod nearest;
mod options;
mod reading;
mod rule_forms;
mod types;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use at::Places;
pub use check::{Document, check};
pub use draft::{
    Draft, DraftFilter, DraftLabel, DraftList, DraftRule, GATE_FIGURES, Gate, ModelKind, Options,
    Written,
};
pub use nearest::{did_you_mean, nearest, shown};
pub use options::{OPTIONS, hold_seconds, name_fault};
pub(super) use rule_forms::{fields_named, id_fault};
pub use types::{RuleType, TypeFault};

use at::At;

use super::finding::{Code, Finding, Findings};
use super::set::Place;
use crate::yaml::{self, Node, YamlFault};

/// The draft of a document in YAML.
pub fn read_yaml(file: &str, text: &str, kind: ModelKind, findings: &mut Findings) -> Draft {
    let places = Places::Lines(file.into());
    let parsed = parse_yaml(text);
    read_tree(parsed, &places, file, kind, findings)
}

/// The tree of a text whose author is not trusted with all of the memory.
pub(super) fn parse_yaml(text: &str) -> Result<Node, YamlFault> {
    // Every value stands behind one of these, or in a text.
    let separators = text.bytes().filter(|byte| b",:\n".contains(byte));
    if text.len() > limits::VALUES && separators.count() > 2 * limits::VALUES {
        return Err(YamlFault {
            position: yaml::Position { line: 1, column: 1 },
            path: String::new(),
            entry: String::new(),
            problem: format!("more than {} values", limits::VALUES),
        });
    }
    // A few lines with aliases could stand for more than any memory holds.
    let within = yaml::Limits::default();
    let aliased = limits::ALIASED_BYTES / text.len().max(1);
    let aliased = aliased.min(within.aliased);
    yaml::parse_within(yaml::Limits { aliased, ..within }, text)
}

/// The draft of a document in JSON.
pub fn read_json(file: &str, text: &str, kind: ModelKind, findings: &mut Findings) -> Draft {
    read_tree(json::parse(text), &Places::Pointers, file, kind, findings)
}

fn read_tree(
    parsed: Result<Node, YamlFault>,
    places: &Places,
    file: &str,
    kind: ModelKind,
    findings: &mut Findings,
) -> Draft {
    match parsed {
        Ok(root) => reading::draft(&At::root(places, &root), kind, findings),
        Err(fault) => {
            findings.push(syntax_fault(file, &fault));
            Draft::default()
        }
    }
}

/// The options, lists and filters that a tree of their own holds: `set.yaml` of a directory, or the options of a
/// table.
pub(super) fn read_parts(
    root: &Node,
    places: &Places,
    kind: ModelKind,
    known: &[&str],
    findings: &mut Findings,
) -> Draft {
    let root = At::root(places, root);
    if root.node.is_null() {
        return Draft {
            options: Options {
                model_type: kind,
                ..Options::default()
            },
            ..Draft::default()
        };
    }
    if !root.node.is_mapping() {
        root.expected(findings, "a mapping of options");
        return Draft::default();
    }
    rule_forms::check_keys(&root, known, findings);
    reading::parts(&root, kind, findings)
}

/// A text that is no YAML or no JSON.
pub(super) fn syntax_fault(file: &str, fault: &YamlFault) -> Finding {
    let place = Place::Line {
        file: Arc::from(file),
        line: fault.position.line,
        column: fault.position.column,
    };
    Finding::new(Code::E01, place, fault.to_string())
}
