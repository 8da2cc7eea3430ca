//! Requests that are changed: pages that still belong are not fetched again.

use serde_json::{Value, json};

use super::fixture::{Platforms, ended, expected, has_all, request, submit};
use crate::support::{TestApp, wait_for};

async fn change(app: &TestApp, id: &str, change: &Value) {
    wait_for("the brief can be changed", async || {
        let path = format!("/v1/briefs/{id}");
        let request = app.http.patch(app.url(&path)).json(change);
        let status = request.send().await.unwrap().status().as_u16();
        assert!([200, 202, 409].contains(&status), "{status}");
        (status != 409).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_brief_has_another_stage_without_asking_again() {
    let platforms = Platforms::usual(&[]);
    let app = platforms.app().await;
    let id = submit(&app, &request(&["防晒霜", "口红"])).await;
    ended(&app, &id).await;
    has_all(&app.database(), &id, &expected(&["防晒霜", "口红"], &[]));
    let before = platforms.stats("bili").await["calls"].clone();
    change(&app, &id, &json!({ "keywords": ["口红"] })).await;
    let job = ended(&app, &id).await;
    assert_eq!(job["figures"]["stage"], 2, "{job}");
    has_all(&app.database(), &id, &expected(&["口红"], &[]));
    assert_eq!(platforms.stats("bili").await["calls"], before);
    change(
        &app,
        &id,
        &json!({ "keywords": ["口红", "防晒霜", "面膜"] }),
    )
    .await;
    ended(&app, &id).await;
    has_all(
        &app.database(),
        &id,
        &expected(&["口红", "防晒霜", "面膜"], &[]),
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_that_collects_goes_on_with_the_new_request() {
    let platforms = Platforms::usual(&["--latency", "0.2"]);
    let app = platforms.app().await;
    let mut asked = request(&["防晒霜", "口红"]);
    asked["platforms"] = json!(["bili", "mweibo", "weixin"]);
    let id = submit(&app, &asked).await;
    wait_for("pages are done", async || {
        let sql = "SELECT count(*) FROM audience_brief_page WHERE state = 'done'";
        (app.count(sql) > 3).then_some(())
    })
    .await;
    let all = json!({
        "keywords": ["口红", "面膜"],
        "platforms": ["bili", "douyin", "mweibo", "redbook", "weixin"],
    });
    change(&app, &id, &all).await;
    ended(&app, &id).await;
    has_all(&app.database(), &id, &expected(&["口红", "面膜"], &[]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_are_on_their_way_are_not_asked_for_again() {
    let platforms = Platforms::usual(&["--latency", "2", "--sigma", "0"]);
    let app = platforms.app().await;
    let mut asked = request(&["防晒霜", "口红"]);
    asked["platforms"] = json!(["bili", "mweibo"]);
    let id = submit(&app, &asked).await;
    for max_pages in [30, 40] {
        wait_for("pages are on their way", async || {
            let on_their_way = platforms.stats("bili").await["in_flight"].as_i64()?;
            (on_their_way > 0).then_some(())
        })
        .await;
        change(&app, &id, &json!({ "max_pages": max_pages })).await;
    }
    ended(&app, &id).await;
    let more = ["--platforms", "bili,mweibo"];
    has_all(&app.database(), &id, &expected(&["防晒霜", "口红"], &more));
    let first_calls = "SELECT sum(calls - retries - hedges) FROM audience_brief_platform";
    let pages = "SELECT count(*) FROM audience_brief_page";
    assert_eq!(app.count(first_calls), app.count(pages));
    app.stop().await;
}
