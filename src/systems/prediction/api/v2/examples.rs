//! Examples of every operation, for the document.

use serde_json::{Value, json};

/// Binary data is shown by its beginning.
const BINARY_REQUEST: &str = "{\"inputs\":[{\"name\":\"X\",\"shape\":[1,2],\"datatype\":\"FP64\",\"parameters\":\
    {\"binary_data_size\":16}}],\"parameters\":{\"binary_data_output\":true}} and 16 bytes";
const BINARY_ANSWER: &str = "{\"model_name\":\"rent\",\"model_version\":\"3\",\"outputs\":[{\"name\":\"value\",\
    \"datatype\":\"FP64\",\"shape\":[1],\"parameters\":{\"binary_data_size\":8}}]} and 8 bytes";

pub(super) fn examples() -> Value {
    let unknown_model = "there is no model churn; known: rent, sentiment";
    let unknown_version = "model churn has no version 9; known: 1, 2, 3";
    let not_ready = "no version of model churn is ready: the alias champion points to none";
    let of_model = json!({ "model_name": "churn" });
    let of_version = json!({ "model_name": "churn", "model_version": "3" });
    let metadata = json!({
        "name": "churn", "versions": ["1", "2", "3"], "platform": "lightgbm",
        "inputs": [
            { "name": "age", "datatype": "FP64", "shape": [-1] },
            { "name": "city", "datatype": "BYTES", "shape": [-1] },
        ],
        "outputs": [
            { "name": "label", "datatype": "BYTES", "shape": [-1] },
            {
                "name": "scores", "datatype": "FP64", "shape": [-1, 2],
                "parameters": { "labels": ["stay", "leave"] },
            },
        ],
    });
    let ready = json!({ "name": "churn", "ready": true });
    let request = json!({
        "id": "42",
        "inputs": [
            { "name": "age", "shape": [2], "datatype": "INT64", "data": [30, null] },
            { "name": "city", "shape": [2, 1], "datatype": "BYTES", "data": [["東京"], ["大阪"]] },
        ],
        "outputs": [{ "name": "label" }, { "name": "scores", "parameters": { "binary_data": false } }],
    });
    let answer = json!({
        "model_name": "churn", "model_version": "3", "id": "42",
        "outputs": [
            { "name": "label", "datatype": "BYTES", "shape": [2], "data": ["leave", "stay"] },
            {
                "name": "scores", "datatype": "FP64", "shape": [2, 2],
                "parameters": { "labels": ["stay", "leave"] }, "data": [0.18, 0.82, 0.6, 0.4],
            },
        ],
    });
    let error = |sentence: &str| json!({ "error": sentence });
    let infer = |parameters: &Value, unknown: &str| {
        json!({
            "parameters": parameters,
            "request": { "application/json": request, "application/octet-stream": BINARY_REQUEST },
            "200": { "application/json": answer, "application/octet-stream": BINARY_ANSWER },
            "400": {
                "wrong_value": "inputs[0].data[1]: expected a whole number from 0 to 255 or null, found \"x\"",
                "wrong_shape": "inputs[0].shape: expected [N, 30], as the model has 30 features, found [2, 29]",
            },
            "404": { "unknown": unknown },
            "413": {
                "failure": error("the body is longer than 67108864 bytes"),
                "rows": error("rows: expected at most 10000, found 20000"),
            },
            "415": { "compressed": error("body: expected no Content-Encoding, found gzip") },
            "429": { "in_work": "the rows that are being scored are as many as they may be \
                (`predict.rows_in_work_max`: 100000)" },
            "503": { "not_ready": not_ready },
        })
    };
    json!({
        "v2_server": { "200": { "server": {
            "name": "audience", "version": env!("CARGO_PKG_VERSION"),
            "extensions": ["binary_tensor_data"],
        } } },
        "v2_server_live": { "200": { "live": { "live": true } } },
        "v2_server_ready": {
            "200": { "ready": { "live": true, "ready": true } },
            "400": { "not_ready": "the database of the server cannot be reached" },
        },
        "v2_model": {
            "parameters": of_model,
            "200": { "churn": metadata },
            "404": { "unknown": unknown_model },
            "503": { "not_ready": not_ready },
        },
        "v2_model_version": {
            "parameters": of_version,
            "200": { "churn": metadata },
            "404": { "unknown": unknown_version },
        },
        "v2_model_ready": {
            "parameters": of_model,
            "200": { "ready": ready },
            "400": { "not_ready": not_ready },
            "404": { "unknown": unknown_model },
        },
        "v2_model_version_ready": {
            "parameters": of_version,
            "200": { "ready": ready },
            "400": { "not_ready": "the server of the model cannot be reached" },
            "404": { "unknown": unknown_version },
        },
        "v2_infer": infer(&of_model, unknown_model),
        "v2_infer_version": infer(&of_version, unknown_version),
        "v2_repository_index": {
            "request": { "all": {}, "ready": { "ready": true } },
            "200": { "two": [
                { "name": "churn", "version": "1", "state": "READY", "reason": "" },
                {
                    "name": "churn", "version": "2", "state": "UNAVAILABLE",
                    "reason": "the operator `Loop` is not computed",
                },
            ] },
            "400": { "does_not_fit": "name: unknown field; known are ready" },
        },
    })
}
