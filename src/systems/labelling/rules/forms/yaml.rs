//! A set as YAML: one line for each rule.

use super::exported::{ExportedRule, Expressions};
use super::value::{Value, yaml_scalar};
use crate::systems::labelling::rules::document::{Document, ModelKind};
use crate::systems::labelling::rules::set::FilterAction;

/// The whole document.
pub fn write(document: &Document, style: Expressions) -> String {
    let mut writer = YamlWriter::default();
    writer.options(document);
    writer.parts(document, style);
    writer.labels(document, style);
    writer.gate(document);
    writer.text
}

/// Everything but the rules: `set.yaml` of a directory, which names the labels in their order.
pub(super) fn write_parts(document: &Document, style: Expressions) -> String {
    let mut writer = YamlWriter::default();
    writer.options(document);
    writer.parts(document, style);
    if document.set.labels.is_empty() {
        writer.line(0, "labels: []");
    } else {
        writer.line(0, "labels:");
        for label in &document.set.labels {
            writer.element(1, &Value::text(&label.name));
        }
    }
    writer.gate(document);
    writer.text
}

/// The options that a document has, in the order in which they are written; those with defaults are left out.
pub(super) fn options(document: &Document) -> Vec<(&'static str, Value)> {
    let set = &document.set;
    let mut options = vec![
        ("name", Value::text(&set.name)),
        ("model_type", Value::text(document.model_type.as_str())),
    ];
    if let Some(version) = &document.version {
        options.push(("version", Value::text(version)));
    }
    if !set.fields.is_empty() {
        options.push(("in", Value::fields(set.fields)));
    }
    let mut add = |key, word: serde_json::Value| {
        if let serde_json::Value::String(word) = word {
            options.push((key, Value::Text(word)));
        } else {
            options.push((key, Value::Word(word.to_string())));
        }
    };
    if set.normalize != Default::default() {
        add("normalize", serde_json::json!(set.normalize));
    }
    if set.variants != Default::default() {
        add("variants", serde_json::json!(set.variants));
    }
    if set.case_sensitive {
        add("case_sensitive", true.into());
    }
    if !set.exclusive {
        add("exclusive", false.into());
    }
    if set.row_labels != Default::default() {
        add("row_labels", serde_json::json!(set.row_labels));
    }
    if set.author_conflict != Default::default() {
        add("author_conflict", serde_json::json!(set.author_conflict));
    }
    options
}

/// A filter as a mapping.
pub(super) fn filter(
    filter: &crate::systems::labelling::rules::set::Filter,
    style: Expressions,
) -> Value {
    let key = match filter.action {
        FilterAction::Cut => "cut",
        FilterAction::Drop => "drop",
    };
    let rule = ExportedRule::of_expression(&filter.expression, style);
    let mut members = vec![(key.to_owned(), Value::term(&rule))];
    if let Some(fields) = rule.fields {
        members.push(("in".to_owned(), Value::fields(fields)));
    }
    if let Some(note) = rule.note {
        members.push(("note".to_owned(), Value::text(note)));
    }
    Value::Mapping(members)
}

#[derive(Default)]
struct YamlWriter {
    text: String,
}

impl YamlWriter {
    fn line(&mut self, depth: usize, line: &str) {
        self.indent(depth);
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn indent(&mut self, depth: usize) {
        for _ in 0..depth {
            self.text.push_str("  ");
        }
    }

    fn entry(&mut self, depth: usize, key: &str, value: &Value) {
        self.indent(depth);
        yaml_scalar(key, false, &mut self.text);
        self.text.push_str(": ");
        value.yaml(&mut self.text);
        self.text.push('\n');
    }

    fn element(&mut self, depth: usize, value: &Value) {
        self.indent(depth);
        self.text.push_str("- ");
        value.yaml(&mut self.text);
        self.text.push('\n');
    }

    fn options(&mut self, document: &Document) {
        for (key, value) in options(document) {
            self.entry(0, key, &value);
        }
    }

    fn parts(&mut self, document: &Document, style: Expressions) {
        let set = &document.set;
        if !set.lists.is_empty() {
            self.line(0, "lists:");
        }
        for (name, terms) in &set.lists {
            self.indent(1);
            yaml_scalar(name, false, &mut self.text);
            self.text
                .push_str(if terms.is_empty() { ": []\n" } else { ":\n" });
            for term in terms {
                self.element(2, &Value::term(&ExportedRule::of_term(term)));
            }
        }
        if !set.filters.is_empty() {
            self.line(0, "filters:");
        }
        for one in &set.filters {
            self.element(1, &filter(one, style));
        }
    }

    fn labels(&mut self, document: &Document, style: Expressions) {
        let set = &document.set;
        self.line(
            0,
            match set.labels.is_empty() {
                true => "labels: []",
                false => "labels:",
            },
        );
        for label in &set.labels {
            self.text.push_str("  - name: ");
            yaml_scalar(&label.name, false, &mut self.text);
            self.text.push('\n');
            self.line(
                2,
                match label.rules.is_empty() {
                    true => "rules: []",
                    false => "rules:",
                },
            );
            for rule in &label.rules {
                let rule = ExportedRule::of_rule(&label.name, rule, style);
                self.element(3, &Value::rule(&rule, document.model_type));
            }
            if !label.except.is_empty() {
                self.line(2, "except:");
            }
            for except in &label.except {
                let rule = ExportedRule::of_expression(except, style);
                self.element(3, &Value::rule(&rule, ModelKind::MixedModel));
            }
        }
    }

    fn gate(&mut self, document: &Document) {
        let Some(serde_json::Value::Object(gate)) = &document.set.gate else {
            return;
        };
        if gate.is_empty() {
            self.line(0, "gate: {}");
            return;
        }
        self.line(0, "gate:");
        for (key, value) in gate {
            self.entry(1, key, &Value::of_json(value));
        }
    }
}
