//! The pages of briefs, as a browser without scripts sees them.

use reqwest::header::{ACCEPT_LANGUAGE, AUTHORIZATION};
use serde_json::{Value, json};

use super::fixture::{Platforms, ended, request, submit};
use crate::api::with_tokens;
use crate::imports::page_browser::{Shown, filled_in, page, post_fields};
use crate::support::{TestApp, wait_for};

/// What somebody who wants to be markup writes.
const FOUL: &str = "<img src=x onerror=alert(1)>";

const RANGE: [(&str, &str); 2] = [
    ("start_time", "2026-11-01T00:00:00"),
    ("end_time", "2026-11-27T23:59:59"),
];

fn form<'f>(fields: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    [&RANGE[..], fields].concat()
}

/// The id of a brief, of the path of its page.
fn id(shown: &Shown) -> String {
    let id = shown.path.strip_prefix("/briefs/");
    id.unwrap_or_else(|| panic!("{}: {}", shown.path, shown.html))
        .to_owned()
}

async fn view(app: &TestApp, id: &str, status: &str) -> Value {
    wait_for(&format!("the brief is {status}"), async || {
        let (_, view) = app.get(&format!("/v1/briefs/{id}")).await;
        (view["status"] == status).then_some(view)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_is_submitted_watched_and_changed() {
    let platforms = Platforms::usual(&[]);
    let app = platforms.app().await;
    let none = page(&app, "/briefs").await;
    none.has(&["No brief has been submitted yet", "href=\"/briefs/new\""]);
    page(&app, "/new").await.has(&["href=\"/briefs/new\""]);
    let empty = page(&app, "/briefs/new").await;
    empty.has(&[
        "value=\"bili\"",
        "B站",
        "Times in Asia/Shanghai.",
        "How keywords are read",
    ]);
    empty.has_not(&[" checked disabled", "Off:"]);

    let faulty = form(&[
        ("keywords", "防晒霜\r\n\r\n口红 \"敏感"),
        ("job_name", "夏"),
    ]);
    let refused = post_fields(&app, "/briefs/new", &faulty).await;
    assert_eq!(
        (refused.status, refused.path.as_str()),
        (422, "/briefs/new")
    );
    refused.has(&[
        "Line 3:",
        "keywords[1]: column",
        "<mark>",
        "aria-invalid=\"true\"",
        "防晒霜",
        "value=\"夏\"",
    ]);
    let (_, briefs) = app.get("/v1/briefs").await;
    assert_eq!(briefs["briefs"], json!([]));

    let two = [("platforms", "bili"), ("platforms", "mweibo")];
    let filled = form(&[
        ("keywords", "防晒霜\r\n口红"),
        two[0],
        two[1],
        ("job_name", "夏"),
    ]);
    let sent = post_fields(&app, "/briefs/new", &filled).await;
    assert_eq!(sent.status, 200);
    let brief = id(&sent);
    let found = view(&app, &brief, "finished").await;
    assert_eq!(found["platforms"], json!(["bili", "mweibo"]));
    let path = format!("/briefs/{brief}");
    let shown = page(&app, &path).await;
    shown.has(&[
        "Finished",
        "Download the zip",
        &format!("/v1/briefs/{brief}/export?stage=1"),
        "file=content_wc.png",
        "微博",
        "data-keep=\"platforms\"",
        "data-ended",
        "2026-11-01 00:00:00",
    ]);
    shown.has_not(&["pages are missing", &format!("{path}/cancel")]);
    page(&app, &format!("/jobs/{brief}"))
        .await
        .has(&[&format!("href=\"{path}\""), "The whole brief"]);

    for (filters, is_there) in [
        ("", true),
        (
            "?name=%E5%A4%8F&keyword=%E5%8F%A3%E7%BA%A2&platform=bili&status=finished",
            true,
        ),
        ("?name=x", false),
        ("?platform=douyin", false),
        ("?status=failed", false),
    ] {
        let listed = page(&app, &format!("/briefs{filters}")).await;
        assert_eq!(listed.status, 200, "{filters}");
        let is_listed = listed.main().contains(&format!("href=\"{path}\""));
        assert_eq!(is_listed, is_there, "{filters}");
    }

    let changed = form(&[
        ("keywords", "防晒霜\n面膜"),
        two[0],
        two[1],
        ("job_name", "冬"),
    ]);
    page(&app, &format!("{path}/change"))
        .await
        .has(&["防晒霜\n口红</textarea>", "begins its next stage"]);
    let changed = post_fields(&app, &format!("{path}/change"), &changed).await;
    assert_eq!(id(&changed), brief);
    let found = wait_for("the next stage is exported", async || {
        let (_, view) = app.get(&format!("/v1/briefs/{brief}")).await;
        (view["stage"] == 2 && view["status"] == "finished").then_some(view)
    })
    .await;
    assert_eq!(found["job_name"], "冬");
    assert_eq!(found["keywords"], json!(["防晒霜", "面膜"]));
    let shown = page(&app, &path).await;
    shown.has(&[
        "export?stage=2",
        "export?stage=1",
        "<details class=\"raw\">",
    ]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn articles_accounts_and_tables_are_looked_through() {
    let platforms = Platforms::usual(&[]);
    let app = platforms.app().await;
    let brief = submit(&app, &request(&["防晒霜", "口红"])).await;
    ended(&app, &brief).await;
    let path = format!("/briefs/{brief}");
    let first = page(&app, &format!("{path}/articles")).await;
    first.has(&[
        "rel=\"next\"",
        "https://",
        "rel=\"noreferrer noopener\"",
        "B站",
    ]);
    let next = first.html.split("rel=\"next\"").next().unwrap();
    let next = next.rsplit_once("href=\"").unwrap().1;
    let next = next
        .split_once('"')
        .unwrap()
        .0
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    let second = page(&app, &next).await;
    assert_eq!(second.status, 200);
    second.has(&["First ones"]);
    assert_ne!(first.html, second.html);
    let some = "?platform=bili&keyword=%E5%8F%A3%E7%BA%A2&order_by=like&order=asc";
    let some = page(&app, &format!("{path}/articles{some}")).await;
    some.has(&[
        "<option value=\"bili\" selected>B站",
        "口红",
        "bilibili.com",
    ]);
    some.has_not(&["douyin.com"]);
    let none = page(
        &app,
        &format!("{path}/articles?user_name=nobody-is-called-so"),
    )
    .await;
    none.has(&["Nothing fits these filters"]);
    let refused = page(&app, &format!("{path}/articles?order_by=nothing")).await;
    assert_eq!(refused.status, 422);
    refused.has(&["order_by: expected one of"]);

    let accounts = page(&app, &format!("{path}/accounts?platform=mweibo")).await;
    accounts.has(&["微博", "Followers"]);
    let tables = page(
        &app,
        &format!("{path}/tables?stage=1&sheet=%E5%B9%B3%E5%8F%B0"),
    )
    .await;
    tables.has(&[
        "总览",
        "数据说明",
        "互动总量",
        "B站",
        "\u{a0}%",
        "aria-current=\"page\"",
    ]);
    let unready = page(&app, &format!("{path}/tables?stage=7")).await;
    assert_eq!(unready.status, 404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_and_can_be_fetched() {
    let platforms = Platforms::usual(&["--set", "redbook.hang=1.0"]);
    let app = platforms.app().await;
    let mut asked = request(&["防晒霜"]);
    asked["deadline_s"] = json!(10);
    let brief = submit(&app, &asked).await;
    view(&app, &brief, "partial").await;
    let path = format!("/briefs/{brief}");
    let shown = page(&app, &path).await;
    shown.has(&[
        "Partial",
        "pages are missing: ",
        "小红书",
        "Fetch what is missing",
        "deadline",
    ]);
    page(&app, "/briefs?status=partial")
        .await
        .has(&[&format!("href=\"{path}\"")]);
    platforms.set("redbook", "hang", 0.0).await;
    let resumed = post_fields(&app, &format!("{path}/resume"), &[]).await;
    assert_eq!(
        (resumed.status, resumed.path.as_str()),
        (200, path.as_str())
    );
    let found = view(&app, &brief, "finished").await;
    assert_eq!(found["coverage"], json!(1.0), "{found}");
    page(&app, &path).await.has_not(&["pages are missing"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_brief_is_shown_and_cancelled() {
    let platforms = Platforms::usual(&["--hang", "1.0"]);
    let app = platforms.app().await;
    let brief = submit(&app, &request(&["防晒霜"])).await;
    view(&app, &brief, "running").await;
    let path = format!("/briefs/{brief}");
    let shown = page(&app, &path).await;
    shown.has(&[
        "Collecting",
        "data-keep-fast",
        "There is no export yet.",
        "data-ask=\"",
    ]);
    shown.has_not(&["data-ended", "Download the zip"]);
    let cancelled = post_fields(&app, &format!("{path}/cancel"), &[]).await;
    assert_eq!(cancelled.path, path);
    view(&app, &brief, "canceled").await;
    page(&app, &path).await.has(&["Cancelled", "data-ended"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_text_in_every_language() {
    let platforms = Platforms::start(&[], |name, text| match name {
        "weixin" => text.replace("WEIXIN_KEY", "NOBODY_HAS_SET_THIS"),
        _ => text,
    });
    let app = platforms.app().await;
    let mut asked = request(&[FOUL]);
    asked["job_name"] = json!(FOUL);
    asked["platforms"] = json!(["bili"]);
    let brief = submit(&app, &asked).await;
    ended(&app, &brief).await;
    for path in [
        "/briefs".to_owned(),
        format!("/briefs?name={FOUL}&keyword={FOUL}&platform={FOUL}"),
        format!("/briefs/new?keywords={FOUL}&job_name={FOUL}"),
        format!("/briefs/{brief}"),
        format!("/briefs/{brief}/articles?user_name={FOUL}"),
        format!("/briefs/{brief}/accounts?user_name={FOUL}"),
        format!("/briefs/{brief}/tables?sheet={FOUL}"),
        format!("/briefs/{brief}/change"),
        format!("/jobs/{brief}"),
    ] {
        let shown = page(&app, &path).await;
        shown.has_not(&["<img src=x"]);
    }
    let foul = form(&[("keywords", "<b>\"x"), ("platforms", FOUL)]);
    let refused = post_fields(&app, "/briefs/new", &foul).await;
    assert_eq!(refused.status, 422);
    refused.has_not(&["<img src=x"]);
    assert!(!refused.main().contains("<b>"));
    for (language, parts) in [
        ("en", ["Submit a brief", "Off:"]),
        ("ja", ["ブリーフを依頼", "使用不可："]),
        ("zh-TW", ["提交簡報", "不可用："]),
        ("zh-CN", ["提交简报", "不可用："]),
    ] {
        let call = app.http.get(app.url("/briefs/new"));
        let shown = Shown::of(call.header(ACCEPT_LANGUAGE, language)).await;
        shown.has(&parts);
        shown.has(&["the secret NOBODY_HAS_SET_THIS is not set", "disabled"]);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_looks_and_changes_nothing() {
    let platforms = Platforms::usual(&[]);
    let section = platforms.settings();
    let app = TestApp::with().settings(move |settings| {
        with_tokens(settings);
        settings.briefs = serde_json::from_value(json!({ "briefs": section })).unwrap();
    });
    let app = app.start(&[]).await;
    let call = |name: &str, method: &str, path: &str| {
        let call = app.http.request(method.parse().unwrap(), app.url(path));
        call.header(AUTHORIZATION, format!("Bearer token-of-{name}"))
    };
    let body = json!({ "brief": request(&["防晒霜"]) });
    let sent = call("operator", "POST", "/v1/jobs").json(&body).send();
    let accepted: Value = sent.await.unwrap().json().await.unwrap();
    let brief = accepted["id"].as_str().unwrap();
    wait_for("the brief is finished", async || {
        let path = format!("/v1/briefs/{brief}");
        let view = call("viewer", "GET", &path).send().await.unwrap();
        let view: Value = view.json().await.unwrap();
        (view["status"] == "finished").then_some(())
    })
    .await;
    let path = format!("/briefs/{brief}");
    for page in ["/briefs", "/briefs/new", &path, &format!("{path}/change")] {
        let shown = Shown::of(call("viewer", "GET", page)).await;
        assert_eq!(shown.status, 200, "{page}");
        for part in ["method=\"post\" action=\"/briefs", "textarea"] {
            assert!(!shown.main().contains(part), "{page}: {part}");
        }
    }
    for page in [
        "/briefs/new",
        &format!("{path}/change"),
        &format!("{path}/resume"),
    ] {
        let refused = filled_in(call("viewer", "POST", page), &[("keywords", "口红")]);
        let refused = Shown::of(refused).await;
        assert_eq!(refused.status, 403, "{page}");
    }
    app.stop().await;
}
