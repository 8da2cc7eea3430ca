//! Imports: started, looked at, removed with their rows.

use entity::{JobId, import, job};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};

use super::problems::{CountedProblems, ProblemPage, StoredProblem};
use super::views::{ImportPage, ImportView};
use super::{Groups, failure, fifty};
use crate::engine::Flows;
use crate::engine::seam::NewRun;
use crate::engine::store::blob_digest;
use crate::http::Who;
use crate::http::body::{FileForm, Part, SentFile};
use crate::http::error::Failure;
use crate::http::submit::checked_key;
use crate::systems::prediction::importing::{FLOW, Imports, ImportsError, NewImport};
use crate::systems::prediction::store::{ImportFilter, ProblemFilter};

/// The operations.
pub(crate) struct ImportsApi {
    pub imports: Imports,
    pub flows: Flows,
}

/// Parts of an import.
struct ImportForm;

impl FileForm for ImportForm {
    const PARTS: &'static [Part] = &[
        Part {
            name: "mapping",
            description: "Name of a mapping, or a mapping as YAML.",
            is_required: true,
            is_flag: false,
            example: "report",
        },
        Part {
            name: "strict",
            description: "Whether any problem keeps all rows from being written.",
            is_required: false,
            is_flag: true,
            example: "false",
        },
        Part {
            name: "output",
            description: "Where the rows go, by its name in the settings; without it, where the mapping says.",
            is_required: false,
            is_flag: false,
            example: "",
        },
    ];
}

#[derive(ApiResponse)]
enum Accepted {
    /// The file is stored, and a job imports it.
    #[oai(status = 202)]
    Stored(
        Json<ImportView>,
        /// Where to look at the import.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
enum Removed {
    /// The import, its problems and its rows are not there any more.
    #[oai(status = 204)]
    Done,
}

#[OpenApi(tag = "Groups::Imports")]
impl ImportsApi {
    /// Import a file
    ///
    /// A job writes its rows in one transaction. The id of the import is that of its job.
    #[oai(path = "/v1/imports", method = "post", operation_id = "start_import")]
    async fn start_import(
        &self,
        who: Who,
        /// Up to 255 characters. The same key with the same file and mapping answers with the import that was
        /// started before; with another one it is refused.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        key: Header<Option<String>>,
        sent: SentFile<ImportForm>,
    ) -> poem::Result<Accepted> {
        let key = key.0.map(checked_key).transpose()?;
        let key = key.map(|key| who.scope().stored_key(key));
        let given = sent.text("mapping").unwrap_or_default();
        let mapping = self.imports.choose(given).await.map_err(failure)?;
        let digest =
            blob_digest(format!("{} {}", blob_digest(&sent.bytes), mapping.text).as_bytes());
        let new = NewImport {
            strict: sent.flag("strict")?,
            output: sent.text("output").map(str::to_owned),
            mapping,
            file_name: sent.name,
            bytes: sent.bytes,
        };
        let run = NewRun {
            idempotency_key: key,
            ..NewRun::default()
        };
        let mut composed = self.imports.compose(new, run).map_err(failure)?;
        composed.job.started_by = Some(who.name().to_owned());
        let accepted = self.flows.store(composed, Some(&digest)).await;
        let id = accepted.map_err(Failure::from)?.job;
        let view = self.view(id.as_str()).await?;
        Ok(Accepted::Stored(Json(view), format!("/v1/imports/{id}")))
    }

    /// List imports
    ///
    /// Those whose file has been read, newest first, a page at a time; others are jobs of the flow `import`.
    #[oai(path = "/v1/imports", method = "get", operation_id = "list_imports")]
    async fn list_imports(
        &self,
        /// Only imports with this mapping.
        mapping: Query<Option<String>>,
        /// Only imports of a file of this name.
        file: Query<Option<String>>,
        /// Imports on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<String>>,
    ) -> poem::Result<Json<ImportPage>> {
        let given = |name: Query<Option<String>>| name.0.filter(|name| !name.is_empty());
        let filter = ImportFilter {
            mapping: given(mapping),
            file: given(file),
            before: given(after),
        };
        let limit = limit.0 as usize;
        // One more than asked for shows whether there is a next page.
        let found = self.imports.store().imports(&filter, limit as u64 + 1);
        let mut found = found.await.map_err(Failure::from)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|row| row.id.clone());
        let imports = found.into_iter().map(ImportView::of).collect();
        Ok(Json(ImportPage { imports, next }))
    }

    /// Look at an import
    ///
    /// What became of its rows, and how many problems there were.
    #[oai(
        path = "/v1/imports/:import_id",
        method = "get",
        operation_id = "get_import"
    )]
    async fn get_import(&self, import_id: Path<String>) -> poem::Result<Json<ImportView>> {
        Ok(Json(self.view(&import_id).await?))
    }

    /// List the problems of an import
    ///
    /// In the order of the file, a page at a time.
    #[oai(
        path = "/v1/imports/:import_id/problems",
        method = "get",
        operation_id = "list_import_problems"
    )]
    async fn list_import_problems(
        &self,
        import_id: Path<String>,
        /// Only problems of this code, such as `not_a_number`.
        code: Query<Option<String>>,
        /// Only problems of values that go into this column.
        column: Query<Option<String>>,
        /// Whether to count all problems by their code and column.
        #[oai(default)]
        counts: Query<bool>,
        /// Problems on a page.
        #[oai(
            default = "hundred",
            validator(minimum(value = "1"), maximum(value = "1000"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<i32>>,
    ) -> poem::Result<Json<ProblemPage>> {
        self.find(&import_id).await?;
        let limit = limit.0 as usize;
        let given = |name: Query<Option<String>>| name.0.filter(|name| !name.is_empty());
        let filter = ProblemFilter {
            code: given(code),
            column: given(column),
            after: after.0.unwrap_or(0),
        };
        let store = self.imports.store();
        let found = store.problems(&import_id, &filter, limit as u64 + 1).await;
        let mut found = found.map_err(Failure::from)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|row| row.no);
        let counts = match counts.0 {
            true => {
                let counts = store.problem_counts(&import_id).await;
                let counts = counts.map_err(Failure::from)?;
                Some(counts.into_iter().map(CountedProblems::from).collect())
            }
            false => None,
        };
        Ok(Json(ProblemPage {
            problems: found.into_iter().map(StoredProblem::from).collect(),
            next,
            counts,
        }))
    }

    /// Remove an import
    ///
    /// With its problems and its rows, but for those that a later import has changed. Its job stays.
    #[oai(
        path = "/v1/imports/:import_id",
        method = "delete",
        operation_id = "remove_import"
    )]
    async fn remove_import(&self, import_id: Path<String>) -> poem::Result<Removed> {
        match self.find(&import_id).await? {
            Found::Read(import) => {
                self.imports.remove(&import).await.map_err(failure)?;
                Ok(Removed::Done)
            }
            Found::Job(job) if job.state.has_ended() => {
                let unknown = ImportsError::UnknownImport(import_id.0);
                Err(failure(unknown).into())
            }
            Found::Job(_) => Err(failure(ImportsError::NotEnded(import_id.0)).into()),
        }
    }
}

/// An import, before or after its file has been read.
enum Found {
    Read(Box<import::Model>),
    Job(Box<job::Model>),
}

impl ImportsApi {
    async fn find(&self, id: &str) -> Result<Found, Failure> {
        if let Some(row) = self.imports.store().import(id).await? {
            return Ok(Found::Read(Box::new(row)));
        }
        let unknown = || failure(ImportsError::UnknownImport(id.to_owned()));
        let job: JobId = id.parse().map_err(|_| unknown())?;
        let job = self.imports.store().engine().jobs().find(&job).await?;
        let job = job.filter(|job| job.flow == FLOW);
        job.map(|job| Found::Job(Box::new(job))).ok_or_else(unknown)
    }

    async fn view(&self, id: &str) -> Result<ImportView, Failure> {
        Ok(match self.find(id).await? {
            Found::Read(row) => ImportView::of(*row),
            Found::Job(job) => ImportView::of_job(&job),
        })
    }
}

fn hundred() -> u32 {
    100
}
