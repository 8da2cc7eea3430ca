//! Patterns that cost more than they have to.

use super::about;
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::folding::Folding;
use crate::systems::labelling::rules::language::shown;
use crate::systems::labelling::rules::matching::{PATTERNS_MAX, check_pattern};
use crate::systems::labelling::rules::set::{Node, NodeKind, RuleSet};

pub(super) fn find(set: &RuleSet, findings: &mut Findings) {
    let folding = Folding::of(set);
    let mut left = PATTERNS_MAX;
    for label in &set.labels {
        for rule in &label.rules {
            let mut patterns = Vec::new();
            collect(&rule.tree, &mut patterns);
            for pattern in patterns.into_iter().take(left) {
                left -= 1;
                let Some((problem, advice)) = slow(pattern, folding) else {
                    continue;
                };
                findings.add(Code::W11, || {
                    let message = format!("/{}/ is slow: {problem}", shown(pattern));
                    let finding = Finding::new(Code::W11, Default::default(), message);
                    about(finding, label, rule).advise(advice)
                });
            }
        }
    }
}

/// Why a pattern is slow, and what helps.
fn slow(pattern: &str, folding: Folding) -> Option<(&'static str, &'static str)> {
    // What is wrong with one was said when the set was read.
    let cost = check_pattern(pattern, folding).ok()?;
    if cost.is_large {
        return Some((
            "it takes more than 1 MiB",
            "make the numbers of repetitions smaller",
        ));
    }
    if cost.has_unicode_boundary {
        return Some((
            "it has a Unicode \\b",
            "write (?-u:\\b), or word: before a keyword",
        ));
    }
    (!cost.has_literal).then_some(("no text has to be in it", "add a text that is always there"))
}

fn collect<'n>(node: &'n Node, patterns: &mut Vec<&'n str>) {
    match &node.kind {
        NodeKind::Pattern(pattern) => patterns.push(pattern),
        NodeKind::Keyword(_) | NodeKind::List(_) => {}
        NodeKind::And(operands) | NodeKind::Or(operands) | NodeKind::AtLeast { operands, .. } => {
            for operand in operands {
                collect(operand, patterns);
            }
        }
        NodeKind::Not(inner) | NodeKind::Group(inner) => collect(inner, patterns),
        NodeKind::Near(near) => {
            collect(&near.left, patterns);
            collect(&near.right, patterns);
        }
    }
}
