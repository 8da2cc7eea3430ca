//! Receivers that others wrote: of webhooks, whose signatures are checked, and of mail; and what they got.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::wait_for;
use crate::survival::program::Program;

/// It runs beside the test and notes what it receives.
pub(super) struct Receiver {
    folder: TempDir,
    pub port: String,
    _program: Program,
}

impl Receiver {
    /// Of webhooks.
    pub(super) fn start(options: &[&str]) -> Self {
        Self::of("notification_receiver.py", options)
    }

    /// Of mail.
    pub(super) fn of_mail(options: &[&str]) -> Self {
        Self::of("mail_receiver.py", options)
    }

    fn of(script: &str, options: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let path = std::env::var("AUDIENCE_TEST_PYTHONPATH")
            .expect("the tests are run with scripts/test, which installs a receiver");
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("scripts/servers.d")
            .join(script);
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
        let port = line.trim().strip_prefix("port ").unwrap().to_owned();
        Self {
            port,
            folder,
            _program: program,
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What may be sent to it, in the settings.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// From now on it answers as usual.
    pub(super) fn answer_as_usual(&self) {
        std::fs::remove_file(self.file(".answer")).unwrap();
    }

    /// From now on it answers this: a status, and a body behind a blank.
    pub(super) fn answer(&self, answer: &str) {
        // In one piece, for it may be read at this moment.
        let unfinished = self.folder.path().join("answer");
        std::fs::write(&unfinished, answer).unwrap();
        std::fs::rename(unfinished, self.file(".answer")).unwrap();
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.folder.path().join(format!("received{ending}"))
    }

    /// All calls so far, oldest first.
    pub(super) fn calls(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.file("")).unwrap_or_default();
        // The last line may still be on its way.
        let whole = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        let calls = whole.map(|line| serde_json::from_str(line).unwrap());
        calls.collect()
    }

    /// Waits for the first call that fits.
    pub(super) async fn call(&self, what: &str, mut fits: impl FnMut(&Value) -> bool) -> Value {
        wait_for(what, async || {
            self.calls().into_iter().find(|call| fits(call))
        })
        .await
    }
}
