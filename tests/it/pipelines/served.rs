//! A project that a server makes, and what callers are answered.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::own_project::OwnProject;
use crate::support::{Outputs, http_client, serve, wait_for};
use crate::survival::program::Program;

/// A server on the database of a project.
pub(super) struct Server {
    /// Dropping it ends the server.
    _program: Program,
    base: String,
    http: reqwest::Client,
}

/// A server-sent event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SentEvent {
    pub id: u64,
    pub kind: String,
    pub data: Value,
}

/// A stream of events that is being read.
pub(super) struct Events {
    response: reqwest::Response,
    read: String,
    /// Bytes of a character whose rest has not come.
    rest: Vec<u8>,
}

impl Server {
    /// Serves the project with these settings of pipelines beside it.
    pub async fn start(project: &OwnProject, name: &str, pipelines: Value) -> Self {
        let mut settings = json!({
            "database": { "url": format!("sqlite://{}", database(project).display()) },
            "pipelines": pipelines,
            "runtime": { "lease_ms": 2_000, "rescue_every_ms": 100 },
        });
        settings["pipelines"]["projects"] =
            json!([{ "path": project.path("project.yaml").display().to_string() }]);
        // JSON is YAML.
        project.write(&format!("{name}/default.yaml"), &settings.to_string());
        let (out, log) = (
            project.path(&format!("{name}.out")),
            project.path(&format!("{name}.log")),
        );
        let outputs = Outputs {
            out: &out,
            log: &log,
        };
        let (program, base) = serve(&project.path(name), &[], outputs).await;
        Self {
            _program: program,
            base,
            http: http_client().build().unwrap(),
        }
    }

    pub fn url(&self) -> &str {
        &self.base
    }

    pub async fn send(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let mut request = self.http.get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.send(path, &[]).await;
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.base));
        let answer = request.json(body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    /// Sends a body as it is.
    pub async fn deliver(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> (u16, Value) {
        let mut request = self.http.post(format!("{}{path}", self.base)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    pub async fn wait_until_run_ended(&self, id: &str) -> Value {
        wait_for("the run ends", async || {
            let (_, run) = self.get(&format!("/v1/runs/{id}")).await;
            (!run["ended_at"].is_null()).then_some(run)
        })
        .await
    }

    /// Starts a run and waits for its end.
    pub async fn run_until_ended(&self, project: &str, body: &Value) -> Value {
        let (status, run) = self
            .post(&format!("/v1/projects/{project}/runs"), body)
            .await;
        assert_eq!(status, 202, "{run}");
        self.wait_until_run_ended(run["id"].as_str().unwrap()).await
    }

    /// The bytes of a successful answer.
    pub async fn bytes(&self, path: &str) -> Vec<u8> {
        let answer = self.send(path, &[]).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.bytes().await.unwrap().to_vec()
    }

    /// `after`: the last event that was read.
    pub async fn events(&self, path: &str, after: Option<u64>) -> Events {
        let after = after.map(|after| after.to_string());
        let mut headers = vec![("Accept", "text/event-stream")];
        headers.extend(after.iter().map(|after| ("Last-Event-ID", after.as_str())));
        let response = self.send(path, &headers).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events {
            response,
            read: String::new(),
            rest: Vec::new(),
        }
    }

    pub async fn wait_until_ended(&self, job: &str) -> Value {
        wait_for("the job ends", async || {
            let (status, job) = self.get(&format!("/v1/jobs/{job}")).await;
            assert_eq!(status, 200);
            (!job["ended_at"].is_null()).then_some(job)
        })
        .await
    }
}

impl Events {
    /// `None`: the stream has ended.
    pub async fn next(&mut self) -> Option<SentEvent> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let event = parse(event);
                self.read = rest.to_owned();
                match event {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            self.rest.extend(self.response.chunk().await.unwrap()?);
            let whole = match std::str::from_utf8(&self.rest) {
                Ok(text) => text.len(),
                Err(error) => error.valid_up_to(),
            };
            let behind = self.rest.split_off(whole);
            let text = std::mem::replace(&mut self.rest, behind);
            self.read.push_str(std::str::from_utf8(&text).unwrap());
        }
    }
}

/// `None`: a comment, which keeps the connection open.
fn parse(event: &str) -> Option<SentEvent> {
    let field = |name: &str| {
        let mut lines = event.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    Some(SentEvent {
        id: field("id")?.parse().unwrap(),
        kind: field("event").unwrap_or("message").to_owned(),
        data: serde_json::from_str(field("data")?).unwrap(),
    })
}

fn database(project: &OwnProject) -> PathBuf {
    project.path("store.db")
}

/// Stores a run of a task for the server with these settings; the jobs by their instances.
pub(super) fn submit(project: &OwnProject, name: &str, task: &[&str]) -> Vec<(String, String)> {
    let settings = project.path(name);
    let settings = settings.to_str().unwrap();
    let words = [
        &["--settings", settings, "run"],
        task,
        &["--detach", "--json"],
    ]
    .concat();
    let started: Value = serde_json::from_str(&project.succeed(&words)).unwrap();
    let run = started["run"].as_str().unwrap();
    let sql = format!(
        "SELECT identity || ' ' || job_id FROM audience_pipeline_instance
         WHERE run_id = '{run}' AND job_id IS NOT NULL ORDER BY no"
    );
    let jobs = project.texts("store.db", &sql).into_iter();
    jobs.map(|line| {
        let (identity, job) = line.split_once(' ').unwrap();
        (identity.to_owned(), job.to_owned())
    })
    .collect()
}

/// Stores a run of a task with one job.
pub(super) fn submit_one(project: &OwnProject, name: &str, task: &[&str]) -> String {
    let jobs = submit(project, name, task);
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    jobs.into_iter().next().unwrap().1
}
