//! Labelling by models of texts: over both APIs, by the command, and through whatever happens meanwhile.

mod calls;
mod command;
mod killed;
pub(crate) mod sentiment;

use serde_json::{Value, json};

use crate::imports::send;
use crate::support::{Post, TestApp, corpus};
use sentiment::Sentiment;

const RANGE: (&str, &str) = ("2020-01-01 00:00:00", "2020-02-01 00:00:00");

/// Posts with something to feel about.
fn feelings(rows: u32) -> Vec<Post> {
    const WORDS: [&str; 9] = [
        "great food",
        "awful",
        "Love it",
        "hate this",
        "好吃",
        "差",
        "okay then",
        "no words",
        "WOW",
    ];
    let mut posts = corpus(rows);
    for (no, post) in posts.iter_mut().enumerate() {
        let words = [WORDS[no % 9], WORDS[no / 9 % 9], WORDS[no / 5 % 9]];
        post.content = post.content.as_ref().map(|_| words.join(" "));
    }
    posts
}

fn content(post: &Post) -> Option<String> {
    post.content.clone()
}

/// Uploads a model and points an alias to the version, which is returned.
async fn add(app: &TestApp, name: &str, file: &Value, alias: &str) -> i64 {
    let path = format!("/v1/models/{name}/versions");
    let file = file.to_string();
    let (status, added) = send(app, &path, ("model.json", file.as_bytes()), &[]).await;
    assert_eq!(status, 201, "{added}");
    let version = added["version"].as_i64().unwrap();
    point(app, name, alias, version).await;
    version
}

async fn point(app: &TestApp, name: &str, alias: &str, version: i64) {
    let path = format!("/v1/models/{name}/aliases/{alias}");
    let body = json!({ "version": version, "unproved": true });
    let answer = app
        .http
        .put(app.url(&path))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
}

/// What was recorded of a row is what the model answers.
fn assert_recorded(model: &Sentiment, version: i64, row: &Value) {
    let meta: Value = serde_json::from_str(row["match_meta"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&meta["model"], &meta["version"]),
        (&json!("sentiment"), &json!(version))
    );
    let panel = row["panel"].as_str().unwrap();
    let label = sentiment::LABELS
        .iter()
        .position(|label| panel == format!("/{label}"));
    let expected = model.scores(row["match_content"].as_str().unwrap())[label.unwrap()];
    let found = meta["score"].as_f64().unwrap();
    assert!(
        (found - expected).abs() < 1e-9,
        "{found} instead of {expected}"
    );
}
