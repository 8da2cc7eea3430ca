//! The web pages, as a browser without scripts sees them.

use audience::engine::store::NewLine;
use entity::LogLevel;
use reqwest::header::{ACCEPT_LANGUAGE, ORIGIN};
use serde_json::Value;

use super::page_browser::Browser;
use super::roles::with_tokens;
use crate::support::{TestApp, corpus, wait_for};

/// What somebody who wants to be markup calls a queue.
const FOUL: &str = "<img src=x onerror=alert(1)>";

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_job_is_shown_with_its_figures_and_its_log() {
    let app = TestApp::with().start(&corpus(200)).await;
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let browser = Browser::of(&app);
    assert_eq!(browser.get("/").await.location, "/jobs");
    let list = browser.get("/jobs").await;
    assert_eq!(list.status, 200);
    assert!(list.html.contains(&format!("href=\"/jobs/{id}\"")));
    let job = browser.get(&format!("/jobs/{id}")).await;
    assert_eq!(job.status, 200);
    for part in ["Succeeded", "Received", "/result?format=xlsx", "Run again"] {
        assert!(job.html.contains(part), "{part}");
    }
    let published = app.published(&id);
    let mut authors = published.iter().map(|row| row.source_author.as_str());
    assert!(authors.any(|author| job.html.contains(author)));
    let log = browser.get(&format!("/jobs/{id}/log")).await;
    assert_eq!(log.status, 200);
    let unknown = browser.get(&format!("/jobs/{}", "0".repeat(32))).await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.html.contains("There is nothing here"));
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_stand_in_the_address() {
    let app = TestApp::with().start(&corpus(20)).await;
    let mut ids = Vec::new();
    for queue in ["one", "two", "100%_two"] {
        let queue = queue.to_owned();
        ids.push(app.submit_with(|request| request.queue = Some(queue)).await);
    }
    for id in &ids {
        app.wait_until_ended(id).await;
    }
    let browser = Browser::of(&app);
    let found = async |query: &str| -> Vec<bool> {
        let page = browser.get(&format!("/jobs{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        let is_shown = |id: &entity::JobId| page.html.contains(&format!("id=\"j{id}\""));
        ids.iter().map(is_shown).collect()
    };
    assert_eq!(found("").await, [true; 3]);
    assert_eq!(found("?queue=two").await, [false, true, false]);
    assert_eq!(found("?state=succeeded&flow=labelling").await, [true; 3]);
    assert_eq!(found("?state=failed").await, [false; 3]);
    assert_eq!(found("?q=QUEUE%22:%22one").await, [true, false, false]);
    // What stands for other letters in SQL stands for itself.
    assert_eq!(found("?q=100%25_").await, [false, false, true]);
    assert_eq!(found(&format!("?q={}", ids[1])).await, [false, true, false]);
    assert_eq!(found("?from=2020-01-01").await, [true; 3]);
    assert_eq!(found("?to=2020-01-01").await, [false; 3]);
    let wrong = browser.get("/jobs?state=%3Cb%3E&from=x&after=y").await;
    assert_eq!(wrong.status, 422);
    assert!(!wrong.html.contains("<b>&") && !wrong.html.contains("value=\"<b>"));
    assert!(wrong.html.contains("state: expected"), "{}", wrong.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_and_counts_are_right() {
    let app = TestApp::with().start(&corpus(20)).await;
    for _ in 0..3 {
        let id = app.submit().await;
        app.wait_until_ended(&id).await;
    }
    let (_, first) = app.get("/v1/jobs?limit=2&counts=true").await;
    assert_eq!(first["counts"]["succeeded"], 3);
    assert_eq!(first["counts"]["failed"], 0);
    assert_eq!(first["jobs"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let (_, second) = app.get(&format!("/v1/jobs?limit=2&after={next}")).await;
    assert_eq!(second["jobs"].as_array().unwrap().len(), 1);
    assert_eq!(second["next"], Value::Null);
    assert_eq!(second.get("counts"), None);
    // Three of its like have succeeded.
    let usual = second["jobs"][0]["usual_s"].as_f64().unwrap();
    assert!(usual > 0.0, "{second}");
    let id = second["jobs"][0]["id"].as_str().unwrap();
    let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
    assert_eq!(job["usual_s"], usual);
    let page = Browser::of(&app).get(&format!("/jobs/{id}")).await;
    assert!(page.html.contains("<span>usually "), "{}", page.html);
    let page = Browser::of(&app).get(&format!("/jobs?after={next}")).await;
    assert!(
        page.html.contains("<span class=\"sub\">usually "),
        "{}",
        page.html
    );
    assert!(page.html.contains("Newest"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_read_from_its_end_and_searched() {
    let app = TestApp::with().start(&corpus(20)).await;
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let line = |no: i64| NewLine {
        job: id.clone(),
        at: no,
        level: if no == 3 {
            LogLevel::Error
        } else {
            LogLevel::Info
        },
        message: format!("Line {no} <i>100%</i>"),
        fields: serde_json::Map::new(),
    };
    let lines: Vec<NewLine> = (1..=5).map(line).collect();
    app.app.store.logs().keep(&lines).await.unwrap();
    let path = format!("/v1/jobs/{id}/logs");
    let read = async |query: &str| -> (Vec<String>, Value) {
        let (status, log) = app.get(&format!("{path}?{query}&total=true")).await;
        assert_eq!(status, 200, "{query}: {log}");
        let lines = log["lines"].as_array().unwrap().iter();
        let no = |line: &Value| line["message"].as_str().unwrap()[5..6].to_owned();
        (lines.map(no).collect(), log)
    };
    let (lines, tail) = read("tail=true&limit=2").await;
    assert_eq!(lines, ["4", "5"]);
    assert_eq!(
        (&tail["earlier"], &tail["more"]),
        (&true.into(), &false.into())
    );
    assert_eq!(tail["total"], 5);
    let first = tail["lines"][0]["seq"].to_string();
    let (lines, page) = read(&format!("before={first}&limit=2")).await;
    assert_eq!(lines, ["2", "3"]);
    assert_eq!(
        (&page["earlier"], &page["more"]),
        (&true.into(), &true.into())
    );
    let (lines, page) = read(&format!("before={first}&limit=3")).await;
    assert_eq!(lines, ["1", "2", "3"]);
    assert_eq!(page["earlier"], false);
    let (lines, found) = read("q=LINE%204").await;
    assert_eq!((lines, &found["total"]), (vec!["4".to_owned()], &1.into()));
    assert_eq!(read("level=error").await.0, ["3"]);
    // What stands for other letters in SQL stands for itself.
    assert_eq!(read("q=1_0").await.0.len(), 0);
    let page = Browser::of(&app)
        .get(&format!("/jobs/{id}/log?q=line%204"))
        .await;
    assert!(page.html.contains("<mark>Line 4</mark> &lt;i&gt;"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_in_is_led_to_the_token_and_back() {
    let app = TestApp::with()
        .settings(with_tokens)
        .start(&corpus(20))
        .await;
    let stranger = Browser::of(&app);
    let led = stranger.get("/jobs?state=failed").await;
    assert_eq!(led.status, 303);
    assert_eq!(led.location, "/sign-in?next=%2Fjobs%3Fstate%3Dfailed");
    let page = stranger.get(&led.location).await;
    assert_eq!(page.status, 200);
    assert!(page.html.contains("value=\"/jobs?state=failed\""));
    let wrong = stranger.post("/sign-in", "token=wrong&next=%2Fjobs").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.html.contains("not known here") && wrong.cookies.is_empty());
    for foreign in ["https://evil.example", "//evil.example", "/\\evil.example"] {
        let form = format!("token=token-of-viewer&next={foreign}");
        assert_eq!(stranger.post("/sign-in", &form).await.location, "/jobs");
    }
    let viewer = Browser::signed_in(&app, "viewer").await;
    let list = viewer.get("/jobs").await;
    assert_eq!(list.status, 200);
    assert!(!list.html.contains("token-of-"));
    let out = viewer.post("/sign-out", "").await;
    assert_eq!(out.location, "/sign-in");
    assert_eq!(viewer.get("/jobs").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_are_shown_to_those_who_may_do_them_and_recorded() {
    let app = TestApp::with()
        .settings(with_tokens)
        .start(&corpus(20))
        .await;
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let (page, rerun) = (format!("/jobs/{id}"), format!("/jobs/{id}/rerun"));
    let viewer = Browser::signed_in(&app, "viewer").await;
    let shown = viewer.get(&page).await.html;
    assert!(!shown.contains("data-action") && shown.contains("operator"));
    let refused = viewer.post(&rerun, "").await;
    assert_eq!(refused.status, 403);
    assert!(refused.html.contains("`operator`"));
    // What belongs to others is not there.
    let limited = Browser::signed_in(&app, "queue").await;
    assert_eq!(limited.get(&page).await.status, 404);
    assert_eq!(limited.post(&rerun, "").await.status, 404);
    let operator = Browser::signed_in(&app, "operator").await;
    assert!(
        operator
            .get(&page)
            .await
            .html
            .contains("data-action=\"rerun\"")
    );
    let foreign = operator
        .call("POST", &rerun)
        .header(ORIGIN, "https://evil.example");
    assert_eq!(operator.send(foreign).await.status, 403);
    let done = operator.post(&rerun, "").await;
    assert_eq!((done.status, done.location), (303, page.clone()));
    app.wait_until_ended(&id).await;
    let not_possible = operator.post(&format!("/jobs/{id}/resume"), "").await;
    assert_eq!(not_possible.status, 409);
    let admin = Browser::signed_in(&app, "admin").await;
    // Refused calls are recorded a little later.
    wait_for("both calls in the audit", async || {
        let audit = admin.get("/v1/audit?operation=rerun_job").await.html;
        let audit: Value = serde_json::from_str(&audit).unwrap();
        let calls = audit["calls"].as_array().unwrap().clone();
        let has = |who: &str, result: &str| {
            let mut calls = calls.iter();
            calls.any(|call| call["who"] == who && call["result"] == result)
        };
        (has("operator", "done") && has("viewer", "refused")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_write_is_never_markup() {
    let app = TestApp::with().start(&corpus(20)).await;
    let id = app
        .submit_with(|request| request.queue = Some(FOUL.to_owned()))
        .await;
    app.wait_until_ended(&id).await;
    let browser = Browser::of(&app);
    let sought = "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E";
    for path in [
        "/jobs".to_owned(),
        format!("/jobs?q={sought}&queue={sought}"),
        format!("/jobs/{id}"),
        format!("/jobs/{id}/log?q={sought}"),
        format!("/jobs/{sought}"),
        format!("/sign-in?next=/{sought}"),
    ] {
        let page = browser.get(&path).await;
        assert!(!page.html.contains("<img"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_speak_four_languages() {
    let app = TestApp::with().start(&corpus(10)).await;
    let mut browser = Browser::of(&app);
    for (accepted, tag, word) in [
        ("fr", "en", "No jobs yet"),
        ("zh-TW", "zh-Hant-TW", "尚無工作"),
        ("zh-CN", "zh-Hans-CN", "暂无作业"),
        ("ja", "ja", "ジョブはまだありません"),
    ] {
        let call = browser
            .call("GET", "/jobs")
            .header(ACCEPT_LANGUAGE, accepted);
        let page = browser.send(call).await;
        assert!(
            page.html.contains(&format!("<html lang=\"{tag}\"")),
            "{accepted}"
        );
        assert!(page.html.contains(word), "{accepted}");
    }
    let chosen = browser.post(
        "/preferences",
        "language=ja&theme=dark&next=%2Fjobs%3Fq%3Da",
    );
    let chosen = chosen.await;
    assert_eq!(chosen.location, "/jobs?q=a");
    browser.cookies = chosen.cookies;
    let page = browser.get("/jobs").await;
    assert!(page.html.contains("<html lang=\"ja\" data-theme=\"dark\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_below_a_path() {
    let public = |settings: &mut crate::support::TestSettings| {
        settings.server.public_url = Some("https://box.example/audience/".to_owned());
    };
    let app = TestApp::with().settings(public).start(&corpus(10)).await;
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let browser = Browser::of(&app);
    assert_eq!(browser.get("/audience/").await.location, "/audience/jobs");
    for path in ["/audience/jobs".to_owned(), format!("/audience/jobs/{id}")] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        for attribute in ["href=\"", "src=\"", " action=\""] {
            for target in page.html.split(attribute).skip(1) {
                let is_below = target.starts_with("/audience/") || target.starts_with('#');
                assert!(is_below, "{path}: {}", &target[..40]);
            }
        }
        let style = page
            .html
            .split("href=\"")
            .find(|part| part.contains(".css\""));
        let style = style.unwrap().split('"').next().unwrap();
        let loaded = browser.call("GET", style).send().await.unwrap();
        assert_eq!(loaded.status(), 200, "{style}");
        let cached = loaded.headers()["cache-control"].to_str().unwrap();
        assert!(cached.contains("immutable"), "{cached}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_load_nothing_from_elsewhere() {
    let app = TestApp::with().start(&corpus(10)).await;
    let answer = app.http.get(app.url("/jobs")).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.starts_with("default-src 'self'; "), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let html = answer.text().await.unwrap();
    assert!(
        !html.contains("style=\"") && !html.contains("<script>"),
        "{html}"
    );
    let missing = app.http.get(app.url("/static/style-000000000000.css"));
    assert_eq!(missing.send().await.unwrap().status(), 404);
}
