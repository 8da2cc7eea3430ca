//! Kind `import`: one batch, which writes all rows in one transaction.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use entity::{import, import_problem};
use serde_json::{Value, json};

use super::imports::{self, Imports};
use super::params::ImportParams;
use super::{FLOW, IMPORTED, REFUSED};
use crate::clock;
use crate::engine::CallerError;
use crate::engine::seam::{
    Batch, BatchContext, Progress, Said, Slice, Step, StepContext, StepError, StepKind, StepPlan,
    StepPolicy, blocking,
};
use crate::engine::store::SliceRows;
use crate::engine::store::notifications::NewNotification;
use crate::fault::FaultPoint;
use crate::printable::counted;
use crate::systems::prediction::import::{Mapping, Problem};
use crate::systems::prediction::store::FinishedImport;
use crate::systems::prediction::writing::{Import, TableFate, WriteError, Written};

/// What a transaction that has begun to commit gets to end in.
const GRACE: Duration = Duration::from_secs(60);

/// What people are told of problems.
const PROBLEMS: &str = "import.problems";

/// The kind.
pub(crate) struct ImportKind(pub Imports);

#[derive(Clone)]
struct ImportStep {
    imports: Imports,
    params: Arc<ImportParams>,
}

struct ImportBatch {
    step: ImportStep,
    context: BatchContext,
    /// Why nothing was written, once that is stored.
    refused: Option<String>,
}

impl StepKind for ImportKind {
    const NAME: &'static str = "import";
    type Params = ImportParams;

    fn prepare(&self, params: ImportParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(ImportStep {
            imports: self.0.clone(),
            params: Arc::new(params),
        }))
    }
}

#[async_trait]
impl Step for ImportStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        let policy = StepPolicy {
            is_whole_job: true,
            stop_grace: Some(GRACE),
            ..StepPolicy::default()
        };
        Ok(StepPlan {
            policy,
            ..StepPlan::of([json!({})])
        })
    }

    async fn open(&self, batch: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        let refused = batch.checkpoint.as_ref();
        let refused = refused.and_then(|checkpoint| checkpoint["refused"].as_str());
        Ok(Box::new(ImportBatch {
            step: self.clone(),
            refused: refused.map(str::to_owned),
            context: batch.clone(),
        }))
    }

    fn needs(&self) -> Result<(), StepError> {
        let output = self.params.output.as_deref();
        self.imports.destination.find(output)?;
        Ok(())
    }

    /// The rows go with the job.
    async fn remove(&self, context: &StepContext, _: u64) -> Result<u64, StepError> {
        let Some(import) = self.imports.store.import_of_job(&context.job).await? else {
            return Ok(0);
        };
        match self.imports.remove(&import).await {
            // The import itself is one, and there may be another of a job that was started over.
            Ok(rows) => Ok(rows + 1),
            Err(super::ImportsError::Write(error)) => Err(error.into()),
            Err(super::ImportsError::Store(error)) => Err(error.into()),
            Err(error) => Err(StepError::retry(error.public_message()).caused_by(error)),
        }
    }
}

#[async_trait]
impl Batch for ImportBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        if let Some(reason) = &self.refused {
            return Err(StepError::refused(reason));
        }
        let params = &self.step.params;
        // It was read when the job was made, perhaps by another version of the program.
        let chosen = imports::written(&params.mapping.text);
        let chosen = chosen.map_err(|error| StepError::refused(error.public_message()))?;
        let file = self.file().await?;
        let store = self.step.imports.store.engine();
        let job = store.jobs().find(&self.context.job.job).await?;
        let job = job.ok_or_else(|| StepError::refused("the job is not there any more"))?;
        let written = self.write(file, chosen.mapping).await?;
        let mut finished = self.finished(written, job.starter)?;
        finished.notification = self.noted(&finished.row, job.started_by);
        let row = &finished.row;
        let rows = rows_of(row).unsigned_abs();
        let progress = Progress {
            done: rows,
            total: Some(rows),
            ..Progress::default()
        };
        let refused = row.reason.clone();
        let output = summary(row).map_err(unstorable)?;
        let said = Said {
            rows: Some(SliceRows::of(finished)),
            ..progress.into()
        };
        match refused {
            None => Ok(Slice::Done(Said {
                output: Some(output),
                ..said
            })),
            // First what was wrong is stored, then the job fails.
            Some(reason) => {
                self.refused = Some(reason.clone());
                Ok(Slice::More(Said {
                    checkpoint: Some(json!({ "refused": reason })),
                    ..said
                }))
            }
        }
    }
}

impl ImportBatch {
    /// The id that rows have.
    fn id(&self) -> String {
        let StepContext {
            job, generation, ..
        } = &self.context.job;
        match generation {
            0 => job.to_string(),
            generation => format!("{job}-{generation}"),
        }
    }

    /// The file, put together from its pieces.
    async fn file(&self) -> Result<Arc<[u8]>, StepError> {
        let file = &self.step.params.file;
        let mut bytes = Vec::with_capacity(usize::try_from(file.bytes).unwrap_or_default());
        for piece in &file.pieces {
            let found = self.step.imports.store.engine().blobs().get(piece).await?;
            let found =
                found.ok_or_else(|| StepError::refused("the file is not there any more"))?;
            bytes.extend(found);
        }
        Ok(bytes.into())
    }

    /// What is stored for those who want to learn that there are problems.
    fn noted(&self, row: &import::Model, started_by: Option<String>) -> Option<NewNotification> {
        let interest = self.step.imports.store.engine().interest();
        let is_wanted = started_by.is_some() || interest.wants(PROBLEMS, FLOW);
        (row.problems > 0 && is_wanted).then(|| NewNotification {
            kind: PROBLEMS,
            about: row.job_id.to_string(),
            flow: FLOW.to_owned(),
            name: Some(row.file_name.clone()),
            started_by,
            data: json!({
                "state": row.state,
                "figures": { "problems": row.problems, "rows": rows_of(row) },
            }),
            ..NewNotification::default()
        })
    }

    /// What became of it, or why it is refused.
    async fn write(
        &self,
        file: Arc<[u8]>,
        mapping: Arc<Mapping>,
    ) -> Result<Result<Written, WriteError>, StepError> {
        let (imports, params) = (self.step.imports.clone(), Arc::clone(&self.step.params));
        let (id, context) = (self.id(), self.context.clone());
        let written = blocking(move || {
            let import = Import {
                id: &id,
                job: context.job.job.as_str(),
                epoch: context.job.epoch,
                file_name: &params.file.name,
                bytes: &file,
                mapping: &mapping,
                strict: params.strict,
                limits: imports.limits(),
                problems_max: usize::try_from(imports.section.problems_max).unwrap_or(usize::MAX),
                cancel: &context.cancel,
            };
            let database = imports.destination.find(params.output.as_deref())?;
            context.job.faults.pass(FaultPoint::BeforePublish)?;
            let written = import.write(database);
            context.job.faults.pass(FaultPoint::AfterPublish)?;
            Ok(written)
        });
        match written.await? {
            Err(error) if !error.is_of_request() => Err(error.into()),
            written => Ok(written),
        }
    }

    fn finished(
        &self,
        written: Result<Written, WriteError>,
        started_by: Option<String>,
    ) -> Result<FinishedImport, StepError> {
        let params = &self.step.params;
        let mut row = import::Model {
            id: self.id(),
            job_id: self.context.job.job.clone(),
            file_name: params.file.name.clone(),
            sha256: params.file.sha256.clone(),
            format: None,
            mapping: params.mapping.name.clone(),
            mapping_version: params.mapping.version,
            mapping_text: params.mapping.text.clone(),
            output: params.output.clone(),
            strict: params.strict,
            started_by,
            at: clock::now_micros(),
            state: REFUSED.to_owned(),
            reason: None,
            tables: "[]".to_owned(),
            rows_inserted: 0,
            rows_updated: 0,
            rows_unchanged: 0,
            rows_replaced: 0,
            problems: 0,
        };
        let written = match written {
            Ok(written) => written,
            Err(error) => {
                row.reason = Some(error.public_message());
                return Ok(FinishedImport::of(row, Vec::new()));
            }
        };
        row.format = Some(written.found.format.name().to_owned());
        row.problems = signed(written.found.problem_count);
        match written.tables {
            Some(tables) => count(&mut row, &tables)?,
            None => {
                let count = counted(written.found.problem_count, "problem");
                row.reason = Some(format!("{count}, and so nothing was written (strict)"));
            }
        }
        let problems = (1..).zip(written.found.problems);
        let problems = problems.map(|(no, problem)| problem_row(&row.id, no, problem));
        let problems = problems.collect();
        Ok(FinishedImport::of(row, problems))
    }
}

fn count(row: &mut import::Model, tables: &[TableFate]) -> Result<(), StepError> {
    row.state = IMPORTED.to_owned();
    row.tables = serde_json::to_string(tables).map_err(unstorable)?;
    for TableFate { fate, .. } in tables {
        row.rows_inserted += signed(fate.inserted);
        row.rows_updated += signed(fate.updated);
        row.rows_unchanged += signed(fate.unchanged);
        row.rows_replaced += signed(fate.replaced);
    }
    Ok(())
}

fn rows_of(row: &import::Model) -> i64 {
    row.rows_inserted + row.rows_updated + row.rows_unchanged
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn problem_row(import: &str, no: i32, problem: Problem) -> import_problem::Model {
    import_problem::Model {
        import_id: import.to_owned(),
        no,
        cell: problem.cell,
        into_table: problem.table,
        into_column: problem.column,
        code: problem.code.name().to_owned(),
        text: problem.text,
        message: problem.message,
    }
}

/// What later steps, and callers who look at the job, find.
pub(super) fn summary(row: &import::Model) -> Result<Value, serde_json::Error> {
    let tables: Value = serde_json::from_str(&row.tables)?;
    Ok(json!({
        "import": row.id, "file": row.file_name, "mapping": row.mapping,
        "mapping_version": row.mapping_version, "inserted": row.rows_inserted,
        "updated": row.rows_updated, "unchanged": row.rows_unchanged,
        "replaced": row.rows_replaced, "problems": row.problems, "tables": tables,
    }))
}

fn unstorable(error: serde_json::Error) -> StepError {
    StepError::refused("what became of the rows cannot be stored").caused_by(error)
}
