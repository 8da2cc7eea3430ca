//! What labelling jobs published: a sample, or all of it, row by row.

use entity::{HistoryState, JobId};
use poem::Body;
use poem::http::StatusCode;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, Object, OpenApi, ResponseContent};
use tracing::error;

use super::Groups;
use super::any_rows;
use super::download::{self, Format, Formats, WriteError};
use super::published::published;
use super::workbook::Book;
use crate::engine::Flows;
use crate::engine::seam::ResultRows;
use crate::http::body::Word;
use crate::http::error::Failure;
use crate::http::v1::views::job_id;
use crate::http::{DownloadPlace, Who};
use crate::systems::labelling::api::samples::SampleRow;
use crate::systems::labelling::{FLOW, Labelling, WantedRows};
use crate::telemetry::chain;

/// The operations.
pub(crate) struct ResultsApi {
    pub labelling: Labelling,
    pub flows: Flows,
}

/// Some published rows.
#[derive(Object)]
struct Sample {
    rows: Vec<SampleRow>,
}

#[derive(ApiResponse)]
enum Download {
    /// All published rows, group by group.
    #[oai(status = 200)]
    Rows(
        Rows,
        /// A name for the file.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

#[derive(ResponseContent)]
enum Rows {
    #[oai(content_type = "text/csv; charset=utf-8")]
    Csv(Binary<Body>),
    #[oai(content_type = "application/x-ndjson")]
    Jsonl(Binary<Body>),
    #[oai(content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")]
    Xlsx(Binary<Body>),
}

#[OpenApi(tag = "Groups::Results")]
impl ResultsApi {
    /// Look at a sample of what a job published
    ///
    /// A uniform random sample of each result table. `match_content` is cut after 64 KiB.
    #[oai(
        path = "/v1/jobs/:job_id/sample",
        method = "get",
        operation_id = "get_sample"
    )]
    async fn get_sample(
        &self,
        who: Who,
        job_id: Path<String>,
        /// Rows of each table.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// Only rows of this result table, e.g. `wh_panel_mapping_fbfans`, or of this group. May
        /// be given several times.
        table: Query<Vec<String>>,
    ) -> poem::Result<Json<Sample>> {
        let id = published(&self.labelling, &who, &job_id).await?;
        let rows = self.labelling.sample(&id, &table, limit.0).await;
        let rows = rows.map_err(Failure::from)?;
        let rows = rows.into_iter().map(SampleRow::from).collect();
        Ok(Json(Sample { rows }))
    }

    /// Download what a job published
    ///
    /// Of a labelling job each row with its group; of a prediction job the rows of its result table that no
    /// later job has replaced, with `scores` as an object in `jsonl`. In `csv` a `'` stands in front of a cell that begins with `=`, `+`, `-`,
    /// `@`, a tab or a carriage return, or a spreadsheet would take it for a formula. In `xlsx` each
    /// cell is a text, of which the first 32,767 characters are kept; a further sheet follows after
    /// 1,048,576 rows.
    #[oai(
        path = "/v1/jobs/:job_id/result",
        method = "get",
        operation_id = "get_result"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn get_result(
        &self,
        who: Who,
        place: DownloadPlace,
        job_id: Path<String>,
        #[oai(default = "csv")] format: Query<Word<Formats>>,
        /// Whether `csv` begins with U+FEFF, by which spreadsheets know that it is UTF-8; the other
        /// formats never do.
        #[oai(default = "yes")]
        bom: Query<bool>,
        /// Only rows of this group, e.g. `fbfans`. May be given several times.
        group: Query<Vec<String>>,
        /// Only rows of this panel, e.g. `/female` or `female`. May be given several times.
        panel: Query<Vec<String>>,
    ) -> poem::Result<Download> {
        let Word(format) = format.0;
        if let Some((id, rows)) = self.rows_of_another_flow(&job_id).await? {
            if !group.is_empty() || !panel.is_empty() {
                let reason = format!("group, panel: the rows of job {id} have none");
                return Err(Failure::invalid(reason).into());
            }
            return any_download(place, id, rows, format, bom.0).await;
        }
        let id = published(&self.labelling, &who, &job_id).await?;
        let wanted = WantedRows {
            groups: group.0,
            panels: panel.0,
        };
        let rows = self.labelling.results(&id, wanted).await;
        let rows = rows.map_err(Failure::from)?;
        let (rows, ending) = match format {
            Format::Csv => {
                let body = download::csv(rows, bom.0, id.clone());
                (Rows::Csv(Binary(place.send(body))), "csv")
            }
            Format::Jsonl => {
                let body = download::jsonl(rows, id.clone());
                (Rows::Jsonl(Binary(place.send(body))), "jsonl")
            }
            Format::Xlsx => {
                let book = place.prepare(Book::of(rows)).await?.map_err(failure)?;
                let body = book.into_body(id.clone());
                (Rows::Xlsx(Binary(place.send(body))), "xlsx")
            }
        };
        Ok(Download::Rows(rows, file_name(&id, ending)))
    }
}

impl ResultsApi {
    /// The rows that a job which labels nothing has made.
    async fn rows_of_another_flow(
        &self,
        text: &str,
    ) -> Result<Option<(JobId, ResultRows)>, Failure> {
        let id = job_id(text)?;
        let job = self.labelling.store().jobs().find(&id).await?;
        let job = job.filter(|job| job.history != HistoryState::Dropping && job.flow != FLOW);
        let Some(job) = job else {
            return Ok(None);
        };
        let rows = self.flows.result_rows(&job).await?;
        Ok(rows.map(|rows| (id, rows)))
    }
}

async fn any_download(
    place: DownloadPlace,
    id: JobId,
    rows: ResultRows,
    format: Format,
    bom: bool,
) -> poem::Result<Download> {
    let (rows, ending) = match format {
        Format::Csv => {
            let body = any_rows::csv(rows, bom, id.clone());
            (Rows::Csv(Binary(place.send(body))), "csv")
        }
        Format::Jsonl => {
            let body = any_rows::jsonl(rows, id.clone());
            (Rows::Jsonl(Binary(place.send(body))), "jsonl")
        }
        Format::Xlsx => {
            let book = place.prepare(Book::of_any(rows)).await?.map_err(failure)?;
            let body = book.into_body(id.clone());
            (Rows::Xlsx(Binary(place.send(body))), "xlsx")
        }
    };
    Ok(Download::Rows(rows, file_name(&id, ending)))
}

fn file_name(id: &JobId, ending: &str) -> String {
    format!("attachment; filename=\"audience-{id}.{ending}\"")
}

/// Nothing has been sent yet.
pub(super) fn failure(error: WriteError) -> Failure {
    match error {
        WriteError::Read(error) => error.into(),
        WriteError::ReadAny(error) => error.into(),
        error @ (WriteError::Temporary(_) | WriteError::ThreadLost) => {
            error!(error = chain(&error), "a workbook could not be written");
            let reason = match error {
                WriteError::Temporary(_) => {
                    "no workbook can be written: the server's directory for temporary files (TMPDIR) takes \
                     none; other formats need none"
                }
                _ => {
                    "no workbook could be written; the server's directory for temporary files (TMPDIR) may be \
                     full; other formats need none"
                }
            };
            Failure::new(StatusCode::SERVICE_UNAVAILABLE, reason)
        }
        error => {
            error!(error = chain(&error), "a workbook could not be written");
            Failure::internal()
        }
    }
}

fn fifty() -> u32 {
    50
}

fn csv() -> Word<Formats> {
    Word(Format::Csv)
}

fn yes() -> bool {
    true
}
