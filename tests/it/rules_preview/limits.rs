//! What is refused.

use futures_util::future::join_all;
use serde_json::json;

use super::asked;
use crate::health::recount::PEOPLE;
use crate::support::{TestApp, corpus};

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_named() {
    let app = TestApp::with().start(&corpus(10)).await;
    let document = PEOPLE.document();
    let faulty = json!({"model_type": "mixed_model", "labels": {"a": ["b c"]}});
    let keywords = json!({"model_type": "keyword_model", "labels": {"a": [["b", "partially"]]}});
    for (body, status, detail) in [
        (json!({}), 422, "rules: "),
        (asked(&faulty, &json!({})), 422, "rules.document: /labels/"),
        (
            asked(&keywords, &json!({})),
            422,
            "rules: expected a set with model_type mixed_model",
        ),
        (
            asked(&document, &json!({"rules": {"rule_set": "foods"}})),
            404,
            "there is no rule set `foods`",
        ),
        (
            asked(
                &document,
                &json!({"rules": {"rule_set": "a", "document": {}}}),
            ),
            422,
            "rules.document: cannot be given together with rule_set",
        ),
        (
            asked(
                &document,
                &json!({"rules": {"rule_set": "a", "version": "old"}}),
            ),
            422,
            "rules.version: expected a number",
        ),
        (
            asked(&document, &json!({"sample": {"rows": 0}})),
            422,
            "sample.rows: expected at least 1",
        ),
        (
            asked(&document, &json!({"examples": 101})),
            422,
            "examples: ",
        ),
        (
            asked(&document, &json!({"table": "other"})),
            422,
            "table `other`",
        ),
        (
            asked(&document, &json!({"end_time": "2019-01-01"})),
            422,
            "start_time must be earlier than end_time",
        ),
    ] {
        let (found, answer) = app.post("/v1/rules/preview", &body).await;
        assert_eq!(found, status, "{answer}");
        let said = answer["detail"].as_str().unwrap();
        assert!(said.starts_with(detail), "{said}");
    }
    let (_, answer) = app
        .post("/v1/rules/preview", &asked(&faulty, &json!({})))
        .await;
    assert_eq!(answer["errors"][0]["code"], "E01");
    assert_eq!(answer["errors"][0]["column"], 3);
    let large = json!({"rules": {"document": "# ".to_owned() + &"x".repeat(8 << 20)}});
    let (status, answer) = app
        .post("/v1/rules/preview", &asked(&document, &large))
        .await;
    assert_eq!(status, 413, "{answer}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_previews_run_at_once_and_others_may_come_again() {
    let app = TestApp::with().start(&corpus(3_000)).await;
    let body = asked(&PEOPLE.document(), &json!({}));
    let calls = (0..24).map(|_| app.post("/v1/rules/preview", &body));
    let statuses: Vec<u16> = join_all(calls)
        .await
        .into_iter()
        .map(|(status, _)| status)
        .collect();
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    assert!(count(200) >= 4, "{statuses:?}");
    assert!(count(429) > 0, "{statuses:?}");
    assert_eq!(count(200) + count(429), 24);
    // They gave their places back.
    let (status, answer) = app.post("/v1/rules/preview", &body).await;
    assert_eq!(status, 200, "{answer}");
    app.stop().await;
}
