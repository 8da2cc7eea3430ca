//! What is said of mixed models that cannot be used, and of those that can.

use serde_json::{Value, json};

use super::{post, start};
use crate::support::TestApp;

async fn app() -> TestApp {
    start(&[(post("1", "amy", Some("拉麵")), None)]).await
}

async fn refused(app: &TestApp, labelling: Value) -> Value {
    let (status, problem) = app
        .post("/v1/jobs", &json!({ "labelling": labelling }))
        .await;
    assert_eq!(status, 422, "{problem}");
    problem
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_named_once() {
    let app = app().await;
    let rules = json!({ "in": ["content"], "labels": { "a": ["x"] } });
    let asked = json!({ "model_type": "mixed_model", "predict_type": "content", "rules": rules });
    let problem = refused(&app, asked).await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("predict_type: the rule set says itself"),
        "{detail}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_of_a_document_are_named_with_their_places() {
    let app = app().await;
    let rules = json!({
        "labels": { "a": ["x y", "fine"], "b": [["z", "ends"]] },
        "lists": { "l": ["/a*/"] },
    });
    let asked = json!({ "model_type": "mixed_model", "rules": rules });
    let problem = refused(&app, asked).await;
    let errors = problem["errors"].as_array().unwrap();
    let mut found: Vec<(&str, &str)> = errors
        .iter()
        .map(|error| {
            let text = |key: &str| error[key].as_str().unwrap();
            let place = text("place");
            // Of a match type the place is more exact.
            (text("code"), place.strip_suffix("/1").unwrap_or(place))
        })
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("E01", "/labels/a/0"),
            ("E02", "/labels/b/0"),
            ("E04", "/lists/l/0"),
        ],
        "{problem}"
    );
    let first = errors.iter().find(|error| error["code"] == "E01").unwrap();
    assert_eq!(first["column"], 3);
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_understood_is_shown() {
    let app = app().await;
    let rules =
        json!({ "name": "interests", "in": ["content"], "labels": { "a": ["x"], "b": ["y"] } });
    let asked = json!({ "model_type": "mixed_model", "pattern": rules, "row_labels": "all" });
    let (status, answer) = app.post("/api/tasks/", &asked).await;
    assert_eq!(status, 200, "{answer}");
    let understood = &answer["error_message"];
    assert_eq!(understood["model_type"], "mixed_model", "{answer}");
    assert_eq!(understood["predict_type"], "content");
    assert_eq!(understood["rule_set"], "interests");
    assert_eq!(understood["rule_set_version"], Value::Null);
    assert_eq!(understood["labels"], json!(["a", "b"]));
    assert_eq!(understood["rules"], 2);
    assert_eq!(understood["row_labels"], "all");
}
