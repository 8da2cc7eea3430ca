//! Rows that jobs of other flows made, as the bytes of a download.

use std::borrow::Cow;
use std::io;

use entity::JobId;
use futures_util::stream;
use poem::Body;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::download::{BYTE_ORDER_MARK, WriteError, as_text, cut_off};
use crate::engine::seam::{ResultCell, ResultRows};

type Rows = Vec<Vec<ResultCell>>;

pub(super) fn csv(rows: ResultRows, bom: bool, job: JobId) -> Body {
    let columns = rows.columns.clone();
    let head = csv_of(&[columns.into_iter().map(ResultCell::Text).collect()]);
    let head = head.map(|head| {
        let mark = if bom { BYTE_ORDER_MARK } else { "" };
        [mark.as_bytes(), &head].concat()
    });
    written(rows, job, Some(head), |_, rows| csv_of(&rows))
}

pub(super) fn jsonl(rows: ResultRows, job: JobId) -> Body {
    written(rows, job, None, |columns, rows| jsonl_of(columns, &rows))
}

/// The rows as bytes, some at a time. An error cuts the answer off, so that a part is not
/// mistaken for the whole.
fn written(
    rows: ResultRows,
    job: JobId,
    head: Option<Result<Vec<u8>, WriteError>>,
    encode: impl Fn(&[String], Rows) -> Result<Vec<u8>, WriteError> + Send + 'static,
) -> Body {
    let start = (rows, encode, head);
    let parts = stream::unfold(start, move |(mut rows, encode, head)| {
        let job = job.clone();
        async move {
            let bytes = match head {
                Some(head) => head,
                None => match rows.next().await? {
                    Ok(some) => encode(&rows.columns, some),
                    Err(error) => Err(WriteError::ReadAny(error)),
                },
            };
            if let Err(error) = &bytes {
                cut_off(&job, error);
            }
            Some((bytes.map_err(io::Error::other), (rows, encode, None)))
        }
    });
    Body::from_bytes_stream(parts)
}

fn csv_of(rows: &[Vec<ResultCell>]) -> Result<Vec<u8>, WriteError> {
    let mut bytes = Vec::new();
    let mut writer = csv::Writer::from_writer(&mut bytes);
    for row in rows {
        let cells: Vec<Cow<'_, str>> = row.iter().map(csv_cell).collect();
        writer.write_record(cells.iter().map(|cell| cell.as_bytes()))?;
    }
    writer.flush().map_err(csv::Error::from)?;
    drop(writer);
    Ok(bytes)
}

/// A number may begin with `-`: only what people wrote could be a formula.
fn csv_cell(cell: &ResultCell) -> Cow<'_, str> {
    match cell {
        ResultCell::Null => "".into(),
        ResultCell::Truth(truth) => truth.to_string().into(),
        ResultCell::Integer(integer) => integer.to_string().into(),
        ResultCell::Number(number) => format!("{number:?}").into(),
        ResultCell::Text(text) => as_text(text),
        ResultCell::Json(json) => json.into(),
    }
}

fn jsonl_of(columns: &[String], rows: &[Vec<ResultCell>]) -> Result<Vec<u8>, WriteError> {
    let mut bytes = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut bytes, &Line(columns, row))?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// A row with the names of its columns.
struct Line<'l>(&'l [String], &'l [ResultCell]);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in self.0.iter().zip(self.1) {
            match cell {
                ResultCell::Null => members.serialize_entry(column, &())?,
                ResultCell::Truth(truth) => members.serialize_entry(column, truth)?,
                ResultCell::Integer(integer) => members.serialize_entry(column, integer)?,
                ResultCell::Number(number) => members.serialize_entry(column, number)?,
                ResultCell::Text(text) => members.serialize_entry(column, text)?,
                ResultCell::Json(json) => match serde_json::from_str::<Value>(json) {
                    Ok(value) => members.serialize_entry(column, &value)?,
                    Err(_) => members.serialize_entry(column, json)?,
                },
            }
        }
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> (Vec<String>, Rows) {
        let columns = ["id", "name", "score", "scores", "paid", "error"];
        let row = vec![
            ResultCell::Integer(-7),
            ResultCell::Text("=1+1".to_owned()),
            ResultCell::Number(-0.5),
            ResultCell::Json(r#"{"stay":0.25,"leave":0.75}"#.to_owned()),
            ResultCell::Truth(true),
            ResultCell::Null,
        ];
        (columns.map(str::to_owned).to_vec(), vec![row])
    }

    #[test]
    fn numbers_are_numbers_and_texts_are_no_formulas() {
        let (columns, rows) = rows();
        let csv = String::from_utf8(csv_of(&rows).unwrap()).unwrap();
        let scores = r#""{""stay"":0.25,""leave"":0.75}""#;
        assert_eq!(csv, format!("-7,'=1+1,-0.5,{scores},true,\n"));
        let jsonl = String::from_utf8(jsonl_of(&columns, &rows).unwrap()).unwrap();
        let line = r#"{"id":-7,"name":"=1+1","score":-0.5,"scores":{"stay":0.25,"leave":0.75},"paid":true,"error":null}"#;
        assert_eq!(jsonl, format!("{line}\n"));
    }
}
