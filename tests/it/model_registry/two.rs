//! Two processes on one database: what one of them changes, the other one follows.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::{Caller, row};
use crate::support::{DatabaseKind, OwnDatabase};
use crate::telemetry::server::Served;

#[tokio::test(flavor = "multi_thread")]
async fn another_process_follows_within_seconds_and_nobody_fails() {
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = block_in_place(|| OwnDatabase::new(kind));
        let mut served = Served::with_rows(1);
        served.settings["database"]["url"] = json!(database.url);
        let servers = [
            served.start("first", &[]).await,
            served.start("second", &[]).await,
        ];
        let callers = [Caller::at(&servers[0]), Caller::at(&servers[1])];
        // Both add versions at the same time: each has a number of its own.
        let [first, second] = &callers;
        let (a, b) = tokio::join!(
            first.add_regression("price", 1.0, 1.0),
            second.add_regression("price", 2.0, 2.0)
        );
        assert_eq!((a.min(b), a.max(b)), (1, 2));
        for version in [1, 2, 1] {
            first.point("price", version).await;
            let since = Instant::now();
            loop {
                // It knows the model at once, and answers all the time.
                let (status, answer) = second.predict("price", "", &json!([row(1.0)])).await;
                assert_eq!(status, 200, "{answer}");
                if answer["version"] == version {
                    break;
                }
                assert!(since.elapsed() < Duration::from_secs(5), "{answer}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        // A version that one process removes is not answered by the other one for long.
        assert_eq!(second.value("price", "?version=2", 1.0).await.0, 2);
        let removed = first
            .call("DELETE", "/v1/models/price/versions/2", &Value::Null)
            .await;
        assert_eq!(removed.0, 204);
        let since = Instant::now();
        while second.predict("price", "?version=2", &json!([])).await.0 != 404 {
            assert!(since.elapsed() < Duration::from_secs(5));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        for server in servers {
            server.stop().await;
        }
        block_in_place(|| drop(database));
    }
}
