//! A set as JSON: one line for each rule.

use super::exported::{ExportedRule, Expressions};
use super::value::{Value, json_string};
use super::yaml::{filter, options};
use crate::systems::labelling::rules::document::{Document, ModelKind};

/// The whole document.
pub fn write(document: &Document, style: Expressions) -> String {
    let set = &document.set;
    let mut parts: Vec<String> = Vec::new();
    for (key, value) in options(document) {
        parts.push(member(key, &value));
    }
    if !set.lists.is_empty() {
        let lists = set.lists.iter().map(|(name, terms)| {
            let terms = terms.iter();
            let terms = terms.map(|term| line(&Value::term(&ExportedRule::of_term(term))));
            let terms = block(&terms.collect::<Vec<_>>(), 4, ('[', ']'));
            format!("{}: {terms}", quoted(name))
        });
        let lists = block(&lists.collect::<Vec<_>>(), 2, ('{', '}'));
        parts.push(format!("\"lists\": {lists}"));
    }
    if !set.filters.is_empty() {
        let filters = set.filters.iter().map(|one| line(&filter(one, style)));
        let filters = block(&filters.collect::<Vec<_>>(), 2, ('[', ']'));
        parts.push(format!("\"filters\": {filters}"));
    }
    parts.push(format!("\"labels\": {}", labels(document, style)));
    if let Some(gate) = &set.gate {
        parts.push(member("gate", &Value::of_json(gate)));
    }
    let mut text = block(&parts, 0, ('{', '}'));
    text.push('\n');
    text
}

fn labels(document: &Document, style: Expressions) -> String {
    let labels = document.set.labels.iter().map(|label| {
        let rules = label.rules.iter().map(|rule| {
            let rule = ExportedRule::of_rule(&label.name, rule, style);
            line(&Value::rule(&rule, document.model_type))
        });
        let rules = block(&rules.collect::<Vec<_>>(), 6, ('[', ']'));
        let mut members = vec![
            member("name", &Value::text(&label.name)),
            format!("\"rules\": {rules}"),
        ];
        if !label.except.is_empty() {
            let excepts = label.except.iter().map(|except| {
                let rule = ExportedRule::of_expression(except, style);
                line(&Value::rule(&rule, ModelKind::MixedModel))
            });
            let excepts = block(&excepts.collect::<Vec<_>>(), 6, ('[', ']'));
            members.push(format!("\"except\": {excepts}"));
        }
        block(&members, 4, ('{', '}'))
    });
    block(&labels.collect::<Vec<_>>(), 2, ('[', ']'))
}

/// Parts with a line for each, inside brackets at an indentation.
fn block(parts: &[String], indentation: usize, (open, close): (char, char)) -> String {
    if parts.is_empty() {
        return format!("{open}{close}");
    }
    let mut text = String::from(open);
    for (index, part) in parts.iter().enumerate() {
        text.push_str(if index > 0 { ",\n" } else { "\n" });
        text.extend(std::iter::repeat_n(' ', indentation + 2));
        text.push_str(part);
    }
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', indentation));
    text.push(close);
    text
}

fn member(key: &str, value: &Value) -> String {
    format!("{}: {}", quoted(key), line(value))
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    json_string(text, &mut out);
    out
}

fn line(value: &Value) -> String {
    let mut out = String::new();
    value.json(&mut out);
    out
}
