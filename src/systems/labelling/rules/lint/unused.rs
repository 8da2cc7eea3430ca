//! Labels without rules, and lists that nothing names.

use std::collections::{HashMap, HashSet};

use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::language::shown;
use crate::systems::labelling::rules::set::{Node, NodeKind, Place, RuleSet};

pub(super) fn find(set: &RuleSet, findings: &mut Findings) {
    for label in set.labels.iter().filter(|label| label.rules.is_empty()) {
        findings.add(Code::W12, || {
            let message = format!(
                "label {} has no rules, so that no row gets it",
                shown(&label.name)
            );
            Finding::new(Code::W12, Place::Unknown, message)
                .advise("add a rule, or remove the label")
                .of_label(&label.name)
        });
    }
    let used = used_lists(set);
    for (name, _) in set
        .lists
        .iter()
        .filter(|(name, _)| !used.contains(name.as_str()))
    {
        findings.add(Code::W12, || {
            let message = format!("nothing names list {}", shown(name));
            Finding::new(Code::W12, Place::Unknown, message)
                .advise(format!("write list:{name} in a rule, or remove the list"))
        });
    }
}

/// Those that rules, excepts and filters name, and those that these name.
fn used_lists(set: &RuleSet) -> HashSet<&str> {
    let lists: HashMap<&str, &Vec<Node>> = set
        .lists
        .iter()
        .map(|(name, terms)| (name.as_str(), terms))
        .collect();
    let mut waiting: Vec<&Node> = Vec::new();
    for label in &set.labels {
        waiting.extend(label.rules.iter().map(|rule| &rule.tree));
        waiting.extend(label.except.iter().map(|except| &except.tree));
    }
    waiting.extend(set.filters.iter().map(|filter| &filter.expression.tree));
    let mut used = HashSet::new();
    while let Some(node) = waiting.pop() {
        match &node.kind {
            NodeKind::Keyword(_) | NodeKind::Pattern(_) => {}
            NodeKind::List(name) => {
                if used.insert(name.as_str())
                    && let Some(terms) = lists.get(name.as_str())
                {
                    waiting.extend(terms.iter());
                }
            }
            NodeKind::And(operands)
            | NodeKind::Or(operands)
            | NodeKind::AtLeast { operands, .. } => waiting.extend(operands),
            NodeKind::Not(inner) | NodeKind::Group(inner) => waiting.push(inner),
            NodeKind::Near(near) => waiting.extend([&near.left, &near.right]),
        }
    }
    used
}
