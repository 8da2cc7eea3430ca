//! Why instances wait: the sentence of the command line, and the reasons over HTTP.

use serde_json::{Value, json};

use super::own_project::OwnProject;
use super::served::{Server, submit};
use crate::support::wait_for;

/// The job of an instance.
fn job_of<'j>(jobs: &'j [(String, String)], instance: &str) -> &'j str {
    let found = jobs.iter().find(|(identity, _)| identity == instance);
    &found.unwrap_or_else(|| panic!("{instance} in {jobs:?}")).1
}

/// Asks until the first reason is of this kind.
async fn why(server: &Server, path: &str, kind: &str) -> Value {
    wait_for(&format!("a reason {kind} of {path}"), async || {
        let (status, why) = server.get(path).await;
        assert_eq!(status, 200, "{why}");
        let reason = &why["because"][0];
        // What was queued a moment ago holds nothing yet.
        let is_held = kind != "resource" || reason["held"] != 0;
        (reason["kind"] == kind && is_held).then_some(why)
    })
    .await
}

/// Without the time at its end, and without the date, which stands before it on another day.
fn without_time(sentence: &Value) -> String {
    let sentence = sentence.as_str().unwrap();
    let (rest, time) = sentence.rsplit_once(' ').unwrap();
    let numbers = |text: &str, between: char| {
        let parts: Vec<_> = text.split(between).map(str::parse::<u32>).collect();
        parts.len() == 3 && parts.iter().all(Result::is_ok)
    };
    assert!(numbers(time, ':'), "{sentence}");
    match rest.rsplit_once(' ') {
        Some((before, date)) if numbers(date, '-') => before.to_owned(),
        _ => rest.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_holds_the_slots_is_named() {
    let project = OwnProject::with(
        "
timezone: Asia/Taipei
resources: {warehouse: 1, disk: 2}
tasks:
  load:
    params: {country: {type: choice, values: [cn, us]}}
    run: 'until [ -e go ]; do sleep 0.02; done'
    resources: {warehouse: 1}
  large:
    priority: 5
    run: 'true'
    resources: {disk: 2}
  small:
    params: {n: {type: int, values: [1, 2]}}
    run: 'until [ -e go ]; do sleep 0.02; done'
    resources: {disk: 1}
  after: {requires: [{task: load, country: [cn, us]}], run: 'true'}
  alone:
    params: {n: {type: int, values: [1, 2]}}
    run: 'until [ -e go ]; do sleep 0.02; done'
    at_once: 1
  all: {requires: [after, alone]}
",
    );
    let server = Server::start(&project, "server", json!({"jobs_at_once": 8})).await;
    let jobs = submit(&project, "server", &["all"]);
    let us = job_of(&jobs, "load(country=us)");
    let path = format!("/v1/jobs/{us}/why");
    let of_slots = why(&server, &path, "resource").await;
    let expected = "load(country=us) waits for warehouse: 1 of 1 held by load(country=cn) since";
    assert_eq!(without_time(&of_slots["sentence"]), expected);
    let because = &of_slots["because"][0];
    assert_eq!(
        (&because["name"], &because["held"]),
        (&json!("warehouse"), &json!(1))
    );
    assert_eq!(because["holders"][0]["id"], "load(country=cn)");
    assert_eq!(
        (&of_slots["id"], &of_slots["state"]),
        (&json!("load(country=us)"), &json!("queued"))
    );
    // The same for its instance, and by the command line.
    let (_, of_instance) = server
        .get("/v1/projects/small/why?task=load&country=us")
        .await;
    assert_eq!(of_instance, of_slots);
    let settings = project.path("server").display().to_string();
    let ask = ["--settings", &settings, "why", "load", "--country", "us"];
    assert_eq!(project.succeed(&ask).trim_end(), of_slots["sentence"]);
    let path = format!("/v1/jobs/{}/why", job_of(&jobs, "after"));
    let needs = why(&server, &path, "requirement").await;
    assert_eq!(
        needs["sentence"],
        "after waits for load(country=cn), which is being made, and 1 more"
    );
    let path = format!("/v1/jobs/{}/why", job_of(&jobs, "alone(n=2)"));
    let limit = why(&server, &path, "limit").await;
    assert_eq!(
        without_time(&limit["sentence"]),
        "alone(n=2) waits for a place of alone (at_once): 1 of 1 held by alone(n=1) since"
    );
    // What is free is kept for a large one that comes first.
    let first = submit(&project, "server", &["small", "--n", "1"]);
    wait_for("it has begun", async || {
        let (_, job) = server.get(&format!("/v1/jobs/{}", first[0].1)).await;
        (job["state"] == "running").then_some(())
    })
    .await;
    submit(&project, "server", &["large"]);
    let second = submit(&project, "server", &["small", "--n", "2"]);
    let kept = why(
        &server,
        &format!("/v1/jobs/{}/why", second[0].1),
        "resource",
    )
    .await;
    let sentence = kept["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("small(n=2) waits for disk: 1 of 2 held by small(n=1) since ")
            && sentence.ends_with(", the rest is kept for large"),
        "{sentence}"
    );
    assert_eq!(kept["because"][0]["kept_for"][0]["id"], "large");
    project.write("go", "");
    for (path, status, detail) in [
        (
            "/v1/projects/small/why?task=load",
            422,
            "2 instances; expected the parameters of one",
        ),
        (
            "/v1/projects/small/why?task=none",
            404,
            "project small has no task none; expected one of load, large, small, after, alone, all",
        ),
        (
            "/v1/projects/none/why?task=a",
            404,
            "there is no project none",
        ),
        (
            "/v1/projects/small/why?task=load&country=us&country=cn",
            422,
            "parameter country is given twice",
        ),
    ] {
        let (found, problem) = server.get(path).await;
        assert_eq!(
            (found, &problem["detail"]),
            (status, &json!(detail)),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_and_a_wait_say_when_they_continue() {
    let project = OwnProject::with(
        "
tasks:
  fails:
    retries: 2
    retry_delay: 1h..1h
    run: exit 4
  others:
    outputs: [others.txt]
    wait: {poll: 1h}
  skipped: {requires: [broken], run: 'true'}
  broken: {run: exit 3}
  all: {requires: [fails, others, skipped]}
",
    );
    let server = Server::start(&project, "server", json!({"jobs_at_once": 8})).await;
    let jobs = submit(&project, "server", &["all"]);
    let path = |instance: &str| format!("/v1/jobs/{}/why", job_of(&jobs, instance));
    let retry = why(&server, &path("fails"), "retry").await;
    let sentence = retry["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("fails is tried again at ")
            && sentence.ends_with(", attempt 2 of 3: exit 4 in script 1"),
        "{sentence}"
    );
    let because = &retry["because"][0];
    assert_eq!(
        (&because["attempt"], &because["attempts"]),
        (&json!(2), &json!(3))
    );
    let input = why(&server, &path("others"), "input").await;
    let sentence = input["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("others waits for others.txt, which others make, since ")
            && without_time(&input["sentence"]).ends_with("; looked at again at"),
        "{sentence}"
    );
    assert_eq!(input["because"][0]["missing"], "others.txt");
    let upstream = why(&server, &path("skipped"), "upstream").await;
    assert_eq!(upstream["sentence"], "skipped was skipped: broken failed");
    // The plan of another run says it, too.
    let (_, planned) = server.get("/v1/projects/small/why?task=skipped").await;
    let sentence = planned["sentence"].as_str().unwrap();
    let expected = "skipped waits for broken, which is not made yet; broken has failed: ";
    assert!(
        sentence.starts_with(expected) && sentence.contains("exit 3"),
        "{sentence}"
    );
    let failed = &planned["because"][1];
    assert_eq!(
        (&failed["kind"], &failed["id"], &failed["state"]),
        (&json!("upstream"), &json!("broken"), &json!("failed"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_chain_of_requirements_is_named() {
    let project = OwnProject::with(
        "
tasks:
  others:
    outputs: [others.txt]
    wait: {poll: 1h}
  low: {requires: [others], run: 'true'}
  mid: {requires: [low], run: 'true'}
  top: {requires: [mid], run: 'true'}
  above: {requires: [top], run: 'true'}
  broken: {run: exit 3}
  skipped: {requires: [broken], run: 'true'}
  after: {requires: [skipped], run: 'true'}
  all: {requires: [top, after]}
",
    );
    let server = Server::start(&project, "server", json!({"jobs_at_once": 8})).await;
    // Before anything runs, the plan says it.
    let (_, planned) = server.get("/v1/projects/small/why?task=top").await;
    assert_eq!(
        planned["sentence"],
        "top needs others, which waits for others.txt, which others make"
    );
    assert_eq!(planned["because"][0]["missing"], "others.txt");
    let jobs = submit(&project, "server", &["all"]);
    let path = |instance: &str| format!("/v1/jobs/{}/why", job_of(&jobs, instance));
    why(&server, &path("others"), "input").await;
    let top = why(&server, &path("top"), "requirement").await;
    let begins =
        "waits for mid, which is not made yet; others waits for others.txt, which others make";
    let sentence = top["sentence"].as_str().unwrap();
    assert!(sentence.starts_with(&format!("top {begins}")), "{sentence}");
    let end = &top["because"][1];
    assert_eq!(
        (&end["kind"], &end["id"], &end["missing"]),
        (&json!("upstream"), &json!("others"), &json!("others.txt"))
    );
    // What another run makes is followed, too.
    let (_, above) = server.get("/v1/projects/small/why?task=above").await;
    let sentence = above["sentence"].as_str().unwrap();
    let expected = format!("above waits for top, which is being made; top {begins}");
    assert!(sentence.starts_with(&expected), "{sentence}");
    let after = why(&server, &path("after"), "upstream").await;
    assert_eq!(
        after["sentence"],
        "after was skipped: skipped was skipped; broken failed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_shown_with_its_instance() {
    let project = OwnProject::with(
        "
params: {date: {type: date}}
tasks:
  first: {run: 'echo x > \"$OUT\"', outputs: [\"first/{date}\"]}
  second:
    requires: [first]
    run: cat \"$IN_first\" > \"$OUT\"; echo done
    outputs: [\"second/{date}\", {marker: true}]
",
    );
    let server = Server::start(&project, "server", json!({})).await;
    let jobs = submit(&project, "server", &["second", "--date", "2026-11-21"]);
    let (first, second) = (&jobs[0].1, &jobs[1].1);
    let job = server.wait_until_ended(second).await;
    let run = job["request"]["run"].clone();
    assert_eq!(
        job["figures"],
        json!({
            "instance": "second(date=2026-11-21)", "project": "small", "task": "second",
            "params": {"date": "2026-11-21"}, "run": run,
            "needs": [{
                "instance": "first(date=2026-11-21)", "job": first, "state": "succeeded",
                "optional": false,
            }],
            "outputs": [
                {"form": "path", "output": "second/2026-11-21"},
                {"form": "marker", "output": job["figures"]["outputs"][1]["output"]},
            ],
            "attempts": [{"no": 1, "state": "succeeded", "log": "console-1.log.lz4"}],
        })
    );
    for member in ["instance", "run", "needs", "outputs"] {
        assert_eq!(job[member], job["figures"][member], "{member}");
    }
}
