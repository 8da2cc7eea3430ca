//! What a server and its models say of themselves.

use serde_json::{Value, json};

use super::with_models;
use crate::model_registry::{Caller, regression};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_and_its_models_say_what_they_are() {
    let app = with_models().await;
    for path in ["/v2", "/v2/"] {
        let (status, server) = app.get(path).await;
        assert_eq!(status, 200);
        assert_eq!(server["name"], "audience");
        assert_eq!(server["extensions"], json!(["binary_tensor_data"]));
    }
    assert_eq!(
        app.get("/v2/health/live").await,
        (200, json!({ "live": true }))
    );
    let ready = json!({ "live": true, "ready": true });
    assert_eq!(app.get("/v2/health/ready").await, (200, ready));
    let rent = json!({
        "name": "rent", "versions": ["1", "2"], "platform": "lightgbm",
        "inputs": [
            { "name": "age", "datatype": "FP64", "shape": [-1] },
            { "name": "fare", "datatype": "FP64", "shape": [-1] },
        ],
        "outputs": [{ "name": "value", "datatype": "FP64", "shape": [-1] }],
    });
    assert_eq!(app.get("/v2/models/rent").await, (200, rent.clone()));
    assert_eq!(app.get("/v2/models/rent/versions/1").await, (200, rent));
    let (_, churn) = app.get("/v2/models/churn").await;
    assert_eq!(churn["platform"], "onnx");
    let datatypes: Vec<&Value> = churn["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| &input["datatype"])
        .collect();
    assert_eq!(datatypes, ["FP64", "FP64", "FP64", "BYTES", "BYTES"]);
    assert_eq!(
        churn["outputs"],
        json!([
            { "name": "label", "datatype": "BYTES", "shape": [-1] },
            {
                "name": "scores", "datatype": "FP64", "shape": [-1, 2],
                "parameters": { "labels": ["leave", "stay"] },
            },
        ])
    );
    for (path, name) in [
        ("/v2/models/rent/ready", "rent"),
        ("/v2/models/churn/versions/1/ready", "churn"),
    ] {
        let ready = json!({ "name": name, "ready": true });
        assert_eq!(app.get(path).await, (200, ready));
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unknown_or_not_ready_says_why() {
    let app = with_models().await;
    for (path, error) in [
        (
            "/v2/models/other",
            "there is no model other; known: churn, rent",
        ),
        (
            "/v2/models/other/ready",
            "there is no model other; known: churn, rent",
        ),
        (
            "/v2/models/rent/versions/9",
            "model rent has no version 9; known: 2, 1",
        ),
        (
            "/v2/models/rent/versions/9/ready",
            "model rent has no version 9; known: 2, 1",
        ),
        (
            "/v2/models/rent/versions/x",
            "model rent has no version x; expected a number such as 3",
        ),
        (
            "/v2/models/rent/versions/0/ready",
            "model rent has no version 0; expected a number such as 3",
        ),
        ("/v2/nothing", "there is nothing at this path"),
    ] {
        assert_eq!(
            app.get(path).await,
            (404, json!({ "error": error })),
            "{path}"
        );
    }
    let (status, answer) = app.post("/v2/models/rent", &json!({})).await;
    assert_eq!(status, 405);
    assert!(answer["error"].is_string(), "{answer}");
    // A version that was refused, and a model whose champion nobody has chosen.
    let caller = Caller::of(&app);
    let golden = crate::model_registry::golden(5.0, 6.0);
    let parts = [("golden", golden.as_str())];
    let file = regression(1.0, 2.0);
    let (status, _) = caller.add("rent", ("model.txt", &file), &parts).await;
    assert_eq!(status, 422);
    let (status, answer) = app.get("/v2/models/rent/versions/3/ready").await;
    assert_eq!((status, &answer["ready"]), (400, &json!(false)), "{answer}");
    let error = answer["error"].as_str().unwrap();
    assert!(
        error.starts_with("version 3 of model rent was refused"),
        "{error}"
    );
    caller.add_regression("new", 1.0, 2.0).await;
    let (status, answer) = app.get("/v2/models/new/ready").await;
    assert_eq!((status, &answer["name"]), (400, &json!("new")), "{answer}");
    assert_eq!(app.get("/v2/models/new/versions/1/ready").await.0, 200);
    assert_eq!(app.get("/v2/models/new").await.0, 503);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_lists_each_version_and_whether_it_can_be_asked() {
    let app = with_models().await;
    let caller = Caller::of(&app);
    let golden = crate::model_registry::golden(5.0, 6.0);
    let file = regression(1.0, 2.0);
    let parts = [("golden", golden.as_str())];
    caller.add("rent", ("model.txt", &file), &parts).await;
    let names = |index: &Value| -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let versions = index.as_array().unwrap().iter();
        let named = versions.map(|one| {
            (
                text(&one["name"]),
                text(&one["version"]),
                text(&one["state"]),
            )
        });
        named.collect()
    };
    let expected = |list: &[(&str, &str, &str)]| -> Vec<(String, String, String)> {
        let owned =
            |(a, b, c): &(&str, &str, &str)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned());
        list.iter().map(owned).collect()
    };
    let ready = [
        ("churn", "1", "READY"),
        ("rent", "1", "READY"),
        ("rent", "2", "READY"),
    ];
    let mut all = ready.to_vec();
    all.push(("rent", "3", "UNAVAILABLE"));
    // As tritonclient asks: without a body.
    let answer = app.http.post(app.url("/v2/repository/index"));
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let index: Value = answer.json().await.unwrap();
    assert_eq!(names(&index), expected(&all));
    assert!(
        index[3]["reason"].as_str().unwrap().contains("5"),
        "{index}"
    );
    assert_eq!(index[0]["reason"], "");
    let (_, index) = app
        .post("/v2/repository/index", &json!({ "ready": true }))
        .await;
    assert_eq!(names(&index), expected(&ready));
    let (status, answer) = app
        .post("/v2/repository/index", &json!({ "ready": 1 }))
        .await;
    assert_eq!(status, 400);
    assert!(
        answer["error"].as_str().unwrap().starts_with("ready: "),
        "{answer}"
    );
    app.stop().await;
}
