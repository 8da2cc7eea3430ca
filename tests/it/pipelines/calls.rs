//! Projects, plans and runs over HTTP.

use serde_json::{Value, json};

use super::own_project::OwnProject;
use super::server::{PipelineServer, is_there, target};
use crate::support::wait_for;

const PROJECT: &str = "
timezone: Asia/Taipei
params: {date: {type: date, default: '{now-1d}', help: day of the rows}}
defaults: {retry_delay: 50ms..100ms}
resources: {disk: 1}
tasks:
  raw:
    outputs: ['raw/{date}']
  day:
    help: A day of rows
    requires: [raw]
    run: cat \"$IN_raw\" > \"$OUT\"
    outputs: ['day/{date}']
  slow:
    run: |
      while [ ! -e go ]; do sleep 0.02; done
      echo made > \"$OUT\"
    outputs: ['slow/{date}']
    resources: {disk: 1}
  bad:
    requires: [day]
    run: test -e mended && echo mended > \"$OUT\"
    outputs: ['bad/{date}']
  report:
    requires: [bad]
    params: {date: {type: date}, kind: {type: choice, values: [imp, click]}}
    run: cat \"$IN_bad\" > \"$OUT\"
    outputs: ['report/{date}-{kind}']
";

async fn serve() -> PipelineServer {
    let project = OwnProject::with(PROJECT);
    project.write("raw/2026-11-21", "rows\n");
    PipelineServer::serve(project, "").await
}

fn day() -> Value {
    json!({ "date": "2026-11-21" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_planned_started_watched_and_retried() {
    let server = serve().await;
    let body = target("report", day());
    let plan = server
        .call("viewer", "POST", "/v1/projects/small/plan", &body)
        .await;
    assert_eq!(plan.status, 200, "{plan:?}");
    assert_eq!(plan.body["counts"], json!({ "run": 4, "complete": 1 }));
    assert_eq!(
        plan.body["targets"],
        json!([
            "report(date=2026-11-21,kind=imp)",
            "report(date=2026-11-21,kind=click)"
        ])
    );
    let instances = plan.body["instances"].as_array().unwrap();
    assert_eq!(
        instances[1],
        json!({
            "id": "day(date=2026-11-21)", "task": "day", "params": { "date": "2026-11-21" },
            "action": "run", "reason": "no day/2026-11-21", "needs": ["raw(date=2026-11-21)"],
        })
    );
    assert!(
        server.get("/v1/runs").await["runs"]
            .as_array()
            .unwrap()
            .is_empty()
    );

    let id = server.start_run(&body).await;
    let run = server.ended(&id).await;
    assert_eq!(run["state"], "failed");
    assert_eq!(run["started_by"], "operator");
    let started = server.get("/v1/jobs?started_by=operator").await;
    assert_eq!(started["jobs"].as_array().unwrap().len(), 4, "{started}");
    assert_eq!(run["planned"], json!({ "run": 4, "complete": 1 }));
    assert_eq!(
        run["counts"],
        json!({ "succeeded": 1, "failed": 1, "skipped": 2, "complete": 1 })
    );
    let jobs = server.jobs(&id).await;
    let states: Vec<&Value> = jobs.iter().map(|job| &job["state"]).collect();
    assert_eq!(
        states,
        [
            &Value::Null,
            &json!("succeeded"),
            &json!("failed"),
            &json!("skipped"),
            &json!("skipped")
        ]
    );
    let failed = server
        .get(&format!("/v1/runs/{id}/jobs?state=failed"))
        .await;
    assert_eq!(failed["jobs"].as_array().unwrap().len(), 1);
    assert_eq!(failed["jobs"][0]["instance"], "bad(date=2026-11-21)");
    assert_eq!(failed["jobs"][0]["needs"], json!([1]));
    let error = failed["jobs"][0]["error"].as_str().unwrap();
    assert!(error.contains("exit 1"), "{error}");
    let page = server.get(&format!("/v1/runs/{id}/jobs?limit=2")).await;
    assert_eq!(page["next"], 1, "{page}");
    let rest = server
        .get(&format!("/v1/runs/{id}/jobs?limit=200&after=1"))
        .await;
    assert_eq!(rest["jobs"].as_array().unwrap().len(), 3);
    events_of(&server, &id).await;

    server.project.write("mended", "");
    let retry = format!("/v1/runs/{id}/retry");
    let again = server.call("operator", "POST", &retry, &Value::Null).await;
    assert_eq!(again.status, 202, "{again:?}");
    assert_eq!(again.body["retry_of"], *id);
    assert_eq!(again.body["planned"], json!({ "run": 3, "complete": 1 }));
    let second = again.body["id"].as_str().unwrap();
    assert_eq!(server.ended(second).await["state"], "succeeded");
    assert!(is_there(&server, "report/2026-11-21-click"));
    let metrics = server.call("viewer", "GET", "/metrics", &Value::Null).await;
    let metrics = metrics.body.as_str().unwrap_or_default().to_owned();
    for sample in [
        "audience_pipeline_runs_ended_total{project=\"small\",state=\"failed\"} 1",
        "audience_pipeline_runs_ended_total{project=\"small\",state=\"succeeded\"} 1",
        "audience_pipeline_command_duration_seconds_count{outcome=\"failed\",project=\"small\"} 1",
        "audience_pipeline_runs{project=\"small\"}",
    ] {
        assert!(metrics.contains(sample), "{sample} is not in\n{metrics}");
    }
    let versions = server.get("/v1/projects/small/versions").await;
    assert_eq!(versions["versions"].as_array().unwrap().len(), 1);
    assert_eq!(versions["versions"][0]["version"], run["version"]);
    assert_eq!(versions["versions"][0]["current"], true);
}

/// All events of an ended run, then those behind the first one, then none.
async fn events_of(server: &PipelineServer, run: &str) {
    let path = format!("/v1/runs/{run}/events");
    let all = PipelineServer::send(server.request("viewer", "GET", &path)).await;
    let text = all.body.as_str().unwrap();
    let events: Vec<&str> = text
        .split("\n\n")
        .filter(|event| !event.is_empty())
        .collect();
    let kind = |event: &str| {
        event
            .split("event: ")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    let kinds: Vec<String> = events.iter().map(|event| kind(event)).collect();
    for expected in ["job.started", "job.succeeded", "job.failed", "job.skipped"] {
        assert!(kinds.iter().any(|kind| kind == expected), "{kinds:?}");
    }
    assert!(
        text.contains("\"instance\":\"day(date=2026-11-21)\""),
        "{text}"
    );
    let id = |event: &str| {
        event
            .lines()
            .next()
            .unwrap()
            .strip_prefix("id: ")
            .unwrap()
            .to_owned()
    };
    let request = server.request("viewer", "GET", &path);
    let rest = PipelineServer::send(request.header("last-event-id", id(events[0]))).await;
    assert_eq!(
        rest.body.as_str().unwrap(),
        text.split_once("\n\n").unwrap().1
    );
    let request = server.request("viewer", "GET", &path);
    let last = id(events.last().unwrap());
    let none = PipelineServer::send(request.header("last-event-id", last)).await;
    assert_eq!(none.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_listed_filtered_and_found_by_their_key() {
    let server = serve().await;
    let start = async |key: &str, body: &Value| {
        let request = server.request("operator", "POST", "/v1/projects/small/runs");
        PipelineServer::send(request.header("idempotency-key", key).json(body)).await
    };
    let body = target("day", day());
    let first = start("a", &body).await;
    let same = start("a", &body).await;
    assert_eq!((first.status, same.status), (202, 202));
    assert_eq!(first.body["id"], same.body["id"]);
    let other = start("a", &target("day", json!({ "date": "2026-11-22" }))).await;
    assert_eq!(other.status, 422, "{other:?}");
    assert_eq!(
        other.body["detail"],
        "this idempotency key was used for another request"
    );
    let first = first.body["id"].as_str().unwrap();
    server.ended(first).await;
    let missing = server
        .start_run(&target("day", json!({ "date": "2026-11-22" })))
        .await;
    let missing = server.ended(&missing).await;
    assert_eq!(missing["state"], "failed");
    assert_eq!(missing["counts"], json!({ "missing": 1, "blocked": 1 }));
    let ids = async |query: &str| -> Vec<String> {
        let runs = server.get(&format!("/v1/runs{query}")).await;
        let runs = runs["runs"].as_array().unwrap().iter();
        runs.map(|run| run["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let second = missing["id"].as_str().unwrap();
    for (query, expected) in [
        ("", vec![second, first]),
        ("?project=small&task=day", vec![second, first]),
        ("?state=failed", vec![second]),
        ("?state=succeeded&project=small", vec![first]),
        ("?project=other", vec![]),
        ("?project=%00", vec![]),
        ("?task=report", vec![]),
        ("?trigger=nightly", vec![]),
        ("?limit=1", vec![second]),
        (&format!("?after={second}"), vec![first]),
    ] {
        assert_eq!(ids(query).await, expected, "{query}");
    }
    let page = server.get("/v1/runs?limit=1").await;
    assert_eq!(page["next"], second);
    let bad = server
        .call("viewer", "GET", "/v1/runs?after=x", &Value::Null)
        .await;
    assert_eq!(bad.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_cancelled_and_its_slots_are_shown_meanwhile() {
    let server = serve().await;
    let id = server
        .start_run(&target(
            "slow",
            json!({ "date": ["2026-11-21", "2026-11-22"] }),
        ))
        .await;
    let disk = wait_for("a job holds the slot", async || {
        let resources = server.get("/v1/projects/small/resources").await;
        let disk = resources["resources"][0].clone();
        (disk["held"] == 1).then_some(disk)
    })
    .await;
    assert_eq!(
        (&disk["resource"], &disk["slots"], &disk["waiting"]),
        (&json!("disk"), &json!(1), &json!(1))
    );
    let holder = &disk["holders"][0];
    assert_eq!(holder["instance"], "slow(date=2026-11-21)");
    let job = holder["job_id"].as_str().unwrap();
    let retry = server
        .call(
            "operator",
            "POST",
            &format!("/v1/runs/{id}/retry"),
            &Value::Null,
        )
        .await;
    assert_eq!(retry.status, 409, "{retry:?}");
    let cancel = format!("/v1/runs/{id}/cancel");
    let cancelled = server.call("operator", "POST", &cancel, &Value::Null).await;
    assert_eq!(cancelled.status, 202, "{cancelled:?}");
    assert_eq!(cancelled.body["cancel_requested"], true);
    assert_eq!(server.ended(&id).await["state"], "cancelled");
    assert!(!is_there(&server, "slow/2026-11-21"));
    let again = server.call("operator", "POST", &cancel, &Value::Null).await;
    assert_eq!(again.status, 202, "{again:?}");
    for action in ["rerun", "resume", "retry"] {
        let path = format!("/v1/jobs/{job}/{action}");
        let refused = server.call("operator", "POST", &path, &Value::Null).await;
        assert_eq!(refused.status, 409, "{refused:?}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("/v1/runs/{id}/retry")), "{detail}");
    }
    let ended = server.start_run(&target("day", day())).await;
    server.ended(&ended).await;
    let late = server
        .call(
            "operator",
            "POST",
            &format!("/v1/runs/{ended}/cancel"),
            &Value::Null,
        )
        .await;
    assert_eq!(late.status, 409, "{late:?}");
    let audit = server
        .call(
            "admin",
            "GET",
            "/v1/audit?operation=start_run",
            &Value::Null,
        )
        .await;
    let calls = audit.body["calls"].as_array().unwrap();
    assert!(
        calls
            .iter()
            .any(|call| call["what"] == *id && call["who"] == "operator"),
        "{calls:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_shown_with_its_faults_and_without_paths() {
    let server = serve().await;
    let path = "/v1/projects/small";
    let shown = server.call("viewer", "GET", path, &Value::Null).await;
    let task = shown.body["tasks"].as_array().unwrap()[1].clone();
    assert_eq!(task["task"], "day");
    assert_eq!(task["requires"], json!(["raw"]));
    assert_eq!(task["params"][0]["default_value"], "{now-1d}");
    assert_eq!(
        shown.body["resources"],
        json!([{ "resource": "disk", "slots": 1 }])
    );
    assert_eq!(shown.body["faults"], json!([]));
    let etag = shown.etag.unwrap();
    let known = server
        .request("viewer", "GET", path)
        .header("if-none-match", &etag);
    assert_eq!(PipelineServer::send(known).await.status, 304);
    let projects = server.get("/v1/projects").await;
    let projects = projects["projects"].as_array().unwrap();
    let names: Vec<&Value> = projects.iter().map(|one| &one["project"]).collect();
    assert_eq!(names, ["other", "small"]);

    let text = format!(
        "project: small{}",
        PROJECT.replacen("requires: [raw]", "requries: [raw]", 1)
    );
    server.project.write("project.yaml", &text);
    let faulty = wait_for("the fault is found", async || {
        let project = server.get(path).await;
        (project["faults"] != json!([])).then_some(project)
    })
    .await;
    let fault = &faulty["faults"][0];
    assert_eq!(fault["key"], "tasks.day.requries");
    assert!(
        fault["line"].as_u64().unwrap() > 5 && fault["column"] == 5,
        "{fault}"
    );
    assert!(
        fault["problem"]
            .as_str()
            .unwrap()
            .contains("did you mean requires?"),
        "{fault}"
    );
    let folder = server.project.path("").display().to_string();
    assert!(
        !faulty.to_string().contains(folder.trim_end_matches('/')),
        "{faulty}"
    );
    // The version before is used.
    let plan = server
        .call(
            "viewer",
            "POST",
            "/v1/projects/small/plan",
            &target("day", day()),
        )
        .await;
    assert_eq!(plan.status, 200, "{plan:?}");
    let known = server
        .request("viewer", "GET", path)
        .header("if-none-match", &etag);
    assert_eq!(PipelineServer::send(known).await.status, 200);
}
