//! Writes trees as expressions again: parsing them gives the same tree.

use super::lexer::is_never_bare;
use crate::systems::labelling::rules::set::{Keyword, MatchType, Near, Node, NodeKind, Unit};

/// How tightly operators bind; what binds less than its surroundings needs a bracket.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Expression,
    Unary,
    Near,
    Atom,
}

/// An expression with this tree.
pub fn write(tree: &Node) -> String {
    let mut text = String::new();
    write_node(&mut text, tree, Binding::Expression);
    text
}

/// A keyword with its prefixes as an expression holds it.
pub fn write_text(text: &str) -> String {
    let mut written = String::new();
    write_quoted(&mut written, text);
    written
}

fn write_node(text: &mut String, node: &Node, around: Binding) {
    if binding(node) < around {
        text.push('(');
        write_node(text, node, Binding::Expression);
        text.push(')');
        return;
    }
    for field in node.fields.iter().flat_map(|fields| fields.iter()) {
        text.push_str(field.as_str());
        text.push(':');
    }
    match &node.kind {
        NodeKind::Keyword(keyword) => write_keyword(text, keyword),
        NodeKind::Pattern(pattern) => write_pattern(text, pattern),
        NodeKind::List(list) => {
            text.push_str("list:");
            write_quoted(text, list);
        }
        NodeKind::And(operands) => write_all(text, operands, " AND ", Binding::Unary),
        NodeKind::Or(operands) => write_all(text, operands, " OR ", Binding::Unary),
        NodeKind::Not(operand) => {
            text.push_str("NOT ");
            write_node(text, operand, Binding::Near);
        }
        NodeKind::AtLeast { count, operands } => {
            text.push_str(&format!("{count} OF ("));
            write_all(text, operands, ", ", Binding::Expression);
            text.push(')');
        }
        NodeKind::Near(near) => write_near(text, near),
        NodeKind::Group(inner) => {
            text.push('(');
            write_node(text, inner, Binding::Expression);
            text.push(')');
        }
    }
}

fn binding(node: &Node) -> Binding {
    match &node.kind {
        NodeKind::And(_) | NodeKind::Or(_) => Binding::Expression,
        NodeKind::Not(_) => Binding::Unary,
        NodeKind::Near(_) => Binding::Near,
        NodeKind::Keyword(_)
        | NodeKind::Pattern(_)
        | NodeKind::List(_)
        | NodeKind::AtLeast { .. }
        | NodeKind::Group(_) => Binding::Atom,
    }
}

fn write_all(text: &mut String, operands: &[Node], between: &str, around: Binding) {
    for (position, operand) in operands.iter().enumerate() {
        if position > 0 {
            text.push_str(between);
        }
        write_node(text, operand, around);
    }
}

fn write_near(text: &mut String, near: &Near) {
    write_node(text, &near.left, Binding::Atom);
    let unit = match near.unit {
        Unit::Words => "",
        Unit::Characters => "c",
    };
    let order = if near.ordered { "f" } else { "" };
    text.push_str(&format!(" NEAR/{}{unit}{order} ", near.distance));
    write_node(text, &near.right, Binding::Atom);
}

fn write_keyword(text: &mut String, keyword: &Keyword) {
    if keyword.raw {
        text.push_str("raw:");
    }
    if keyword.match_type != MatchType::Partially {
        text.push_str(keyword.match_type.as_str());
        text.push(':');
    }
    write_quoted(text, &keyword.text);
}

/// In quotes, where a bare text would be something else.
fn write_quoted(text: &mut String, content: &str) {
    let is_operator = matches!(content, "AND" | "OR" | "NOT" | "OF" | "NEAR");
    // A number may be taken for that of OF.
    let is_number = content.bytes().all(|byte| byte.is_ascii_digit());
    if !is_operator && !is_number && !content.contains(is_never_bare) {
        text.push_str(content);
        return;
    }
    text.push('"');
    for c in content.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            _ => text.push(c),
        }
    }
    text.push('"');
}

/// A slash needs a backslash, unless one stands before it already.
fn write_pattern(text: &mut String, pattern: &str) {
    text.push('/');
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '/' => text.push_str("\\/"),
            '\\' => {
                text.push('\\');
                match chars.next() {
                    Some('/') => text.push('/'),
                    Some(escaped) => text.push(escaped),
                    None => {}
                }
            }
            _ => text.push(c),
        }
    }
    text.push('/');
}
