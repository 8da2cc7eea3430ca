//! Projects that are uploaded: stored, used, replaced and removed.

use std::fs;

use serde_json::{Value, json};

use super::own_project::OwnProject;
use super::server::{Answer, PipelineServer, target};

const ALLOWED: &str = "  allow_upload: true\n";

const TEXT: &str = "project: sent
tasks:
  one:
    run: pwd > \"$OUT\"
    outputs: [made]
";

const PATH: &str = "/v1/projects/sent";

async fn serve(more: &str) -> PipelineServer {
    let project = OwnProject::with("tasks: {one: {run: 'true'}}\n");
    PipelineServer::serve(project, more).await
}

async fn put(server: &PipelineServer, name: &str, text: &str, if_match: Option<&str>) -> Answer {
    let mut request = server.request(name, "PUT", PATH);
    request = request.header("content-type", "application/yaml");
    if let Some(tag) = if_match {
        request = request.header("if-match", tag);
    }
    PipelineServer::send(request.body(text.to_owned())).await
}

async fn delete(server: &PipelineServer, path: &str, if_match: Option<&str>) -> Answer {
    let mut request = server.request("admin", "DELETE", path);
    if let Some(tag) = if_match {
        request = request.header("if-match", tag);
    }
    PipelineServer::send(request).await
}

async fn make_one(server: &PipelineServer) -> Value {
    let path = format!("{PATH}/runs");
    let body = target("one", json!({}));
    let started = server.call("operator", "POST", &path, &body).await;
    assert_eq!(started.status, 202, "{started:?}");
    server.ended(started.body["id"].as_str().unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_project_is_used_and_survives_a_restart() {
    let mut server = serve(ALLOWED).await;
    let created = put(&server, "admin", TEXT, None).await;
    assert_eq!(created.status, 201, "{created:?}");
    assert_eq!(created.location.as_deref(), Some(PATH));
    let shown = server.call("viewer", "GET", PATH, &Value::Null).await;
    assert_eq!((shown.status, &shown.etag), (200, &created.etag));
    assert_eq!(shown.body, created.body);
    assert_eq!(make_one(&server).await["state"], "succeeded");
    let directory = server.project.path("server_projects/sent");
    let made = fs::read_to_string(directory.join("made")).unwrap();
    assert_eq!(
        made.trim(),
        fs::canonicalize(&directory).unwrap().display().to_string()
    );

    server.kill();
    server.start().await;
    let shown = server.call("viewer", "GET", PATH, &Value::Null).await;
    assert_eq!(
        (shown.status, &shown.etag),
        (200, &created.etag),
        "{shown:?}"
    );
    assert_eq!(make_one(&server).await["counts"], json!({ "complete": 1 }));

    let other = TEXT.replace("[made]", "[made_again]");
    let tag = created.etag.as_deref();
    let replaced = put(&server, "admin", &other, tag).await;
    assert_eq!(replaced.status, 200, "{replaced:?}");
    assert_ne!(replaced.etag, created.etag);
    for late in [
        put(&server, "admin", TEXT, tag).await,
        delete(&server, PATH, tag).await,
    ] {
        assert_eq!(late.status, 412, "{late:?}");
    }
    let versions = server.get(&format!("{PATH}/versions")).await;
    let current: Vec<&Value> = versions["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["current"])
        .collect();
    assert_eq!(current, [&json!(true), &json!(false)]);

    let removed = delete(&server, PATH, replaced.etag.as_deref()).await;
    assert_eq!(removed.status, 204, "{removed:?}");
    assert_eq!(
        server
            .call("viewer", "GET", PATH, &Value::Null)
            .await
            .status,
        404
    );
    assert!(fs::exists(directory.join("made")).unwrap());
    let runs = server.get("/v1/runs?project=sent").await;
    assert_eq!(runs["runs"].as_array().unwrap().len(), 2);
    server.kill();
    server.start().await;
    assert_eq!(
        server
            .call("viewer", "GET", PATH, &Value::Null)
            .await
            .status,
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_uploaded_is_refused() {
    let server = serve(ALLOWED).await;
    let faulty = put(&server, "admin", &TEXT.replace("outputs", "output"), None).await;
    assert_eq!(faulty.status, 422, "{faulty:?}");
    let fault = &faulty.body["errors"][0];
    assert_eq!((&fault["line"], &fault["column"]), (&json!(5), &json!(5)));
    assert_eq!(fault["key"], "tasks.one.output");
    let renamed = put(&server, "admin", &TEXT.replace("sent", "other"), None).await;
    assert_eq!(renamed.status, 422, "{renamed:?}");
    assert_eq!(renamed.body["errors"][0]["key"], "project");
    let long = format!("{TEXT}# {}", "x".repeat(1 << 20));
    for text in ["", "\0", "\t", "a: &a [*a]", "project: sent", long.as_str()] {
        let refused = put(&server, "admin", text, None).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert!(!refused.body["errors"].as_array().unwrap().is_empty());
    }
    assert_eq!(put(&server, "admin", TEXT, Some("\"x\"")).await.status, 412);
    assert_eq!(put(&server, "admin", TEXT, Some("*")).await.status, 412);
    for name in ["viewer", "operator", "of_small"] {
        assert_eq!(put(&server, name, TEXT, None).await.status, 403, "{name}");
    }
    assert_eq!(put(&server, "of_other", TEXT, None).await.status, 404);
    let json = server
        .call("admin", "PUT", PATH, &json!({ "project": "sent" }))
        .await;
    assert_eq!(json.status, 415, "{json:?}");
    assert_eq!(
        server
            .call("viewer", "GET", PATH, &Value::Null)
            .await
            .status,
        404
    );
    assert_eq!(delete(&server, PATH, None).await.status, 404);
    // Of the settings.
    assert_eq!(
        delete(&server, "/v1/projects/small", None).await.status,
        409
    );

    let closed = serve("").await;
    let refused = put(&closed, "admin", TEXT, None).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    assert!(
        refused.body["detail"]
            .as_str()
            .unwrap()
            .contains("pipelines.allow_upload")
    );
    assert_eq!(
        delete(&closed, "/v1/projects/small", None).await.status,
        403
    );
}
