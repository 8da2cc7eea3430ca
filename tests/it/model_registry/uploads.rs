//! Files that become versions, and files that do not.

use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::{Caller, golden, regression, row};
use crate::support::{DatabaseKind, OwnDatabase, TestApp};
use crate::telemetry::server::Served;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_becomes_the_next_version_proved_unproved_or_refused() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    let content = regression(1.0, 2.0);
    let right = golden(1.0, 2.0);
    let wrong = golden(1.0, 2.5);
    let file = ("model.txt", content.as_slice());
    let (status, proved) = caller.add("price", file, &[("golden", &right)]).await;
    assert_eq!(status, 201, "{proved}");
    for (member, expected) in [
        ("model", json!("price")),
        ("version", json!(1)),
        ("state", json!("proved")),
        ("reason", Value::Null),
        ("row", Value::Null),
        ("format", json!("lightgbm")),
        ("task", json!("regression")),
        ("file", json!("model.txt")),
        ("bytes", json!(content.len())),
    ] {
        assert_eq!(proved[member], expected, "{member}: {proved}");
    }
    let (status, refused) = caller.add("price", file, &[("golden", &wrong)]).await;
    assert_eq!(status, 422, "{refused}");
    for (member, expected) in [
        ("model", json!("price")),
        ("version", json!(2)),
        ("state", json!("refused")),
        ("row", json!(1)),
        ("expected", json!(2.5)),
        ("found", json!(2.0)),
    ] {
        assert_eq!(refused[member], expected, "{member}: {refused}");
    }
    assert_eq!(refused["reason"], refused["detail"]);
    let (status, unproved) = caller.add("price", file, &[]).await;
    assert_eq!((status, &unproved["state"]), (201, &json!("unproved")));
    assert_eq!(unproved["version"], 3);
    let (status, damaged) = caller.add("price", ("m.txt", &content[..200]), &[]).await;
    assert_eq!((status, &damaged["version"]), (422, &json!(4)), "{damaged}");
    // One that was refused is listed, and cannot be asked.
    let listed = caller.get("/v1/models/price/versions").await;
    let states: Vec<&str> = listed["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["refused", "unproved", "refused", "proved"]);
    let (status, answer) = caller
        .predict("price", "?version=2", &json!([row(1.0)]))
        .await;
    assert_eq!(status, 409, "{answer}");
    let (status, answer) = caller
        .set("price", "champion", &json!({ "version": 2 }))
        .await;
    assert_eq!(status, 409, "{answer}");
    assert_eq!(caller.value("price", "?version=3", 30.0).await, (3, 1.0));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_tested_and_removed_unless_it_is_in_use() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    let first = caller.add_regression("price", 1.0, 2.0).await;
    let second = caller.add_regression("price", 3.0, 4.0).await;
    caller.point("price", first).await;
    let test = async |body: Value| {
        let path = format!("/v1/models/price/versions/{second}/test");
        caller.call("POST", &path, &body).await
    };
    let (status, tested) = test(json!({})).await;
    assert_eq!(
        (status, &tested["state"]),
        (200, &json!("proved")),
        "{tested}"
    );
    assert_eq!(tested["rows"], 2);
    let other = json!({ "inputs": [row(30.0)], "outputs": [{ "value": 9.0 }] });
    let (status, tested) = test(json!({ "golden": other })).await;
    assert_eq!(
        (status, &tested["state"]),
        (200, &json!("refused")),
        "{tested}"
    );
    assert_eq!((&tested["row"], &tested["found"]), (&json!(0), &json!(3.0)));
    let (status, answer) = test(json!({ "golden": { "inputs": [] } })).await;
    assert_eq!(status, 422, "{answer}");
    assert!(
        answer["detail"].as_str().unwrap().starts_with("golden: "),
        "{answer}"
    );
    let path = |version: i64| format!("/v1/models/price/versions/{version}");
    let (status, answer) = caller.call("DELETE", &path(first), &Value::Null).await;
    assert_eq!(status, 409, "{answer}");
    let detail = answer["detail"].as_str().unwrap();
    assert!(
        detail.contains("an alias points to it: champion"),
        "{detail}"
    );
    let (status, _) = caller.call("DELETE", &path(second), &Value::Null).await;
    assert_eq!(status, 204);
    for method in ["GET", "DELETE"] {
        let (status, answer) = caller.call(method, &path(second), &Value::Null).await;
        assert_eq!(status, 404, "{answer}");
    }
    let query = format!("?version={second}");
    let (status, answer) = caller.predict("price", &query, &json!([row(1.0)])).await;
    assert_eq!(status, 404, "{answer}");
    // Its bytes are not there any more, and its number is not given again.
    let pieces = app.count("SELECT count(*) FROM audience_model_piece");
    assert_eq!(pieces, 1);
    assert_eq!(caller.add_regression("price", 5.0, 6.0).await, second + 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_package_is_stored_in_pieces_on_each_database() {
    // LightGBM passes over what it does not know before its trees.
    let mut content = b"tree\nversion=v4\n".to_vec();
    let plain = regression(1.0, 2.0);
    let padding = vec![b'x'; 9 << 20];
    content.extend(b"pandas_padding=");
    content.extend(&padding);
    content.push(b'\n');
    content.extend(&plain[b"tree\nversion=v4\n".len()..]);
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = block_in_place(|| OwnDatabase::new(kind));
        let mut served = Served::with_rows(1);
        served.settings["database"]["url"] = json!(database.url);
        let server = served.start("first", &[]).await;
        let caller = Caller::at(&server);
        let golden = golden(1.0, 2.0);
        let parts = [("golden", golden.as_str())];
        let (status, added) = caller.add("large", ("m.txt", &content), &parts).await;
        assert_eq!(status, 201, "{added}");
        caller.point("large", 1).await;
        server.stop().await;
        // It is read again from its pieces.
        let server = served.start("second", &[]).await;
        assert_eq!(Caller::at(&server).value("large", "", 60.0).await, (1, 2.0));
        server.stop().await;
        block_in_place(|| drop(database));
    }
}
