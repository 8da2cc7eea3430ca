//! Triggers of projects: fired by callers, files, the ends of jobs, and times that passed meanwhile.

use chrono::{Days, Utc};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::own_project::OwnProject;
use super::server::{PipelineServer, is_there};
use crate::support::wait_for;

const PROJECT: &str = "
timezone: Asia/Taipei
params: {date: {type: date}}
tasks:
  day:
    run: echo \"$date\" > \"$OUT\"
    outputs: [\"day/{date}\"]
  sum:
    run: cat \"$IN_day\" > \"$OUT\"
    requires: [day]
    outputs: [\"sum/{date}\"]
  slow:
    params: []
    run: while [ ! -e go ]; do sleep 0.02; done
triggers:
  nightly: {cron: \"0 3 * * *\", run: day, with: {date: \"{fire-1d}\"}}
  never_now: {cron: \"30 3 29 2 *\", run: [day], with: {date: \"{fire-2d}..{fire-1d}\"}, paused: true}
  redo: {form: [date], run: [day], allow: [operator]}
  arrived: {file: \"in/(?<date>[0-9-]{10}).csv\", poll: 100ms, settle: 100ms, run: day}
  summed: {after: day, run: sum}
  one_at_a_time: {form: [], run: slow, overlap: skip}
";

async fn server() -> PipelineServer {
    PipelineServer::serve(OwnProject::with(PROJECT), "").await
}

fn path(trigger: &str, what: &str) -> String {
    format!("/v1/projects/small/triggers/{trigger}{what}")
}

/// The fires of a trigger, newest first.
async fn fires(server: &PipelineServer, trigger: &str) -> Vec<Value> {
    let trigger = server.get(&path(trigger, "")).await;
    trigger["fires"].as_array().unwrap().clone()
}

async fn until_there(server: &PipelineServer, name: &str) {
    wait_for(name, async || is_there(server, name).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_see_when_triggers_fire_and_fire_them() {
    let server = server().await;
    let list = server.get("/v1/projects/small/triggers").await;
    let names = list["triggers"].as_array().unwrap().iter();
    let names: Vec<&str> = names.map(|one| one["trigger"].as_str().unwrap()).collect();
    let expected = [
        "nightly",
        "never_now",
        "redo",
        "arrived",
        "summed",
        "one_at_a_time",
    ];
    assert_eq!(names, expected);
    let nightly = &list["triggers"][0];
    assert_eq!(nightly["kind"], "cron");
    assert_eq!(nightly["on"], "0 3 * * * Asia/Taipei");
    let next = nightly["next"].as_array().unwrap();
    assert_eq!(next.len(), 5);
    assert!(
        next[0].as_str().unwrap().ends_with("T19:00:00.000Z"),
        "{next:?}"
    );
    assert_eq!(list["triggers"][1]["next"], json!([]), "it is paused");

    let form = server.get(&path("redo", "/form")).await;
    assert_eq!(form["properties"]["date"]["format"], "date", "{form}");
    assert_eq!(form["required"], json!(["date"]));
    let fire = path("redo", "/fire");
    let body = json!({ "params": { "date": "2026-11-21" } });
    for (name, status) in [("viewer", 403), ("admin", 403), ("of_other", 404)] {
        let refused = server.call(name, "POST", &fire, &body).await;
        assert_eq!(refused.status, status, "{name}: {refused:?}");
    }
    let day = "expected a date, such as 2026-11-21";
    for (params, problem) in [
        (
            json!({ "dat": "2026-11-21" }),
            "dat: unknown parameter; expected date".to_owned(),
        ),
        (
            json!({}),
            "date: missing; expected a value of the type date".to_owned(),
        ),
        (
            json!({ "date": null }),
            "date: missing; expected a value of the type date".to_owned(),
        ),
        (json!({ "date": "yesterday" }), format!("date: {day}")),
        (json!({ "date": 7 }), format!("date: {day}")),
        (
            json!({ "date": {} }),
            "date: expected a value, a list of values or a range".to_owned(),
        ),
    ] {
        let wrong = json!({ "params": params });
        let refused = server.call("operator", "POST", &fire, &wrong).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert_eq!(detail, format!("params.{problem}"));
    }

    let fired = server.call("operator", "POST", &fire, &body).await;
    assert_eq!(fired.status, 202, "{fired:?}");
    assert_eq!(fired.body["state"], "started", "{fired:?}");
    let run = server.ended(fired.body["run"].as_str().unwrap()).await;
    assert_eq!(
        (&run["state"], &run["trigger"]),
        (&json!("succeeded"), &json!("redo"))
    );
    assert_eq!(server.project.read("day/2026-11-21"), "2026-11-21\n");
    // What came of it fires the next.
    until_there(&server, "sum/2026-11-21").await;
    let after = fires(&server, "summed").await;
    assert_eq!(after[0]["params"]["date"], "2026-11-21", "{after:?}");

    let unknown = server
        .call("viewer", "GET", &path("nightli", ""), &Value::Null)
        .await;
    assert_eq!(unknown.status, 404, "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_does_not_change_any_more_starts_a_run_once() {
    let server = server().await;
    server.project.write("in/2026-11-20.csv", "a,b\n");
    server.project.write("in/other.csv", "a,b\n");
    until_there(&server, "day/2026-11-20").await;
    server.project.write("in/2026-11-21.csv", "a,b\n");
    until_there(&server, "day/2026-11-21").await;
    let fires = fires(&server, "arrived").await;
    let dates: Vec<&Value> = fires.iter().map(|fire| &fire["params"]["date"]).collect();
    assert_eq!(dates, ["2026-11-21", "2026-11-20"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_whose_run_has_not_ended_skips() {
    let server = server().await;
    let fire = path("one_at_a_time", "/fire");
    let first = server.call("operator", "POST", &fire, &json!({})).await;
    assert_eq!(first.body["state"], "started", "{first:?}");
    let second = server.call("operator", "POST", &fire, &json!({})).await;
    assert_eq!(second.body["state"], "skipped", "{second:?}");
    server.project.write("go", "");
    let run = server.ended(first.body["run"].as_str().unwrap()).await;
    assert_eq!(run["state"], "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_that_passed_while_nobody_ran_is_made_up_for_once() {
    let mut server = server().await;
    wait_for("the trigger is known", async || {
        let count = "SELECT id FROM audience_trigger WHERE id = 'pipelines/small/nightly'";
        (!server.project.texts("server.db", count).is_empty()).then_some(())
    })
    .await;
    server.kill();
    let database = Connection::open(server.project.path("server.db")).unwrap();
    let three_days = 3 * 86_400 * 1_000_000_i64;
    let set_back = "UPDATE audience_trigger SET since_at = since_at - ?1";
    database.execute(set_back, [three_days]).unwrap();
    // As if the process that had the duty had ended long ago.
    database
        .execute("DELETE FROM audience_duty WHERE name = 'triggers'", [])
        .unwrap();
    server.start().await;
    let fired = wait_for("the last night fires", async || {
        let last = fires(&server, "nightly").await.into_iter().next();
        last.filter(|fire| fire["state"] != "stored")
    })
    .await;
    assert_eq!(fired["state"], "started", "{fired:?}");
    let run = server.ended(fired["run"].as_str().unwrap()).await;
    assert_eq!(run["state"], "succeeded");
    // The night before the fire, on the clock of the project.
    let at = fired["at"]
        .as_str()
        .unwrap()
        .parse::<chrono::DateTime<Utc>>();
    let local = at
        .unwrap()
        .with_timezone(&chrono_tz::Asia::Taipei)
        .date_naive();
    let day = local.checked_sub_days(Days::new(1)).unwrap();
    assert_eq!(
        server.project.read(&format!("day/{day}")),
        format!("{day}\n")
    );
    assert_eq!(fires(&server, "nightly").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_paused_a_trigger_is_shown() {
    let server = server().await;
    let paused = server
        .call("operator", "POST", &path("nightly", "/pause"), &json!({}))
        .await;
    assert_eq!(paused.status, 200, "{paused:?}");
    assert_eq!(paused.body["paused"], true);
    assert_eq!(paused.body["paused_by"], "operator");
    assert_eq!(paused.body["next"], json!([]));
    let refused = server
        .call("viewer", "POST", &path("nightly", "/resume"), &json!({}))
        .await;
    assert_eq!(refused.status, 403, "{refused:?}");
    let resumed = server
        .call("operator", "POST", &path("nightly", "/resume"), &json!({}))
        .await;
    assert_eq!(resumed.body["paused"], false, "{resumed:?}");
}

#[test]
fn the_command_lists_triggers_with_their_next_time() {
    let project = OwnProject::with(PROJECT);
    let listed = project.succeed(&["triggers"]);
    let line = |name: &str| listed.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(
        line("nightly").contains("0 3 * * * Asia/Taipei"),
        "{listed}"
    );
    assert!(line("nightly").contains(" 03:00:00"), "{listed}");
    assert!(line("never_now").contains("paused"), "{listed}");
}
