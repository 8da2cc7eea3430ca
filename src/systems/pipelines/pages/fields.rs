//! Fields of forms, from what a task or the form of a trigger takes.

use serde_json::{Map, Value};

use super::data::{FormSchema, Param, Property};
use crate::ui::find;

/// A field of a form.
pub(super) struct Field {
    pub name: String,
    pub help: Option<String>,
    /// Of the control, such as `date`; `select` if there are choices.
    pub kind: &'static str,
    pub choices: Vec<String>,
    pub value: String,
    /// What is taken if it is left empty.
    pub otherwise: String,
    pub is_required: bool,
}

impl Field {
    /// Those of a task. A text: a range or a list is allowed, too.
    pub(super) fn of_params(params: &[Param], given: &[(String, String)]) -> Vec<Self> {
        let field = |param: &Param| Self {
            name: param.param.clone(),
            help: param.help.clone(),
            kind: "text",
            choices: Vec::new(),
            value: find(given, &param.param).unwrap_or_default().to_owned(),
            otherwise: match (&param.default_value, &param.values) {
                (Some(default), _) => default.clone(),
                (None, Some(values)) => values.join(", "),
                (None, None) => param.kind.clone(),
            },
            is_required: false,
        };
        params.iter().map(field).collect()
    }

    /// Those of the form of a trigger.
    pub(super) fn of_schema(schema: &FormSchema, given: &[(String, String)]) -> Vec<Self> {
        let fields = schema.properties.iter().map(|(name, property)| Self {
            help: property.description.clone(),
            choices: choices(property),
            kind: kind(property),
            value: match find(given, name) {
                Some(value) => value.to_owned(),
                None => property.default.as_ref().map(written).unwrap_or_default(),
            },
            otherwise: property.template.clone().unwrap_or_default(),
            is_required: schema.required.contains(name),
            name: name.clone(),
        });
        fields.collect()
    }

    pub(super) fn is_chosen(&self, choice: &str) -> bool {
        self.value == choice
    }
}

/// What a form has given, of the names that it shows; what is left empty is left out.
pub(super) fn given(schema: &FormSchema, form: &[(String, String)]) -> Value {
    let filled = form.iter().filter(|(_, value)| !value.is_empty());
    let values = filled.filter_map(|(name, value)| {
        let property = schema.properties.get(name)?;
        let parsed = match property.kind.as_str() {
            "integer" => value.parse::<i64>().ok().map(Value::from),
            "boolean" => value.parse::<bool>().ok().map(Value::from),
            _ => None,
        };
        // What is no number is refused by the call, in its words.
        let value = parsed.unwrap_or_else(|| Value::from(value.as_str()));
        Some((name.clone(), value))
    });
    Value::Object(values.collect::<Map<String, Value>>())
}

fn choices(property: &Property) -> Vec<String> {
    let values = property.values.iter().flatten().map(written);
    match property.kind.as_str() {
        "boolean" => vec!["true".to_owned(), "false".to_owned()],
        _ => values.collect(),
    }
}

fn kind(property: &Property) -> &'static str {
    match (property.kind.as_str(), property.format.as_deref()) {
        ("boolean", _) => "select",
        _ if property.values.is_some() => "select",
        ("integer", _) => "number",
        (_, Some("date")) => "date",
        _ => "text",
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
