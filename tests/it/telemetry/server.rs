//! The binary as a server whose telemetry is looked at.

use std::path::PathBuf;

use audience::engine::store::Store;
use entity::{JobId, JobState};
use serde_json::{Value, json};

use crate::support::{Outputs, Place, http_client, serve, wait_for};
use crate::survival::program::Program;

/// A folder with posts, in which a server is started, perhaps again and again.
pub(crate) struct Served {
    pub place: Place,
    pub settings: Value,
}

/// A server that runs.
pub(crate) struct Server {
    pub program: Program,
    pub base: String,
    pub log: PathBuf,
    http: reqwest::Client,
}

impl Served {
    pub(crate) fn with_rows(rows: u32) -> Self {
        let place = Place::with_rows(rows);
        let url = |file: &str| format!("sqlite://{}", place.path(file).display());
        let settings = json!({
            "database": { "url": url("store.db") },
            "sources": { "posts": { "url": url("posts.db"), "tables": { "ts_page_content": {} } } },
            "outputs": { "result": {} },
            "labelling": {
                "default_source": "posts", "default_table": "ts_page_content",
                "default_output": "result", "groups": { "a": ["WH_A"], "b": ["WH_B"] },
                "default_start_time": "2020-01-01", "default_end_time": "2020-02-01",
                "rows_per_slice": 100,
            },
            "runtime": { "lease_ms": 2_000, "rescue_every_ms": 100 },
            "log": { "format": "json" },
        });
        Self { place, settings }
    }

    /// `variables` are those of the standard.
    pub(crate) async fn start(&self, name: &str, variables: &[(&str, &str)]) -> Server {
        let settings = self.place.path("settings");
        std::fs::create_dir_all(&settings).unwrap();
        // JSON is YAML.
        std::fs::write(settings.join("default.yaml"), self.settings.to_string()).unwrap();
        let (out, log) = (
            self.place.path(&format!("{name}.out")),
            self.place.path(&format!("{name}.log")),
        );
        let outputs = Outputs {
            out: &out,
            log: &log,
        };
        let (program, base) = serve(&settings, variables, outputs).await;
        Server {
            program,
            base,
            log,
            http: http_client().build().unwrap(),
        }
    }

    pub(super) async fn store(&self) -> Store {
        let url = self.settings["database"]["url"].as_str().unwrap();
        Store::open(url).await.unwrap()
    }
}

impl Server {
    pub(crate) async fn get(&self, path: &str) -> String {
        let answer = self
            .http
            .get(format!("{}{path}", self.base))
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.text().await.unwrap()
    }

    /// Nobody has to be known to call like this.
    pub(super) async fn call_by_made_up_methods(&self) {
        for no in 0..3 {
            let method = format!("MADEUP{no}").parse().unwrap();
            let request = self.http.request(method, &self.base);
            request.send().await.unwrap();
        }
    }

    /// The value of a series, as `/metrics` spells it.
    pub(super) async fn metric(&self, series: &str) -> Option<f64> {
        let text = self.get("/metrics").await;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
        Some(line.parse().unwrap())
    }

    /// The status of an answer, and its body if it is JSON.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let method = method.parse().unwrap();
        let request = self.http.request(method, format!("{}{path}", self.base));
        let answer = request.json(body).send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    pub(crate) async fn post(
        &self,
        path: &str,
        body: &Value,
        traceparent: Option<&str>,
    ) -> (Value, String) {
        let mut request = self.http.post(format!("{}{path}", self.base)).json(body);
        if let Some(traceparent) = traceparent {
            request = request.header("traceparent", traceparent);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        let returned = answer.headers()["traceparent"].to_str().unwrap().to_owned();
        (answer.json().await.unwrap(), returned)
    }

    /// A labelling task by the usual rules; answers its job and the `traceparent` that came back.
    pub(super) async fn submit(&self, traceparent: Option<&str>) -> (String, String) {
        let body = json!({ "labelling": {
            "predict_type": "content", "rules": { "first": [["a", "partially"]] },
        } });
        let (job, returned) = self.post("/v1/jobs", &body, traceparent).await;
        (job["id"].as_str().unwrap().to_owned(), returned)
    }

    /// Waits until it is stored since when a schedule fires.
    pub(crate) async fn trigger_is_stored(&self, schedule: &str) {
        wait_for("the trigger is stored", async || {
            let view = self.get(&format!("/v1/schedules/{schedule}")).await;
            let view: Value = serde_json::from_str(&view).unwrap();
            view["since"].is_string().then_some(())
        })
        .await;
    }

    pub(crate) async fn wait_until_ended(&self, job: &str) -> Value {
        wait_for("the job ends", async || {
            let job: Value =
                serde_json::from_str(&self.get(&format!("/v1/jobs/{job}")).await).unwrap();
            (!job["ended_at"].is_null()).then_some(job)
        })
        .await
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(mut self) {
        self.program.terminate();
        wait_for("the server ends", async || {
            self.program.has_ended().then_some(())
        })
        .await;
    }
}

/// Whether a job is running and has committed slices.
pub(super) async fn is_under_way(store: &Store, job: &str) -> bool {
    let id: JobId = job.parse().unwrap();
    let found = store.jobs().find(&id).await.unwrap();
    let under_way = store.batches().under_way(&id).await.unwrap();
    let steps = store.steps().of(&id).await.unwrap();
    found.is_some_and(|job| job.state == JobState::Running)
        && (!under_way.is_empty() || steps.iter().any(|step| step.batches_done > 0))
}
