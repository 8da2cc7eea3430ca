//! What labelling jobs published: a sample, or all of it, row by row.

use std::io;

use entity::JobId;
use futures_util::{Stream, stream};
use poem::Body;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, Object, OpenApi, ResponseContent};
use strum::{IntoStaticStr, VariantArray};
use tracing::warn;

use super::Groups;
use crate::http::body::{Vocabulary, Word};
use crate::http::error::Failure;
use crate::http::v1::views::{job_id, no_job};
use crate::systems::labelling::api::samples::SampleRow;
use crate::systems::labelling::{Labelling, LabellingError, ResultRow, ResultStream};
use crate::telemetry::chain;

/// Rows that are written to a caller at once.
const ROWS_AT_ONCE: usize = 256;

/// The operations.
pub(crate) struct ResultsApi(pub Labelling);

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
enum Format {
    /// Comma-separated values, the names of the columns first.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

struct Formats;

impl Vocabulary for Formats {
    type Item = Format;
    const NAME: &'static str = "ResultFormat";
    const DESCRIPTION: &'static str = "How rows are written.";
    const ITEMS: &'static [Format] = Format::VARIANTS;
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
    #[oai(content_type = "text/csv")]
    Csv(Binary<Body>),
    #[oai(content_type = "application/x-ndjson")]
    Jsonl(Binary<Body>),
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
        let id = self.published(&job_id).await?;
        let rows = self.0.sample(&id, &table, limit.0).await;
        let rows = rows.map_err(Failure::from)?;
        let rows = rows.into_iter().map(SampleRow::from).collect();
        Ok(Json(Sample { rows }))
    }

    /// Download what a job published
    #[oai(
        path = "/v1/jobs/:job_id/result",
        method = "get",
        operation_id = "get_result"
    )]
    async fn get_result(
        &self,
        job_id: Path<String>,
        #[oai(default = "csv")] format: Query<Word<Formats>>,
    ) -> poem::Result<Download> {
        let id = self.published(&job_id).await?;
        let rows = self.0.results(&id).await.map_err(Failure::from)?;
        let Word(format) = format.0;
        let body = Binary(Body::from_bytes_stream(written(rows, format, id.clone())));
        let (rows, ending) = match format {
            Format::Csv => (Rows::Csv(body), "csv"),
            Format::Jsonl => (Rows::Jsonl(body), "jsonl"),
        };
        let name = format!("attachment; filename=\"audience-{id}.{ending}\"");
        Ok(Download::Rows(rows, name))
    }
}

impl ResultsApi {
    /// The id of a labelling job that has published.
    async fn published(&self, text: &str) -> Result<JobId, Failure> {
        let id = job_id(text)?;
        let Some(view) = self.0.view(&id).await? else {
            return Err(no_job(&id));
        };
        if view.published {
            return Ok(id);
        }
        let state = view.job.state.as_str();
        Err(Failure::conflict(format!(
            "job {id} has not published anything yet; it is {state}"
        )))
    }
}

/// The rows as bytes, some at a time. An error cuts the answer off, so that a part is not
/// mistaken for the whole.
fn written(
    rows: ResultStream,
    format: Format,
    job: JobId,
) -> impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static {
    let start = (rows, true);
    stream::unfold(start, move |(mut rows, first)| {
        let job = job.clone();
        async move {
            let mut some = Vec::with_capacity(ROWS_AT_ONCE);
            if rows.recv_many(&mut some, ROWS_AT_ONCE).await == 0 && !first {
                return None;
            }
            let bytes = encode(some, format, first);
            if let Err(error) = &bytes {
                warn!(job.id = %job, error = chain(error), "a download was cut off");
            }
            Some((bytes.map_err(io::Error::other), (rows, false)))
        }
    })
}

#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error("failed to read published rows")]
    Read(#[from] LabellingError),
    #[error("failed to write a row as CSV")]
    Csv(#[from] csv::Error),
    #[error("failed to write a row as JSON")]
    Json(#[from] serde_json::Error),
}

fn encode(
    rows: Vec<Result<ResultRow, LabellingError>>,
    format: Format,
    first: bool,
) -> Result<Vec<u8>, WriteError> {
    let mut bytes = Vec::new();
    match format {
        Format::Csv => {
            let mut builder = csv::WriterBuilder::new();
            let mut writer = builder.has_headers(false).from_writer(&mut bytes);
            if first {
                writer.write_record(COLUMNS)?;
            }
            for row in rows {
                writer.serialize(row?)?;
            }
            writer.flush().map_err(csv::Error::from)?;
        }
        Format::Jsonl => {
            for row in rows {
                serde_json::to_writer(&mut bytes, &row?)?;
                bytes.push(b'\n');
            }
        }
    }
    Ok(bytes)
}

/// Written also when there are no rows.
const COLUMNS: [&str; 8] = [
    "id",
    "task_id",
    "source_author",
    "panel",
    "create_time",
    "field_content",
    "match_content",
    "match_meta",
];

fn fifty() -> u32 {
    50
}

fn csv() -> Word<Formats> {
    Word(Format::Csv)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> ResultRow {
        ResultRow {
            id: "1".to_owned(),
            task_id: "t".to_owned(),
            source_author: "s_a".to_owned(),
            panel: "/女性".to_owned(),
            create_time: "2020-01-01 00:00:00".to_owned(),
            field_content: "s".to_owned(),
            match_content: text.to_owned(),
            match_meta: "{}".to_owned(),
        }
    }

    fn text(rows: Vec<ResultRow>, format: Format, first: bool) -> String {
        let rows = rows.into_iter().map(Ok).collect();
        String::from_utf8(encode(rows, format, first).unwrap()).unwrap()
    }

    #[test]
    fn the_columns_are_those_of_a_row() {
        let row = serde_json::to_value(row("")).unwrap();
        assert!(row.as_object().unwrap().keys().eq(COLUMNS));
    }

    #[test]
    fn texts_that_are_hard_to_write_are_quoted() {
        let csv = text(vec![row("a,\"b\"\nc")], Format::Csv, false);
        assert_eq!(
            csv,
            "1,t,s_a,/女性,2020-01-01 00:00:00,s,\"a,\"\"b\"\"\nc\",{}\n"
        );
        let jsonl = text(vec![row("a\nb")], Format::Jsonl, false);
        assert_eq!(jsonl.lines().count(), 1);
    }

    #[test]
    fn the_names_of_the_columns_stand_in_front_even_of_nothing() {
        assert_eq!(text(vec![], Format::Csv, true), COLUMNS.join(",") + "\n");
        assert_eq!(text(vec![], Format::Csv, false), "");
        assert_eq!(text(vec![], Format::Jsonl, true), "");
    }
}
