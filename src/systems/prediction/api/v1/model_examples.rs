//! Examples of calls about models, for the document.

use serde_json::{Value, json};

const NAME: &str = "churn";
const FILE: &str = "the bytes of a package";
const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const GOLDEN: &str = "{\"inputs\": [{\"age\": 30, \"city\": \"東京\", \"fare\": null}], \"outputs\": [{\"label\": \
    \"leave\", \"score\": 0.82, \"scores\": {\"stay\": 0.18, \"leave\": 0.82}}]}";
const MODEL_YAML: &str = "task: classification\nfeatures:\n  - {name: age, type: number}\n  - {name: city, type: \
    text}\n  - {name: fare, type: number}\nlabels: [stay, leave]\n";
const NO_MODEL: &str = "there is no model churn; known: sentiment";
const NO_VERSION: &str = "model churn has no version 4; known: 3, 2, 1";
const NO_ALIAS: &str = "model churn has no alias canary; known: champion, shadow";
const UNPROVED: &str =
    "version 3 of model churn is unproved; an alias takes it with `unproved: true` only";
const IN_USE: &str = "version 3 of model churn is in use: an alias points to it: champion";
const DIFFERS: &str = "row 0: expected the score 0.82, found 0.64";
const LINEAR: &str =
    "the file has linear trees, which cannot be computed exactly; train with linear_tree=false";
const ROW: &str = "rows[3].age: expected a number or null, found \"x\"";
const NOT_READY: &str =
    "no version of model churn is ready: its alias `champion` points to none yet";

pub(crate) fn examples() -> Value {
    json!({
        "list_models": {
            "200": { "one": { "models": [{
                "name": NAME, "created_at": "2026-11-29T19:00:00.000Z", "newest": 3, "versions": 3,
                "aliases": [alias()],
            }] } },
            "503": { "failure": "failed to list models" },
        },
        "get_model": {
            "parameters": { "name": NAME },
            "200": { "one": model() },
            "404": { "unknown": NO_MODEL },
            "503": { "failure": "failed to read a model" },
        },
        "set_model_alias": {
            "parameters": { "name": NAME, "alias": "champion" },
            "request": { "proved": { "version": 3 }, "unproved": { "version": 3, "unproved": true } },
            "200": { "moved": alias() },
            "404": { "unknown": NO_MODEL, "version": NO_VERSION },
            "409": { "unproved": UNPROVED },
            "422": { "version": "version: missing" },
            "503": { "failure": "failed to move an alias of a model" },
        },
        "rollback_model_alias": {
            "parameters": { "name": NAME, "alias": "champion" },
            "200": { "back": back() },
            "404": { "unknown": NO_MODEL, "alias": NO_ALIAS },
            "409": { "first": "alias champion of model churn has no version before this one" },
            "503": { "failure": "failed to move an alias of a model" },
        },
        "add_model_version": {
            "parameters": { "name": NAME },
            "request": { "package": { "file": FILE },
                "bare": { "file": FILE, "golden": GOLDEN, "model_yaml": MODEL_YAML } },
            "201": { "proved": version(), "unproved": unproved() },
            "413": { "large": too_large("file: expected at most 268435456 bytes \
                (`prediction.model_mb_max`), found 268435457") },
            "422": { "differs": DIFFERS, "not_computed": LINEAR },
            "503": { "failure": "failed to store a version of a model" },
        },
        "list_model_versions": {
            "parameters": { "name": NAME },
            "200": { "two": { "versions": [version(), refused()], "next": 2 } },
            "404": { "unknown": NO_MODEL },
            "503": { "failure": "failed to list the versions of a model" },
        },
        "get_model_version": {
            "parameters": { "name": NAME, "version": 3 },
            "200": { "proved": version(), "refused": refused() },
            "404": { "unknown": NO_MODEL, "version": NO_VERSION },
            "503": { "failure": "failed to read a version of a model" },
        },
        "remove_model_version": {
            "parameters": { "name": NAME, "version": 3 },
            "404": { "unknown": NO_MODEL, "version": NO_VERSION },
            "409": { "in_use": IN_USE },
            "503": { "failure": "failed to remove a version of a model" },
        },
        "test_model_version": {
            "parameters": { "name": NAME, "version": 3 },
            "request": { "own": {}, "others": { "golden": golden() } },
            "200": { "proved": tested(), "differs": differs() },
            "404": { "unknown": NO_MODEL, "version": NO_VERSION },
            "409": { "refused": "version 2 of model churn was refused: row 0: expected the score 0.82, found 0.64" },
            "422": { "none": "version 3 of model churn has no goldens; expected some with the call" },
            "503": { "failure": "failed to read a version of a model" },
        },
        "predict": {
            "parameters": { "name": NAME },
            "request": { "one": { "rows": [{ "age": 30, "city": "東京", "fare": null }] } },
            "200": { "one": {
                "model": NAME, "version": 3,
                "predictions": [{
                    "label": "leave", "score": 0.82, "scores": { "stay": 0.18, "leave": 0.82 },
                }],
            } },
            "404": { "unknown": NO_MODEL, "version": NO_VERSION, "alias": NO_ALIAS },
            "409": { "refused": "version 2 of model churn was refused: row 0: expected the score 0.82, found 0.64" },
            "413": { "rows": too_large("rows: expected at most 10000, found 10001") },
            "422": { "value": ROW },
            "429": { "rows_in_work": "the rows that are being scored are as many as they may be \
                (`predict.rows_in_work_max`: 100000)" },
            "503": { "not_ready": NOT_READY },
        },
    })
}

/// Any operation may be answered so, and says why itself.
fn too_large(detail: &str) -> Value {
    json!({
        "type": "about:blank", "title": "Payload Too Large", "status": 413, "detail": detail,
    })
}

fn alias() -> Value {
    json!({
        "model": NAME, "alias": "champion", "version": 3, "previous": 2,
        "moved_at": "2026-11-30T19:00:00.000Z", "moved_by": "anna",
    })
}

fn back() -> Value {
    json!({
        "model": NAME, "alias": "champion", "version": 2, "previous": 1,
        "moved_at": "2026-11-30T19:05:00.000Z", "moved_by": "anna",
    })
}

fn version() -> Value {
    json!({
        "model": NAME, "version": 3, "state": "proved", "reason": null, "row": null,
        "expected": null, "found": null, "format": "lightgbm", "task": "classification",
        "file": "churn.zip", "bytes": 48_211, "sha256": SHA256,
        "created_at": "2026-11-30T18:58:00.000Z", "created_by": "anna",
    })
}

fn unproved() -> Value {
    let mut version = version();
    version["state"] = "unproved".into();
    version["file"] = "model.txt".into();
    version
}

fn refused() -> Value {
    json!({
        "model": NAME, "version": 2, "state": "refused", "reason": DIFFERS, "row": 0,
        "expected": 0.82, "found": 0.64, "format": "lightgbm", "task": "classification",
        "file": "churn.zip", "bytes": 48_194, "sha256": SHA256,
        "created_at": "2026-11-29T18:58:00.000Z", "created_by": "anna",
    })
}

fn golden() -> Value {
    json!({
        "inputs": [{ "age": 30, "city": "東京", "fare": null }],
        "outputs": [{ "label": "leave", "score": 0.82, "scores": { "stay": 0.18, "leave": 0.82 } }],
    })
}

fn tested() -> Value {
    json!({
        "model": NAME, "version": 3, "state": "proved", "rows": 200, "never_missing": ["age"],
        "reason": null, "row": null, "expected": null, "found": null,
    })
}

fn differs() -> Value {
    json!({
        "model": NAME, "version": 3, "state": "refused", "rows": 1, "never_missing": ["age", "city"],
        "reason": DIFFERS, "row": 0, "expected": 0.82, "found": 0.64,
    })
}

fn model() -> Value {
    json!({
        "name": NAME, "created_at": "2026-11-29T18:00:00.000Z", "version": 3, "format": "lightgbm",
        "task": "classification",
        "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
            "properties": {
                "age": { "type": ["number", "null"], "description": "A number; null if it is missing." },
                "city": { "type": ["string", "null"], "description": "A text; null if it is missing." },
                "fare": { "type": ["number", "null"], "description": "A number; null if it is missing." },
            },
            "required": ["age", "city", "fare"], "additionalProperties": false,
        },
        "aliases": [alias()], "versions": [version(), refused()],
        "history": [{
            "alias": "champion", "number": 2, "from": 2, "to": 3, "rollback": false,
            "moved_at": "2026-11-30T19:00:00.000Z", "moved_by": "anna",
        }],
        "shadow": [{
            "version": 3, "shadow_version": 4, "compared": 1_200, "different": 31, "other_label": 4,
            "failed": 0, "dropped": 0, "at": "2026-11-30T20:00:00.000Z",
        }],
    })
}
