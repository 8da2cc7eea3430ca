//! The pages of imports, as a browser without scripts sees them.

use reqwest::header::{ACCEPT_LANGUAGE, AUTHORIZATION};
use serde_json::Value;

use super::page_browser::{Shown, ended, page, post, post_fields};
use super::{STOCK, bytes, form, import, text};
use crate::api::with_tokens;
use crate::support::{TestApp, wait_for};

/// What somebody who wants to be markup writes.
const FOUL: &str = "<img src=x onerror=alert(1)>";

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_is_looked_at_mapped_and_imported() {
    let app = TestApp::with().start(&[]).await;
    let content = bytes("report.xlsx");
    let file = ("報告.xlsx", &*content);
    page(&app, "/imports")
        .await
        .has(&["Nothing has been imported yet", "href=\"/imports/new\""]);
    let empty = page(&app, "/imports/new").await;
    empty.has(&[
        "enctype=\"multipart/form-data\"",
        "A draft made of the file",
    ]);

    let draft = post(
        &app,
        "/imports/new",
        file,
        &[("from", ""), ("do", "preview")],
    )
    .await;
    assert_eq!(draft.status, 200);
    draft.has(&["import: ", "id=\"c-A1\"", "data-refilled", "colspan="]);
    let filled = draft.hidden("filled");
    let mapping = text("report.yaml").replace('\n', "\r\n");
    let fields = [("from", ""), ("filled", &filled), ("text", &mapping)];
    let shown = post(&app, "/imports/new", file, &fields).await;
    assert_eq!(shown.status, 200);
    // The rows that would be stored, a problem in the list and at its cell, and what was not read.
    shown.has(&[
        "sales",
        "visitors",
        "A5:H12",
        "Not a number",
        "`x` is not a number",
        "data-s=\"failed\"",
        "href=\"#p0\"",
        "No rule read this cell",
        "実績表!A10",
    ]);
    shown.has_not(&["data-refilled"]);
    let (_, imports) = app.get("/v1/imports").await;
    assert_eq!(imports["imports"].as_array().unwrap().len(), 0);

    let faulty = mapping.replace("start:", "strat:");
    let faulty = [("from", ""), ("filled", &*filled), ("text", &faulty)];
    let refused = post(&app, "/imports/new", file, &faulty).await;
    assert_eq!(refused.status, 422);
    refused.has(&[
        "line 6, column 5:",
        "<mark>strat</mark>",
        "aria-invalid",
        "id=\"c-A1\"",
    ]);

    let strict = [fields.as_slice(), &[("do", "run"), ("strict", "true")]].concat();
    let job = post(&app, "/imports/new", file, &strict).await;
    assert!(job.path.starts_with("/jobs/"), "{}", job.path);
    ended(&app, &job.path, "failed").await;
    let refused = page(&app, &job.path.replace("jobs", "imports")).await;
    refused.has(&["Refused", "Nothing was written", "(strict)"]);

    let run = [fields.as_slice(), &[("do", "run")]].concat();
    let job = post(&app, "/imports/new", file, &run).await;
    ended(&app, &job.path, "succeeded").await;
    let import = job.path.replace("jobs", "imports");
    let path = format!("href=\"{import}\"");
    page(&app, &job.path)
        .await
        .has(&[&path, "Inserted", "報告.xlsx", "Not a number"]);
    page(&app, "/imports")
        .await
        .has(&[&path, "Imported", "Refused"]);
    let shown = page(&app, &import).await;
    shown.has(&[
        "sales",
        "SELECT * FROM visitors WHERE",
        "Not a number (",
        "Remove it with its rows",
    ]);
    let some = page(&app, &format!("{import}?code=not_a_number")).await;
    some.has(&["`x` is not a number", "selected>Not a number"]);
    let none = page(&app, &format!("{import}?code=not_a_number&column=note")).await;
    none.has(&["Nothing fits these filters"]);
    let removed = post_fields(&app, &format!("{import}/remove"), &[]).await;
    assert_eq!((removed.status, removed.path.as_str()), (200, "/imports"));
    removed.has_not(&[&path]);
    assert_eq!(app.count("SELECT count(*) FROM sales"), 0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_files_hold_is_text() {
    let app = TestApp::with().start(&[]).await;
    let csv = format!("品名,数量,日付\n{FOUL},{FOUL},\n");
    let name = "<b>&.csv";
    let file = (name, csv.as_bytes());
    let fields = [("from", ""), ("filled", "from:"), ("text", STOCK)];
    let foul_text = format!("{STOCK}# </textarea>{FOUL}\n");
    let foul = [
        ("from", FOUL),
        ("filled", FOUL),
        ("text", &*foul_text),
        ("sheet", FOUL),
    ];
    for fields in [fields.as_slice(), &foul] {
        let shown = post(&app, "/imports/new", file, fields).await;
        shown.has_not(&["<img", "<b>&", "</textarea>&lt;"]);
    }
    let done = import(&app, file, &[("mapping", STOCK)]).await;
    let id = done["id"].as_str().unwrap();
    for path in [
        "/imports".to_owned(),
        format!("/imports/{id}"),
        format!("/imports/{id}?code={FOUL}"),
        format!("/jobs/{id}"),
        format!("/imports?file={FOUL}"),
    ] {
        let shown = page(&app, &path).await;
        assert_eq!(shown.status, 200, "{path}");
        shown.has_not(&["<img", "<b>&"]);
    }
    let judged = post(&app, "/imports/lint", file, &[]).await;
    judged.has_not(&["<img", "<b>&"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_is_judged_in_the_language_of_its_reader() {
    let app = TestApp::with().start(&[]).await;
    let content = bytes("report.xlsx");
    let (content_type, body) = form(("report.xlsx", &content), &[]);
    for (language, parts) in [
        ("en", ["Cells are merged", "Take the merges apart"]),
        ("ja", ["セルが結合されている", "結合を解除し"]),
        ("zh-TW", ["儲存格被合併", "取消合併"]),
        ("zh-CN", ["单元格被合并", "取消合并"]),
    ] {
        let call = app.http.post(app.url("/imports/lint"));
        let call = call.header(ACCEPT_LANGUAGE, language);
        let call = call.header("content-type", content_type.clone());
        let report = Shown::of(call.body(body.clone())).await;
        assert_eq!(report.status, 200);
        report.has(&parts);
        report.has(&["1-4", "1-12", "A1:"]);
    }
    let refused = post(&app, "/imports/lint", ("a.pdf", b"%PDF-1.7"), &[]).await;
    assert_eq!(refused.status, 422);
    refused.has(&["the file is a PDF document"]);
    let large = vec![b'x'; (20 << 20) + 1];
    let refused = post(&app, "/imports/lint", ("a.csv", &large), &[]).await;
    assert_eq!(refused.status, 413);
    refused.has(&["expected at most 20971520"]);
    let none = post_fields(&app, "/imports/lint", &[]).await;
    assert_eq!(none.status, 422);
    none.has(&["Choose a file first."]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_looks_and_changes_nothing() {
    let app = TestApp::with().settings(with_tokens).start(&[]).await;
    let call = |name: &str, method: &str, path: &str| {
        let call = app.http.request(method.parse().unwrap(), app.url(path));
        call.header(AUTHORIZATION, format!("Bearer token-of-{name}"))
    };
    let (content_type, body) = form(("", b""), &[("text", STOCK)]);
    let stored = call("operator", "POST", "/imports/new-mapping");
    let stored = stored
        .header("content-type", &content_type)
        .body(body.clone());
    assert_eq!(Shown::of(stored).await.path, "/imports/mappings/stock");
    let file = ("a.csv", "品名,数量\n机,1\n".as_bytes());
    let (file_type, file_body) = form(file, &[("text", STOCK), ("do", "run"), ("filled", "from:")]);
    let run = call("operator", "POST", "/imports/new").header("content-type", &file_type);
    let job = Shown::of(run.body(file_body.clone())).await.path;
    let import = wait_for("the import is there", async || {
        let path = format!("/v1{}", job.replace("jobs", "imports"));
        let answer = call("viewer", "GET", &path).send().await.unwrap();
        let import: Value = answer.json().await.unwrap();
        (import["state"] == "imported").then(|| import["id"].as_str().unwrap().to_owned())
    })
    .await;
    let import = format!("/imports/{import}");
    for path in [
        "/imports",
        "/imports/mappings",
        "/imports/mappings/stock",
        "/imports/new",
        &import,
    ] {
        let shown = Shown::of(call("viewer", "GET", path)).await;
        assert_eq!(shown.status, 200, "{path}");
        shown.has_not(&[
            "enctype=\"multipart/form-data\"><div class=\"pad steps\"",
            "value=\"run\"",
            "/remove\"",
        ]);
        let main = shown.html.split_once("<main").unwrap().1;
        assert!(!main.contains("class=\"primary\""), "{path}: {main}");
    }
    let shown = Shown::of(call("operator", "GET", &import)).await;
    shown.has_not(&["/remove\""]);
    shown.has(&["Removing an import needs the role admin."]);
    for path in [
        "/imports/new",
        "/imports/lint",
        "/imports/mappings/stock",
        "/imports/mappings/stock/remove",
    ] {
        let call = call("viewer", "POST", path).header("content-type", &file_type);
        let refused = Shown::of(call.body(file_body.clone())).await;
        assert_eq!(refused.status, 403, "{path}");
    }
    for name in ["viewer", "operator"] {
        let refused = Shown::of(call(name, "POST", &format!("{import}/remove"))).await;
        assert_eq!(refused.status, 403, "{name}");
    }
    app.stop().await;
}
