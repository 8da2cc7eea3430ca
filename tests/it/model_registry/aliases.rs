//! Aliases: moved, rolled back, listed with their history; requests go on meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{Caller, regression, row};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_moves_and_goes_back_with_its_history() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    for low in [1.0, 2.0, 3.0] {
        caller.add_regression("price", low, low).await;
    }
    for version in [1, 2, 3] {
        caller.point("price", version).await;
        assert_eq!(caller.value("price", "", 1.0).await.0, version);
    }
    // To where it points already.
    caller.point("price", 3).await;
    let back = async || {
        let path = "/v1/models/price/aliases/champion/rollback";
        caller.call("POST", path, &Value::Null).await
    };
    let (status, alias) = back().await;
    assert_eq!(
        (status, &alias["version"], &alias["previous"]),
        (200, &json!(2), &json!(1))
    );
    assert_eq!(
        caller.value("price", "?alias=champion", 1.0).await,
        (2, 2.0)
    );
    let (status, alias) = back().await;
    assert_eq!(
        (status, &alias["version"], &alias["previous"]),
        (200, &json!(1), &Value::Null)
    );
    let (status, answer) = back().await;
    assert_eq!(status, 409, "{answer}");
    let model = caller.get("/v1/models/price").await;
    let history: Vec<Value> = model["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|moved| json!([moved["from"], moved["to"], moved["rollback"]]))
        .collect();
    let expected = json!([
        [2, 1, true],
        [3, 2, true],
        [2, 3, false],
        [1, 2, false],
        [null, 1, false],
    ]);
    assert_eq!(json!(history), expected);
    assert_eq!(
        (&model["version"], &model["task"]),
        (&json!(1), &json!("regression"))
    );
    assert_eq!(model["schema"]["required"], json!(["age", "fare"]));
    assert_eq!(model["history"][0]["moved_by"], "local");
    let listed = caller.get("/v1/models").await;
    let listed = &listed["models"][0];
    assert_eq!(
        (&listed["name"], &listed["newest"]),
        (&json!("price"), &json!(3))
    );
    assert_eq!(listed["aliases"][0]["version"], 1);
    let audited = app.count(
        "SELECT count(*) FROM audience_audit WHERE operation IN \
         ('set_model_alias', 'rollback_model_alias', 'add_model_version') AND result = 'done'",
    );
    assert_eq!(audited, 3 + 4 + 2);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_takes_an_unproved_version_if_it_is_told_to() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    let content = regression(1.0, 2.0);
    let (status, answer) = caller.add("price", ("model.txt", &content), &[]).await;
    assert_eq!(status, 201, "{answer}");
    for (body, status, detail) in [
        (
            json!({ "version": 1 }),
            409,
            "version 1 of model price is unproved",
        ),
        (
            json!({ "version": 1, "unproved": false }),
            409,
            "version 1 of model price is unproved",
        ),
        (
            json!({ "version": 7 }),
            404,
            "model price has no version 7; known: 1",
        ),
        (json!({ "version": "1" }), 422, "version: "),
        (json!({}), 422, "version: "),
        (
            json!({ "version": 1, "force": true }),
            422,
            "force: unknown field",
        ),
    ] {
        let (found, answer) = caller.set("price", "champion", &body).await;
        let said = answer["detail"].as_str().unwrap_or_default();
        assert_eq!(found, status, "{answer}");
        assert!(said.starts_with(detail), "{said}");
    }
    let (status, answer) = caller.predict("price", "", &json!([row(1.0)])).await;
    assert_eq!(status, 503, "{answer}");
    let body = json!({ "version": 1, "unproved": true });
    assert_eq!(caller.set("price", "champion", &body).await.0, 200);
    assert_eq!(caller.value("price", "", 30.0).await, (1, 1.0));
    app.stop().await;
}

/// Each request is answered, by one of the versions, while the alias moves.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_fails_while_an_alias_moves() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    for low in [1.0, 2.0] {
        caller.add_regression("price", low, low).await;
    }
    caller.point("price", 1).await;
    let (stop, asked) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let asking = (0..4).map(|_| {
        let (caller, stop, asked) = (caller.clone(), Arc::clone(&stop), Arc::clone(&asked));
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let (version, value) = caller.value("price", "", 1.0).await;
                assert_eq!(
                    value, version as f64,
                    "rows are scored by the version that answers"
                );
                asked.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let asking: Vec<_> = asking.collect();
    for no in 0..30 {
        caller.point("price", 2 - no % 2).await;
        let version = caller.value("price", "", 1.0).await.0;
        assert_eq!(
            version,
            2 - no % 2,
            "the process that moves it answers by it at once"
        );
    }
    stop.store(true, Ordering::Relaxed);
    for task in asking {
        task.await.unwrap();
    }
    assert!(asked.load(Ordering::Relaxed) > 30);
    app.stop().await;
}
