//! The pages of mappings, as a browser without scripts sees them.

use serde_json::Value;

use super::STOCK;
use super::page_browser::{ended, page, post, post_fields};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_is_stored_from_the_file_that_it_was_made_for() {
    let app = TestApp::with().start(&[]).await;
    let csv = "品名,数量,日付\n机,1,\n".as_bytes();
    let file = ("stock.csv", csv);
    let own = [
        ("from", ""),
        ("filled", "from:"),
        ("text", STOCK),
        ("do", "save"),
    ];
    let saved = post(&app, "/imports/new", file, &own).await;
    saved.has(&[
        "Saved: stock, version 1",
        "<option value=\"stock\" selected>",
    ]);
    let taken = post(&app, "/imports/new", file, &own).await;
    assert_eq!(taken.status, 409);
    taken.has(&["There is a mapping stock already."]);
    let (tag, filled) = (saved.hidden("tag"), saved.hidden("filled"));
    let goods = STOCK.replace("into: stock", "into: goods");
    let changed = [
        ("from", "stock"),
        ("filled", &*filled),
        ("tag", &*tag),
        ("text", &*goods),
        ("do", "save"),
    ];
    let again = post(&app, "/imports/new", file, &changed).await;
    again.has(&["Saved: stock, version 2"]);
    let stale = post(&app, "/imports/new", file, &changed).await;
    assert_eq!(stale.status, 412);
    stale.has(&["Mapping stock was changed meanwhile"]);

    // The stored text is that version; another one is none.
    let filled = page(&app, "/imports/new?from=stock").await;
    filled.has(&["into: goods"]);
    page(&app, "/new")
        .await
        .has(&["href=\"/imports/new?from=stock\""]);
    let run = [
        ("from", "stock"),
        ("filled", "from:stock"),
        ("text", &*goods),
        ("do", "run"),
    ];
    let job = post(&app, "/imports/new", file, &run).await;
    ended(&app, &job.path, "succeeded").await;
    let (_, import) = app
        .get(&format!("/v1{}", job.path.replace("jobs", "imports")))
        .await;
    assert_eq!(import["mapping_version"], 2, "{import}");
    page(&app, "/imports?mapping=stock")
        .await
        .has(&["stock · 2", "href=\"/imports/mappings/stock\""]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mappings_are_listed_changed_and_removed() {
    let app = TestApp::with().start(&[]).await;
    page(&app, "/imports/mappings")
        .await
        .has(&["No mappings yet"]);
    let faulty = STOCK.replace("start:", "strat:");
    let refused = post_fields(&app, "/imports/new-mapping", &[("text", &faulty)]).await;
    assert_eq!(refused.status, 422);
    refused.has(&["line 5, column 5:", "<mark>strat</mark>"]);
    let nameless = post_fields(&app, "/imports/new-mapping", &[("text", "tables: []\n")]).await;
    assert_eq!(nameless.status, 422);
    nameless.has(&["The text needs a line"]);
    let stored = post_fields(&app, "/imports/new-mapping", &[("text", STOCK)]).await;
    assert_eq!(
        (stored.status, stored.path.as_str()),
        (200, "/imports/mappings/stock")
    );
    stored.has(&["import: stock", "Version 1"]);
    let taken = post_fields(&app, "/imports/new-mapping", &[("text", STOCK)]).await;
    assert_eq!(taken.status, 409);

    let seen = stored.hidden("tag");
    let goods = STOCK.replace("into: stock", "into: goods");
    let path = "/imports/mappings/stock";
    let changed = post_fields(&app, path, &[("tag", &seen), ("text", &goods)]).await;
    changed.has(&[
        "Version 2",
        "into: goods",
        "href=\"/imports/mappings/stock?version=1\"",
    ]);
    let mine = STOCK.replace("into: stock", "into: mine");
    let stale = post_fields(&app, path, &[("tag", &seen), ("text", &mine)]).await;
    assert_eq!(stale.status, 412);
    stale.has(&[
        "Version 2 was stored by local meanwhile",
        "into: mine",
        "into: goods",
    ]);
    let after_all = [("tag", &*stale.hidden("tag")), ("text", &mine)];
    post_fields(&app, path, &after_all)
        .await
        .has(&["Version 3"]);
    let first = page(&app, "/imports/mappings/stock?version=1").await;
    first.has(&["This is the text of version 1", "into: stock"]);
    assert_eq!(
        page(&app, "/imports/mappings/stock?version=9").await.status,
        404
    );
    page(&app, "/imports/mappings")
        .await
        .has(&["href=\"/imports/mappings/stock\""]);

    let remove = "/imports/mappings/stock/remove";
    let stale = post_fields(&app, remove, &[("tag", &seen)]).await;
    assert_eq!(stale.status, 412);
    stale.has(&["Version 3 was stored by local meanwhile"]);
    let newest = page(&app, path).await.hidden("tag");
    let removed = post_fields(&app, remove, &[("tag", &newest)]).await;
    assert_eq!(
        (removed.status, removed.path.as_str()),
        (200, "/imports/mappings")
    );
    assert_eq!(page(&app, path).await.status, 404);
    let (_, versions) = app.get("/v1/mappings/stock/versions?limit=2").await;
    assert_eq!(versions["versions"][0]["text"], Value::Null, "{versions}");
    assert_eq!(versions["next"], 3);
    app.stop().await;
}
