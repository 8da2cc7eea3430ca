//! Reviews of published rows, and what gates make of them.

use entity::JobState;
use serde_json::{Value, json};

use super::{gate_of, posts, rules, submit};
use crate::support::TestApp;

async fn put(app: &TestApp, path: &str, body: &Value) -> (u16, Value) {
    let request = app.http.put(app.url(path)).json(body);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn people_judge_rows_and_later_jobs_are_judged_by_what_they_say() {
    let app = TestApp::with().start(&posts()).await;
    let job = submit(&app, &rules(&json!({}))).await;
    assert_eq!(app.wait_until_ended(&job).await, JobState::Succeeded);
    let asked =
        json!({ "job": job.as_str(), "by": ["label", "month"], "per_stratum": 5, "seed": 3 });
    let (status, review) = app.post("/v1/reviews", &asked).await;
    assert_eq!(status, 201, "{review}");
    assert_eq!(review["items"], 2);
    assert_eq!(review["rule_set"], "people");
    assert_eq!(review["precision"], Value::Null);
    let strata = review["strata"].as_array().unwrap();
    let values: Vec<&Value> = strata.iter().map(|stratum| &stratum["values"]).collect();
    assert_eq!(
        values,
        [&json!(["first", "2020-01"]), &json!(["second", "2020-01"])]
    );
    let id = review["id"].as_str().unwrap();

    let (_, page) = app.get(&format!("/v1/reviews/{id}/items?limit=1")).await;
    assert_eq!(page["next"], 1, "{page}");
    let first = &page["items"][0];
    assert_eq!(first["label"], "first", "{page}");
    assert_eq!(first["fields"], json!({ "author": "amy" }));
    assert_eq!(first["hits"][0]["span"], json!([0, 3]));
    assert_eq!(first["said"], Value::Null);
    for (n, verdict) in [(1, "wrong"), (1, "right"), (2, "wrong")] {
        let said = json!({ "verdict": verdict, "note": "seen" });
        let (status, item) = put(&app, &format!("/v1/reviews/{id}/items/{n}"), &said).await;
        assert_eq!(status, 200, "{item}");
        assert_eq!(item["said"]["verdict"], verdict);
    }
    let missing = format!("/v1/reviews/{id}/items/3");
    assert_eq!(
        put(&app, &missing, &json!({ "verdict": "right" })).await.0,
        404
    );
    let first = format!("/v1/reviews/{id}/items/1");
    assert_eq!(
        put(&app, &first, &json!({ "verdict": "good" })).await.0,
        422
    );

    let (_, review) = app.get(&format!("/v1/reviews/{id}")).await;
    assert_eq!(review["judged"], 2, "{review}");
    assert_eq!(review["precision"]["precision"], 0.5);
    assert_eq!(review["labels"]["first"]["precision"], 1.0);
    // Of one row that is right: 1 ÷ (1 + 3.8415).
    assert_eq!(review["labels"]["first"]["lower"], 0.206_549);

    let gate = json!({
        "gold_min": 0.6, "precision_min": { "first": 0.2, "second": 0.1 },
    });
    let second = submit(&app, &rules(&gate)).await;
    app.wait_until(&second, |job| job.state == JobState::Parked)
        .await;
    assert_eq!(
        gate_of(&app, &second).await,
        json!({ "breaches": [
            { "key": "gold_min", "label": null, "figure": 0.5, "threshold": 0.6 },
            { "key": "precision_min", "label": "second", "figure": 0, "threshold": 0.1 },
        ], "not_judged": [] })
    );
    // Without the label that was wrong the gold is as people say.
    let mut mended = rules(&gate);
    mended["labels"] = json!({ "first": ["amy"], "second": ["carl"] });
    mended["gate"] = json!({ "gold_min": 1 });
    let third = submit(&app, &mended).await;
    assert_eq!(app.wait_until_ended(&third).await, JobState::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_has_not_published_has_no_rows_to_be_judged() {
    let app = TestApp::with().start(&posts()).await;
    let job = super::held(&app, &json!({ "coverage_max": 0 })).await;
    let (status, problem) = app
        .post("/v1/reviews", &json!({ "job": job.as_str() }))
        .await;
    assert_eq!(status, 409, "{problem}");
    for (member, value) in [
        ("by", json!(["panel"])),
        ("per_stratum", json!(0)),
        ("of", json!("nothing")),
    ] {
        let mut asked = json!({ "job": job.as_str() });
        asked[member] = value;
        let (status, problem) = app.post("/v1/reviews", &asked).await;
        assert_eq!(status, 422, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.starts_with(member), "{detail}");
    }
    assert_eq!(app.get("/v1/reviews/unknown").await.0, 404);
    let (_, list) = app.get("/v1/reviews").await;
    assert_eq!(list, json!({ "reviews": [] }));
}
