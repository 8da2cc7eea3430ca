//! The shape of what a backtest has found, for the documents.

use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    let count =
        |description: &str| json!({ "type": "integer", "minimum": 0, "description": description });
    let maybe =
        |description: &str| json!({ "type": ["string", "null"], "description": description });
    let text = |description: &str| json!({ "type": "string", "description": description });
    let object = |title: &str, description: &str, members: Value| {
        let required: Vec<&String> = members
            .as_object()
            .into_iter()
            .flat_map(|all| all.keys())
            .collect();
        json!({
            "title": title, "type": "object", "description": description,
            "required": required, "properties": members, "additionalProperties": false,
        })
    };
    let set = |description: &str| {
        json!({
            "type": "object", "description": description, "required": ["name", "version"],
            "properties": {
                "name": text("Name of the set."),
                "version": {
                    "type": ["integer", "null"], "description": "Its version; null: a draft.",
                },
            },
            "additionalProperties": false,
        })
    };
    let rows = json!({
        "same": count("Rows with the same labels."), "entered": count("Rows that had none."),
        "left": count("Rows that have none any more."),
        "changed": count("Rows with other labels."),
    });
    let label = json!({
        "entered": count("Rows that got the label."), "left": count("Rows that lost it."),
    });
    let cell = json!({
        "from": maybe("Labels that the base gives, joined by `+`; null: none."),
        "to": maybe("Labels that the candidate gives."), "rows": count("Rows with both."),
    });
    let members = json!({
        "entered": count("Members that only the candidate would publish."),
        "left": count("Members that only the base would publish."),
        "kept": count("Members of both."),
    });
    let rule = json!({
        "rule": text("Id of a rule that changed."),
        "change": {
            "type": "string", "enum": ["added", "removed", "altered"],
            "description": "What happened to it; `altered`: it, or a list that it names, says something else.",
        },
        "entered": count("Rows that entered and on which it is true."),
        "left": count("Rows that left and on which it is true."),
        "changed": count("Rows that changed and on which it is true."),
        "label": text("Its label."), "text": text("What it says."),
    });
    let example = json!({
        "id": text("Id of the row."), "post_time": text("Its time."),
        "fields": {
            "type": "object", "additionalProperties": { "type": "string" },
            "description": "Its texts by field, at most 16 KiB of each.",
        },
        "hits": {
            "type": "array", "items": { "type": "object" },
            "description": "Where its labels are from: those of the candidate, or if it gives none, of the base.",
        },
        "from": maybe("Labels that the base gives."),
        "to": maybe("Labels that the candidate gives."),
    });
    let map = |description: &str, values: Value| json!({ "type": "object", "description": description, "additionalProperties": values });
    let list = |description: &str, items: Value| json!({ "type": "array", "description": description, "items": items });
    object(
        "BacktestFigures",
        "What a backtest has found, once it has ended.",
        json!({
            "base": set("The set that rows had their labels by."),
            "candidate": set("The set that they would have them by."),
            "rows": object("BacktestRows", "Rows by what changed.", rows),
            "labels": map("By label.", object("BacktestLabel", "Rows of a label.", label)),
            "matrix": list(
                "Rows by the labels that they had and have; the 10,000 pairs with the most rows.",
                object("BacktestCell", "A pair.", cell),
            ),
            "members": object("BacktestMembers", "Published authors and panels.", members),
            "drift": {
                "type": "number",
                "description": "Population stability index of given labels and none.",
            },
            "rules": list(
                "The rules that changed, each with the differing rows on which it is true.",
                object("BacktestRule", "A rule that changed.", rule),
            ),
            "examples": map(
                "At most 20 rows for each of `entered`, `left` and `changed`, the least by \
                 SHA-256(`seed:id`).",
                list("Rows.", object("BacktestExample", "A row.", example)),
            ),
        }),
    )
}
