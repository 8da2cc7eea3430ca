//! Previews of rule sets over HTTP, against counts and samples that were written from the specification alone.

mod figures;
mod limits;
mod pages;
mod sampled;

use serde_json::{Value, json};

use crate::support::TestApp;

/// All of January, in which the corpus lies.
fn asked(document: &Value, more: &Value) -> Value {
    let mut body = json!({
        "rules": {"document": document}, "source": "posts", "table": "ts_page_content",
        "start_time": "2020-01-01", "end_time": "2020-02-01",
    });
    let members = more.as_object().cloned().unwrap_or_default();
    body.as_object_mut().unwrap().extend(members);
    body
}

async fn preview(app: &TestApp, body: &Value) -> Value {
    let (status, answer) = app.post("/v1/rules/preview", body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}
