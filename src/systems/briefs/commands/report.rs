//! What is printed of a brief that has ended.

use serde_json::Value;

use super::lines::aligned;
use super::run::Done;
use crate::printable::printable;

/// The figures for people.
pub(super) fn figures(done: &Done, zip: Option<&str>) -> String {
    let (view, progress) = (&done.view, &done.progress);
    let mut text = String::new();
    let shown = [
        ("brief", &view["job_id"]),
        ("status", &view["status"]),
        ("keywords", &view["keywords"]),
        ("articles", &view["article_count"]),
        ("accounts", &view["account_count"]),
        ("coverage", &view["coverage"]),
        ("pages", &progress["planned"]),
        ("found again", &progress["duplicate"]),
        ("filtered", &progress["filtered"]),
        ("out of range", &progress["out_of_range"]),
        ("rejected", &progress["rejected"]),
        ("message", &view["message"]),
    ];
    for (name, value) in shown {
        if !value.is_null() {
            text += &format!("{name:<13} {}\n", printable(&text_of(value)));
        }
    }
    let platforms = progress["platforms"].as_array();
    let heads = [
        "platform", "status", "pages", "failed", "articles", "message",
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for platform in platforms.into_iter().flatten() {
        let cells = [
            "platform", "status", "planned", "failed", "stored", "message",
        ];
        rows.push(cells.map(|name| text_of(&platform[name])).to_vec());
    }
    text.push('\n');
    for line in aligned(&rows) {
        text += &line;
        text.push('\n');
    }
    match zip {
        Some(zip) => text + &format!("\n{zip}"),
        None => text + "\nno zip was made",
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().map(text_of).collect();
            texts.join(", ")
        }
        value => value.to_string(),
    }
}
