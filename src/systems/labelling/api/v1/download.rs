//! Published rows as the bytes of a download.

use std::borrow::Cow;
use std::io;

use entity::JobId;
use futures_util::stream;
use poem::Body;
use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};
use tracing::warn;

use crate::engine::seam::SystemError;
use crate::http::body::Vocabulary;
use crate::systems::labelling::{LabellingError, PublishedRow, ResultRow, ResultStream};
use crate::telemetry::chain;

/// Rows that are written to a caller at once.
pub(super) const ROWS_AT_ONCE: usize = 64;

/// By which spreadsheets know that a text is UTF-8.
pub(super) const BYTE_ORDER_MARK: &str = "\u{FEFF}";

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Format {
    /// Comma-separated values, the names of the columns first.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// A workbook of spreadsheets.
    Xlsx,
}

pub(super) struct Formats;

impl Vocabulary for Formats {
    type Item = Format;
    const NAME: &'static str = "ResultFormat";
    const DESCRIPTION: &'static str = "How rows are written.";
    const ITEMS: &'static [Format] = Format::VARIANTS;
}

/// Why a download cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("failed to read published rows")]
    Read(#[from] LabellingError),
    #[error("failed to read the rows of a job")]
    ReadAny(#[source] SystemError),
    #[error("failed to write a row as CSV")]
    Csv(#[from] csv::Error),
    #[error("failed to write a row as JSON")]
    Json(#[from] serde_json::Error),
    #[error("failed to write a workbook")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    #[error("no file can be written in the directory for temporary files (TMPDIR)")]
    Temporary(#[source] std::io::Error),
    #[error("a worker thread ended early; is the directory for temporary files (TMPDIR) full?")]
    ThreadLost,
}

type Rows = Vec<Result<PublishedRow, LabellingError>>;

/// Written also when there are no rows.
pub(super) const COLUMNS: [&str; 9] = [
    "id",
    "task_id",
    "source_author",
    "panel",
    "create_time",
    "field_content",
    "match_content",
    "match_meta",
    "group",
];

/// The cells of a row, in the order of `COLUMNS`.
pub(super) fn cells(published: &PublishedRow) -> [&str; COLUMNS.len()] {
    let PublishedRow { group, row } = published;
    [
        &row.id,
        &row.task_id,
        &row.source_author,
        &row.panel,
        &row.create_time,
        &row.field_content,
        &row.match_content,
        &row.match_meta,
        group,
    ]
}

pub(super) fn csv(rows: ResultStream, bom: bool, job: JobId) -> Body {
    written(rows, job, move |rows, first| csv_of(rows, first, bom))
}

pub(super) fn jsonl(rows: ResultStream, job: JobId) -> Body {
    written(rows, job, |rows, _| jsonl_of(rows))
}

/// The rows as bytes, some at a time. An error cuts the answer off, so that a part is not
/// mistaken for the whole.
fn written(
    rows: ResultStream,
    job: JobId,
    encode: impl Fn(Rows, bool) -> Result<Vec<u8>, WriteError> + Send + 'static,
) -> Body {
    let start = (rows, encode, true);
    let parts = stream::unfold(start, move |(mut rows, encode, first)| {
        let job = job.clone();
        async move {
            let mut some = Vec::with_capacity(ROWS_AT_ONCE);
            if rows.recv_many(&mut some, ROWS_AT_ONCE).await == 0 && !first {
                return None;
            }
            let bytes = encode(some, first);
            if let Err(error) = &bytes {
                cut_off(&job, error);
            }
            Some((bytes.map_err(io::Error::other), (rows, encode, false)))
        }
    });
    Body::from_bytes_stream(parts)
}

pub(super) fn cut_off(job: &JobId, error: &(dyn std::error::Error + 'static)) {
    warn!(job.id = %job, error = chain(error), "a download was cut off");
}

fn csv_of(rows: Rows, first: bool, bom: bool) -> Result<Vec<u8>, WriteError> {
    let mut bytes = Vec::new();
    if first && bom {
        bytes.extend_from_slice(BYTE_ORDER_MARK.as_bytes());
    }
    let mut writer = csv::Writer::from_writer(&mut bytes);
    if first {
        writer.write_record(COLUMNS)?;
    }
    for row in rows {
        let row = row?;
        let cells = cells(&row).map(as_text);
        writer.write_record(cells.iter().map(|cell| cell.as_bytes()))?;
    }
    writer.flush().map_err(csv::Error::from)?;
    drop(writer);
    Ok(bytes)
}

/// A spreadsheet takes a cell that begins like a formula for one, whoever wrote it.
pub(super) fn as_text(cell: &str) -> Cow<'_, str> {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{cell}").into(),
        false => cell.into(),
    }
}

fn jsonl_of(rows: Rows) -> Result<Vec<u8>, WriteError> {
    #[derive(Serialize)]
    struct Line<'a> {
        #[serde(flatten)]
        row: &'a ResultRow,
        group: &'a str,
    }

    let mut bytes = Vec::new();
    for row in rows {
        let PublishedRow { group, row } = &row?;
        serde_json::to_writer(&mut bytes, &Line { row, group })?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::Value;

    use super::*;

    pub fn row(text: &str) -> PublishedRow {
        let row = ResultRow {
            id: "1".to_owned(),
            task_id: "t".to_owned(),
            source_author: "s_a".to_owned(),
            panel: "/女性".to_owned(),
            create_time: "2020-01-01 00:00:00".to_owned(),
            field_content: "s".to_owned(),
            match_content: text.to_owned(),
            match_meta: "{}".to_owned(),
        };
        PublishedRow {
            group: "fbfans".into(),
            row,
        }
    }

    fn csv_text(rows: Vec<PublishedRow>, first: bool, bom: bool) -> String {
        let rows = rows.into_iter().map(Ok).collect();
        String::from_utf8(csv_of(rows, first, bom).unwrap()).unwrap()
    }

    fn jsonl_text(rows: Vec<PublishedRow>) -> String {
        let rows = rows.into_iter().map(Ok).collect();
        String::from_utf8(jsonl_of(rows).unwrap()).unwrap()
    }

    #[test]
    fn the_columns_are_those_of_a_line() {
        let line: Value = serde_json::from_str(&jsonl_text(vec![row("")])).unwrap();
        let members = line.as_object().unwrap();
        assert!(members.keys().eq(COLUMNS));
        assert!(members.values().eq(cells(&row(""))));
    }

    #[test]
    fn texts_that_are_hard_to_write_are_quoted() {
        assert_eq!(
            csv_text(vec![row("a,\"b\"\nc")], false, true),
            "1,t,s_a,/女性,2020-01-01 00:00:00,s,\"a,\"\"b\"\"\nc\",{},fbfans\n"
        );
        assert_eq!(jsonl_text(vec![row("a\nb")]).lines().count(), 1);
    }

    #[test]
    fn no_cell_begins_like_a_formula() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@a", "'@a"),
            ("\ta", "'\ta"),
            ("\ra", "\"'\ra\""),
            ("'=a", "'=a"),
            ("a=1", "a=1"),
        ] {
            let line = csv_text(vec![row(text)], false, true);
            let expected = format!("1,t,s_a,/女性,2020-01-01 00:00:00,s,{cell},{{}},fbfans\n");
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn the_names_of_the_columns_stand_in_front_even_of_nothing() {
        let names = COLUMNS.join(",") + "\n";
        assert_eq!(csv_text(vec![], true, false), names);
        assert_eq!(csv_text(vec![], true, true), format!("\u{FEFF}{names}"));
        assert_eq!(csv_text(vec![], false, true), "");
        assert_eq!(jsonl_text(vec![]), "");
    }
}
