//! The canonical JSON of a set, and its digest: the same for all documents that say the same.

use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::check::Document;
use crate::systems::labelling::rules::language;
use crate::systems::labelling::rules::set::{Expression, Fields, FilterAction, Node};

impl Document {
    /// One line: sorted keys, no blanks, everything said, also what has its default.
    pub fn canonical(&self) -> String {
        let set = &self.set;
        let mut json = String::with_capacity(1 << 16);
        put(&mut json, "{\"author_conflict\":", &set.author_conflict);
        put(&mut json, ",\"case_sensitive\":", &set.case_sensitive);
        put(&mut json, ",\"exclusive\":", &set.exclusive);
        json.push_str(",\"filters\":");
        list(&mut json, &set.filters, |json, filter| {
            let action = match filter.action {
                FilterAction::Cut => "cut",
                FilterAction::Drop => "drop",
            };
            put(json, "{\"action\":", &action);
            json.push(',');
            expression(json, "", &filter.expression);
        });
        put(&mut json, ",\"gate\":", &set.gate);
        put(&mut json, ",\"in\":", &names(set.fields));
        json.push_str(",\"labels\":");
        list(&mut json, &set.labels, |json, label| {
            json.push_str("{\"except\":");
            list(json, &label.except, |json, except| {
                json.push('{');
                expression(json, &label.name, except);
            });
            put(json, ",\"name\":", &label.name);
            json.push_str(",\"rules\":");
            list(json, &label.rules, |json, rule| {
                put(json, "{\"id\":", &rule.id);
                note(json, rule.note.as_deref());
                json.push_str(",\"rule\":");
                json.push_str(&language::canonical(&label.name, &rule.tree, rule.fields));
                json.push('}');
            });
            json.push('}');
        });
        json.push_str(",\"lists\":{");
        let mut lists: Vec<&(String, Vec<Node>)> = set.lists.iter().collect();
        lists.sort_by(|one, other| one.0.cmp(&other.0));
        for (index, (name, terms)) in lists.into_iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            put(&mut json, "", name);
            json.push(':');
            list(&mut json, terms, |json, term| {
                json.push_str(&language::canonical(name, term, None));
            });
        }
        put(&mut json, "},\"model_type\":", &self.model_type.as_str());
        put(&mut json, ",\"name\":", &set.name);
        put(&mut json, ",\"normalize\":", &set.normalize);
        put(&mut json, ",\"row_labels\":", &set.row_labels);
        put(&mut json, ",\"variants\":", &set.variants);
        if let Some(version) = &self.version {
            put(&mut json, ",\"version\":", version);
        }
        json.push('}');
        json
    }

    /// SHA-256 of the canonical JSON, as 64 hexadecimal digits.
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(self.canonical().as_bytes()))
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Into a string it cannot fail.
        write!(digits, "{byte:02x}").ok();
    }
    digits
}

/// The rest of an object, and its end.
fn expression(json: &mut String, label: &str, expression: &Expression) {
    if let Some(note) = &expression.note {
        put(json, "\"note\":", note);
        json.push(',');
    }
    json.push_str("\"rule\":");
    json.push_str(&language::canonical(
        label,
        &expression.tree,
        expression.fields,
    ));
    json.push('}');
}

fn note(json: &mut String, note: Option<&str>) {
    if let Some(note) = note {
        put(json, ",\"note\":", note);
    }
}

fn names(fields: Fields) -> Value {
    match fields.is_empty() {
        true => Value::Null,
        false => fields.iter().map(|field| field.as_str()).collect(),
    }
}

fn put<T: serde::Serialize + ?Sized>(json: &mut String, before: &str, value: &T) {
    json.push_str(before);
    // Names, words and numbers are always JSON.
    json.push_str(&serde_json::to_string(value).unwrap_or_default());
}

fn list<T>(json: &mut String, elements: &[T], mut write: impl FnMut(&mut String, &T)) {
    json.push('[');
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        write(json, element);
    }
    json.push(']');
}
