//! A server that is killed at any instant: an answered upload is there, and an alias is old or new.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::json;

use super::{Caller, form, golden, regression, row};
use crate::support::wait_for;
use crate::telemetry::server::Served;

const KILLS: u64 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_there_after_a_kill() {
    let served = Served::with_rows(1);
    let added = Arc::new(AtomicI64::new(0));
    let moved = Arc::new(AtomicI64::new(0));
    for no in 0..KILLS {
        let mut server = served.start(&format!("server{no}"), &[]).await;
        let caller = Caller::at(&server);
        let (known, pointed) = (added.load(Ordering::Acquire), moved.load(Ordering::Acquire));
        if known > 0 {
            // All versions that were answered, in one piece, and perhaps one whose answer was lost.
            let listed = caller.get("/v1/models/price/versions?limit=200").await;
            let listed = listed["versions"].as_array().unwrap();
            let newest = listed[0]["version"].as_i64().unwrap();
            assert!(
                (known..=known + 1).contains(&newest),
                "{newest} after {known}"
            );
            for version in listed {
                let version = version["version"].as_i64().unwrap();
                let value = caller
                    .value("price", &format!("?version={version}"), 1.0)
                    .await;
                assert_eq!(value, (version, 1.0));
            }
            if pointed > 0 {
                let answering = caller.value("price", "", 1.0).await.0;
                assert!((pointed..=pointed + 1).contains(&answering));
            }
            added.store(newest, Ordering::Release);
        }
        let working = {
            let (caller, added, moved) = (caller.clone(), Arc::clone(&added), Arc::clone(&moved));
            tokio::spawn(async move {
                loop {
                    let golden = golden(1.0, 2.0);
                    let content = regression(1.0, 2.0);
                    let (kind, body) = form(("m.txt", &content), &[("golden", &golden)]);
                    let request = caller
                        .http
                        .post(format!("{}/v1/models/price/versions", caller.base))
                        .header("content-type", kind)
                        .body(body);
                    let Ok(answer) = request.send().await else {
                        return;
                    };
                    assert_eq!(answer.status().as_u16(), 201);
                    let version = added.fetch_add(1, Ordering::AcqRel) + 1;
                    let request = caller
                        .http
                        .put(format!("{}/v1/models/price/aliases/champion", caller.base))
                        .json(&json!({ "version": version }));
                    let Ok(answer) = request.send().await else {
                        return;
                    };
                    assert_eq!(answer.status().as_u16(), 200);
                    moved.store(version, Ordering::Release);
                }
            })
        };
        // Some are answered first; then the kill meets whatever is going on.
        let enough = added.load(Ordering::Acquire) + 2;
        wait_for("versions are added", async || {
            (added.load(Ordering::Acquire) >= enough).then_some(())
        })
        .await;
        tokio::time::sleep(Duration::from_millis(no * 7)).await;
        server.program.kill();
        working.await.unwrap();
    }
    let server = served.start("last", &[]).await;
    let caller = Caller::at(&server);
    let (status, answer) = caller.predict("price", "", &json!([row(60.0)])).await;
    assert_eq!(
        (status, &answer["predictions"][0]["value"]),
        (200, &json!(2.0))
    );
    server.stop().await;
}
