//! The fields of a row, from its JSON Schema, and a row from what was filled in.

use serde_json::{Map, Number, Value};

use crate::ui::find;

/// Values of a category that are offered.
const OFFERED_MAX: usize = 100;

/// One input of a model, as a field of a form.
pub(super) struct FeatureField {
    /// Of the field: names of features may be anything.
    pub id: String,
    pub name: String,
    pub is_number: bool,
    pub offered: Vec<String>,
    pub value: String,
}

/// The fields of a schema, with what was filled in.
pub(super) fn fields(schema: &Value, filled: &[(String, String)]) -> Vec<FeatureField> {
    let features = schema["properties"].as_object().into_iter().flatten();
    let fields = features.enumerate().map(|(no, (name, about))| {
        let id = format!("x{no}");
        let offered = about["examples"].as_array().into_iter().flatten();
        let offered = offered.take(OFFERED_MAX).map(|value| match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        });
        FeatureField {
            name: name.clone(),
            is_number: about["type"][0] == "number",
            offered: offered.collect(),
            value: find(filled, &id).unwrap_or_default().to_owned(),
            id,
        }
    });
    fields.collect()
}

/// A row; what was left empty is missing. What is no number goes to the interface as it is, which says so.
pub(super) fn row(fields: &[FeatureField]) -> Map<String, Value> {
    let members = fields.iter().map(|field| {
        let text = field.value.trim();
        let value = match text.is_empty() {
            true => Value::Null,
            false if field.is_number => {
                let number = serde_json::from_str::<Number>(text);
                number.map_or_else(|_| Value::from(text), Value::Number)
            }
            false => Value::from(field.value.as_str()),
        };
        (field.name.clone(), value)
    });
    members.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_is_made_of_what_was_filled_in() {
        let schema = json!({ "properties": {
            "age": { "type": ["number", "null"] },
            "city": { "type": ["string", "null"], "examples": ["東京", 2] },
            "fare": { "type": ["number", "null"] },
            "sex": { "type": ["string", "null"] },
        } });
        let filled = [("x0", " 30 "), ("x1", "東京"), ("x2", "x")];
        let filled = filled.map(|(id, text)| (id.to_owned(), text.to_owned()));
        let fields = fields(&schema, &filled);
        assert_eq!(fields[1].offered, ["東京", "2"]);
        let expected = json!({ "age": 30, "city": "東京", "fare": "x", "sex": null });
        assert_eq!(Value::Object(row(&fields)), expected);
    }
}
