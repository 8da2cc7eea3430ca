//! Rows that are scored, and rows that are not.

use audience::fault::{FaultKind, FaultPoint, Faults};
use serde_json::{Value, json};

use super::{Caller, classification, row};
use crate::support::TestApp;

async fn detail(caller: &Caller, query: &str, body: &str) -> (u16, String) {
    let answer = caller
        .http
        .post(format!("{}/v1/models/price/predict{query}", caller.base))
        .header("content-type", "application/json")
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    let answer: Value = answer.json().await.unwrap();
    (
        status,
        answer["detail"].as_str().unwrap_or_default().to_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_answered_in_their_order_by_value_or_by_label() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    caller.add_regression("price", 1.5, -2.0).await;
    caller.point("price", 1).await;
    let rows = json!([{ "fare": 3, "age": 51 }, row(50.0), { "age": null, "fare": 1e300 }]);
    let (status, answer) = caller.predict("price", "", &rows).await;
    assert_eq!(status, 200, "{answer}");
    let expected = json!({
        "model": "price", "version": 1,
        "predictions": [{ "value": -2.0 }, { "value": 1.5 }, { "value": 1.5 }],
    });
    assert_eq!(answer, expected);
    let (status, answer) = caller.predict("price", "", &json!([])).await;
    assert_eq!((status, &answer["predictions"]), (200, &json!([])));
    // A classification has its labels as the file has them, and their texts as keys.
    let content = classification(0.0, 3.0);
    let (status, answer) = caller.add("churn", ("model.txt", &content), &[]).await;
    assert_eq!(status, 201, "{answer}");
    let rows = json!([row(60.0)]);
    let (status, answer) = caller.predict("churn", "?version=1", &rows).await;
    assert_eq!(status, 200, "{answer}");
    let answer = &answer["predictions"][0];
    let leaves = 1.0 / (1.0 + f64::exp(-3.0));
    assert_eq!(answer["label"], 1);
    assert!((answer["score"].as_f64().unwrap() - leaves).abs() < 1e-12);
    assert!((answer["scores"]["0"].as_f64().unwrap() - (1.0 - leaves)).abs() < 1e-12);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_with_its_place() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    caller.add_regression("price", 1.0, 2.0).await;
    caller.point("price", 1).await;
    let good = r#"{"age": 1, "fare": 2}"#;
    let third = |row: &str| format!("{{\"rows\": [{good}, {good}, {good}, {row}]}}");
    for (row, expected) in [
        (
            r#"{"age": "x", "fare": 1}"#,
            "rows[3].age: expected a number or null, found \"x\"",
        ),
        (
            r#"{"age": true, "fare": 1}"#,
            "rows[3].age: expected a number or null, found true",
        ),
        (
            r#"{"age": [1], "fare": 1}"#,
            "rows[3].age: expected a number or null, found a list",
        ),
        (
            r#"{"age": {"a": 1}, "fare": 1}"#,
            "rows[3].age: expected a number or null, found an object",
        ),
        (r#"{"age": 1}"#, "rows[3].fare: is missing"),
        (
            r#"{"age": 1, "fare": 1, "city": "x"}"#,
            "rows[3].city: is not a feature of the model",
        ),
        (
            r#"{"age": 1e999, "fare": 1}"#,
            "rows[3].age: expected a number between",
        ),
        (
            "[1, 2]",
            "rows[3]: expected an object of features, found a list",
        ),
        (
            r#"{"age": NaN, "fare": 1}"#,
            "body: expected JSON: NaN is not a number of JSON",
        ),
        (
            r#"{"age": 1, "age": 2, "fare": 1}"#,
            "body: expected JSON: ",
        ),
    ] {
        let (status, said) = detail(&caller, "", &third(row)).await;
        assert_eq!(status, 422, "{row}: {said}");
        assert!(said.starts_with(expected), "{row}: {said}");
    }
    for (query, body, status, expected) in [
        ("", "{}", 422, "rows: expected a list of rows"),
        ("", r#"{"rows": {}}"#, 422, "rows: expected a list of rows"),
        ("", r#"{"rows": [], "row": []}"#, 422, "row: unknown field"),
        ("", "[]", 422, "body: expected an object with `rows`"),
        (
            "?alias=canary",
            r#"{"rows": []}"#,
            404,
            "model price has no alias canary; known: champion",
        ),
        (
            "?version=9",
            r#"{"rows": []}"#,
            404,
            "model price has no version 9; known: 1",
        ),
        (
            "?version=1&alias=champion",
            r#"{"rows": []}"#,
            422,
            "alias, version: expected one of them",
        ),
    ] {
        let (found, said) = detail(&caller, query, body).await;
        assert_eq!(found, status, "{query} {body}: {said}");
        assert!(said.starts_with(expected), "{said}");
    }
    let (status, answer) = caller.predict("unknown", "", &json!([])).await;
    assert_eq!(status, 404);
    assert_eq!(answer["detail"], "there is no model unknown; known: price");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_has_so_many_rows_and_no_more() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    caller.add_regression("price", 1.0, 2.0).await;
    caller.point("price", 1).await;
    let rows = |count: usize| -> Value {
        let rows = (0..count).map(|no| row((no % 100) as f64));
        json!(rows.collect::<Vec<_>>())
    };
    let (status, answer) = caller.predict("price", "", &rows(10_001)).await;
    assert_eq!(status, 413, "{answer}");
    assert_eq!(
        answer["detail"],
        "rows: expected at most 10000, found 10001"
    );
    let (status, answer) = caller.predict("price", "", &rows(10_000)).await;
    assert_eq!(status, 200);
    let predictions = answer["predictions"].as_array().unwrap();
    assert_eq!(predictions.len(), 10_000);
    let high = predictions.iter().filter(|one| one["value"] == 2.0).count();
    assert_eq!(high, 4_900, "ages from 51 to 99");
    // Longer than other bodies may be.
    let long = format!("{{\"age\": 1, \"fare\": 0.5{}}}", "0".repeat(600));
    let text = format!("{{\"rows\": [{}]}}", vec![long; 9_000].join(","));
    assert!(text.len() > 5 << 20);
    let (status, said) = detail(&caller, "", &text).await;
    assert_eq!(status, 200, "{said}");
    app.stop().await;
}

/// A version that panics answers 500 with a sentence; others go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_panics_fails_its_call_alone() {
    let faults = Faults::default().with(FaultPoint::BeforeScoring, FaultKind::Panic, 2, 2);
    let app = TestApp::with().faults(faults).start(&[]).await;
    let caller = Caller::of(&app);
    caller.add_regression("price", 1.0, 2.0).await;
    caller.point("price", 1).await;
    let rows = json!([row(1.0)]);
    let mut found = Vec::new();
    for _ in 0..4 {
        let (status, answer) = caller.predict("price", "", &rows).await;
        if status == 500 {
            let detail = "version 1 of model price failed on these rows";
            assert_eq!(answer["detail"], detail);
        }
        found.push(status);
    }
    assert_eq!(found, [200, 500, 500, 200]);
    app.stop().await;
}
