//! Checks that an expression needs a term that is there, and what stands inside NEAR.

use super::fault::{Fault, FaultCode};
use crate::systems::labelling::rules::set::{Near, Node, NodeKind};

/// What is wrong with the meaning of an expression whose syntax is right.
pub(super) fn check(root: &Node, faults: &mut Vec<Fault>) {
    if is_negative(root) {
        faults.push(not_positive(root.column, "the rule"));
    }
    visit(root, faults);
}

/// What is wrong with the operands of a NEAR.
fn check_near(near: &Near, faults: &mut Vec<Fault>) {
    for operand in [&near.left, &near.right] {
        visit_near(operand, true, faults);
    }
}

fn visit(node: &Node, faults: &mut Vec<Fault>) {
    match &node.kind {
        NodeKind::Keyword(_) | NodeKind::Pattern(_) | NodeKind::List(_) => {}
        NodeKind::And(operands) => {
            // All that are NOT are reported where the AND has to be positive, once.
            if operands.iter().all(is_negation) && !faults_at(faults, node.column) {
                faults.push(not_positive(node.column, "each operand of this AND"));
            }
            operands.iter().for_each(|operand| visit(operand, faults));
        }
        NodeKind::Or(operands) | NodeKind::AtLeast { operands, .. } => {
            let what = match &node.kind {
                NodeKind::Or(_) => "an operand of this OR",
                _ => "an operand of this OF",
            };
            if operands.iter().any(is_negation) && !faults_at(faults, node.column) {
                faults.push(not_positive(node.column, what));
            }
            operands.iter().for_each(|operand| visit(operand, faults));
        }
        NodeKind::Not(operand) => {
            if is_negation(operand) && !faults_at(faults, node.column) {
                faults.push(not_positive(node.column, "what this NOT takes away"));
            }
            visit(operand, faults);
        }
        NodeKind::Near(near) => check_near(near, faults),
        NodeKind::Group(inner) => visit(inner, faults),
    }
}

fn faults_at(faults: &[Fault], column: u32) -> bool {
    faults.iter().any(|fault| fault.column == column)
}

/// `outermost` of the NEAR around it: there may be one more.
fn visit_near(node: &Node, outermost: bool, faults: &mut Vec<Fault>) {
    if node.fields.is_some() {
        faults.push(Fault::new(
            FaultCode::E05,
            node.column,
            "a field stands inside NEAR",
            "both sides of NEAR are looked for in the same field: write it before a bracket around \
             the NEAR, title:(a NEAR/5 b)",
        ));
    }
    match &node.kind {
        NodeKind::Keyword(_) | NodeKind::Pattern(_) | NodeKind::List(_) => {}
        NodeKind::Or(operands) => {
            let visit = |operand| visit_near(operand, outermost, faults);
            operands.iter().for_each(visit);
        }
        NodeKind::Near(near) if outermost => {
            for operand in [&near.left, &near.right] {
                visit_near(operand, false, faults);
            }
        }
        NodeKind::Group(inner) => visit_near(inner, outermost, faults),
        NodeKind::Near(_) => faults.push(cannot_be_near(node.column, "NEAR in NEAR in NEAR")),
        NodeKind::And(_) => faults.push(cannot_be_near(node.column, "AND inside NEAR")),
        NodeKind::Not(_) => faults.push(cannot_be_near(node.column, "NOT inside NEAR")),
        NodeKind::AtLeast { .. } => faults.push(cannot_be_near(node.column, "OF inside NEAR")),
    }
}

/// Whether it is true of texts that hold none of its terms.
fn is_negation(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Not(_) => true,
        NodeKind::Group(inner) => is_negation(inner),
        _ => false,
    }
}

/// The same of a whole rule.
fn is_negative(node: &Node) -> bool {
    match &node.kind {
        NodeKind::And(operands) => operands.iter().all(is_negation),
        NodeKind::Group(inner) => is_negative(inner),
        _ => is_negation(node),
    }
}

fn not_positive(column: u32, what: &str) -> Fault {
    Fault::new(
        FaultCode::E05,
        column,
        format!("{what} needs no term that is there"),
        "say what has to be there too: a AND NOT b",
    )
}

fn cannot_be_near(column: u32, what: &str) -> Fault {
    Fault::new(
        FaultCode::E05,
        column,
        format!("{what} cannot be"),
        "inside NEAR there are terms, OR and one more NEAR",
    )
}
