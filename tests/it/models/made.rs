//! Packages that `tests/models/make_packages.py` makes, once for all tests that look at them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;

pub(super) const MISSING: &str =
    "the tests are run with scripts/test, which installs libraries of models";

/// What the script made.
#[derive(Deserialize)]
pub(super) struct Index {
    pub answered: Vec<Answered>,
    /// Graphs that are computed by ONNX Runtime alone.
    pub by_runtime: Vec<Answered>,
    pub refused: Vec<Refused>,
    /// Packages with an answer that differs from their goldens.
    pub liars: Vec<String>,
    pub not_exported: Vec<NotExported>,
}

/// A package with rows and with what its library answers.
#[derive(Deserialize)]
pub(super) struct Answered {
    pub name: String,
    /// Whether answers must be equal to the last bit.
    pub exact: bool,
    /// Whether it has goldens.
    pub is_proved: bool,
}

/// A package that cannot be read, with words of the reason.
#[derive(Deserialize)]
pub(super) struct Refused {
    pub name: String,
    pub words: String,
}

/// A model that no package is made of.
#[derive(Deserialize)]
pub(super) struct NotExported {
    pub name: String,
    pub reason: Option<String>,
}

pub(super) struct Made {
    folder: TempDir,
    pub index: Index,
}

/// Made when the first test asks; the folder of all tests is removed with it.
static MADE: LazyLock<Made> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    run_python(&["tests/models/make_packages.py"], folder.path());
    let index = std::fs::read(folder.path().join("index.json")).unwrap();
    let index = serde_json::from_slice(&index).unwrap();
    Made { folder, index }
});

pub(super) fn made() -> &'static Made {
    &MADE
}

impl Made {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The rows of a package, or what answers them: `rows`, `answers` or `onnxruntime`.
    pub(super) fn lines(&self, name: &str, what: &str) -> Vec<Value> {
        read_lines(&self.path(&format!("{name}.{what}.jsonl")))
    }
}

pub(super) fn read_lines<T: DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Runs a script of the sources with the libraries of models; its last argument is a folder.
pub(super) fn run_python(arguments: &[&str], folder: &Path) -> String {
    let ran = Command::new(std::env::var("AUDIENCE_TEST_MODELS_PYTHON").expect(MISSING))
        .args(arguments)
        .arg(folder)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, errors) = (text(&ran.stdout), text(&ran.stderr));
    assert!(ran.status.success(), "{arguments:?}:\n{out}\n{errors}");
    out
}
