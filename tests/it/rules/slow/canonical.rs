//! The canonical JSON of a rule, and the id made of it.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{FIELDS, Kind, Tree};

/// `["<label>", tree, in]`.
pub fn canonical(label: &str, tree: &Tree, fields: Option<&[usize]>) -> String {
    sorted(&json!([label, value(tree), fields.map(names)]))
}

/// 12 hex digits of SHA-256.
pub fn rule_id(canonical: &str) -> String {
    let digest = Sha256::digest(canonical.as_bytes());
    digest[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn names(fields: &[usize]) -> Vec<&'static str> {
    fields.iter().map(|field| FIELDS[*field]).collect()
}

fn value(tree: &Tree) -> Value {
    let values = |trees: &[Tree]| -> Vec<Value> { trees.iter().map(value).collect() };
    let mut value = match &tree.kind {
        Kind::Keyword { text, edges, raw } => {
            let mut keyword = json!({"kind": "keyword", "match_type": edges.name(), "text": text});
            if *raw {
                keyword["raw"] = json!(true);
            }
            keyword
        }
        Kind::Pattern(pattern) => json!({"kind": "pattern", "pattern": pattern}),
        Kind::List(list) => json!({"kind": "list", "list": list}),
        Kind::And(operands) => json!({"kind": "and", "of": values(operands)}),
        Kind::Or(operands) => json!({"kind": "or", "of": values(operands)}),
        Kind::Not(inner) => json!({"kind": "not", "of": [value(inner)]}),
        Kind::AtLeast(n, operands) => json!({"kind": "of", "n": n, "of": values(operands)}),
        Kind::Group(inner) => json!({"kind": "group", "of": [value(inner)]}),
        Kind::Near {
            left,
            right,
            distance,
            characters,
            ordered,
        } => json!({
            "kind": "near",
            "n": distance,
            "of": [value(left), value(right)],
            "ordered": ordered,
            "unit": if *characters { "c" } else { "w" },
        }),
    };
    if let Some(fields) = &tree.fields {
        value["in"] = json!(names(fields));
    }
    value
}

/// With sorted keys and no blanks.
fn sorted(value: &Value) -> String {
    match value {
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(sorted).collect();
            format!("[{}]", elements.join(","))
        }
        Value::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(key, value)| format!("{}:{}", json!(key), sorted(value)))
                .collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}
