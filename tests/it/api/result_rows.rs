//! Published rows, as `/v1` lists them and as the page shows them.

use serde_json::Value;

use super::page_browser::Browser;
use super::roles::with_tokens;
use crate::support::{TestApp, corpus};

async fn page(app: &TestApp, path: &str) -> Value {
    let (status, page) = app.get(path).await;
    assert_eq!(status, 200, "{path}: {page}");
    page
}

fn rows(page: &Value) -> Vec<Value> {
    page["rows"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_rows_are_on_pages_in_the_order_of_the_download() {
    let app = TestApp::with().start(&corpus(400)).await;
    let id = app.submit().await;
    let path = format!("/v1/jobs/{id}/rows");
    app.wait_until_ended(&id).await;
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let page = page(&app, &format!("{path}?limit=7{after}")).await;
        assert!(rows(&page).len() <= 7);
        found.extend(rows(&page));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let download = app
        .http
        .get(app.url(&format!("/v1/jobs/{id}/result?format=jsonl")));
    let download = download.send().await.unwrap().text().await.unwrap();
    let lines = download
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.collect();
    assert!(lines.len() > 20);
    assert_eq!(found, lines);
    let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
    let whole = page(&app, &path).await;
    for group in job["figures"]["groups"].as_array().unwrap() {
        let mut counted = whole["groups"].as_array().unwrap().iter();
        let counted = counted
            .find(|counted| counted["group"] == group["group"])
            .unwrap();
        assert_eq!(counted["rows"], group["rows_published"]);
    }
    assert_eq!(whole["panels"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_chosen_by_group_panel_text_and_rule() {
    let app = TestApp::with().start(&corpus(400)).await;
    let id = app.submit().await;
    let path = format!("/v1/jobs/{id}/rows");
    let (status, early) = app.get(&path).await;
    assert!([200, 409].contains(&status), "{early}");
    app.wait_until_ended(&id).await;
    let all = page(&app, &format!("{path}?limit=200")).await;
    let total = rows(&all).len();
    let one = &rows(&all)[0];
    let (group, panel) = (
        one["group"].as_str().unwrap(),
        one["panel"].as_str().unwrap(),
    );
    let of_group = rows(&page(&app, &format!("{path}?limit=200&group={group}")).await);
    assert!(!of_group.is_empty() && of_group.len() <= total);
    assert!(of_group.iter().all(|row| row["group"] == group));
    let of_panel = rows(&page(&app, &format!("{path}?limit=200&panel={}", &panel[1..])).await);
    assert!(!of_panel.is_empty() && of_panel.len() < total);
    assert!(of_panel.iter().all(|row| row["panel"] == panel));
    let by_rule = rows(&page(&app, &format!("{path}?limit=200&rule=amy")).await);
    assert!(
        by_rule
            .iter()
            .all(|row| row["match_meta"].as_str().unwrap().contains("\"amy\""))
    );
    let sought = rows(&page(&app, &format!("{path}?limit=200&q=AMY")).await);
    assert!(!sought.is_empty() && sought.len() >= by_rule.len());
    assert!(rows(&page(&app, &format!("{path}?q=nobody-is-called-so")).await).is_empty());
    let (status, unknown) = app.get(&format!("{path}?panel=third")).await;
    assert_eq!(status, 422);
    assert!(
        unknown["detail"]
            .as_str()
            .unwrap()
            .contains("no panel `third`")
    );
    let (status, _) = app.get(&format!("{path}?after=x")).await;
    assert_eq!(status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_marks_what_matched() {
    let app = TestApp::with().start(&corpus(200)).await;
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let browser = Browser::of(&app);
    let job = browser.get(&format!("/jobs/{id}")).await;
    assert!(job.html.contains(&format!("href=\"/jobs/{id}/rows\"")));
    let shown = browser
        .get(&format!("/jobs/{id}/rows?panel=%2Ffirst"))
        .await;
    assert_eq!(shown.status, 200);
    assert!(shown.html.contains("<mark>"), "{}", shown.html);
    assert!(shown.html.contains("<option selected>/first"));
    assert!(
        shown.html.contains("result?panel=%2Ffirst&#38;format=csv"),
        "{}",
        shown.html
    );
    let none = browser
        .get(&format!("/jobs/{id}/rows?q=%3Cimg%20src%3Dx%3E"))
        .await;
    assert_eq!(none.status, 200);
    assert!(none.html.contains("No row fits") && !none.html.contains("<img"));
    let wrong = browser.get(&format!("/jobs/{id}/rows?group=none")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.html.contains("no group `none`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_says_what_its_caller_may_do_with_it() {
    let app = TestApp::with()
        .settings(with_tokens)
        .start(&corpus(20))
        .await;
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let can = async |name: &str| -> Value {
        let browser = Browser::signed_in(&app, name).await;
        let job = browser.get(&format!("/v1/jobs/{id}")).await.html;
        serde_json::from_str::<Value>(&job).unwrap()["can"].clone()
    };
    let operator = can("operator").await;
    assert_eq!(operator["rerun"]["allowed"], true);
    assert_eq!(operator["cancel"]["allowed"], false);
    let resumed = Browser::signed_in(&app, "operator").await;
    let refused = resumed
        .post(&format!("/v1/jobs/{id}/resume"), "")
        .await
        .html;
    let refused: Value = serde_json::from_str(&refused).unwrap();
    assert_eq!(operator["resume"]["reason"], refused["detail"]);
    assert_eq!(operator["remove"]["required_role"], "admin");
    let viewer = can("viewer").await;
    assert_eq!(viewer["rerun"]["allowed"], false);
    assert_eq!(viewer["rerun"]["required_role"], "operator");
    assert_eq!(viewer["cancel"]["required_role"], Value::Null);
    assert_eq!(can("admin").await["remove"]["allowed"], true);
}
