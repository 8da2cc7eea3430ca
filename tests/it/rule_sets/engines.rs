//! Two processes on one database, of each kind: versions have one order, and nothing is lost.

use serde_json::json;
use tokio::task::block_in_place;

use super::{Caller, food};
use crate::support::{DatabaseKind, OwnDatabase, http_client};
use crate::telemetry::server::Served;

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_that_store_and_activate_at_once_one_is_refused() {
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = block_in_place(|| OwnDatabase::new(kind));
        let mut served = Served::with_rows(1);
        served.settings["database"]["url"] = json!(database.url);
        let servers = [
            served.start("first", &[]).await,
            served.start("second", &[]).await,
        ];
        let [first, second] = [&servers[0], &servers[1]].map(|server| Caller {
            http: http_client().build().unwrap(),
            base: server.base.clone(),
        });
        let mut tag = first.store("tastes", &food(&["ramen"]), None).await.tag;
        for round in 0..5 {
            let texts = [food(&[&format!("a{round}")]), food(&[&format!("b{round}")])];
            let (one, other) = tokio::join!(
                first.store("tastes", &texts[0], Some(&tag)),
                second.store("tastes", &texts[1], Some(&tag))
            );
            let mut statuses = [one.status, other.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 412], "{} {}", one.body, other.body);
            let stored = if one.status == 201 { one } else { other };
            assert_eq!(stored.body["version"], round + 2);
            tag = stored.tag;
            let (one, other) = tokio::join!(
                first.activate("tastes", round + 1, Some(&tag)),
                second.activate("tastes", round + 2, Some(&tag))
            );
            let active = second.get("tastes").await;
            // Who activates what is active already has changed nothing.
            assert!(one.status == 200 || other.status == 200);
            assert!(active.body["active"].is_number(), "{}", active.body);
            tag = active.tag;
        }
        let history = first.get("tastes/history").await.body;
        let activations = history["activations"].as_array().unwrap();
        for two in activations.windows(2) {
            assert_eq!(two[0]["from"], two[1]["to"], "{history}");
        }
        let listed = second.get("tastes/versions").await.body;
        assert_eq!(listed["versions"].as_array().unwrap().len(), 6, "{listed}");
        for server in servers {
            server.stop().await;
        }
        block_in_place(|| drop(database));
    }
}
