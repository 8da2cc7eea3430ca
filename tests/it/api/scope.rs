//! What belongs to others is, to a caller with limits, as if it were not there.

use audience::access::{OpenPath, Role};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::roles::{add, operations, token, with_tokens};
use super::v1_body;
use crate::support::{TestApp, TestSettings, corpus};

/// The usual callers, and admins with limits: their role keeps them from nothing.
fn with_limited_admins(settings: &mut TestSettings) {
    with_tokens(settings);
    let names = |name: &str| vec![name.to_owned()];
    for (name, projects, queues, services) in [
        ("of_queue", vec![], names("theirs"), vec![]),
        ("of_dispatch", vec![], names("dispatch"), vec![]),
        ("of_service", vec![], vec![], names("bbb")),
        ("of_both", vec![], names("theirs"), names("bbb")),
        ("of_project", names("p"), vec![], vec![]),
    ] {
        let mut limited = token(name, Role::Admin);
        (limited.projects, limited.queues, limited.services) = (projects, queues, services);
        add(settings, name, limited);
    }
}

const LIMITED: [&str; 5] = [
    "of_queue",
    "of_dispatch",
    "of_service",
    "of_both",
    "of_project",
];

async fn start() -> TestApp {
    let app = TestApp::with().settings(with_limited_admins);
    app.start(&corpus(10)).await
}

/// The status and the text of an answer.
async fn text(
    app: &TestApp,
    name: &str,
    (method, path): (&str, &str),
    key: Option<&str>,
    body: &Value,
) -> (u16, String) {
    let method = method.to_uppercase().parse().unwrap();
    let mut call = app.http.request(method, app.url(path)).json(body);
    call = call.header("authorization", format!("Bearer token-of-{name}"));
    if let Some(key) = key {
        call = call.header("idempotency-key", key);
    }
    let answer = call.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn call(
    app: &TestApp,
    name: &str,
    what: (&str, &str),
    key: Option<&str>,
    body: &Value,
) -> (u16, Value) {
    let (status, text) = text(app, name, what, key, body).await;
    (status, serde_json::from_str(&text).unwrap_or_default())
}

const SUBMIT: (&str, &str) = ("POST", "/v1/jobs");
const CREATE: (&str, &str) = ("POST", "/api/create_task");

fn job_in(queue: &str) -> Value {
    let mut body = v1_body();
    body["queue"] = queue.into();
    body
}

fn task_for(service: &str) -> Value {
    json!({ "data": { "service": service, "condition": { "of": service } } })
}

fn id_in(answer: &Value, member: &str) -> String {
    let id = answer[member].as_str();
    id.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_leads_to_no_job_of_others() {
    let app = start().await;
    let key = Some("one key");
    let (_, ours) = call(&app, "operator", SUBMIT, key, &job_in("ours")).await;
    let ours = id_in(&ours, "id");
    for name in LIMITED {
        let with_key = text(&app, name, SUBMIT, key, &job_in("ours")).await;
        let without = text(&app, name, SUBMIT, None, &job_in("ours")).await;
        assert_eq!(with_key.0, 404, "{name}: {}", with_key.1);
        assert_eq!(with_key, without, "{name}");
    }
    // What they may start, they start; the same key is theirs from then on.
    let (status, theirs) = call(&app, "of_queue", SUBMIT, key, &job_in("theirs")).await;
    assert_eq!(status, 202, "{theirs}");
    let theirs = id_in(&theirs, "id");
    assert_ne!(theirs, ours);
    // One with the same limits, under another name.
    let (_, again) = call(&app, "queue", SUBMIT, key, &job_in("theirs")).await;
    assert_eq!(id_in(&again, "id"), theirs);
    let mut other = job_in("theirs");
    other["labelling"]["countdown_s"] = 1.into();
    assert_eq!(call(&app, "queue", SUBMIT, key, &other).await.0, 422);
    let (_, again) = call(&app, "admin", SUBMIT, key, &job_in("ours")).await;
    assert_eq!(id_in(&again, "id"), ours);
    // Keys are those of jobs and of tasks for outside workers.
    let (status, _) = call(&app, "operator", CREATE, key, &task_for("aaa")).await;
    assert_eq!(status, 422);
    let (status, bbb) = call(&app, "of_service", CREATE, key, &task_for("bbb")).await;
    assert_eq!(status, 200, "{bbb}");
    let (_, again) = call(&app, "service", CREATE, key, &task_for("bbb")).await;
    assert_eq!(again["task_id"], bbb["task_id"]);
    let key = Some("another key");
    call(&app, "operator", CREATE, key, &task_for("aaa")).await;
    for name in ["of_queue", "of_service", "of_both", "of_project"] {
        let with_key = text(&app, name, CREATE, key, &task_for("aaa")).await;
        let without = text(&app, name, CREATE, None, &task_for("aaa")).await;
        assert_eq!(with_key.0, 404, "{name}: {}", with_key.1);
        assert_eq!(with_key, without, "{name}");
    }
}

/// An id that nothing has, of the same form.
const UNKNOWN: &str = "0000000000007000800000000000000a";

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_others_is_answered_like_what_is_not_there() {
    let app = start().await;
    let (_, ours) = call(&app, "operator", SUBMIT, None, &job_in("ours")).await;
    let ours = id_in(&ours, "id");
    app.wait_until_ended(&ours.parse().unwrap()).await;
    let (_, aaa) = call(&app, "operator", CREATE, None, &task_for("aaa")).await;
    let aaa = id_in(&aaa, "task_id");
    let aaa_job = aaa.rsplit('_').next().unwrap().to_owned();
    let operations = operations(&app).await;
    for name in LIMITED {
        for foreign in [&ours, &aaa_job] {
            if name == "of_dispatch" && *foreign == aaa_job {
                continue;
            }
            for (method, path, _) in &operations {
                if !path.contains("{job_id}") && !path.contains("{task_id}") {
                    continue;
                }
                let answers = [foreign.as_str(), UNKNOWN].map(async |id| {
                    let path = path
                        .replace("{job_id}", id)
                        .replace("{task_id}", id)
                        .replace("{name}", "x");
                    let (status, text) = text(&app, name, (method, &path), None, &json!({})).await;
                    (status, text.replace(id, "ID"))
                });
                let [foreign, unknown] = answers;
                let (foreign, unknown) = (foreign.await, unknown.await);
                assert_eq!(foreign, unknown, "{name} {method} {path}");
                assert_eq!(foreign.0, 404, "{name} {method} {path}");
            }
        }
        for (method, path, _) in &operations {
            if path.contains("{service}") {
                let answers = ["aaa", "zzz"].map(async |service| {
                    let path = path.replace("{service}", service);
                    let (status, text) = text(&app, name, (method, &path), None, &json!({})).await;
                    (status, text.replace(service, "SERVICE"))
                });
                let [foreign, unknown] = answers;
                let (foreign, unknown) = (foreign.await, unknown.await);
                assert_eq!(foreign, unknown, "{name} {method} {path}");
                assert_eq!(foreign.0, 404, "{name} {method} {path}");
            }
        }
    }
    // Ids in bodies; also one that names a service of the caller and a task of others.
    let forged = format!("ts_bbb_{aaa_job}");
    for name in LIMITED {
        let foreign = match name {
            "of_dispatch" => &forged,
            _ => &aaa,
        };
        for foreign in [foreign, &forged] {
            let (service, _) = foreign.rsplit_once('_').unwrap();
            let unknown = format!("{service}_{UNKNOWN}");
            let service = service.trim_start_matches("ts_");
            for (path, body) in bodies(service) {
                let answers = [foreign.as_str(), &unknown].map(async |id| {
                    let body = body.to_string().replace("ID", id);
                    let body = serde_json::from_str(&body).unwrap();
                    let (status, text) = text(&app, name, ("POST", &path), None, &body).await;
                    (status, text.replace(id, "ID"))
                });
                let [foreign, unknown] = answers;
                let (foreign, unknown) = (foreign.await, unknown.await);
                assert_eq!(foreign, unknown, "{name} {path} {body}");
            }
        }
        let abort = async |id: &str| {
            let body = json!({ "task_id": id });
            let (status, text) = text(&app, name, ("POST", "/api/tasks/abort"), None, &body).await;
            (status, text.replace(id, "ID"))
        };
        assert_eq!(abort(&ours).await, abort(UNKNOWN).await, "{name}");
        for (path, known, unknown) in [
            ("/v1/jobs?queue=NAME", "ours", "nowhere"),
            ("/v1/jobs?after=NAME", ours.as_str(), UNKNOWN),
        ] {
            let list = async |value: &str| {
                let path = path.replace("NAME", value);
                call(&app, name, ("GET", &path), None, &json!({})).await.1["jobs"].take()
            };
            if name != "of_dispatch" {
                assert_eq!(list(known).await, list(unknown).await, "{name} {path}");
            }
        }
    }
    let status = json!({ "data": [{ "task_id": aaa }] });
    let (_, found) = call(&app, "admin", ("POST", "/api/status_task"), None, &status).await;
    assert_eq!(found["status"][0]["status"], "waiting", "{found}");
}

/// Calls that name a task in their body, well formed and not.
fn bodies(service: &str) -> Vec<(String, Value)> {
    let worker = |call: &str| format!("/v1/dispatch/{service}/{call}");
    let api = |call: &str| format!("/api/{call}");
    vec![
        (api("status_task"), json!({ "data": [{ "task_id": "ID" }] })),
        (api("result_task"), json!({ "data": { "task_id": "ID" } })),
        (
            api("update_status_task"),
            json!({ "data": { "task_id": "ID", "status": "running" } }),
        ),
        (
            api("update_status_task"),
            json!({ "data": { "task_id": "ID", "status": "finished", "result": 1 } }),
        ),
        (api("start_task"), json!({ "task_id": "ID" })),
        (
            api("update_task"),
            json!({ "task_id": "ID", "condition": {} }),
        ),
        (
            worker("heartbeat"),
            json!({ "task_id": "ID", "lease": "x" }),
        ),
        (
            worker("complete"),
            json!({ "task_id": "ID", "lease": "x", "status": "finished" }),
        ),
        (
            worker("complete"),
            json!({ "task_id": "ID", "lease": "x", "status": "finished", "result": 1 }),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn services_are_shown_to_those_who_may_use_them() {
    let app = start().await;
    for service in ["aaa", "bbb"] {
        call(&app, "operator", CREATE, None, &task_for(service)).await;
    }
    for (name, expected, waiting) in [
        ("of_queue", json!([]), 0),
        ("of_project", json!([]), 0),
        ("of_service", json!(["bbb"]), 1),
        ("of_both", json!(["bbb"]), 1),
        ("of_dispatch", json!(["aaa", "bbb"]), 1),
        ("admin", json!(["aaa", "bbb"]), 1),
    ] {
        let what = ("POST", "/api/service_task");
        let (_, names) = call(&app, name, what, None, &json!({})).await;
        assert_eq!(names["data"], expected, "{name}");
        let what = ("GET", "/v1/dispatch/services");
        let (_, shown) = call(&app, name, what, None, &json!({})).await;
        let shown = shown["services"].as_array().unwrap();
        let names: Vec<&Value> = shown.iter().map(|service| &service["service"]).collect();
        assert_eq!(json!(names), expected, "{name}");
        assert!(shown.iter().all(|service| service["waiting"] == waiting));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_project_sees_nothing_that_belongs_to_none() {
    let app = start().await;
    call(&app, "operator", SUBMIT, None, &job_in("theirs")).await;
    call(&app, "operator", CREATE, None, &task_for("bbb")).await;
    let none = json!({});
    let get = async |what| call(&app, "of_project", what, None, &none).await;
    assert_eq!(get(("GET", "/v1/jobs")).await.1["jobs"], json!([]));
    assert_eq!(get(("GET", "/api/tasks/")).await.1["content"], json!([]));
    let (_, tasks) = call(&app, "of_project", ("POST", "/api/tasks"), None, &none).await;
    assert_eq!((&tasks["total"], &tasks["data"]), (&json!(0), &json!([])));
    for (what, body) in [(SUBMIT, job_in("theirs")), (CREATE, task_for("bbb"))] {
        let (status, answer) = call(&app, "of_project", what, None, &body).await;
        assert_eq!(status, 404, "{what:?}: {answer}");
    }
    let (_, session) = get(("GET", "/v1/session")).await;
    assert_eq!(session["projects"], json!(["p"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_about_the_whole_process_is_not_for_callers_with_limits() {
    let app = TestApp::with().settings(|settings| {
        with_limited_admins(settings);
        settings.access.open.0 = vec![OpenPath::Livez];
    });
    let app = app.start(&corpus(10)).await;
    let level = json!({ "level": "info" });
    for name in LIMITED {
        for what in [
            ("GET", "/v1/runtime/log-level"),
            ("PUT", "/v1/runtime/log-level"),
            ("GET", "/metrics"),
        ] {
            let (status, _) = text(&app, name, what, None, &level).await;
            assert_eq!(status, 403, "{name} {what:?}");
        }
    }
    for what in [("GET", "/v1/runtime/log-level"), ("GET", "/metrics")] {
        assert_eq!(text(&app, "viewer", what, None, &level).await.0, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn own_tasks_are_listed_however_many_others_there_are() {
    let app = start().await;
    let (_, own) = call(&app, "of_queue", SUBMIT, None, &job_in("theirs")).await;
    let own = id_in(&own, "id");
    app.wait_until_ended(&own.parse().unwrap()).await;
    let connection = Connection::open(app.database()).unwrap();
    let more = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300)
        INSERT INTO state (task_id, stat, model_type, predict_type, date_range, target_table, create_time)
        SELECT printf('%032x', n), 'SUCCESS', 'keyword_model', 'author_name', '', '', '2999-01-01 00:00:00'
        FROM n";
    connection.execute(more, []).unwrap();
    let what = ("GET", "/api/tasks/");
    let (_, listed) = call(&app, "of_queue", what, None, &json!({})).await;
    let listed = listed["content"].as_array().unwrap();
    let ids: Vec<&Value> = listed.iter().map(|row| &row["task_id"]).collect();
    assert_eq!(ids, [&json!(own)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_cannot_be_used_fails_the_own_task_and_no_other() {
    let app = start().await;
    let (_, aaa) = call(&app, "operator", CREATE, None, &task_for("aaa")).await;
    let (_, bbb) = call(&app, "operator", CREATE, None, &task_for("bbb")).await;
    let (aaa, bbb) = (id_in(&aaa, "task_id"), id_in(&bbb, "task_id"));
    let lease = ("POST", "/v1/dispatch/bbb/lease");
    let (_, leased) = call(&app, "of_service", lease, None, &json!({})).await;
    let end = |task: &str| {
        let lease = &leased["tasks"][0]["lease"];
        json!({ "task_id": task, "lease": lease, "status": "finished", "result": 1 })
    };
    let complete = ("POST", "/v1/dispatch/bbb/complete");
    for task in [&aaa, &bbb] {
        let (status, answer) = call(&app, "of_service", complete, None, &end(task)).await;
        assert_eq!(status, 422, "{answer}");
    }
    let report = json!({ "data": { "task_id": aaa, "status": "finished", "result": 1 } });
    let what = ("POST", "/api/update_status_task");
    assert_eq!(call(&app, "of_service", what, None, &report).await.0, 422);
    let both = json!({ "data": [{ "task_id": aaa }, { "task_id": bbb }] });
    let what = ("POST", "/api/status_task");
    let (_, found) = call(&app, "admin", what, None, &both).await;
    assert_eq!(found["status"][0]["status"], "waiting", "{found}");
    assert_eq!(found["status"][1]["status"], "failed", "{found}");
}
