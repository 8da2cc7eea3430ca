//! The request to a flow: `with`, with values in the places of its texts.

use serde_json::{Map, Value};

use crate::systems::pipelines::planning::InstanceScope;
use crate::systems::pipelines::values::Template;

/// Keys stay as they are, and so does everything that is no text. A value becomes a part of its text,
/// whatever it looks like.
pub(super) fn fill(with: &Value, scope: &InstanceScope<'_>) -> Result<Value, String> {
    match with {
        Value::String(text) => {
            let template = Template::parse(text).map_err(|fault| fault.problem)?;
            template.fill(scope).map(Value::String)
        }
        Value::Array(elements) => {
            let elements = elements.iter().map(|element| fill(element, scope));
            elements.collect::<Result<_, _>>().map(Value::Array)
        }
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(key, value)| Ok((key.clone(), fill(value, scope)?)));
            members
                .collect::<Result<Map<_, _>, String>>()
                .map(Value::Object)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(with.clone()),
    }
}
