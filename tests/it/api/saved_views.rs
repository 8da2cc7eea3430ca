//! Filters that callers keep under names.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::page_browser::Browser;
use super::roles::with_tokens;
use crate::support::{TestApp, corpus};

async fn call(
    app: &TestApp,
    name: &str,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> (u16, Value) {
    let call = app.http.request(method.parse().unwrap(), app.url(path));
    let call = call.header(AUTHORIZATION, format!("Bearer token-of-{name}"));
    let call = match body {
        Some(body) => call.json(&body),
        None => call,
    };
    let answer = call.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn views_are_kept_for_their_owners() {
    let app = TestApp::with()
        .settings(with_tokens)
        .start(&corpus(10))
        .await;
    let put = async |name: &str, view: &str, query: &str| {
        let body = json!({ "query": query });
        call(&app, name, "PUT", &format!("/v1/views/{view}"), Some(body)).await
    };
    let names = async |name: &str| -> Vec<String> {
        let (status, list) = call(&app, name, "GET", "/v1/views", None).await;
        assert_eq!(status, 200);
        let views = list["views"].as_array().unwrap().iter();
        let views = views.map(|view| {
            let [name, query] = ["name", "query"].map(|member| view[member].as_str().unwrap());
            format!("{name}: {query}")
        });
        views.collect()
    };
    let (status, view) = put("viewer", "%E5%A4%B1%E6%95%97", "?state=failed").await;
    assert_eq!((status, &view["name"]), (200, &json!("失敗")));
    assert_eq!(put("viewer", "b", "queue=one&q=x").await.0, 200);
    assert_eq!(put("viewer", "b", "queue=two").await.0, 200);
    assert_eq!(
        names("viewer").await,
        ["b: queue=two", "失敗: state=failed"]
    );
    assert!(names("operator").await.is_empty());
    let remove = async |name: &str| call(&app, name, "DELETE", "/v1/views/b", None).await.0;
    assert_eq!(remove("operator").await, 404);
    assert_eq!(remove("viewer").await, 204);
    assert_eq!(remove("viewer").await, 404);
    let (status, refused) = put("viewer", "b", "limit=1").await;
    assert_eq!(status, 422);
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("query: `limit`: unknown filter"),
        "{detail}"
    );
    let (status, _) = put("viewer", &"x".repeat(65), "q=x").await;
    assert_eq!(status, 422);
    for no in 0..50 {
        assert_eq!(put("operator", &format!("v{no}"), "q=x").await.0, 200);
    }
    assert_eq!(put("operator", "v50", "q=x").await.0, 409);
    assert_eq!(put("operator", "v49", "q=y").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_jobs_has_a_menu_of_views() {
    let app = TestApp::with().start(&corpus(10)).await;
    let browser = Browser::of(&app);
    let plain = browser.get("/jobs").await;
    assert!(!plain.html.contains("id=\"view-name\""), "{}", plain.html);
    let filtered = browser.get("/jobs?state=failed&queue=%3Cb%3E").await;
    let hidden = "name=\"query\" value=\"state=failed&#38;queue=%3Cb%3E\"";
    assert!(filtered.html.contains(hidden), "{}", filtered.html);
    let form = "name=%3Cb%3Emine&query=state%3Dfailed%26queue%3D%253Cb%253E";
    let saved = browser.post("/jobs/views", form).await;
    assert_eq!(saved.status, 303, "{}", saved.html);
    let shown = browser.get(&saved.location).await;
    assert!(!shown.html.contains("<b>mine"), "{}", shown.html);
    let entry = "aria-current=\"true\"><bdi>&#60;b&#62;mine</bdi>";
    assert!(shown.html.contains(entry), "{}", shown.html);
    let wrong = browser.post("/jobs/views", "name=x&query=").await;
    assert_eq!(wrong.status, 422);
    let removed = browser.post("/jobs/views/remove", "name=%3Cb%3Emine").await;
    assert_eq!((removed.status, removed.location.as_str()), (303, "/jobs"));
    assert!(!browser.get("/jobs").await.html.contains("mine</bdi>"));
    let call = app.http.put(app.url("/v1/views/x"));
    let call = call
        .header(CONTENT_TYPE, "text/plain")
        .body("{\"query\":\"q=x\"}");
    assert_eq!(call.send().await.unwrap().status(), 415);
}
