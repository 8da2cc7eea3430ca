//! The canonical JSON of a set, and its digest: the same for all documents that say the same.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::check::Document;
use crate::systems::labelling::rules::language;
use crate::systems::labelling::rules::set::{Expression, Fields, FilterAction, Node};

impl Document {
    /// One line: sorted keys, no blanks, everything said, also what has its default.
    pub fn canonical(&self) -> String {
        let mut members = self.members();
        let labels = ("labels", self.labels());
        let place = members.partition_point(|(key, _)| *key < labels.0);
        members.insert(place, labels);
        let members = members.iter();
        let members: Vec<String> = members
            .map(|(key, json)| format!("\"{key}\":{json}"))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    /// The same without the labels, key by key.
    pub fn canonical_options(&self) -> Vec<(String, Value)> {
        let members = self.members().into_iter();
        members
            .map(|(key, json)| {
                let value = serde_json::from_str(&json).unwrap_or_default();
                (key.to_owned(), value)
            })
            .collect()
    }

    /// All but the labels: sorted keys with their JSON.
    fn members(&self) -> Vec<(&'static str, String)> {
        let set = &self.set;
        let mut filters = String::new();
        list(&mut filters, &set.filters, |json, filter| {
            let action = match filter.action {
                FilterAction::Cut => "cut",
                FilterAction::Drop => "drop",
            };
            put(json, "{\"action\":", &action);
            json.push(',');
            expression(json, "", &filter.expression);
        });
        let mut members = vec![
            ("author_conflict", json_of(&set.author_conflict)),
            ("case_sensitive", json_of(&set.case_sensitive)),
            ("exclusive", json_of(&set.exclusive)),
            ("filters", filters),
            ("gate", json_of(&sorted(set.gate.as_ref()))),
            ("in", json_of(&names(set.fields))),
            ("lists", self.lists()),
            ("model_type", json_of(self.model_type.as_str())),
            ("name", json_of(&set.name)),
            ("normalize", json_of(&set.normalize)),
            ("row_labels", json_of(&set.row_labels)),
            ("variants", json_of(&set.variants)),
        ];
        if let Some(version) = &self.version {
            members.push(("version", json_of(version)));
        }
        members
    }

    fn labels(&self) -> String {
        let mut json = String::with_capacity(1 << 16);
        list(&mut json, &self.set.labels, |json, label| {
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
        json
    }

    fn lists(&self) -> String {
        let mut lists: Vec<&(String, Vec<Node>)> = self.set.lists.iter().collect();
        lists.sort_by(|one, other| one.0.cmp(&other.0));
        let mut json = String::from("{");
        for (index, (name, terms)) in lists.into_iter().enumerate() {
            put(&mut json, if index > 0 { "," } else { "" }, name);
            json.push(':');
            list(&mut json, terms, language::write_tree);
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

fn put<T: Serialize + ?Sized>(json: &mut String, before: &str, value: &T) {
    json.push_str(before);
    json.push_str(&json_of(value));
}

/// Names, words and numbers are always JSON.
fn json_of<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A gate with its keys in order, and those of the labels in it.
fn sorted(value: Option<&Value>) -> Value {
    match value {
        None => Value::Null,
        Some(Value::Object(members)) => {
            let mut members: Vec<(String, Value)> = members
                .iter()
                .map(|(key, value)| (key.clone(), sorted(Some(value))))
                .collect();
            members.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(members.into_iter().collect())
        }
        Some(value) => value.clone(),
    }
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
