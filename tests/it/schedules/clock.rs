//! Wall-clock times, with a time of day that is set.

use serde_json::json;

use super::{job, labelling, schedule, started};
use crate::clocks::Day;
use crate::support::wait_for;
use crate::telemetry::server::{Served, Server};

const DAY_S: i64 = 86_400;

/// Seconds from now until it is this time of a day that lies so many days ahead, in UTC.
fn offset_to(days: i64, time: &str) -> i64 {
    let now = chrono::Utc::now();
    let date = (now + chrono::TimeDelta::days(days)).date_naive();
    let wanted = date.and_time(time.parse().unwrap()).and_utc();
    (wanted - now).num_seconds()
}

/// When it fires next, for the first time that it is known.
async fn known(server: &Server, name: &str) {
    wait_for("the schedule is known", async || {
        let view = schedule(server, name).await;
        view["next"].get(0).is_some().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_days_of_downtime_are_made_up_for_by_each_rule() {
    let mut served = Served::with_rows(20);
    let nightly = |catchup: &str| {
        json!({
            "cron": "0 3 * * *", "catchup": catchup,
            "start": labelling(&json!({
                "start_time": "{last}", "end_time": "{fire-1d:%Y-%m-%d} 23:59:59",
            })),
        })
    };
    served.settings["schedules"] = json!({
        "none": nightly("none"), "last": nightly("last"), "all": nightly("all"),
    });
    let start = offset_to(0, "12:00:00");
    let day = Day::new(served.place.path("day"), &format!("{start:+}"));
    let server = day.start(&served, "first").await;
    for name in ["none", "last", "all"] {
        known(&server, name).await;
        // Who takes the duty stores when it begins.
        server.trigger_is_stored(name).await;
    }
    drop(server);
    day.set(&format!("{:+}", start + 3 * DAY_S));
    let server = day.start(&served, "second").await;
    let all = started(&server, "all", 3).await;
    let last = started(&server, "last", 1).await;
    assert_eq!(last[0]["at"], all[2]["at"]);
    assert!(
        schedule(&server, "none").await["fires"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    // The oldest first, each where the one before has ended.
    let mut end = None;
    for fire in &all {
        let mut job = job(&server, &fire["job_id"]).await;
        assert_eq!(job["started_by"], "schedules/all");
        let request = job["request"].take();
        if let Some(end) = end {
            assert_eq!(request["start_time"], end);
        }
        end = Some(request["end_time"].clone());
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_forward_fires_at_once_and_one_that_is_set_back_not_again() {
    let mut served = Served::with_rows(20);
    served.settings["schedules"] = json!({
        "hourly": { "cron": "0 * * * *", "overlap": "allow", "start": labelling(&json!({})) },
    });
    let start = offset_to(0, "12:30:00");
    let day = Day::new(served.place.path("day"), &format!("{start:+}"));
    let server = day.start(&served, "server").await;
    server.trigger_is_stored("hourly").await;
    day.set(&format!("{:+}", start + 1_800));
    started(&server, "hourly", 1).await;
    day.set(&format!("{:+}", start + 1_700));
    known(&server, "hourly").await;
    day.set(&format!("{:+}", start + 1_800 + 3_600));
    let fires = started(&server, "hourly", 2).await;
    assert_ne!(fires[0]["at"], fires[1]["at"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_due_while_it_was_paused_never_fires() {
    let mut served = Served::with_rows(20);
    served.settings["schedules"] = json!({
        "hourly": { "cron": "0 * * * *", "start": labelling(&json!({})) },
        "other": { "cron": "0 * * * *", "start": labelling(&json!({})) },
    });
    let start = offset_to(0, "12:30:00");
    let day = Day::new(served.place.path("day"), &format!("{start:+}"));
    let server = day.start(&served, "server").await;
    server.trigger_is_stored("hourly").await;
    server.trigger_is_stored("other").await;
    let paused = server
        .post("/v1/schedules/hourly/pause", &json!({}), None)
        .await
        .0;
    assert_eq!(
        (&paused["paused"], &paused["next"]),
        (&json!(true), &json!([]))
    );
    day.set(&format!("{:+}", start + 1_800));
    started(&server, "other", 1).await;
    let resumed = server
        .post("/v1/schedules/hourly/resume", &json!({}), None)
        .await
        .0;
    assert_eq!(resumed["paused"], json!(false));
    day.set(&format!("{:+}", start + 1_800 + 3_600));
    started(&server, "other", 2).await;
    started(&server, "hourly", 1).await;
    server.stop().await;
}
