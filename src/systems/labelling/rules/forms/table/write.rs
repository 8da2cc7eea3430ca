//! The rows of a table.

use super::Part;
use crate::systems::labelling::rules::document::Document;
use crate::systems::labelling::rules::forms::exported::{ExportedRule, Expressions, names};
use crate::systems::labelling::rules::forms::value::Value;
use crate::systems::labelling::rules::forms::yaml::options;
use crate::systems::labelling::rules::set::{FilterAction, Place};

/// The cells of a row, and where what it holds was written.
pub(in crate::systems::labelling::rules::forms) struct TableRow {
    pub cells: [String; super::COLUMNS.len()],
    pub place: Place,
}

/// Hands on every row behind the one with the names of the columns; ends early if that fails.
pub(in crate::systems::labelling::rules::forms) fn rows<E>(
    document: &Document,
    style: Expressions,
    mut push: impl FnMut(TableRow) -> Result<(), E>,
) -> Result<(), E> {
    let set = &document.set;
    for (key, value) in options(document) {
        let value = match value {
            Value::List(_) => names(set.fields),
            Value::Text(text) | Value::Word(text) => text,
            Value::Mapping(_) => continue,
        };
        push(row(Part::Option, key, &value))?;
    }
    gate(set.gate.as_ref(), &mut push)?;
    for (name, terms) in &set.lists {
        if terms.is_empty() {
            push(row(Part::List, name, ""))?;
        }
        for term in terms {
            let term = ExportedRule::of_term(term);
            push(rule(Part::List, name, &term, &Place::Unknown))?;
        }
    }
    for filter in &set.filters {
        let part = match filter.action {
            FilterAction::Cut => Part::Cut,
            FilterAction::Drop => Part::Drop,
        };
        let exported = ExportedRule::of_expression(&filter.expression, style);
        push(rule(part, "", &exported, &filter.expression.place))?;
    }
    for label in &set.labels {
        if label.rules.is_empty() && label.except.is_empty() {
            push(row(Part::Label, &label.name, ""))?;
        }
        for one in &label.rules {
            let exported = ExportedRule::of_rule(&label.name, one, style);
            push(rule(Part::Rule, &label.name, &exported, &one.place))?;
        }
        for except in &label.except {
            let exported = ExportedRule::of_expression(except, style);
            push(rule(Part::Except, &label.name, &exported, &except.place))?;
        }
    }
    Ok(())
}

fn gate<E>(
    gate: Option<&serde_json::Value>,
    push: &mut impl FnMut(TableRow) -> Result<(), E>,
) -> Result<(), E> {
    let Some(serde_json::Value::Object(gate)) = gate else {
        return Ok(());
    };
    for (key, value) in gate {
        let key = format!("gate.{key}");
        match value {
            serde_json::Value::Object(labels) => {
                for (label, value) in labels {
                    push(row(Part::Option, &format!("{key}.{label}"), &word(value)))?;
                }
            }
            value => push(row(Part::Option, &key, &word(value)))?,
        }
    }
    Ok(())
}

fn word(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn row(part: Part, label: &str, text: &str) -> TableRow {
    let mut cells: [String; super::COLUMNS.len()] = Default::default();
    part.as_str().clone_into(&mut cells[0]);
    label.clone_into(&mut cells[1]);
    text.clone_into(&mut cells[2]);
    let place = Place::Unknown;
    TableRow { cells, place }
}

fn rule(part: Part, label: &str, rule: &ExportedRule<'_>, place: &Place) -> TableRow {
    let given = |text: Option<&str>| text.unwrap_or_default().to_owned();
    TableRow {
        cells: [
            part.as_str().to_owned(),
            label.to_owned(),
            rule.written.text().to_owned(),
            rule.type_name().into_owned(),
            rule.field_names(),
            given(rule.id),
            given(rule.note),
        ],
        place: place.clone(),
    }
}
