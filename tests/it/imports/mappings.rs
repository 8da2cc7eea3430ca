//! Mappings by name: versions, and who has seen which.

use std::fs;

use serde_json::Value;

use super::{LOG, STOCK, import};
use crate::support::{TestApp, TestSettings, http_client};

async fn put(app: &TestApp, name: &str, text: &str, tag: Option<&str>) -> (u16, Value, String) {
    let mut request = app.http.put(app.url(&format!("/v1/mappings/{name}")));
    request = request.header("content-type", "application/yaml");
    if let Some(tag) = tag {
        request = request.header("if-match", tag);
    }
    let answer = request.body(text.to_owned()).send().await.unwrap();
    let status = answer.status().as_u16();
    let tag = answer.headers().get("etag");
    let tag = tag.map(|tag| tag.to_str().unwrap().to_owned());
    let body = answer.json().await.unwrap_or_default();
    (status, body, tag.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_text_is_a_version_and_a_change_names_the_one_that_it_changes() {
    let app = TestApp::with().start(&[]).await;
    let (status, mapping, first) = put(&app, "stock", STOCK, None).await;
    assert_eq!((status, &mapping["version"]), (201, &1.into()));
    let (status, same, _) = put(&app, "stock", STOCK, Some(&first)).await;
    assert_eq!(
        (status, &same["version"]),
        (200, &1.into()),
        "nothing has changed"
    );
    let changed = STOCK.replace("into: stock", "into: goods");
    let (status, mapping, second) = put(&app, "stock", &changed, Some(&first)).await;
    assert_eq!((status, &mapping["version"]), (200, &2.into()));
    let (status, refused, _) = put(&app, "stock", STOCK, Some(&first)).await;
    assert_eq!(status, 412, "{refused}");
    let (status, refused, _) = put(&app, "others", STOCK, None).await;
    assert_eq!(status, 422, "{refused}");
    let faulty = STOCK.replace("start:", "strat:");
    let (status, refused, _) = put(&app, "stock", &faulty, None).await;
    assert_eq!(status, 422);
    assert_eq!(refused["errors"][0]["line"], 5, "{refused}");

    let csv = "品名,数量,日付\n机,1,\n".as_bytes();
    let done = import(&app, ("goods.csv", csv), &[("mapping", "stock")]).await;
    assert_eq!(done["mapping_version"], 2, "{done}");
    assert_eq!(done["tables"][0]["into"], "goods");

    let remove = async |tag: &str| {
        let request = app.http.delete(app.url("/v1/mappings/stock"));
        let answer = request.header("if-match", tag).send().await.unwrap();
        answer.status().as_u16()
    };
    assert_eq!(remove(&first).await, 412);
    assert_eq!(remove(&second).await, 204);
    assert_eq!(app.get("/v1/mappings/stock").await.0, 404);
    let (_, listed) = app.get("/v1/mappings").await;
    assert_eq!(listed["mappings"].as_array().unwrap().len(), 0);
    let (status, mapping, _) = put(&app, "stock", STOCK, None).await;
    assert_eq!(
        (status, &mapping["version"]),
        (201, &4.into()),
        "no number is used twice"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mappings_of_files_are_saved_at_the_start_if_they_have_changed() {
    let folder = tempfile::tempdir().unwrap();
    let imports = folder.path().join("imports");
    fs::create_dir(&imports).unwrap();
    fs::write(imports.join("log.yaml"), LOG).unwrap();
    fs::write(imports.join("broken.yaml"), "import: broken\n").unwrap();
    let directory = folder.path().to_owned();
    let settings = move |settings: &mut TestSettings| {
        settings.prediction.prediction.dir = Some(directory);
    };
    let first = TestApp::with().settings(settings.clone()).start(&[]).await;
    let (_, listed) = first.get("/v1/mappings").await;
    assert_eq!(listed["mappings"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed["mappings"][0]["changed_by"], "imports/log.yaml");
    let by_call = LOG.replace("into: log", "into: calls");
    assert_eq!(put(&first, "log", &by_call, None).await.1["version"], 2);
    let place = first.folder.clone();
    first.stop().await;

    let second = TestApp::with()
        .beside(&place)
        .settings(settings.clone())
        .start(&[])
        .await;
    let (_, mapping) = second.get("/v1/mappings/log").await;
    assert_eq!(mapping["version"], 2, "the file has not changed");
    second.stop().await;
    fs::write(
        imports.join("log.yaml"),
        LOG.replace("into: log", "into: files"),
    )
    .unwrap();
    let third = TestApp::with()
        .beside(&place)
        .settings(settings)
        .start(&[])
        .await;
    let (_, mapping) = third.get("/v1/mappings/log").await;
    assert_eq!(mapping["version"], 3);
    assert!(mapping["text"].as_str().unwrap().contains("into: files"));
    third.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_look_may_not_change() {
    let app = TestApp::with().token("secret").start(&[]).await;
    let without = http_client().build().unwrap();
    let answer = without.get(app.url("/v1/mappings")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 401);
}
