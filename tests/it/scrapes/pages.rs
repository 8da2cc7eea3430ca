//! The pages of scrapes, as a browser without scripts sees them.

use reqwest::header::{ACCEPT_LANGUAGE, AUTHORIZATION};
use serde_json::Value;

use super::site::Site;
use super::{ALL, app, put, run};
use crate::api::with_tokens;
use crate::imports::page_browser::{Shown, ended, filled_in, page, post_fields};
use crate::support::{TestApp, wait_for};

const LIST: &str = "/imports/scrapes";
const NEW: &str = "/imports/new-scrape";
const OBS: &str = "/imports/scrapes/obs";

/// When it runs by itself.
const NIGHTLY: &str = "schedule: {cron: \"30 6 * * *\", timezone: Asia/Tokyo}\n";

/// What somebody who wants to be markup writes.
const FOUL: &str = "<img src=x onerror=alert(1)>";

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_is_tried_stored_and_run() {
    let site = Site::start();
    let app = app(&site).await;
    page(&app, "/imports")
        .await
        .has(&["href=\"/imports/scrapes\""]);
    page(&app, LIST)
        .await
        .has(&["No scrapes yet", "href=\"/imports/new-scrape\""]);
    let text = site.scrape(NIGHTLY);
    let sent = text.replace('\n', "\r\n");
    let try_it = [("text", &*sent), ("day", "2026-11-30"), ("do", "try")];
    let tried = post_fields(&app, NEW, &try_it).await;
    assert_eq!(tried.status, 200);
    tried.has(&[
        "Nothing was stored.",
        "Succeeded",
        "地点0",
        "page=2",
        "page 1, row 8",
        "Not a number",
        "value=\"2026-11-30\"",
        "scrape: obs",
    ]);
    assert_eq!(app.count("SELECT count(*) FROM audience_scrape_run"), 0);
    assert_eq!(app.count("SELECT count(*) FROM audience_scrape"), 0);

    let stored = post_fields(&app, NEW, &[("text", &sent), ("do", "save")]).await;
    assert_eq!((stored.status, stored.path.as_str()), (200, OBS));
    stored.has(&[
        "Version 1",
        "Not fetched yet",
        "30 6 * * * Asia/Tokyo",
        &site.host(),
        "It has not run yet.",
    ]);
    assert_eq!(stored.html.matches("T21:30:00.000Z").count(), 5);
    page(&app, "/new").await.has(&[
        "href=\"/imports/new-scrape\"",
        "href=\"/imports/scrapes/obs#run\"",
    ]);

    let job = post_fields(&app, &format!("{OBS}/run"), &[("day", "2026-11-30")]).await;
    assert!(job.path.starts_with("/jobs/"), "{}", job.path);
    ended(&app, &job.path, "succeeded").await;
    let run = format!("{OBS}/runs/{}", &job.path["/jobs/".len()..]);
    let href = format!("href=\"{run}\"");
    page(&app, &job.path).await.has(&[
        &href,
        "Inserted",
        "Not a number",
        "page 1, row 8",
        "href=\"/imports/scrapes/obs\"",
    ]);
    let shown = page(&app, &run).await;
    let bytes = format!("/v1{}/pages/1", run.replace("/imports", ""));
    let link = format!("href=\"{bytes}\" download");
    shown.has(&[
        &link,
        "Succeeded",
        "text/html; charset=Shift_JIS",
        "`x` is not a number",
        "the next one had no rows",
        "kept until",
    ]);
    let kept = app.http.get(app.url(&bytes)).send().await.unwrap();
    assert_eq!(kept.headers()["content-type"], "application/octet-stream");
    assert_eq!(kept.headers()["x-content-type-options"], "nosniff");
    let sent_as = kept.headers()["content-disposition"].to_str().unwrap();
    assert!(sent_as.starts_with("attachment"), "{sent_as}");
    page(&app, OBS).await.has(&[&href, "Fresh", "2026-11-30"]);
    page(&app, LIST).await.has(&[
        &href,
        "Fresh",
        "40 rows",
        "<bdi>obs</bdi>",
        "Run now",
        &site.host(),
    ]);
    let none = page(&app, &format!("{OBS}/runs/nothing")).await;
    assert_eq!(none.status, 404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_pages_are_extracted_again_from_a_day_to_a_day() {
    let site = Site::start();
    let app = app(&site).await;
    put(&app, "/v1/scrapes/obs", &site.scrape(""), &[]).await;
    for day in ["2026-11-28", "2026-11-29"] {
        run(&app, day).await;
    }
    let replay = format!("{OBS}/replay");
    let refused = post_fields(&app, &replay, &[("from", "2027-01-01"), ("to", "")]).await;
    assert_eq!(refused.status, 422);
    refused.has(&["no pages of the scrape obs are kept from 2027-01-01 on"]);
    let refused = post_fields(&app, &format!("{OBS}/run"), &[("day", "x")]).await;
    assert_eq!(refused.status, 422);
    refused.has(&["day: expected a day such as 2026-11-30"]);
    let asked = site.asked().len();
    let days = [("from", "2026-11-28"), ("to", "2026-11-29")];
    let job = post_fields(&app, &replay, &days).await;
    ended(&app, &job.path, "succeeded").await;
    let (_, detail) = app.get(&format!("/v1{}", job.path)).await;
    assert_eq!(detail["figures"]["runs"].as_array().unwrap().len(), 2);
    let shown = page(&app, &job.path).await;
    shown.has(&["2026-11-28", "2026-11-29", "Runs extracted again"]);
    let (_, runs) = app.get("/v1/scrapes/obs/runs?limit=1").await;
    let newest = runs["runs"][0]["id"].as_str().unwrap();
    shown.has(&[&format!("href=\"{OBS}/runs/{newest}\"")]);
    page(&app, OBS).await.has(&["extracted again"]);
    let newest = page(&app, &format!("{OBS}/runs/{newest}")).await;
    newest.has(&["The run whose pages it has extracted again"]);
    assert_eq!(site.asked().len(), asked, "nothing is fetched");
    assert_eq!(app.count("SELECT count(*) FROM obs"), 2 * ALL as i64);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_has_versions_and_faults_with_their_places() {
    let site = Site::start();
    let app = app(&site).await;
    let text = site.scrape("");
    let faulty = text.replace("expect:", "expects:");
    for action in ["save", "try"] {
        let refused = post_fields(&app, NEW, &[("text", &faulty), ("do", action)]).await;
        assert_eq!(refused.status, 422, "{action}");
        refused.has(&["line 13, column 1:", "<mark>expects</mark>", "aria-invalid"]);
    }
    let never = site.scrape("schedule: {cron: \"0 0 30 2 *\"}\n");
    let refused = post_fields(&app, NEW, &[("text", &never)]).await;
    assert_eq!(refused.status, 422);
    refused.has(&["this day does not exist in any of these months"]);
    let nameless = post_fields(&app, NEW, &[("text", "request: {}\n")]).await;
    assert_eq!(nameless.status, 422);
    nameless.has(&["The text needs a line"]);
    let stored = post_fields(&app, NEW, &[("text", &text)]).await;
    assert_eq!((stored.status, stored.path.as_str()), (200, OBS));
    let taken = post_fields(&app, NEW, &[("text", &text)]).await;
    assert_eq!(taken.status, 409);
    taken.has(&["There is a scrape obs already."]);

    let seen = stored.hidden("tag");
    let daily = site.scrape("stale_after_h: 24\n");
    let changed = post_fields(&app, OBS, &[("tag", &seen), ("text", &daily)]).await;
    changed.has(&["Version 2", "href=\"/imports/scrapes/obs?version=1\""]);
    let mine = site.scrape("stale_after_h: 30\n");
    let stale = post_fields(&app, OBS, &[("tag", &seen), ("text", &mine)]).await;
    assert_eq!(stale.status, 412);
    stale.has(&[
        "Version 2 was stored by local meanwhile",
        "stale_after_h: 24",
        "stale_after_h: 30",
    ]);
    let tried = [("tag", &*seen), ("text", &mine), ("do", "try")];
    let tried = post_fields(&app, OBS, &tried).await;
    tried.has(&["Nothing was stored.", "stale_after_h: 30", "Version 2"]);
    // The text still belongs to what was seen; another form of the page removes what is there.
    let tag = seen.replace('"', "&#34;");
    tried.has(&[&format!("value=\"{tag}\"><label for=\"text\"")]);
    let first = page(&app, &format!("{OBS}?version=1")).await;
    first.has(&["This is the text of version 1"]);
    first.has_not(&["stale_after_h: 24"]);

    let remove = format!("{OBS}/remove");
    let stale = post_fields(&app, &remove, &[("tag", &seen)]).await;
    assert_eq!(stale.status, 412);
    let newest = page(&app, OBS).await.hidden("tag");
    let removed = post_fields(&app, &remove, &[("tag", &newest)]).await;
    assert_eq!((removed.status, removed.path.as_str()), (200, LIST));
    assert_eq!(page(&app, OBS).await.status, 404);
    let (_, versions) = app.get("/v1/scrapes/obs/versions?limit=2").await;
    assert_eq!(versions["versions"][0]["text"], Value::Null, "{versions}");
    assert_eq!(versions["next"], 2);
    let (_, first) = app.get("/v1/scrapes/obs/versions?after=2").await;
    assert_eq!(first["versions"][0]["text"], text.as_str(), "{first}");
    assert_eq!(app.get("/v1/scrapes/other/versions").await.0, 404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_wrong_and_what_is_stale_is_said() {
    let site = Site::start();
    let app = app(&site).await;
    let text = site.scrape("stale_after_h: 0.00001\n");
    put(&app, "/v1/scrapes/obs", &text, &[]).await;
    site.set_empty(true);
    let detail = run(&app, "2026-11-30").await;
    let why = "expected at least 10 rows, found 0";
    let id = detail["run"]["id"].as_str().unwrap();
    page(&app, &format!("{OBS}/runs/{id}")).await.has(&[
        "Failed",
        "Nothing was written",
        why,
        "page 1 had no rows, so no further page was fetched",
        "pages/1\" download",
    ]);
    page(&app, OBS).await.has(&["Failed", why]);
    wait_for("it is stale", async || {
        let list = page(&app, LIST).await;
        list.has(&["Failed", why]);
        list.html.contains("Stale").then_some(())
    })
    .await;
    for (language, parts) in [
        ("en", ["Scrapes", "Last run"]),
        ("ja", ["ページの取得", "前回の実行"]),
        ("zh-TW", ["網頁擷取", "上次執行"]),
        ("zh-CN", ["网页抓取", "上次运行"]),
    ] {
        let call = app.http.get(app.url(LIST));
        let list = Shown::of(call.header(ACCEPT_LANGUAGE, language)).await;
        list.has(&parts);
        list.has(&[why]);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sites_and_texts_hold_is_text() {
    let site = Site::start();
    let app = app(&site).await;
    site.set_foul(true);
    let text = site.scrape(&format!("# </textarea>{FOUL}\n"));
    put(&app, "/v1/scrapes/obs", &text, &[]).await;
    let tried = [("text", &*text), ("tag", FOUL), ("do", "try")];
    let tried = post_fields(&app, OBS, &tried).await;
    tried.has(&["onerror=alert(1)", "Not a number"]);
    tried.has_not(&["<img", "</textarea>&"]);
    let detail = run(&app, "2026-11-30").await;
    assert_eq!(detail["problems"][0]["text"], FOUL, "{detail}");
    let id = detail["run"]["id"].as_str().unwrap();
    for path in [
        LIST.to_owned(),
        OBS.to_owned(),
        format!("{OBS}/runs/{id}"),
        format!("/jobs/{id}"),
        "/new".to_owned(),
    ] {
        let shown = page(&app, &path).await;
        assert_eq!(shown.status, 200, "{path}");
        shown.has_not(&["<img"]);
    }
    let named = format!("scrape: \"{FOUL}\"\n");
    for action in ["save", "try"] {
        let refused = post_fields(&app, NEW, &[("text", &named), ("do", action)]).await;
        assert_eq!(refused.status, 422, "{action}");
        refused.has_not(&["<img"]);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_looks_and_changes_nothing() {
    let site = Site::start();
    let allowed = vec![site.host()];
    let app: TestApp = TestApp::with()
        .settings(move |settings| {
            with_tokens(settings);
            settings.prediction.scrape.allow = allowed;
        })
        .start(&[])
        .await;
    let call = |name: &str, method: &str, path: &str| {
        let call = app.http.request(method.parse().unwrap(), app.url(path));
        call.header(AUTHORIZATION, format!("Bearer token-of-{name}"))
    };
    let text = site.scrape("");
    let stored = filled_in(call("operator", "POST", NEW), &[("text", &text)]);
    assert_eq!(Shown::of(stored).await.path, OBS);
    let day = call("operator", "POST", &format!("{OBS}/run"));
    let day = filled_in(day, &[("day", "2026-11-30")]);
    let job = Shown::of(day).await.path;
    let run = format!("{OBS}/runs/{}", &job["/jobs/".len()..]);
    wait_for("the run ends", async || {
        let path = format!("/v1{}", run.replace("/imports", ""));
        let answer = call("viewer", "GET", &path).send().await.unwrap();
        let detail: Value = answer.json().await.unwrap();
        (detail["run"]["state"] == "succeeded").then_some(())
    })
    .await;
    for path in [LIST, NEW, OBS, &run] {
        let shown = Shown::of(call("viewer", "GET", path)).await;
        assert_eq!(shown.status, 200, "{path}");
        let main = shown.html.split_once("<main").unwrap().1;
        let main = main.split_once("</main>").unwrap().0;
        for part in ["<button", "class=\"primary\"", "/remove\""] {
            assert!(!main.contains(part), "{path}: {part}: {main}");
        }
    }
    for path in [
        NEW,
        OBS,
        "/imports/scrapes/obs/run",
        "/imports/scrapes/obs/replay",
        "/imports/scrapes/obs/remove",
    ] {
        for action in ["save", "try"] {
            let call = call("viewer", "POST", path);
            let call = filled_in(call, &[("text", &text), ("do", action)]);
            assert_eq!(Shown::of(call).await.status, 403, "{path} {action}");
        }
    }
    app.stop().await;
}
