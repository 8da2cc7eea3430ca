//! Schedules that stand in the settings.

use std::fs;

use serde_json::{Value, json};

use super::labelling;
use crate::support::wait_for;
use crate::telemetry::server::Served;

#[tokio::test(flavor = "multi_thread")]
async fn one_that_would_start_nothing_is_reported_and_nothing_dies_of_it() {
    let mut served = Served::with_rows(5);
    let start = labelling(&json!({ "source": "nowhere" }));
    served.settings["schedules"] = json!({ "lost": { "cron": "0 3 * * *", "start": start } });
    let server = served.start("first", &[]).await;
    let log = wait_for("the schedule is reported", async || {
        let log = fs::read_to_string(&server.log).unwrap();
        log.contains("would start nothing").then_some(log)
    })
    .await;
    assert!(log.contains("schedules.lost.start"), "{log}");
    // Flows are known a little later than services begin.
    let seen: Value = serde_json::from_str(&server.get("/v1/runtime").await).unwrap();
    let mut services = seen["root"]["children"].as_array().unwrap().iter();
    let schedules = services.find(|actor| actor["name"] == "schedules").unwrap();
    assert_eq!(schedules["restarts"], 0, "{seen}");
}
