//! Graphs of projects and runs over HTTP.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::own_project::OwnProject;
use super::server::{Answer, PipelineServer, target};
use crate::support::{DatabaseKind, OwnDatabase, wait_for};

/// Two hundred parts, of which one fails, and what needs them.
const PROJECT: &str = "
params: {date: {type: date}}
tasks:
  raw:
    outputs: ['raw/{date}']
  part:
    params: {date: {type: date}, n: {type: int, min: 0, max: 199}}
    requires: [raw]
    run: test \"$n\" != 7 && echo made > \"$OUT\"
    outputs: ['part/{date}-{n}']
  report:
    requires: [{task: part, n: '0..4'}]
    run: cat $IN_part > \"$OUT\"
    outputs: ['report/{date}']
  total:
    requires:
      - {task: part, n: '0..199'}
      - report
      - {task: total, date: '{date-1d}', optional: true}
    run: cat $IN_part > \"$OUT\"
    outputs: ['total/{date}']
  beside:
    requires: [{task: other/one}, report]
";

async fn serve() -> PipelineServer {
    let project = OwnProject::with(PROJECT);
    project.write("raw/2026-11-21", "rows\n");
    PipelineServer::serve(project, "").await
}

/// A run of which everything has ended.
async fn run_of(server: &PipelineServer, task: &str) -> String {
    let run = server
        .start_run(&target(task, json!({ "date": "2026-11-21" })))
        .await;
    server.ended(&run).await;
    run
}

fn nodes(graph: &Value) -> BTreeMap<&str, &Value> {
    let nodes = graph["nodes"].as_array().unwrap().iter();
    nodes
        .map(|node| (node["id"].as_str().unwrap(), node))
        .collect()
}

/// Boxes apart from each other; edges end at their boxes and lead to the right.
fn check_layout(graph: &Value) {
    let rect = |node: &Value| ["x", "y", "w", "h"].map(|key| node[key].as_i64().unwrap());
    let nodes = nodes(graph);
    let rects: Vec<[i64; 4]> = nodes.values().map(|node| rect(node)).collect();
    for (place, [x, y, w, h]) in rects.iter().enumerate() {
        assert!(x + w <= graph["width"].as_i64().unwrap());
        assert!(y + h <= graph["height"].as_i64().unwrap());
        for [other_x, other_y, other_w, other_h] in &rects[place + 1..] {
            let beside = x + w <= *other_x || other_x + other_w <= *x;
            let above = y + h <= *other_y || other_y + other_h <= *y;
            assert!(beside || above, "{graph}");
        }
    }
    for edge in graph["edges"].as_array().unwrap() {
        let end = |name: &str| rect(nodes[edge[name].as_str().unwrap()]);
        let (from, to) = (end("from"), end("to"));
        let points = edge["points"].as_array().unwrap();
        let at = |place: usize| [0, 1].map(|axis| points[place][axis].as_i64().unwrap());
        assert_eq!(at(0), [from[0] + from[2], from[1] + from[3] / 2]);
        assert_eq!(at(points.len() - 1), [to[0], to[1] + to[3] / 2]);
        assert!((1..points.len()).all(|place| at(place - 1)[0] < at(place)[0]));
    }
}

async fn tagged(server: &PipelineServer, path: &str, accept: &str, tag: Option<&str>) -> Answer {
    let mut request = server
        .request("viewer", "GET", path)
        .header("Accept", accept);
    if let Some(tag) = tag {
        request = request.header("If-None-Match", tag);
    }
    PipelineServer::send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_has_a_graph_before_any_run() {
    let server = serve().await;
    let path = "/v1/projects/small/graph";
    let graph = server.get(path).await;
    check_layout(&graph);
    let ids: Vec<&str> = graph["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        ["raw", "part", "report", "total", "beside", "other/one"]
    );
    let edges: Vec<String> = graph["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| {
            format!(
                "{} {}",
                edge["from"].as_str().unwrap(),
                edge["to"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        edges,
        [
            "raw part",
            "part report",
            "part total",
            "report total",
            "report beside",
            "other/one beside"
        ]
    );
    assert_eq!(graph["nodes"][0]["state"], Value::Null);
    // Nothing shows that there is another project.
    let seen = server.call("of_small", "GET", path, &Value::Null).await;
    assert_eq!(nodes(&seen.body).len(), 5);
    assert!(!seen.body.to_string().contains("other"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_has_a_graph_with_states() {
    let server = serve().await;
    let run = run_of(&server, "report").await;
    let path = format!("/v1/runs/{run}/graph");
    let graph = server.get(&path).await;
    check_layout(&graph);
    let nodes = nodes(&graph);
    assert_eq!(nodes.len(), 7);
    let raw = nodes["raw(date=2026-11-21)"];
    assert_eq!(raw["state"], "complete");
    assert_eq!(raw["params"], json!({ "date": "2026-11-21" }));
    assert_eq!(raw.get("count"), None);
    let jobs = server.jobs(&run).await;
    for job in &jobs {
        let id = job["job_id"].as_str().or(job["instance"].as_str());
        let node = nodes[id.unwrap()];
        assert_eq!(node["task"], job["task"]);
        assert_eq!(
            node["state"].as_str(),
            job["state"].as_str().or(Some("complete"))
        );
    }
    assert_eq!(graph["edges"].as_array().unwrap().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_instances_are_stacked() {
    let server = serve().await;
    let run = run_of(&server, "total").await;
    let path = format!("/v1/runs/{run}/graph");
    let few = server.get(&path).await;
    check_layout(&few);
    let part = nodes(&few)["part@1"].clone();
    assert_eq!(part["count"], 200);
    assert_eq!(part["states"], json!({ "failed": 1, "succeeded": 199 }));
    assert_eq!(part["state"], "failed");
    assert_eq!(part["params"], json!({ "date": "2026-11-21" }));
    let all = server.get(&format!("{path}?collapse=none")).await;
    check_layout(&all);
    assert_eq!(nodes(&all).len(), nodes(&few).len() + 199);
    let again = server.get(&format!("{path}?collapse=none")).await;
    assert_eq!(all, again);

    let jobs = server.jobs(&run).await;
    let failed = jobs.iter().find(|job| job["state"] == "failed").unwrap();
    let instance = failed["instance"].as_str().unwrap();
    assert_eq!(instance, "part(date=2026-11-21,n=7)");
    let id = failed["job_id"].as_str().unwrap();
    let near = server.get(&format!("{path}?focus={id}&hops=1")).await;
    check_layout(&near);
    let shown = nodes(&near);
    assert!(
        shown.contains_key(id) && shown.contains_key("raw(date=2026-11-21)"),
        "{near}"
    );
    assert_eq!(shown.len(), 3);
    let by_name = server.get(&format!("{path}?hops=1&focus={instance}")).await;
    assert_eq!(near, by_name);
    let alone = server.get(&format!("{path}?focus={id}&hops=0")).await;
    assert_eq!(nodes(&alone).len(), 1);
    // It stands for itself, also where others are stacked.
    let raw = server
        .get(&format!("{path}?focus=raw(date=2026-11-21)&hops=2"))
        .await;
    assert_eq!(nodes(&raw)["part@1"]["count"], 200);
    let far = server.get(&format!("{path}?focus={id}&hops=1000")).await;
    assert!(nodes(&far).contains_key(id), "{far}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_that_the_caller_has_is_not_sent_again() {
    let server = serve().await;
    let run = run_of(&server, "report").await;
    for path in [
        format!("/v1/runs/{run}/graph"),
        "/v1/projects/small/graph".to_owned(),
    ] {
        let mut tags = Vec::new();
        for accept in ["*/*", "image/svg+xml"] {
            let first = tagged(&server, &path, accept, None).await;
            assert_eq!(first.status, 200, "{first:?}");
            let tag = first.etag.clone().unwrap();
            let second = tagged(&server, &path, accept, Some(&tag)).await;
            assert_eq!(
                (second.status, second.body),
                (304, Value::String(String::new()))
            );
            assert_eq!(second.etag.as_deref(), Some(&*tag));
            assert_eq!(
                tagged(&server, &path, accept, Some("\"other\"")).await.body,
                first.body
            );
            tags.push(tag);
        }
        assert_ne!(tags[0], tags[1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_changes_with_its_states() {
    let project =
        OwnProject::with("tasks: {slow: {run: \"while [ ! -e go ]; do sleep 0.02; done\"}}");
    let server = PipelineServer::serve(project, "").await;
    let run = server.start_run(&target("slow", json!({}))).await;
    let path = format!("/v1/runs/{run}/graph");
    let running = wait_for("the job runs", async || {
        let answer = tagged(&server, &path, "*/*", None).await;
        (answer.body["nodes"][0]["state"] == "running").then_some(answer)
    })
    .await;
    server.project.write("go", "");
    server.ended(&run).await;
    let ended = tagged(&server, &path, "*/*", running.etag.as_deref()).await;
    assert_eq!(ended.status, 200);
    assert_eq!(ended.body["nodes"][0]["state"], "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_is_a_picture_for_those_who_want_one() {
    let server = serve().await;
    let run = run_of(&server, "report").await;
    let path = format!("/v1/runs/{run}/graph");
    let request = server
        .request("viewer", "GET", &path)
        .header("Accept", "image/svg+xml");
    let answer = request.send().await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/svg+xml");
    assert_eq!(header("vary"), "Accept");
    let policy = header("content-security-policy");
    assert!(policy.contains("style-src 'sha256-"), "{policy}");
    let picture = answer.text().await.unwrap();
    assert!(picture.starts_with("<svg "), "{picture}");
    let title = format!("<title>Run {run} of project small</title>");
    assert!(picture.contains(&title), "{picture}");
    assert!(
        picture.contains("part(date=2026-11-21,n=3): succeeded"),
        "{picture}"
    );
    let project = tagged(&server, "/v1/projects/small/graph", "image/*", None).await;
    assert!(
        project
            .body
            .as_str()
            .unwrap()
            .contains("<title>Tasks of project small</title>")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_questions_about_graphs_are_answered() {
    let server = serve().await;
    let run = run_of(&server, "report").await;
    let path = format!("/v1/runs/{run}/graph");
    let unknown = "019ac1f06b5c7d10a1b2c3d4e5f60718";
    for (query, status, detail) in [
        (
            "collapse=all",
            422,
            "collapse: expected auto or none, found `all`",
        ),
        ("hops=-1", 422, "hops"),
        ("hops=1001", 422, "hops: expected at most 1000"),
        ("focus=total", 404, "the graph has no job or instance total"),
        (
            &format!("focus={unknown}"),
            404,
            "the graph has no job or instance",
        ),
        ("hop=2", 400, "unknown query parameter `hop`"),
    ] {
        let answer = server
            .call("viewer", "GET", &format!("{path}?{query}"), &Value::Null)
            .await;
        assert_eq!(answer.status, status, "{query}: {answer:?}");
        let found = answer.body["detail"].as_str().unwrap();
        assert!(found.contains(detail), "{query}: {found}");
    }
    for path in [
        format!("/v1/runs/{unknown}/graph"),
        "/v1/runs/none/graph".to_owned(),
        "/v1/projects/none/graph".to_owned(),
    ] {
        let answer = server.call("viewer", "GET", &path, &Value::Null).await;
        assert_eq!(answer.status, 404, "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_graph_is_the_same_in_each_database() {
    let mut graphs = Vec::new();
    for kind in DatabaseKind::ALL {
        let database = block_in_place(|| OwnDatabase::new(kind));
        let project = OwnProject::with(PROJECT);
        project.write("raw/2026-11-21", "rows\n");
        let settings = format!("database: {{url: \"{}\"}}\n", database.url);
        project.write("settings/development.yaml", &settings);
        let server = PipelineServer::serve(project, "").await;
        let run = run_of(&server, "total").await;
        let mut graph = server.get(&format!("/v1/runs/{run}/graph")).await;
        // Ids of jobs are different ones.
        graph["edges"].take();
        for node in graph["nodes"].as_array_mut().unwrap() {
            node["id"].take();
        }
        graphs.push(graph);
        drop(server);
        block_in_place(|| drop(database));
    }
    assert_eq!(graphs[0], graphs[1]);
    assert_eq!(graphs[0], graphs[2]);
}
