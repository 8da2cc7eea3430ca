//! A version comes out as it went in, and in every other form says the same.

use reqwest::Method;
use serde_json::json;

use super::{Caller, answer, food};
use crate::support::TestApp;

const FORMS: [(&str, &str); 5] = [
    ("yaml", "application/yaml"),
    ("json", "application/json"),
    ("tsv", "application/zip"),
    ("csv", "text/csv"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_got_in_all_forms_and_stored_again_by_each() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    let text = food(&["拉麵", "ramen AND NOT tea", "'=1+1'"]) + "# a comment stays\n";
    let first = caller.store("tastes", &text, None).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let got = async |path: String| {
        let request = caller.request(Method::GET, &path);
        request.send().await.unwrap().bytes().await.unwrap()
    };
    let sent = got("tastes/versions/1?format=yaml".to_owned()).await;
    assert_eq!(sent, text.as_bytes(), "byte for byte");
    for (form, content_type) in FORMS {
        let document = got(format!("tastes/versions/1?format={form}")).await;
        let request = caller.request(Method::POST, "tastes/versions");
        let request = request.header("content-type", content_type);
        let request = request.header("if-match", &first.tag);
        let again = answer(request.body(document.clone())).await;
        assert_eq!(again.status, 200, "{form}: {}", again.body);
        assert_eq!(again.body["digest"], first.body["digest"], "{form}");
        // As a set of its own it is written by its form to the same bytes.
        let name = format!("as-{form}");
        let request = caller.request(Method::POST, &format!("{name}/versions"));
        let request = request.header("content-type", content_type);
        let other = answer(request.body(document.clone())).await;
        assert_eq!(
            (other.status, &other.body["format"]),
            (201, &json!(form)),
            "{}",
            other.body
        );
        assert_eq!(
            got(format!("{name}/versions/1?format={form}")).await,
            document
        );
    }
    let request = caller.request(Method::POST, "tastes/versions");
    let request = request.header("content-type", "text/html");
    assert_eq!(answer(request.body("x")).await.status, 415);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_caller_has_is_not_sent_again() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    caller.store("tastes", &food(&["ramen"]), None).await;
    for path in [
        "tastes",
        "tastes/versions/1",
        "tastes/versions/newest?format=csv",
    ] {
        let tag = caller.get(path).await.tag;
        assert!(!tag.is_empty(), "{path}");
        let request = caller.request(Method::GET, path);
        let again = answer(request.header("if-none-match", &tag)).await;
        assert_eq!((again.status, again.tag), (304, tag), "{path}");
    }
    app.stop().await;
}
