//! Mappings, imports and what files hold, as callers see them.

use entity::{import, job};
use poem_openapi::Object;
use serde_json::Value;

use super::problems::CellProblem;
use crate::clock;
use crate::http::submit::shown_request;
use crate::systems::prediction::import::{Finding, Lint, Preview, PreviewedTable};
use crate::systems::prediction::store::StoredDefinition;
use crate::systems::prediction::writing::TableFate;

/// The mappings of this server, by name.
#[derive(Object)]
pub(super) struct MappingList {
    pub mappings: Vec<MappingView>,
}

/// A mapping.
#[derive(Object)]
pub(super) struct MappingView {
    name: String,
    /// From 1; each change has the next one.
    version: i32,
    /// YAML.
    text: String,
    /// Who has changed it last: a caller, or a file of the settings' directory.
    changed_by: String,
    /// RFC 3339, like all times here.
    changed_at: String,
}

/// Imports, newest first.
#[derive(Object)]
pub(super) struct ImportPage {
    pub imports: Vec<ImportView>,
    /// Give it as `after` to get the next page; null on the last one.
    pub next: Option<String>,
}

/// An import.
#[derive(Object)]
pub(super) struct ImportView {
    /// That of its job, with a number behind it if the job was started over. Rows have it as `_import_id`.
    id: String,
    job_id: String,
    /// `imported` or `refused` once its file has been read, and else the state of its job.
    state: String,
    /// Why nothing was written.
    reason: Option<String>,
    /// Name of the file.
    file: String,
    sha256: String,
    /// `xlsx`, `xls`, `ods`, `csv` or `tsv`; null: the file has not been read.
    format: Option<String>,
    mapping: String,
    /// Null: the mapping came with the file.
    mapping_version: Option<i32>,
    /// Where the rows are, as the settings name it; null: in the engine's database.
    output: Option<String>,
    strict: bool,
    started_by: Option<String>,
    /// When its file was read, or its job made.
    at: String,
    rows: RowCounts,
    /// How many problems there were.
    problems: i64,
    tables: Vec<ImportedTable>,
}

/// What became of rows.
#[derive(Object)]
struct RowCounts {
    inserted: i64,
    updated: i64,
    unchanged: i64,
    /// Rows of an earlier import of the same file that are not there any more.
    replaced: i64,
}

/// A table that rows went to.
#[derive(Object)]
pub(super) struct ImportedTable {
    into: String,
    rows: RowCounts,
}

/// What a mapping makes of a file.
#[derive(Object)]
pub(super) struct ImportPreview {
    /// The name of the mapping.
    import: String,
    file: PreviewFile,
    tables: Vec<PreviewTable>,
    problems: Vec<CellProblem>,
    /// Cells that no rule read.
    unused: Vec<String>,
    counts: PreviewCounts,
}

/// The file.
#[derive(Object)]
struct PreviewFile {
    name: String,
    sha256: String,
    format: String,
    sheets: Vec<String>,
}

/// A table of the mapping in one sheet.
#[derive(Object)]
struct PreviewTable {
    into: String,
    sheet: String,
    /// The area that it takes, such as `A5:H12`.
    range: String,
    /// Those of its rows, in the order of the mapping.
    columns: Vec<String>,
    /// Values by their columns, and `_cell`, the first cell of the row.
    rows: Vec<Value>,
    /// Rows and columns that were left out.
    skipped: Vec<SkippedCell>,
}

/// A row or a column that was left out.
#[derive(Object)]
struct SkippedCell {
    cell: String,
    why: String,
}

/// What the lists would hold without their limits.
#[derive(Object)]
struct PreviewCounts {
    rows: u64,
    problems: u64,
    skipped: u64,
    unused: u64,
}

/// How readable a file is for programs.
#[derive(Object)]
pub(super) struct LintView {
    format: String,
    sheets: Vec<String>,
    /// By sheet, then by rule.
    findings: Vec<LintFinding>,
    /// Rules that no program can judge.
    not_judged: Vec<String>,
}

/// A rule that a sheet breaks.
#[derive(Object)]
struct LintFinding {
    /// Such as `1-4`.
    rule: String,
    sheet: String,
    /// The first hundred.
    cells: Vec<String>,
    /// All of them.
    count: u64,
    message: String,
    /// What to do.
    advice: String,
}

impl From<StoredDefinition> for MappingView {
    fn from(mapping: StoredDefinition) -> Self {
        Self {
            name: mapping.name,
            version: mapping.version,
            text: mapping.text,
            changed_by: mapping.changed_by,
            changed_at: clock::rfc3339(mapping.at),
        }
    }
}

impl ImportView {
    pub fn of(row: import::Model) -> Self {
        let tables: Vec<TableFate> = serde_json::from_str(&row.tables).unwrap_or_default();
        Self {
            id: row.id,
            job_id: row.job_id.to_string(),
            state: row.state,
            reason: row.reason,
            file: row.file_name,
            sha256: row.sha256,
            format: row.format,
            mapping: row.mapping,
            mapping_version: row.mapping_version,
            output: row.output,
            strict: row.strict,
            started_by: row.started_by,
            at: clock::rfc3339(row.at),
            rows: RowCounts {
                inserted: row.rows_inserted,
                updated: row.rows_updated,
                unchanged: row.rows_unchanged,
                replaced: row.rows_replaced,
            },
            problems: row.problems,
            tables: tables.into_iter().map(ImportedTable::from).collect(),
        }
    }

    /// One whose file has not been read.
    pub fn of_job(job: &job::Model) -> Self {
        let request = shown_request(job);
        let text = |name: &str| request[name].as_str().map(str::to_owned);
        let version = request["mapping_version"].as_i64();
        Self {
            id: job.id.to_string(),
            job_id: job.id.to_string(),
            state: job.state.as_str().to_owned(),
            reason: job.error.clone(),
            file: text("file").unwrap_or_default(),
            sha256: text("sha256").unwrap_or_default(),
            format: None,
            mapping: text("mapping").unwrap_or_default(),
            mapping_version: version.and_then(|version| version.try_into().ok()),
            output: text("output"),
            strict: request["strict"].as_bool().unwrap_or_default(),
            started_by: job.starter.clone(),
            at: clock::rfc3339(job.created_at),
            rows: RowCounts {
                inserted: 0,
                updated: 0,
                unchanged: 0,
                replaced: 0,
            },
            problems: 0,
            tables: Vec::new(),
        }
    }
}

impl From<TableFate> for ImportedTable {
    fn from(table: TableFate) -> Self {
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        Self {
            into: table.into,
            rows: RowCounts {
                inserted: count(table.fate.inserted),
                updated: count(table.fate.updated),
                unchanged: count(table.fate.unchanged),
                replaced: count(table.fate.replaced),
            },
        }
    }
}

impl ImportPreview {
    pub fn of(preview: Preview) -> Self {
        Self {
            import: preview.import,
            file: PreviewFile {
                name: preview.file.name,
                sha256: preview.file.sha256,
                format: preview.file.format.name().to_owned(),
                sheets: preview.file.sheets,
            },
            tables: preview.tables.into_iter().map(PreviewTable::from).collect(),
            problems: preview
                .problems
                .into_iter()
                .map(CellProblem::from)
                .collect(),
            unused: preview.unused,
            counts: PreviewCounts {
                rows: preview.counts.rows,
                problems: preview.counts.problems,
                skipped: preview.counts.skipped,
                unused: preview.counts.unused,
            },
        }
    }
}

impl From<PreviewedTable> for PreviewTable {
    fn from(table: PreviewedTable) -> Self {
        let rows = table.rows.iter();
        let rows = rows.map(|row| serde_json::to_value(row).unwrap_or_default());
        let skipped = table.skipped.into_iter().map(|skipped| SkippedCell {
            cell: skipped.cell,
            why: skipped.why,
        });
        Self {
            rows: rows.collect(),
            skipped: skipped.collect(),
            into: table.into,
            sheet: table.sheet,
            range: table.range,
            columns: table.columns,
        }
    }
}

impl LintView {
    pub fn of(lint: Lint) -> Self {
        Self {
            format: lint.format.name().to_owned(),
            sheets: lint.sheets,
            findings: lint.findings.into_iter().map(LintFinding::from).collect(),
            not_judged: lint.not_judged.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<Finding> for LintFinding {
    fn from(finding: Finding) -> Self {
        Self {
            rule: finding.rule.number().to_owned(),
            sheet: finding.sheet,
            cells: finding.cells,
            count: finding.count,
            message: finding.message,
            advice: finding.advice.to_owned(),
        }
    }
}
