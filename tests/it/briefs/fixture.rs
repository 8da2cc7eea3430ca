//! The five platforms, and programs that ask them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{TestApp, http_client, wait_for};
use crate::survival::program::Program;

pub(super) const PLATFORMS: [&str; 5] = ["bili", "douyin", "mweibo", "redbook", "weixin"];

const START: &str = "2026-11-01 00:00:00";
const END: &str = "2026-11-27 23:59:59";

/// Articles that each platform has.
const ARTICLES: &str = "400";

/// Platforms on a free port, with adapters that ask them.
pub(super) struct Platforms {
    folder: TempDir,
    base: String,
    http: reqwest::Client,
    _program: Program,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/briefs")
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Platforms {
    /// `change` changes the texts of the adapters, by the names of their platforms.
    pub(super) fn start(knobs: &[&str], change: impl Fn(&str, String) -> String) -> Self {
        let port = free_port();
        let mut command = Command::new("python3");
        command
            .arg(fixtures().join("platforms.py"))
            .args(["--port", &port.to_string(), "--articles", ARTICLES])
            .args(knobs)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut program = Program::start(&mut command);
        let mut line = String::new();
        let stdout = program.0.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        assert!(line.starts_with("ready"), "{line}");
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("adapters")).unwrap();
        std::fs::create_dir(folder.path().join("secrets")).unwrap();
        for (name, secret) in [
            ("WEIXIN_KEY", "weixin-secret"),
            ("DOUYIN_TOKEN", "douyin-secret"),
        ] {
            std::fs::write(folder.path().join("secrets").join(name), secret).unwrap();
        }
        for platform in PLATFORMS {
            let file = format!("adapters/{platform}.yaml");
            let text = std::fs::read_to_string(fixtures().join(&file)).unwrap();
            let text = text.replace("127.0.0.1:7788", &format!("127.0.0.1:{port}"));
            std::fs::write(folder.path().join(file), change(platform, text)).unwrap();
        }
        Self {
            folder,
            base: format!("http://127.0.0.1:{port}"),
            http: http_client().build().unwrap(),
            _program: program,
        }
    }

    pub(super) fn usual(knobs: &[&str]) -> Self {
        Self::start(knobs, |_, text| text)
    }

    /// The section `briefs` of settings that ask them.
    pub(super) fn settings(&self) -> Value {
        json!({
            "adapters": self.folder.path().join("adapters"),
            "secrets_dir": self.folder.path().join("secrets"),
            "exports": self.folder.path().join("exports"),
            "private_hosts": ["127.0.0.1"],
        })
    }

    pub(super) async fn app(&self) -> TestApp {
        let section = self.settings();
        let builder = TestApp::with().settings(move |settings| {
            settings.briefs = serde_json::from_value(json!({ "briefs": section })).unwrap();
        });
        builder.start(&[]).await
    }

    /// Changes a knob of a platform, or of `all`.
    pub(super) async fn set(&self, platform: &str, knob: &str, value: f64) {
        let body = json!({ "platform": platform, knob: value });
        let url = format!("{}/_admin", self.base);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert!(answer.status().is_success());
    }

    /// What a platform was asked.
    pub(super) async fn stats(&self, platform: &str) -> Value {
        let answer = self.http.get(format!("{}/_stats", self.base)).send().await;
        let stats: Value = answer.unwrap().json().await.unwrap();
        stats["platforms"][platform].clone()
    }
}

/// What a brief over the usual range has to find.
pub(super) fn expected(keywords: &[&str], more: &[&str]) -> Value {
    let output = Command::new("python3")
        .arg(fixtures().join("expected.py"))
        .args(["--articles", ARTICLES, "--keywords", &keywords.join(",")])
        .args(["--start", START, "--end", END])
        .args(more)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A request over the usual range.
pub(super) fn request(keywords: &[&str]) -> Value {
    json!({ "keywords": keywords, "start_time": START, "end_time": END })
}

pub(super) async fn submit(app: &TestApp, request: &Value) -> String {
    let (status, accepted) = app.post("/v1/jobs", &json!({ "brief": request })).await;
    assert_eq!(status, 202, "{accepted}");
    accepted["id"].as_str().unwrap().to_owned()
}

/// The job once it has ended.
pub(super) async fn ended(app: &TestApp, id: &str) -> Value {
    wait_for("the brief ends", async || {
        let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
        let state = job["state"].as_str().unwrap_or_default();
        matches!(state, "succeeded" | "failed" | "cancelled").then_some(job)
    })
    .await
}

/// Rows of the database in this folder, by platform.
pub(super) fn rows(database: &Path, job: &str) -> Vec<(String, i64)> {
    let connection = Connection::open(database).unwrap();
    connection
        .busy_timeout(std::time::Duration::from_secs(10))
        .unwrap();
    let count = |platform: &str| {
        let sql = format!("SELECT count(*) FROM brief_{platform} WHERE job_id = ?1");
        let count = connection.query_row(&sql, [job], |row| row.get(0));
        (platform.to_owned(), count.unwrap_or(0))
    };
    PLATFORMS.map(count).to_vec()
}

/// The rows are those that were expected.
pub(super) fn has_all(database: &Path, job: &str, expected: &Value) {
    for (platform, found) in rows(database, job) {
        // Nothing, where it is not asked.
        let expected = expected["platforms"][&platform]["stored"].as_i64();
        assert_eq!(found, expected.unwrap_or(0), "{platform}");
    }
}

/// How many pages are in a state.
pub(super) fn pages(app: &TestApp, id: &str, platform: &str, state: &str) -> i64 {
    app.count(&format!(
        "SELECT count(*) FROM audience_brief_page WHERE job_id = '{id}' AND platform = '{platform}' \
         AND state = '{state}'"
    ))
}
