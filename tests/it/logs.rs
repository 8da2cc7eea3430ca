//! What the program logs: on standard error, and in the log of each job.

mod level;
mod standard_error;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Place, TASK, http_client, usual_pattern, wait_for};

const SETTINGS: &str = "
server: {bind: '127.0.0.1:0'}
database: {url: 'sqlite://audience.db'}
sources: {posts: {url: 'sqlite://posts.db', tables: {ts_page_content: {}}}}
outputs: {result: {}}
labelling:
  default_source: posts
  default_output: result
  default_start_time: '2020-01-01'
  default_end_time: '2020-02-01'
  rules_dir: rules
  rule_sets: {}
  groups: {a: [WH_A], b: [WH_B]}
  rows_per_slice: 100
  batches_per_step: 4
log: {format: json, level: info}
";

/// `audience serve`, which does not outlive the test.
struct Server {
    place: Place,
    child: Child,
    base: String,
    http: reqwest::Client,
}

impl Server {
    fn start(rows: u32, variables: &[(&str, &str)]) -> Self {
        let place = Place::with_rows(rows);
        fs::write(place.path("settings.yaml"), SETTINGS).unwrap();
        let mut command = place.command();
        command
            .args(["serve", "--settings", "settings.yaml"])
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(place.path("log")).unwrap());
        let (child, base) = listening(&mut command);
        Self {
            place,
            child,
            base,
            http: http_client().build().unwrap(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let answer = self.http.get(self.url(path)).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    /// Labels the usual posts; answers the job's id once it has ended.
    async fn label(&self) -> String {
        let body = json!({ "labelling": { "rules": usual_pattern() } });
        let request = self.http.post(self.url("/v1/jobs")).json(&body);
        let job: Value = request.send().await.unwrap().json().await.unwrap();
        let id = job["id"].as_str().unwrap().to_owned();
        wait_for("the job succeeds", async || {
            let (_, job) = self.get(&format!("/v1/jobs/{id}")).await;
            (job["state"] == "succeeded").then_some(())
        })
        .await;
        id
    }

    /// All of a job's log, followed to its end from behind `after`.
    async fn followed(&self, id: &str, after: Option<i64>) -> Vec<(i64, Value)> {
        let request = self
            .http
            .get(self.url(&format!("/v1/jobs/{id}/logs?follow=true")));
        let request = match after {
            Some(after) => request.header("Last-Event-ID", after),
            None => request,
        };
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        told(&answer.text().await.unwrap())
    }

    fn log(&self) -> Vec<Value> {
        json_lines(&fs::read_to_string(self.place.path("log")).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The child and where it listens, which it says on its first line.
fn listening(command: &mut Command) -> (Child, String) {
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut said).unwrap();
    let base = said
        .split_whitespace()
        .find(|word| word.starts_with("http://"));
    let base = base.unwrap_or_else(|| panic!("it does not listen: {said}"));
    (child, base.to_owned())
}

/// Each line with its number.
fn told(events: &str) -> Vec<(i64, Value)> {
    let events = events
        .split("\n\n")
        .filter(|event| event.starts_with("id:"));
    let event = |event: &str| {
        let part = |name: &str| {
            let line = event.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name} is missing in {event}"))
        };
        let line: Value = serde_json::from_str(part("data: ")).unwrap();
        assert_eq!(line["level"], part("event: "));
        (part("id: ").parse().unwrap(), line)
    };
    events.map(event).collect()
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect()
}

fn numbers(lines: &[(i64, Value)]) -> Vec<i64> {
    lines.iter().map(|(seq, _)| *seq).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_job_is_served_page_by_page() {
    let server = Server::start(500, &[("AUDIENCE__LOG__LEVEL", "debug")]);
    let id = server.label().await;
    let all = server.followed(&id, None).await;
    assert!(all.len() > 3, "{all:?}");
    for (_, line) in &all {
        assert_eq!(line["fields"]["job.id"], id, "{line}");
        assert!(line["at"].as_str().unwrap().ends_with('Z'));
    }
    let messages: BTreeSet<&str> = all
        .iter()
        .map(|(_, line)| line["message"].as_str().unwrap())
        .collect();
    assert!(messages.contains("job begins here") && messages.contains("job ended"));

    let mut paged = Vec::new();
    let mut after = 0;
    loop {
        let path = format!("/v1/jobs/{id}/logs?limit=2&after={after}");
        let (status, page) = server.get(&path).await;
        assert_eq!(status, 200);
        let lines = page["lines"].as_array().unwrap();
        assert!(lines.len() <= 2);
        paged.extend(
            lines
                .iter()
                .map(|line| (line["seq"].as_i64().unwrap(), line.clone())),
        );
        after = page["next"].as_i64().unwrap();
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(paged, all);
    let (_, end) = server
        .get(&format!("/v1/jobs/{id}/logs?after={after}"))
        .await;
    assert_eq!(
        end,
        json!({ "lines": [], "next": after, "more": false, "earlier": true })
    );
    let (_, coarse) = server.get(&format!("/v1/jobs/{id}/logs?level=info")).await;
    let coarse = coarse["lines"].as_array().unwrap();
    assert!(!coarse.is_empty() && coarse.len() < all.len());
    assert!(coarse.iter().all(|line| line["level"] == "info"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_job_says_which_trace_it_belongs_to() {
    let server = Server::start(300, &[("AUDIENCE__LOG__LEVEL", "debug")]);
    let id = server.label().await;
    let lines = server.followed(&id, None).await;
    let traces: BTreeSet<&str> = lines
        .iter()
        .map(|(_, line)| line["fields"]["trace_id"].as_str().unwrap_or("none"))
        .collect();
    assert_eq!(traces.len(), 1, "{lines:?}");
    let digits =
        |text: &str, digits| text.len() == digits && u128::from_str_radix(text, 16).is_ok();
    assert!(digits(traces.first().unwrap(), 32), "{traces:?}");
    for (_, line) in &lines {
        assert!(
            digits(line["fields"]["span_id"].as_str().unwrap(), 16),
            "{line}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_followed_from_any_place_while_the_job_runs() {
    let server = Server::start(300, &[("AUDIENCE__LOG__LEVEL", "debug")]);
    let id = TASK;
    let (status, _) = server.get(&format!("/v1/jobs/{id}/logs?follow=true")).await;
    assert_eq!(status, 404);
    // It waits between its steps: by then somebody follows it.
    let body = json!({ "labelling": { "rules": usual_pattern(), "countdown_s": 2 } });
    let request = server.http.post(server.url("/v1/jobs")).json(&body);
    let job: Value = request.send().await.unwrap().json().await.unwrap();
    let id = job["id"].as_str().unwrap();
    let followed = server.http.get(server.url(&format!("/v1/jobs/{id}/logs")));
    let followed = followed
        .header("Accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    let (_, job) = server.get(&format!("/v1/jobs/{id}")).await;
    assert_ne!(
        job["state"], "succeeded",
        "the answer began before the end of the job"
    );
    let all = told(&followed.text().await.unwrap());
    let (_, last) = all.last().unwrap();
    assert_eq!(last["message"], "job ended");
    assert!(numbers(&all).is_sorted());

    let from = all[1].0;
    assert_eq!(server.followed(id, Some(from)).await, all[2..]);
    // Whoever has all of it need not come back.
    let path = format!(
        "/v1/jobs/{id}/logs?follow=true&after={}",
        all.last().unwrap().0
    );
    assert_eq!(server.get(&path).await.0, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_served_is_told() {
    let server = Server::start(10, &[]);
    let id = server.label().await;
    for (path, status, told) in [
        (format!("/v1/jobs/{TASK}/logs"), 404, "there is no job"),
        ("/v1/jobs/none/logs".to_owned(), 404, "names no job"),
        (format!("/v1/jobs/{id}/logs?after=-1"), 422, "after: "),
        (format!("/v1/jobs/{id}/logs?limit=0"), 422, "limit: "),
        (format!("/v1/jobs/{id}/logs?limit=1001"), 422, "limit: "),
        (format!("/v1/jobs/{id}/logs?level=loud"), 422, "level: "),
        (
            format!("/v1/jobs/{id}/logs?follow=perhaps"),
            422,
            "follow: ",
        ),
    ] {
        let (answered, problem) = server.get(&path).await;
        assert_eq!(answered, status, "{path}: {problem}");
        assert!(
            problem["detail"].as_str().unwrap().contains(told),
            "{path}: {problem}"
        );
    }
}
