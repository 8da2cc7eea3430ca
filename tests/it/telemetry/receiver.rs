//! A receiver of OTLP that others wrote, and what it got.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::survival::program::Program;

/// It runs beside the test and notes what it receives.
pub(super) struct Receiver {
    folder: TempDir,
    pub endpoint: String,
    _program: Program,
}

impl Receiver {
    pub(super) fn start(options: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let path = std::env::var("AUDIENCE_TEST_PYTHONPATH")
            .expect("the tests are run with scripts/test, which installs a receiver");
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/servers.d/otlp_receiver.py");
        let mut command = Command::new("python3");
        command
            .arg(script)
            .arg(folder.path().join("received"))
            .args(options)
            .env("PYTHONPATH", path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut program = Program::start(&mut command);
        let mut line = String::new();
        let stdout = program.0.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("port ").unwrap();
        Self {
            endpoint: format!("http://127.0.0.1:{port}"),
            folder,
            _program: program,
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("received")
    }

    /// Everything of a kind: `span`, `metric`, `log`, `export`, `refused`.
    pub(super) fn of(&self, signal: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.file()).unwrap_or_default();
        // The last line may still be on its way.
        let whole = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        let all = whole.map(|line| serde_json::from_str::<Value>(line).unwrap());
        all.filter(|item| item["signal"] == signal).collect()
    }

    /// The spans of the trace of a job.
    pub(super) fn trace_of(&self, job: &str) -> Trace {
        let spans = self.of("span");
        let of_job = |span: &&Value| span["attributes"]["job.id"] == job;
        let Some(first) = spans.iter().find(of_job) else {
            return Trace(Vec::new());
        };
        let trace = first["trace_id"].clone();
        Trace(
            spans
                .into_iter()
                .filter(|span| span["trace_id"] == trace)
                .collect(),
        )
    }
}

/// Spans of one trace.
pub(super) struct Trace(pub Vec<Value>);

impl Trace {
    pub(super) fn named(&self, name: &str) -> Vec<&Value> {
        self.0.iter().filter(|span| span["name"] == name).collect()
    }

    pub(super) fn count(&self, name: &str) -> usize {
        self.named(name).len()
    }

    pub(super) fn parent_of(&self, span: &Value) -> &Value {
        let mut all = self.0.iter();
        all.find(|other| other["span_id"] == span["parent_span_id"])
            .unwrap()
    }

    /// Every span hangs on another one but for `root`, and none was told twice.
    pub(super) fn is_connected(&self, root: &str) {
        let ids: HashSet<&str> = self
            .0
            .iter()
            .map(|span| span["span_id"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), self.0.len(), "a span was told twice");
        for span in &self.0 {
            let parent = span["parent_span_id"].as_str().unwrap();
            assert!(
                ids.contains(parent) || span["name"] == root,
                "{span} hangs on nothing"
            );
        }
    }
}
