//! Who may do what, and what bad callers get.

use serde_json::{Value, json};

use super::own_project::OwnProject;
use super::server::{Answer, PipelineServer, target};

const PROJECT: &str = "
params: {date: {type: date}}
tasks:
  day:
    run: echo made > \"$OUT\"
    outputs: ['day/{date}']
  named:
    params: {name: {type: string, default: x}, size: {type: int, min: 1, default: 1}}
    run: 'true'
";

const UNKNOWN: &str = "019ac1f06b5c7d10a1b2c3d4e5f60718";

async fn serve() -> PipelineServer {
    PipelineServer::serve(OwnProject::with(PROJECT), "").await
}

/// The calls with the role that each needs.
fn calls(run: &str) -> Vec<(&'static str, String, &'static str)> {
    let of_run = |rest: &str| format!("/v1/runs/{run}{rest}");
    let of_project = |rest: &str| format!("/v1/projects/small{rest}");
    vec![
        ("GET", of_project(""), "viewer"),
        ("DELETE", of_project(""), "admin"),
        ("GET", of_project("/versions"), "viewer"),
        ("GET", of_project("/resources"), "viewer"),
        ("GET", of_project("/graph"), "viewer"),
        ("POST", of_project("/plan"), "viewer"),
        ("POST", of_project("/runs"), "operator"),
        ("GET", of_run(""), "viewer"),
        ("GET", of_run("/jobs"), "viewer"),
        ("GET", of_run("/events"), "viewer"),
        ("GET", of_run("/graph"), "viewer"),
        ("POST", of_run("/cancel"), "operator"),
        ("POST", of_run("/retry"), "operator"),
    ]
}

fn day() -> Value {
    target("day", json!({ "date": "2026-11-21" }))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_needs_its_role() {
    let server = serve().await;
    let run = server.start_run(&day()).await;
    server.ended(&run).await;
    for (method, path, needed) in calls(&run) {
        let viewer = server.call("viewer", method, &path, &day()).await;
        match needed {
            "viewer" => assert_eq!(viewer.status, 200, "{method} {path}: {viewer:?}"),
            _ => {
                assert_eq!(viewer.status, 403, "{method} {path}: {viewer:?}");
                assert_eq!(viewer.body["required_role"], needed);
            }
        }
        for name in ["operator", "admin", "of_small"] {
            if needed == "admin" {
                continue;
            }
            let answer = server.call(name, method, &path, &day()).await;
            let is_late = path.ends_with("/cancel") && answer.status == 409;
            assert!(
                answer.status < 300 || is_late,
                "{name} {method} {path}: {answer:?}"
            );
        }
        let nobody = server.call("nobody", method, &path, &day()).await;
        assert_eq!(nobody.status, 401, "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_another_project_is_as_if_it_were_not_there() {
    let server = serve().await;
    let run = server.start_run(&day()).await;
    server.ended(&run).await;
    let job = server.jobs(&run).await[0]["job_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut foreign = calls(&run);
    for rest in ["", "/logs", "/artifacts", "/events"] {
        foreign.push(("GET", format!("/v1/jobs/{job}{rest}"), "viewer"));
    }
    foreign.push(("POST", format!("/v1/jobs/{job}/cancel"), "operator"));
    foreign.push(("POST", format!("/v1/jobs/{job}/rerun"), "operator"));
    let without_ids = |answer: Answer| {
        let text = answer.body.to_string();
        let text = text
            .replace(&run, "ID")
            .replace(&job, "ID")
            .replace(UNKNOWN, "ID");
        (answer.status, text.replace("small", "none"))
    };
    for name in ["of_other", "of_queue", "of_service"] {
        for (method, path, _) in &foreign {
            let of_others = without_ids(server.call(name, method, path, &day()).await);
            assert_eq!(of_others.0, 404, "{name} {method} {path}: {}", of_others.1);
            let unknown = path.replace(&run, UNKNOWN).replace(&job, UNKNOWN);
            let unknown = unknown.replace("small", "none");
            let unknown = without_ids(server.call(name, method, &unknown, &day()).await);
            assert_eq!(of_others, unknown, "{name} {method} {path}");
        }
        for query in ["", "?project=small"] {
            let runs = server
                .call(name, "GET", &format!("/v1/runs{query}"), &Value::Null)
                .await;
            assert_eq!(runs.body, json!({ "runs": [], "next": null }), "{name}");
        }
        let jobs = server.call(name, "GET", "/v1/jobs", &Value::Null).await;
        assert_eq!(jobs.body["jobs"], json!([]), "{name}");
    }
    let names = async |name: &str| {
        let projects = server.call(name, "GET", "/v1/projects", &Value::Null).await;
        let projects = projects.body["projects"].as_array().unwrap().clone();
        projects
            .iter()
            .map(|one| one["project"].clone())
            .collect::<Vec<Value>>()
    };
    assert_eq!(names("of_other").await, ["other"]);
    assert_eq!(names("of_small").await, ["small"]);
    assert!(names("of_queue").await.is_empty());
    let own = server
        .call("of_small", "GET", "/v1/jobs", &Value::Null)
        .await;
    assert_eq!(own.body["jobs"].as_array().unwrap().len(), 1, "{own:?}");
    let own = server
        .call("of_small", "GET", &format!("/v1/jobs/{job}"), &Value::Null)
        .await;
    assert_eq!(own.status, 200, "{own:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_with_the_name_of_it() {
    let server = serve().await;
    let long = "x".repeat(1 << 20);
    let named = |name: &str| target("named", json!({ "name": name }));
    let dates = |date: &str| target("day", json!({ "date": date }));
    let parameter = "parameter name of task named";
    let date = "parameter date of task day";
    let bodies = [
        (
            target("dya", json!({})),
            404,
            "project small has no task dya; did you mean day?",
        ),
        (
            target(&long, json!({})),
            404,
            "project small has no task xxx",
        ),
        (
            target("day\0", json!({})),
            404,
            "project small has no task day",
        ),
        (
            target("day", json!({})),
            422,
            "parameter date of task day is required",
        ),
        (
            target("day", json!({ "dat": "x" })),
            422,
            "task day has no parameter dat; it has date",
        ),
        (dates("2026-02-30"), 422, date),
        (dates("2026-11-22..2026-11-21"), 422, date),
        (dates("0001-01-01..2738-11-28"), 422, date),
        (dates("{now}"), 422, date),
        (target("day", json!({ "date": {} })), 422, date),
        (target("day", json!({ "date": null })), 422, date),
        (
            target("day", json!({ "date": [["2026-11-21"]] })),
            422,
            date,
        ),
        (named("../../etc"), 422, parameter),
        (named("-rf"), 422, parameter),
        (named("$(id)"), 422, parameter),
        (named("'; DROP"), 422, parameter),
        (named("a\nb"), 422, parameter),
        (named("a\0b"), 422, parameter),
        (named(&long), 422, parameter),
        (named(""), 422, parameter),
        (
            target("named", json!({ "size": 0 })),
            422,
            "parameter size of task named",
        ),
        (
            target("named", json!({ "size": 1.5 })),
            422,
            "parameter size of task named",
        ),
        (json!({ "targets": [] }), 422, "targets: the list is empty"),
        (json!({}), 422, "targets: is missing"),
        (
            json!({ "targets": [{}] }),
            422,
            "targets[0].task: is missing",
        ),
        (
            json!({ "targets": [{ "task": 1 }] }),
            422,
            "targets[0].task: expected a string",
        ),
        (json!({ "targets": "day" }), 422, "targets: expected a list"),
        (
            json!({ "targets": [], "forec": true }),
            422,
            "forec: unknown field",
        ),
        (
            json!({ "targets": [], "force": "yes" }),
            422,
            "force: expected",
        ),
    ];
    for (body, status, detail) in &bodies {
        for call in ["plan", "runs"] {
            let path = format!("/v1/projects/small/{call}");
            let answer = server.call("operator", "POST", &path, body).await;
            let shown: String = body.to_string().chars().take(200).collect();
            let said = answer.body["detail"].as_str().unwrap();
            assert_eq!(answer.status, *status, "{call} {shown}: {said}");
            assert!(said.starts_with(detail), "{call} {shown}: {said}");
            assert!(said.len() < 1_000, "{call} {shown}: {} bytes", said.len());
        }
    }
    let with = |name: &str, value: Value| {
        let mut body = day();
        body[name] = value;
        body
    };
    for (body, detail) in [
        (
            with("commit", json!("0123abcd")),
            "commit: project small does not come from git",
        ),
        (
            with("limit", json!(0)),
            "limit: expected at least 1, found 0",
        ),
        (
            with("at_once", json!(-1)),
            "at_once: expected a whole number",
        ),
        (with("limit", json!(1e9)), "limit: expected a whole number"),
    ] {
        let answer = server
            .call("operator", "POST", "/v1/projects/small/runs", &body)
            .await;
        let said = answer.body["detail"].as_str().unwrap();
        assert_eq!(answer.status, 422, "{body}: {said}");
        assert!(said.starts_with(detail), "{body}: {said}");
    }
    for path in [
        "/v1/projects/none",
        "/v1/projects/..%2f..%2fetc",
        "/v1/projects/%00",
        "/v1/runs/none",
        "/v1/runs/%00",
        "/v1/runs/..%2f..%2fetc/jobs",
        &format!("/v1/runs/{UNKNOWN}"),
    ] {
        let answer = server.call("viewer", "GET", path, &Value::Null).await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
    }
    for path in [
        "/v1/runs?limit=0",
        "/v1/runs?limit=201",
        "/v1/runs?state=done",
        "/v1/projects/small/versions?after=%00",
        "/v1/projects/small/versions?after=00",
    ] {
        let answer = server.call("viewer", "GET", path, &Value::Null).await;
        assert_eq!(answer.status, 422, "{path}: {answer:?}");
    }
    assert_eq!(server.get("/v1/runs").await["runs"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_some_projects_makes_nothing_of_others() {
    let text = "
tasks:
  own: {run: 'true'}
  joined: {requires: [other/one], run: 'true'}
";
    let server = PipelineServer::serve(OwnProject::with(text), "").await;
    let (runs, plan) = ("/v1/projects/small/runs", "/v1/projects/small/plan");
    let own = target("own", json!({}));
    let made = server.call("of_small", "POST", runs, &own).await;
    assert_eq!(made.status, 202, "{made:?}");
    let mut joined = target("joined", json!({}));
    joined["force_all"] = json!(true);
    let planned = server.call("of_small", "POST", plan, &joined).await;
    assert_eq!(planned.body["counts"], json!({ "run": 1 }), "{planned:?}");
    assert_eq!(planned.body["instances"][0]["needs"], json!([]));
    let refused = server.call("of_small", "POST", runs, &joined).await;
    assert_eq!(refused.status, 404, "{refused:?}");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.starts_with("there is no project other"), "{detail}");
    let allowed = server.call("operator", "POST", runs, &joined).await;
    assert_eq!(allowed.status, 202, "{allowed:?}");
}
