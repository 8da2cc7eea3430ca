//! Every answer has the shape that the protocol's own document says (Data Plane 2.0 of `open_inference_rest.yaml`).

use jsonschema::Validator;
use serde_json::{Value, json};

use super::{rent_request, sent_json, with_models};

/// The schemas of the protocol, by their names.
fn schemas() -> Value {
    let name_shape_type = |more: Value| {
        let mut properties = json!({
            "name": { "type": "string" },
            "datatype": { "type": "string" },
            "shape": { "type": "array", "items": { "type": "integer" } },
        });
        for (name, schema) in more.as_object().unwrap() {
            properties[name] = schema.clone();
        }
        properties
    };
    json!({
        "metadata_server_response": {
            "type": "object", "required": ["name", "version", "extensions"],
            "properties": {
                "name": { "type": "string" }, "version": { "type": "string" },
                "extensions": { "type": "array", "items": { "type": "string" } },
            },
        },
        "metadata_tensor": {
            "type": "object", "required": ["name", "datatype", "shape"],
            "properties": name_shape_type(json!({})),
        },
        "metadata_model_response": {
            "type": "object", "required": ["name", "platform"],
            "properties": {
                "name": { "type": "string" }, "platform": { "type": "string" },
                "versions": { "type": "array", "items": { "type": "string" } },
                "inputs": { "type": "array", "items": { "$ref": "#/$defs/metadata_tensor" } },
                "outputs": { "type": "array", "items": { "$ref": "#/$defs/metadata_tensor" } },
            },
        },
        "tensor_data": {
            "type": "array",
            "items": { "anyOf": [
                { "$ref": "#/$defs/tensor_data" },
                { "type": "number" }, { "type": "string" }, { "type": "boolean" },
            ] },
        },
        "response_output": {
            "type": "object", "required": ["name", "shape", "datatype", "data"],
            "properties": name_shape_type(json!({
                "parameters": { "type": "object" },
                "data": { "$ref": "#/$defs/tensor_data" },
            })),
        },
        "inference_response": {
            "type": "object", "required": ["model_name", "outputs"],
            "properties": {
                "model_name": { "type": "string" }, "model_version": { "type": "string" },
                "id": { "type": "string" }, "parameters": { "type": "object" },
                "outputs": { "type": "array", "items": { "$ref": "#/$defs/response_output" } },
            },
        },
        "error": {
            "type": "object", "required": ["error"], "properties": { "error": { "type": "string" } },
        },
        // Of the extension by which repositories are listed.
        "repository_index": {
            "type": "array",
            "items": {
                "type": "object", "required": ["name", "state", "reason"],
                "properties": {
                    "name": { "type": "string" }, "version": { "type": "string" },
                    "state": { "enum": ["READY", "UNAVAILABLE", "LOADING", "UNLOADING"] },
                    "reason": { "type": "string" },
                },
            },
        },
    })
}

fn validator(name: &str) -> Validator {
    let schema = json!({ "$ref": format!("#/$defs/{name}"), "$defs": schemas() });
    jsonschema::validator_for(&schema).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_the_shapes_of_the_protocol() {
    let app = with_models().await;
    let fits = |shape: &str, answer: &Value| {
        let validator = validator(shape);
        let errors = validator.iter_errors(answer).map(|error| error.to_string());
        let errors: Vec<String> = errors.collect();
        assert!(errors.is_empty(), "{shape}: {errors:?}: {answer}");
    };
    fits("metadata_server_response", &app.get("/v2").await.1);
    for path in [
        "/v2/models/rent",
        "/v2/models/churn",
        "/v2/models/rent/versions/1",
    ] {
        fits("metadata_model_response", &app.get(path).await.1);
    }
    let infer = "/v2/models/rent/infer";
    fits(
        "inference_response",
        &sent_json(&app, infer, &rent_request()).await.json(),
    );
    fits(
        "repository_index",
        &app.post("/v2/repository/index", &json!({})).await.1,
    );
    for path in ["/v2/models/other", "/v2/models/rent/versions/7", "/v2/x"] {
        fits("error", &app.get(path).await.1);
    }
    fits("error", &sent_json(&app, infer, &json!({})).await.json());
    app.stop().await;
}
