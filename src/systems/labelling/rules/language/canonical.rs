//! Writes rules as canonical JSON, of which ids and digests are made.

use sha2::{Digest, Sha256};

use crate::systems::labelling::rules::set::{Fields, Node, NodeKind, Unit};

/// Hexadecimal digits of an id.
const ID_DIGITS: usize = 12;

/// `["<label>", tree, in]`: keys sorted, no blanks.
pub fn canonical(label: &str, tree: &Node, fields: Option<Fields>) -> String {
    let mut json = String::with_capacity(96);
    json.push('[');
    write_text(&mut json, label);
    json.push(',');
    write_tree(&mut json, tree);
    json.push(',');
    match fields {
        Some(fields) => write_fields(&mut json, fields),
        None => json.push_str("null"),
    }
    json.push(']');
    json
}

/// The id of a rule to which none is given.
pub fn rule_id(label: &str, tree: &Node, fields: Option<Fields>) -> String {
    let digest = Sha256::digest(canonical(label, tree, fields).as_bytes());
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digit = |digit| char::from(b"0123456789abcdef"[usize::from(digit)]);
    digits.take(ID_DIGITS).map(digit).collect()
}

/// The tree alone, as it stands in the canonical JSON of its rule.
pub fn write_tree(json: &mut String, node: &Node) {
    json.push('{');
    if let Some(fields) = node.fields {
        json.push_str("\"in\":");
        write_fields(json, fields);
        json.push(',');
    }
    match &node.kind {
        NodeKind::Keyword(keyword) => {
            json.push_str("\"kind\":\"keyword\",\"match_type\":\"");
            json.push_str(keyword.match_type.as_str());
            json.push('"');
            if keyword.raw {
                json.push_str(",\"raw\":true");
            }
            json.push_str(",\"text\":");
            write_text(json, &keyword.text);
        }
        NodeKind::Pattern(pattern) => {
            json.push_str("\"kind\":\"pattern\",\"pattern\":");
            write_text(json, pattern);
        }
        NodeKind::List(list) => {
            json.push_str("\"kind\":\"list\",\"list\":");
            write_text(json, list);
        }
        NodeKind::And(operands) => write_operands(json, "and", operands.iter()),
        NodeKind::Or(operands) => write_operands(json, "or", operands.iter()),
        NodeKind::Not(operand) => write_operands(json, "not", [&**operand].into_iter()),
        NodeKind::Group(inner) => write_operands(json, "group", [&**inner].into_iter()),
        NodeKind::AtLeast { count, operands } => {
            json.push_str("\"kind\":\"of\",\"n\":");
            json.push_str(&count.to_string());
            json.push_str(",\"of\":");
            write_list(json, operands.iter());
        }
        NodeKind::Near(near) => {
            json.push_str("\"kind\":\"near\",\"n\":");
            json.push_str(&near.distance.to_string());
            json.push_str(",\"of\":");
            write_list(json, [&near.left, &near.right].into_iter());
            json.push_str(match near.ordered {
                true => ",\"ordered\":true",
                false => ",\"ordered\":false",
            });
            json.push_str(match near.unit {
                Unit::Words => ",\"unit\":\"w\"",
                Unit::Characters => ",\"unit\":\"c\"",
            });
        }
    }
    json.push('}');
}

fn write_operands<'n>(json: &mut String, kind: &str, operands: impl Iterator<Item = &'n Node>) {
    json.push_str("\"kind\":\"");
    json.push_str(kind);
    json.push_str("\",\"of\":");
    write_list(json, operands);
}

fn write_list<'n>(json: &mut String, operands: impl Iterator<Item = &'n Node>) {
    json.push('[');
    for (position, operand) in operands.enumerate() {
        if position > 0 {
            json.push(',');
        }
        write_tree(json, operand);
    }
    json.push(']');
}

fn write_fields(json: &mut String, fields: Fields) {
    json.push('[');
    for (position, field) in fields.iter().enumerate() {
        if position > 0 {
            json.push(',');
        }
        json.push('"');
        json.push_str(field.as_str());
        json.push('"');
    }
    json.push(']');
}

fn write_text(json: &mut String, text: &str) {
    let quoted = serde_json::to_string(text).expect("a text can always be written");
    json.push_str(&quoted);
}
