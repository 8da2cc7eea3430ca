//! What operations are called with: parameters and their examples, and the limits of numbers.

use serde_json::{Map, Value, json};

/// Completes the parameters of an operation. `examples`: by the names of parameters.
pub(super) fn complete(operation: &mut Value, schemas: &Value, examples: &Value) {
    let parameters = operation.get_mut("parameters");
    let Some(parameters) = parameters.and_then(Value::as_array_mut) else {
        return;
    };
    // What a document says of this header is ignored; the types of answers say the same.
    parameters.retain(|parameter| parameter["name"] != "Accept");
    for parameter in parameters {
        inline(&mut parameter["schema"], schemas);
        limit(&mut parameter["schema"]);
        let words = parameter["schema"].get_mut("enum");
        if let Some(words) = words.and_then(Value::as_array_mut)
            && words.pop_if(|word| word == "").is_some()
        {
            parameter["allowEmptyValue"] = json!(true);
        }
        // None of them is a list without members.
        if parameter["schema"]["type"] == "array" {
            parameter["required"] = json!(false);
        }
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        if name == "job_id" {
            parameter["description"] = "32 lower-case hexadecimal digits.".into();
            parameter["schema"]["pattern"] = "^[0-9a-f]{32}$".into();
        }
        if let Some(example) = examples.get(&name) {
            parameter["example"] = example.clone();
        }
    }
}

/// Puts a closed set of words where it is referred to: beside a reference, generators of clients
/// pass over a default.
fn inline(schema: &mut Value, schemas: &Value) {
    let reference = schema["$ref"].as_str();
    let reference = reference.or_else(|| schema["allOf"][0]["$ref"].as_str());
    let name = reference.and_then(|reference| reference.rsplit('/').next());
    let Some(words) = name.and_then(|name| schemas.get(name)) else {
        return;
    };
    let mut words = words.clone();
    if let Some(default) = schema.get("default") {
        words["default"] = default.clone();
    }
    *schema = words;
}

/// Adds the limits that the type of a whole number has.
pub(super) fn limit(schema: &mut Value) {
    let kinds = &schema["type"];
    let is_whole = kinds == "integer" || kinds[0] == "integer";
    let Some(schema) = schema.as_object_mut().filter(|_| is_whole) else {
        return;
    };
    let format = schema.get("format").and_then(Value::as_str);
    let (least, most) = match format {
        Some("int32") => (Some(i64::from(i32::MIN)), Some(i64::from(i32::MAX))),
        Some("int64") => (Some(i64::MIN), Some(i64::MAX)),
        Some("uint16") => (Some(0), Some(i64::from(u16::MAX))),
        Some("uint32") => (Some(0), Some(i64::from(u32::MAX))),
        Some("uint64") => (Some(0), None),
        _ => (None, None),
    };
    for (name, limit) in [("minimum", least), ("maximum", most)] {
        match schema.get(name).and_then(Value::as_f64) {
            // poem-openapi writes all of them as decimal numbers.
            Some(stated) => set(schema, name, stated as i64),
            None => limit.into_iter().for_each(|limit| set(schema, name, limit)),
        }
    }
}

fn set(schema: &mut Map<String, Value>, name: &str, limit: i64) {
    schema.insert(name.to_owned(), limit.into());
}
