//! A server with projects, and callers with tokens of each role.

use std::fs;
use std::path::Path;

use audience::access::digest;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::own_project::OwnProject;
use crate::support::{Outputs, http_client, serve, wait_for};
use crate::survival::program::Program;

/// Tokens: the name, the role, and further limits.
const TOKENS: [(&str, &str, &str); 7] = [
    ("viewer", "viewer", ""),
    ("operator", "operator", ""),
    ("admin", "admin", ""),
    ("of_small", "operator", "projects: [small]"),
    ("of_other", "admin", "projects: [other]"),
    ("of_queue", "admin", "queues: [labelling]"),
    ("of_service", "admin", "services: [search_user]"),
];

/// The server ends before its project.
pub(super) struct PipelineServer {
    program: Option<Program>,
    base: String,
    http: Client,
    pub project: OwnProject,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub body: Value,
}

impl PipelineServer {
    /// Serves the project, and one that is named `other`.
    pub async fn serve(project: OwnProject, more: &str) -> Self {
        project.write("settings/default.yaml", &settings(&project, more));
        project.write(
            "other/project.yaml",
            "project: other\ntasks: {one: {run: 'true'}}\n",
        );
        let mut server = Self {
            program: None,
            base: String::new(),
            http: http_client().build().unwrap(),
            project,
        };
        server.start().await;
        server
    }

    pub async fn start(&mut self) {
        let outputs = Outputs {
            out: &self.project.path("out.txt"),
            log: &self.project.path("log.txt"),
        };
        let settings = self.project.path("settings");
        let (program, base) = serve(&settings, &[], outputs).await;
        self.base = base;
        self.program = Some(program);
    }

    /// Ends the server as `kill -9` does.
    pub fn kill(&mut self) {
        self.program = None;
    }

    pub fn request(&self, name: &str, method: &str, path: &str) -> RequestBuilder {
        let method: Method = method.parse().unwrap();
        let request = self.http.request(method, format!("{}{path}", self.base));
        request.bearer_auth(format!("token-of-{name}"))
    }

    pub async fn send(request: RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap();
        let header = |name: &str| {
            let value = answer.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let (etag, location) = (header("etag"), header("location"));
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        Answer {
            status,
            etag,
            location,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }

    pub async fn call(&self, name: &str, method: &str, path: &str, body: &Value) -> Answer {
        let request = self.request(name, method, path);
        let request = match method {
            "GET" => request,
            _ => request.json(body),
        };
        Self::send(request).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.call("viewer", "GET", path, &Value::Null).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body
    }

    /// Starts a run of the project; its id.
    pub async fn start_run(&self, body: &Value) -> String {
        let answer = self
            .call("operator", "POST", "/v1/projects/small/runs", body)
            .await;
        assert_eq!(answer.status, 202, "{answer:?}");
        let id = answer.body["id"].as_str().unwrap().to_owned();
        assert_eq!(answer.location, Some(format!("/v1/runs/{id}")));
        id
    }

    pub async fn ended(&self, run: &str) -> Value {
        wait_for("the run ends", async || {
            let run = self.get(&format!("/v1/runs/{run}")).await;
            (!run["ended_at"].is_null()).then_some(run)
        })
        .await
    }

    /// The instances of a run.
    pub async fn jobs(&self, run: &str) -> Vec<Value> {
        let jobs = self.get(&format!("/v1/runs/{run}/jobs?limit=200")).await;
        jobs["jobs"].as_array().unwrap().clone()
    }
}

fn settings(project: &OwnProject, more: &str) -> String {
    let path = |name: &str| shown(&project.path(name));
    let tokens = TOKENS.map(|(name, role, limits)| {
        let digits = digest(format!("token-of-{name}").as_bytes());
        let digits = digits.map(|byte| format!("{byte:02x}")).concat();
        let limits = match limits {
            "" => String::new(),
            limits => format!(", {limits}"),
        };
        format!("    {name}: {{sha256: \"{digits}\", role: {role}{limits}}}\n")
    });
    format!(
        "database: {{url: \"sqlite://{}\"}}\n\
         access:\n  tokens:\n{}\
         pipelines:\n  projects: [{{path: {}}}, {{path: {}}}]\n{more}",
        path("server.db"),
        tokens.concat(),
        path("project.yaml"),
        path("other/project.yaml"),
    )
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Targets of one task.
pub(super) fn target(task: &str, params: Value) -> Value {
    json!({ "targets": [{ "task": task, "params": params }] })
}

/// Whether a file of the project is there.
pub(super) fn is_there(server: &PipelineServer, name: &str) -> bool {
    fs::exists(server.project.path(name)).unwrap()
}
