//! What calls about models need, and what the views and metrics show.

use serde_json::{Value, json};

use super::{Caller, row};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_a_model_stands_in_paths_and_before_aliases() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    let content = super::regression(1.0, 2.0);
    for name in ["a@b", "a:1", "%20a", &"x".repeat(64)] {
        let (status, answer) = caller.add(name, ("model.txt", &content), &[]).await;
        assert_eq!(status, 422, "{name}: {answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(
            detail.starts_with("name: expected 1 to 63 characters"),
            "{detail}"
        );
    }
    assert_eq!(caller.add_regression("離職%20予測", 1.0, 2.0).await, 1);
    caller.point("離職%20予測", 1).await;
    let (status, answer) = caller.predict("離職%20予測", "", &json!([row(1.0)])).await;
    assert_eq!((status, &answer["model"]), (200, &json!("離職 予測")));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_predicted_is_counted_and_versions_are_shown_as_a_view() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    caller.add_regression("counted", 1.0, 2.0).await;
    caller.add_regression("counted", 1.0, 2.0).await;
    caller.point("counted", 2).await;
    let (status, _) = caller
        .predict("counted", "", &json!([row(1.0), row(2.0), row(3.0)]))
        .await;
    assert_eq!(status, 200);
    let metrics = caller.http.get(format!("{}/metrics", caller.base));
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    for series in [
        "audience_predict_rows_total{model=\"counted\",version=\"2\"} 3",
        "audience_predict_requests_total{model=\"counted\",outcome=\"answered\",version=\"2\"} 1",
        "audience_predict_duration_seconds_count{model=\"counted\",version=\"2\"} 1",
    ] {
        assert!(metrics.contains(series), "{series}");
    }
    let champions = "SELECT count(*) FROM v_model_version WHERE model = 'counted' \
        AND version = 2 AND is_champion = 1 AND state = 'proved'";
    assert_eq!(app.count(champions), 1);
    let others = "SELECT count(*) FROM v_model_version WHERE is_champion = 0";
    assert_eq!(app.count(others), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_a_model_needs_a_token() {
    let app = TestApp::with().token("s3cret").start(&[]).await;
    let caller = Caller::of(&app);
    for (method, path) in [
        ("GET", "/v1/models"),
        ("GET", "/v1/models/price"),
        ("POST", "/v1/models/price/predict"),
        ("PUT", "/v1/models/price/aliases/champion"),
        ("POST", "/v1/models/price/aliases/champion/rollback"),
        ("DELETE", "/v1/models/price/versions/1"),
    ] {
        let (status, answer) = caller.call(method, path, &Value::Null).await;
        assert_eq!(status, 401, "{method} {path}: {answer}");
    }
    app.stop().await;
}
