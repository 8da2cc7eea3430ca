//! The pages of pipelines, as a browser without scripts sees them.

use serde_json::{Value, json};

use super::own_project::OwnProject;
use super::server::{PipelineServer, is_there, target};

const PROJECT: &str = "
timezone: Asia/Taipei
params: {date: {type: date, help: the <b>day</b>}}
tasks:
  input:
    outputs: [\"in/{date}\"]
  day:
    help: counts <i>lines</i>
    run: '[ \"$date\" != 2026-11-03 ] && echo \"$date\" > \"$OUT\"'
    outputs: [\"day/{date}\"]
  sum:
    run: cat \"$IN_day\" > \"$OUT\"
    requires: [day]
    outputs: [\"sum/{date}\"]
  both:
    requires: [day, sum]
triggers:
  nightly: {cron: \"0 3 * * *\", run: day, with: {date: \"{fire-1d}\"}}
  redo: {form: [date], run: [day]}
";

async fn server() -> PipelineServer {
    PipelineServer::serve(OwnProject::with(PROJECT), "").await
}

/// The page that a caller is shown, after all that it is led to.
async fn page(server: &PipelineServer, name: &str, path: &str) -> (u16, String) {
    let answer = server.request(name, "GET", path).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn shown(server: &PipelineServer, path: &str) -> String {
    let (status, html) = page(server, "operator", path).await;
    assert_eq!(status, 200, "{path}: {html}");
    html
}

/// Sends a form; the status, the path where that leads and the page there.
async fn send(
    server: &PipelineServer,
    name: &str,
    path: &str,
    form: &str,
) -> (u16, String, String) {
    let call = server.request(name, "POST", path).body(form.to_owned());
    let call = call.header("content-type", "application/x-www-form-urlencoded");
    let answer = call.send().await.unwrap();
    let led_to = answer.url().path().to_owned();
    (
        answer.status().as_u16(),
        led_to,
        answer.text().await.unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_shown_with_its_tasks_and_triggers() {
    let server = server().await;
    let list = shown(&server, "/pipelines").await;
    for part in [
        "href=\"/pipelines/small\"",
        "href=\"/pipelines/other\"",
        "nightly",
    ] {
        assert!(list.contains(part), "{part}: {list}");
    }
    assert!(list.contains("aria-current=\"page\">Pipelines"), "{list}");
    let project = shown(&server, "/pipelines/small").await;
    for part in [
        "href=\"/pipelines/small/tasks/sum\"",
        "0 3 * * * Asia/Taipei",
        "action=\"/pipelines/small/triggers/nightly/fire\"",
        "type=\"date\"",
        "counts &#60;i&#62;lines&#60;/i&#62;",
    ] {
        assert!(project.contains(part), "{part}: {project}");
    }
    assert!(!project.contains("<i>lines"), "{project}");
    let graph = shown(&server, "/pipelines/small/graph").await;
    assert!(graph.contains("<svg") && graph.contains("href=\"/pipelines/small/tasks/day\""));
    let (status, _) = page(&server, "of_other", "/pipelines/small").await;
    assert_eq!(status, 404);
    let (status, _) = page(&server, "viewer", "/pipelines/small/tasks/none").await;
    assert_eq!(status, 404);
    let (_, html) = page(&server, "viewer", "/pipelines/small").await;
    assert!(
        !html.contains("/fire\"") && html.contains("operator"),
        "{html}"
    );
    let (status, _, _) = send(
        &server,
        "viewer",
        "/pipelines/small/triggers/nightly/pause",
        "",
    )
    .await;
    assert_eq!(status, 403);
    let (status, led_to, html) = send(
        &server,
        "operator",
        "/pipelines/small/triggers/nightly/pause",
        "",
    )
    .await;
    assert_eq!((status, led_to.as_str()), (200, "/pipelines/small"));
    assert!(html.contains("Paused by operator"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_fires_its_trigger_and_leads_to_the_run() {
    let server = server().await;
    let path = "/pipelines/small/triggers/redo/fire";
    let (status, _, html) = send(&server, "operator", path, "date=never%3Cb%3E").await;
    assert!(
        status == 422 || html.contains("never&#60;b&#62;"),
        "{status}: {html}"
    );
    assert!(!html.contains("never<b>"), "{html}");
    let (status, led_to, html) = send(&server, "operator", path, "date=2026-11-01").await;
    assert_eq!(status, 200, "{html}");
    let run = led_to.strip_prefix("/pipelines/runs/").unwrap();
    assert!(html.contains("day(date=2026-11-01)"), "{html}");
    assert_eq!(server.ended(run).await["state"], "succeeded");
    let html = shown(&server, &led_to).await;
    for part in ["Succeeded", "href=\"/jobs/", "<svg", "/retry\""] {
        assert!(html.contains(part), "{part}: {html}");
    }
    let runs = shown(&server, "/pipelines/runs?project=small&state=succeeded").await;
    assert!(runs.contains(&led_to), "{runs}");
    let (status, html) = page(&server, "viewer", "/pipelines/runs?state=%3Cb%3E").await;
    assert_eq!(status, 422);
    assert!(
        html.contains("state: expected") && !html.contains("<b>&"),
        "{html}"
    );
    let (status, led_to, _) = send(&server, "operator", &format!("{led_to}/retry"), "").await;
    assert_eq!(status, 200);
    assert!(led_to.starts_with("/pipelines/runs/") && !led_to.ends_with(run));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_checked_and_started_from_its_page() {
    let server = server().await;
    let path = "/pipelines/small/tasks/sum";
    let html = shown(
        &server,
        &format!("{path}?date=2026-11-01..2026-11-02&.check=1"),
    )
    .await;
    assert!(
        html.contains("sum(date=2026-11-02)") && html.contains("no day/2026-11-01"),
        "{html}"
    );
    assert!(!is_there(&server, "day/2026-11-01"));
    // It is listed among what can be started, and says how a shell does it.
    let new = shown(&server, "/new").await;
    assert!(new.contains(&format!("href=\"{path}\"")), "{new}");
    assert!(
        new.contains("Run of small") && new.contains("counts &#60;i&#62;lines"),
        "{new}"
    );
    let line = "audience run sum --date 2026-11-01..2026-11-02 --server http://";
    assert!(
        html.contains(line) && html.contains("/v1/projects/small/runs"),
        "{html}"
    );
    let (status, html) = page(&server, "viewer", &format!("{path}?date=x&.check=1")).await;
    assert_eq!(status, 422, "{html}");
    assert!(
        html.contains("date") && html.contains("value=\"x\""),
        "{html}"
    );
    let (status, _, _) = send(&server, "viewer", path, "date=2026-11-01").await;
    assert_eq!(status, 403);
    let (status, led_to, _) = send(&server, "operator", path, "date=2026-11-01").await;
    assert_eq!(status, 200);
    server
        .ended(led_to.strip_prefix("/pipelines/runs/").unwrap())
        .await;
    assert!(is_there(&server, "sum/2026-11-01"));
    // What has succeeded has no cause; why it was planned stands beside it.
    let html = shown(&server, &led_to).await;
    let (_, row) = html.split_once("<bdi>sum(date=2026-11-01)</bdi>").unwrap();
    let (row, _) = row.split_once("</tr>").unwrap();
    assert!(
        row.contains("<td>–</td>") && row.contains("no sum/2026-11-01"),
        "{row}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn days_show_what_is_made_and_start_what_is_chosen() {
    let server = server().await;
    server.project.write("in/2026-11-01", "");
    let days = json!("2026-11-01..2026-11-03");
    let run = server
        .start_run(&target("day", json!({ "date": days })))
        .await;
    assert_eq!(server.ended(&run).await["state"], "failed");
    let query = "from=2026-11-01&to=2026-11-04";
    let table = server
        .get(&format!("/v1/projects/small/dates?{query}"))
        .await;
    let state = |task: usize, day: usize| table["tasks"][task]["days"][day]["state"].clone();
    assert_eq!(table["tasks"][1]["task"], "day");
    let expected = [
        ["complete", "missing", "missing", "missing"],
        ["complete", "complete", "failed", "run"],
        ["run", "run", "run", "run"],
        ["run", "run", "run", "run"],
    ];
    for (task, states) in expected.iter().enumerate() {
        for (day, expected) in states.iter().enumerate() {
            assert_eq!(state(task, day), *expected, "{task} {day}: {table}");
        }
    }
    assert!(
        table["tasks"][1]["days"][2]["job_id"].is_string(),
        "{table}"
    );
    for wrong in [
        "from=2026-11-04&to=2026-11-01",
        "from=x",
        "from=2020-01-01&to=2026-11-01",
    ] {
        let path = format!("/v1/projects/small/dates?{wrong}");
        let refused = server.call("viewer", "GET", &path, &Value::Null).await;
        assert_eq!(refused.status, 422, "{wrong}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.starts_with("from: expected"), "{wrong}: {detail}");
        let (status, html) = page(
            &server,
            "viewer",
            &format!("/pipelines/small/dates?{wrong}"),
        )
        .await;
        assert!(status == 422 && html.contains("from: expected"), "{html}");
    }
    let path = format!("/pipelines/small/dates?{query}");
    let html = shown(&server, &path).await;
    for part in [
        "value=\"day 2026-11-04\"",
        "value=\"sum 2026-11-01\"",
        "data-s=\"missing\"",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(
        !html.contains("value=\"input 2026-11-02\""),
        "others make it"
    );
    assert!(!html.contains("value=\"day 2026-11-01\""), "it is there");
    let (_, html) = page(&server, "viewer", &path).await;
    assert!(!html.contains("name=\"cell\""), "{html}");
    let form = "cell=day+2026-11-04&cell=sum+2026-11-01&newest_first=1&at_once=2";
    let (status, led_to, html) = send(&server, "operator", &path, form).await;
    assert_eq!(status, 200, "{html}");
    let run = server
        .ended(led_to.strip_prefix("/pipelines/runs/").unwrap())
        .await;
    assert_eq!(run["state"], "succeeded", "{run}");
    assert!(is_there(&server, "day/2026-11-04") && is_there(&server, "sum/2026-11-01"));
    let table = server
        .get(&format!("/v1/projects/small/dates?{query}"))
        .await;
    let both = &table["tasks"][3]["days"];
    assert_eq!(
        (&both[0]["state"], &both[1]["state"]),
        (&json!("complete"), &json!("run")),
        "{table}"
    );
    let (status, _, html) = send(&server, "operator", &path, "").await;
    assert_eq!(status, 422);
    assert!(html.contains("targets"), "{html}");
}
