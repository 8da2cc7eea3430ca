//! What `/v1` answers about imports, as far as pages show it.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What cannot be read is shown as nothing.
pub(super) fn read<T: DeserializeOwned + Default>(answer: Value) -> T {
    serde_json::from_value(answer).unwrap_or_default()
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct MappingList {
    pub mappings: Vec<Definition>,
}

/// A mapping or a scrape, as it is stored.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Definition {
    pub name: String,
    pub version: i32,
    pub text: String,
    pub changed_by: String,
    pub changed_at: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct VersionPage {
    pub versions: Vec<Version>,
    pub next: Option<i32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Version {
    pub version: i32,
    pub text: Option<String>,
    pub changed_by: String,
    pub changed_at: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ImportPage {
    pub imports: Vec<Import>,
    pub next: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Import {
    pub id: String,
    pub job_id: String,
    pub state: String,
    pub reason: Option<String>,
    pub file: String,
    pub sha256: String,
    pub format: Option<String>,
    pub mapping: String,
    pub mapping_version: Option<i32>,
    pub output: Option<String>,
    pub strict: bool,
    pub started_by: Option<String>,
    pub at: String,
    pub rows: RowCounts,
    pub problems: u64,
    pub tables: Vec<ImportedTable>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct RowCounts {
    pub inserted: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub replaced: u64,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ImportedTable {
    pub into: String,
    pub rows: RowCounts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ProblemPage {
    pub problems: Vec<Problem>,
    pub next: Option<i32>,
    pub counts: Vec<ProblemCount>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ProblemCount {
    pub code: String,
    pub column: Option<String>,
    pub problems: u64,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    pub cell: String,
    pub table: String,
    pub column: Option<String>,
    pub code: String,
    pub text: String,
    pub message: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Preview {
    pub import: String,
    pub tables: Vec<PreviewTable>,
    pub problems: Vec<Problem>,
    pub unused: Vec<String>,
    pub counts: PreviewCounts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PreviewTable {
    pub into: String,
    pub sheet: String,
    pub range: String,
    pub columns: Vec<String>,
    pub rows: Vec<Map<String, Value>>,
    pub skipped: Vec<Skipped>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Skipped {
    pub cell: String,
    pub why: String,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct PreviewCounts {
    pub rows: u64,
    pub problems: u64,
    pub skipped: u64,
    pub unused: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Cells {
    pub sheets: Vec<Sheet>,
    pub sheet: String,
    pub height: u32,
    pub width: u32,
    pub cells: Vec<Cell>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Sheet {
    pub name: String,
    pub hidden: bool,
}

/// Rows and columns count from 1.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Cell {
    pub row: u32,
    pub column: u32,
    pub text: String,
    pub kind: String,
    pub rows: u32,
    pub columns: u32,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Lint {
    pub format: String,
    pub sheets: Vec<String>,
    pub findings: Vec<Finding>,
    pub not_judged: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Finding {
    pub rule: String,
    pub sheet: String,
    pub cells: Vec<String>,
    pub count: u64,
    pub message: String,
    pub advice: String,
}

/// A fault of a mapping.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Fault {
    pub line: usize,
    pub column: usize,
    pub key: String,
    pub problem: String,
}

/// Jobs, as far as they are listed beside imports.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct JobPage {
    pub jobs: Vec<Job>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Job {
    pub id: String,
    pub state: String,
    pub title: Option<String>,
    pub waiting: Option<String>,
    pub created_at: String,
    pub started_by: Option<String>,
}
