//! The pages of models, as a browser without scripts sees them.

use reqwest::header::ACCEPT_LANGUAGE;
use serde_json::json;

use super::{Caller, form, golden, regression};
use crate::imports::page_browser::{page, post, post_fields};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_added_pointed_to_asked_and_rolled_back() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    page(&app, "/models")
        .await
        .has(&["There are no models yet"]);
    let content = regression(1.0, 2.0);
    let file = ("model.txt", content.as_slice());
    let right = golden(1.0, 2.0);
    let wrong = golden(1.0, 9.0);
    let refused = post(
        &app,
        "/models",
        file,
        &[("name", "price"), ("golden", &wrong)],
    )
    .await;
    assert_eq!(refused.status, 422);
    refused.has(&["role=\"alert\"", "row 1"]);
    let added = post(
        &app,
        "/models",
        file,
        &[("name", "price"), ("golden", &right)],
    )
    .await;
    assert_eq!(added.path, "/models/price");
    added.has(&[
        "Proved",
        "Refused",
        "No alias points to a version yet",
        "model.txt",
    ]);
    let unproved = post(&app, "/models/price/versions", file, &[]).await;
    unproved.has(&["Unproved"]);
    let point = async |version: &str, more: &[(&str, &str)]| {
        let fields = [&[("alias", "champion"), ("version", version)], more].concat();
        post_fields(&app, "/models/price/aliases", &fields).await
    };
    let pointed = point("2", &[]).await;
    pointed.has(&["<bdi>champion</bdi>", "href=\"/models/price/predict\""]);
    let refused = point("3", &[]).await;
    assert_eq!(refused.status, 409);
    refused.has(&["version 3 of model price is unproved"]);
    let pointed = point("3", &[("unproved", "true")]).await;
    pointed.has(&["2 → 3", "Point champion back to 2"]);
    let back = post_fields(&app, "/models/price/rollback", &[("alias", "champion")]).await;
    back.has(&["3 → 2", "rolled back"]);
    // A row by hand: what is left empty is missing.
    page(&app, "/models/price/predict").await.has(&[
        "<bdi>age</bdi>",
        "<bdi>fare</bdi>",
        "champion · 2",
    ]);
    let answer = post_fields(
        &app,
        "/models/price/predict",
        &[("of", "champion"), ("x0", "60"), ("x1", "")],
    )
    .await;
    assert_eq!(answer.status, 200);
    answer.has(&["<bdi>2</bdi>", "value=\"60\""]);
    let fault = post_fields(&app, "/models/price/predict", &[("of", "3"), ("x0", "x")]).await;
    assert_eq!(fault.status, 422);
    fault.has(&["rows[0].age: expected a number or null"]);
    let removed = post_fields(&app, "/models/price/remove", &[("version", "3")]).await;
    removed.has_not(&["Unproved"]);
    let (status, _) = caller.predict("price", "?version=3", &json!([])).await;
    assert_eq!(status, 404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_models_speak_four_languages() {
    let app = TestApp::with().start(&[]).await;
    let content = regression(1.0, 2.0);
    let (content_type, body) = form(("m.txt", &content), &[]);
    let request = app.http.post(app.url("/v1/models/price/versions"));
    let request = request.header("content-type", content_type).body(body);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 201);
    for (language, words) in [
        ("en", ["Add a version", "Unproved"]),
        ("zh-TW", ["新增版本", "未驗證"]),
        ("zh-CN", ["添加版本", "未验证"]),
        ("ja", ["バージョンを追加", "未検証"]),
    ] {
        let call = app.http.get(app.url("/models/price"));
        let answer = call.header(ACCEPT_LANGUAGE, language).send().await.unwrap();
        let html = answer.text().await.unwrap();
        for word in words {
            assert!(html.contains(word), "{language}: {word}");
        }
    }
    app.stop().await;
}
