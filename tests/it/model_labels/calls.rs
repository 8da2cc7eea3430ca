//! Both APIs.

use audience::systems::labelling::{AskedModel, LabellingRequest};
use entity::{JobId, JobState};
use serde_json::{Value, json};

use super::sentiment::Sentiment;
use super::{RANGE, add, assert_recorded, content, feelings, point};
use crate::support::{Expected, Post, TestApp, expected_of, expected_of_all, task_is_as_expected};

const ROWS: u32 = 1_500;

async fn start(posts: &[Post]) -> TestApp {
    TestApp::with().start(posts).await
}

/// Submits a labelling over `/v1` and waits for its end.
async fn label(app: &TestApp, labelling: Value) -> JobId {
    let (status, accepted) = app
        .post("/v1/jobs", &json!({ "labelling": labelling }))
        .await;
    assert_eq!(status, 202, "{accepted}");
    let id: JobId = accepted["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    id
}

fn assert_labelled(app: &TestApp, id: &JobId, expected: &Expected) {
    let output = format!("sqlite://{}", app.database().display());
    task_is_as_expected(&output, id.as_str(), expected);
    assert_eq!(app.state(id, "model_type").as_deref(), Some("text_model"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_get_the_best_label_of_the_model() {
    let posts = feelings(ROWS);
    let app = start(&posts).await;
    let model = Sentiment::new(1);
    let version = add(&app, "sentiment", &model.file(), "champion").await;
    let labelling = json!({
        "model_type": "text_model", "model": "sentiment", "predict_type": "content",
    });
    let id = label(&app, labelling).await;
    let expected = expected_of(&posts, RANGE, content, |text| model.best(text, 0.0));
    assert_labelled(&app, &id, &expected);
    let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
    assert_eq!(job["request"]["model"], "sentiment", "{job}");
    assert_eq!(job["request"]["model_version"], version);
    let (_, sample) = app.get(&format!("/v1/jobs/{id}/sample")).await;
    let rows = sample["rows"].as_array().unwrap();
    assert!(rows.len() > 20, "{sample}");
    for row in rows {
        assert_recorded(&model, version, row);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_that_callers_know_takes_models_too() {
    let posts = feelings(ROWS);
    let app = start(&posts).await;
    let model = Sentiment::new(2);
    add(&app, "sentiment", &Sentiment::new(9).file(), "champion").await;
    let version = add(&app, "sentiment", &model.file(), "night").await;
    let body = json!({
        "MODEL_TYPE": "text_model", "model": "sentiment@night", "min_score": 0.5,
        "predict_type": "content",
    });
    let (_, created) = app.post("/api/tasks/", &body).await;
    assert_eq!(created["error_code"], 200, "{created}");
    let understood = &created["error_message"];
    assert_eq!(understood["model_version"], version, "{understood}");
    assert_eq!(understood["min_score"], 0.5);
    let id: JobId = understood["task_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    let expected = expected_of(&posts, RANGE, content, |text| model.best(text, 0.5));
    let without = expected_of(&posts, RANGE, content, |text| model.best(text, 0.0));
    assert!(
        expected.staged < without.staged,
        "some scores are not enough"
    );
    assert_labelled(&app, &id, &expected);
    let (_, sample) = app.get(&format!("/api/tasks/{id}/sample/")).await;
    for row in sample["error_message"].as_array().unwrap() {
        assert_recorded(&model, version, row);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_get_all_labels_with_enough_score_where_that_is_asked() {
    let posts = feelings(ROWS);
    let app = start(&posts).await;
    let model = Sentiment::new(3);
    let version = add(&app, "sentiment", &model.file(), "champion").await;
    let labelling = json!({
        "model": format!("sentiment:{version}"), "predict_type": "content", "min_score": 0.25,
        "row_labels": "all", "author_conflict": "keep_all",
    });
    let id = label(&app, labelling).await;
    let expected = expected_of_all(&posts, RANGE, content, |text| model.all(text, 0.25));
    assert!(
        expected.staged > expected.received,
        "many rows have several labels"
    );
    assert_labelled(&app, &id, &expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_is_that_of_the_submission() {
    let posts = feelings(300);
    let app = start(&posts).await;
    let (old, new) = (Sentiment::new(4), Sentiment::new(5));
    let version = add(&app, "sentiment", &old.file(), "champion").await;
    let request = LabellingRequest {
        model: Some(AskedModel {
            name: "sentiment".to_owned(),
            min_score: None,
        }),
        predict_type: "content".parse().ok(),
        ..LabellingRequest::default()
    };
    let composed = app.labelling.compose(request).await.unwrap();
    add(&app, "sentiment", &new.file(), "champion").await;
    let submitted = app.app.runtime.submit(composed.job).await.unwrap();
    let id = submitted.job();
    assert_eq!(app.wait_until_ended(id).await, JobState::Succeeded);
    let by = |model: &Sentiment| {
        expected_of(&posts, RANGE, content, |text| model.best(text, 0.0)).published
    };
    assert_ne!(by(&old), by(&new));
    assert_eq!(app.published(id), by(&old));
    // The same once more with what the alias means now.
    let labelling = json!({ "model": "sentiment", "predict_type": "content" });
    let id = label(&app, labelling.clone()).await;
    assert_eq!(app.published(&id), by(&new));
    point(&app, "sentiment", "champion", version).await;
    let id = label(&app, labelling).await;
    assert_eq!(app.published(&id), by(&old));
}

/// A LightGBM model of two leaves.
const STUMP: &str = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n\
    max_feature_idx=0\nobjective=regression\nfeature_names=age\nfeature_infos=[0:100]\n\
    \nTree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=0\nsplit_gain=1\n\
    threshold=30.5\ndecision_type=2\nleft_child=-1\nright_child=-2\nleaf_value=1 2\n\
    leaf_weight=1 1\nleaf_count=1 1\ninternal_value=0\ninternal_weight=0\ninternal_count=2\n\
    is_linear=0\nshrinkage=1\n\n\nend of trees\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_label_is_refused_with_a_sentence() {
    let app = start(&feelings(10)).await;
    let refused = async |labelling: Value| {
        let (status, problem) = app
            .post("/v1/jobs", &json!({ "labelling": labelling }))
            .await;
        (
            status,
            problem["detail"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let unknown = json!({ "model": "sentimant", "predict_type": "content" });
    let (status, detail) = refused(unknown.clone()).await;
    assert_eq!(status, 422, "{detail}");
    assert!(detail.contains("no model sentimant"), "{detail}");
    add(&app, "sentiment", &Sentiment::new(1).file(), "night").await;
    let (status, detail) = refused(unknown).await;
    assert_eq!(
        (status, detail.contains("known: sentiment")),
        (422, true),
        "{detail}"
    );
    for (model, status, part) in [
        ("sentiment:7", 422, "has no version 7; known: 1"),
        ("sentiment@day", 422, "has no alias day; known: night"),
        (
            "sentiment:x",
            422,
            "expected NAME, NAME@ALIAS or NAME:VERSION",
        ),
        ("sentiment", 503, "no version of model sentiment is ready"),
    ] {
        let found = refused(json!({ "model": model, "predict_type": "content" })).await;
        assert!(
            found.0 == status && found.1.contains(part),
            "{model}: {found:?}"
        );
    }
    let file = ("model.txt", STUMP.as_bytes());
    let (status, added) = crate::imports::send(&app, "/v1/models/age/versions", file, &[]).await;
    assert_eq!(status, 201, "{added}");
    let (status, detail) = refused(json!({ "model": "age:1", "predict_type": "content" })).await;
    assert_eq!(status, 422, "{detail}");
    assert!(detail.contains("whose task is `text`"), "{detail}");
    let mut bad = Sentiment::new(1).file();
    bad["labels"] = json!(["a/b", "c", "d"]);
    add(&app, "slashes", &bad, "champion").await;
    let (status, detail) = refused(json!({ "model": "slashes", "predict_type": "content" })).await;
    assert_eq!(status, 422, "{detail}");
    assert!(detail.contains("contains `/`"), "{detail}");
    let body = json!({ "model_type": "text_model", "model": "sentimant" });
    let (_, created) = app.post("/api/tasks/", &body).await;
    assert_eq!(created["error_code"], 501, "{created}");
    let message = created["error_message"].as_str().unwrap();
    assert!(
        message.ends_with("there is no model sentimant; known: age, sentiment, slashes"),
        "{message}"
    );
    let (status, _) = app
        .post("/api/tasks/", &json!({ "model_type": "text_model" }))
        .await;
    assert_eq!(status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_what_would_label_and_a_warning_what_is_odd() {
    let app = start(&feelings(10)).await;
    let version = add(&app, "sentiment", &Sentiment::new(1).file(), "champion").await;
    let body = json!({ "labelling": { "model": "sentiment", "row_labels": "all" } });
    let (status, checked) = app.post("/v1/jobs/check", &body).await;
    assert_eq!(status, 200, "{checked}");
    assert_eq!(checked["request"]["model_version"], version);
    assert_eq!(
        checked["found"]["labels"],
        json!(["negative", "neutral", "positive"])
    );
    let warnings = checked["warnings"].to_string();
    assert!(warnings.contains("predict_type was left out"), "{warnings}");
    assert!(warnings.contains("min_score was left out"), "{warnings}");
}
