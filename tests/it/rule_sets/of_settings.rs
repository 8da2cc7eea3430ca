//! Sets of the settings become versions when their files change, and are active at once.

use std::fs;

use serde_json::json;

use super::{Caller, food};
use crate::support::{TestApp, TestSettings, wait_for};

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_the_settings_become_versions_and_calls_do_not_change_them() {
    let folder = tempfile::tempdir().unwrap();
    let (mixed, old) = (
        folder.path().join("tastes.yaml"),
        folder.path().join("old.yaml"),
    );
    fs::write(&mixed, food(&["ramen"])).unwrap();
    fs::write(&old, "labels:\n  food:\n  - [ramen, partially]\n").unwrap();
    let paths = [("tastes", mixed.clone()), ("old", old)];
    let settings = move |settings: &mut TestSettings| {
        for (name, path) in paths.clone() {
            settings.labelling.rule_sets.insert(name.to_owned(), path);
        }
    };
    let app = TestApp::with().settings(settings.clone()).start(&[]).await;
    let caller = Caller::of(&app);
    let set = caller.get("tastes").await;
    assert_eq!(set.status, 200, "{}", set.body);
    assert_eq!(
        (&set.body["active"], &set.body["of_settings"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(set.body["newest"]["by"], "labelling.rule_sets.tastes");
    assert_eq!(caller.get("old").await.status, 409);
    let stored = caller.store("tastes", &food(&["tea"]), Some("*")).await;
    assert_eq!(stored.status, 409, "{}", stored.body);
    let stored = caller.store("old", &food(&["tea"]), Some("*")).await;
    assert_eq!(stored.status, 409, "{}", stored.body);
    assert_eq!(caller.activate("tastes", 1, Some("*")).await.status, 409);
    let (_, listed) = app.get("/v1/rule_sets").await;
    assert_eq!(listed["rule_sets"], json!(["old", "tastes"]));
    assert_eq!(listed["versioned"][0]["name"], "tastes", "{listed}");

    fs::write(&mixed, food(&["ramen", "tea"])).unwrap();
    let set = caller.get("tastes").await;
    assert_eq!(
        (&set.body["active"], &set.body["activations"]),
        (&json!(2), &json!(2))
    );
    // A file with errors leaves the version that is active.
    fs::write(&mixed, food(&["ramen tea"])).unwrap();
    let set = caller.get("tastes").await;
    assert_eq!((set.status, &set.body["active"]), (200, &json!(2)));
    let (status, refused) = app
        .post(
            "/v1/jobs",
            &json!({ "labelling": { "rule_set": "tastes" } }),
        )
        .await;
    assert_eq!(status, 422, "{refused}");
    // Without anybody who asks, it is followed, too.
    fs::write(&mixed, food(&["rice"])).unwrap();
    let sql = "SELECT COUNT(*) FROM audience_rule_set WHERE name = 'tastes' AND active = 3";
    wait_for("the third version", async || {
        (app.count(sql) > 0).then_some(())
    })
    .await;
    let place = app.folder.clone();
    app.stop().await;
    let again = TestApp::with()
        .beside(&place)
        .settings(settings)
        .start(&[])
        .await;
    let set = Caller::of(&again).get("tastes").await;
    assert_eq!(set.body["active"], 3, "the file has not changed");
    again.stop().await;
}
