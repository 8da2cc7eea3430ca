//! Trees that ask for less.

use super::misses::MissKind;
use crate::systems::labelling::rules::matching::NO_LIMIT;
use crate::systems::labelling::rules::set::{Field, Fields, MatchType, Near, Node, NodeKind};

/// Where people look for a text that stands in another field.
pub(super) const TEXT_FIELDS: Fields = Fields::one(Field::Author)
    .with(Field::Title)
    .with(Field::Content);

/// The tree with one relaxation; `None` if that changes nothing.
pub(super) fn relaxed(tree: &Node, kind: MissKind) -> Option<Node> {
    let relaxed = match kind {
        MissKind::Vetoed => without_not(tree)?,
        MissKind::Far => far_apart(tree),
        MissKind::Place => placed(tree),
        MissKind::Field => in_text_fields(tree),
        // The whole set is folded in another way.
        MissKind::Fold => return Some(tree.clone()),
        // There are several: see `less_one`.
        MissKind::Term => return None,
    };
    (kind == MissKind::Field || relaxed != *tree).then_some(relaxed)
}

/// The trees whose topmost AND has one operand less, or whose OF needs one less, with what was left
/// out.
pub(super) fn less_one(tree: &Node) -> Vec<(Node, Option<Node>)> {
    match &tree.kind {
        NodeKind::Group(inner) => less_one(inner)
            .into_iter()
            .map(|(less, left_out)| (with_kind(tree, NodeKind::Group(Box::new(less))), left_out))
            .collect(),
        NodeKind::And(operands) => (0..operands.len())
            .filter(|left_out| !is_not(&operands[*left_out]))
            .filter_map(|left_out| {
                let mut rest = operands.clone();
                let left_out = rest.remove(left_out);
                if rest.iter().all(is_not) {
                    return None;
                }
                let kind = NodeKind::And(rest);
                Some((with_kind(tree, kind), Some(left_out)))
            })
            .collect(),
        NodeKind::AtLeast { count, operands } if *count > 1 => {
            let kind = NodeKind::AtLeast {
                count: count - 1,
                operands: operands.clone(),
            };
            vec![(with_kind(tree, kind), None)]
        }
        _ => Vec::new(),
    }
}

/// All that a tree takes away by NOT, each with the fields that apply to it.
pub(super) fn taken_away(tree: &Node, fields: Option<Fields>) -> Vec<(&Node, Option<Fields>)> {
    let mut found = Vec::new();
    let mut waiting = vec![(tree, fields)];
    while let Some((node, fields)) = waiting.pop() {
        let fields = node.fields.or(fields);
        match &node.kind {
            NodeKind::Not(inner) => found.push((&**inner, fields)),
            _ => {
                let inner = operands(node).into_iter().rev();
                waiting.extend(inner.map(|operand| (operand, fields)));
            }
        }
    }
    found
}

/// The NEARs of a tree, each with the fields that apply to it; inner ones last.
pub(super) fn nears(tree: &Node, fields: Option<Fields>) -> Vec<(&Near, Option<Fields>)> {
    let mut found = Vec::new();
    let mut waiting = vec![(tree, fields)];
    while let Some((node, fields)) = waiting.pop() {
        let fields = node.fields.or(fields);
        if let NodeKind::Near(near) = &node.kind {
            found.push((&**near, fields));
        }
        let inner = operands(node).into_iter().rev();
        waiting.extend(inner.map(|operand| (operand, fields)));
    }
    found
}

fn operands(node: &Node) -> Vec<&Node> {
    match &node.kind {
        NodeKind::Keyword(_) | NodeKind::Pattern(_) | NodeKind::List(_) => Vec::new(),
        NodeKind::And(operands) | NodeKind::Or(operands) | NodeKind::AtLeast { operands, .. } => {
            operands.iter().collect()
        }
        NodeKind::Not(inner) | NodeKind::Group(inner) => vec![inner],
        NodeKind::Near(near) => vec![&near.left, &near.right],
    }
}

fn is_not(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Not(_) => true,
        NodeKind::Group(inner) => is_not(inner),
        _ => false,
    }
}

fn with_kind(node: &Node, kind: NodeKind) -> Node {
    Node {
        kind,
        fields: node.fields,
        column: node.column,
    }
}

/// The same tree with each node changed, operands first.
fn rebuilt(node: &Node, change: &impl Fn(Node) -> Node) -> Node {
    let again = |node: &Node| rebuilt(node, change);
    let all = |nodes: &[Node]| nodes.iter().map(again).collect();
    let kind = match &node.kind {
        NodeKind::Keyword(_) | NodeKind::Pattern(_) | NodeKind::List(_) => node.kind.clone(),
        NodeKind::And(operands) => NodeKind::And(all(operands)),
        NodeKind::Or(operands) => NodeKind::Or(all(operands)),
        NodeKind::AtLeast { count, operands } => NodeKind::AtLeast {
            count: *count,
            operands: all(operands),
        },
        NodeKind::Not(inner) => NodeKind::Not(Box::new(again(inner))),
        NodeKind::Group(inner) => NodeKind::Group(Box::new(again(inner))),
        NodeKind::Near(near) => NodeKind::Near(Box::new(Near {
            left: again(&near.left),
            right: again(&near.right),
            ..Near::clone(near)
        })),
    };
    change(with_kind(node, kind))
}

/// `None`: nothing is left.
fn without_not(node: &Node) -> Option<Node> {
    let kind = match &node.kind {
        NodeKind::Not(_) => return None,
        NodeKind::And(operands) => {
            let mut left: Vec<Node> = operands.iter().filter_map(without_not).collect();
            match left.len() {
                0 => return None,
                1 => return left.pop(),
                _ => NodeKind::And(left),
            }
        }
        NodeKind::Or(operands) => NodeKind::Or(operands.iter().filter_map(without_not).collect()),
        NodeKind::AtLeast { count, operands } => NodeKind::AtLeast {
            count: *count,
            operands: operands.iter().filter_map(without_not).collect(),
        },
        NodeKind::Group(inner) => NodeKind::Group(Box::new(without_not(inner)?)),
        NodeKind::Keyword(_) | NodeKind::Pattern(_) | NodeKind::List(_) | NodeKind::Near(_) => {
            node.kind.clone()
        }
    };
    Some(with_kind(node, kind))
}

/// NEAR asks only for both sides.
pub(super) fn far_apart(tree: &Node) -> Node {
    rebuilt(tree, &|mut node| {
        if let NodeKind::Near(near) = &mut node.kind {
            near.distance = NO_LIMIT;
            near.ordered = false;
        }
        node
    })
}

/// All keywords may stand anywhere.
pub(super) fn placed(tree: &Node) -> Node {
    rebuilt(tree, &|mut node| {
        if let NodeKind::Keyword(keyword) = &mut node.kind {
            keyword.match_type = MatchType::Partially;
            keyword.raw = false;
        }
        node
    })
}

fn in_text_fields(tree: &Node) -> Node {
    rebuilt(tree, &|mut node| {
        node.fields = node.fields.map(|_| TEXT_FIELDS);
        node
    })
}
