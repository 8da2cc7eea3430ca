//! Imports: workbooks and CSV files as rows of tables, by commands and over HTTP.

mod calls;
mod command;
mod dying;
mod handed;
mod kinds;
mod mapping_pages;
mod mappings;
pub(crate) mod page_browser;
mod pages;
mod used;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};

use crate::support::{TestApp, wait_for};

/// The workbooks of the specification: name, file.
const HANDED: [(&str, &str); 6] = [
    ("report", "report.xlsx"),
    ("measures", "measures.xlsx"),
    ("forms", "forms.xlsx"),
    ("ledger", "ledger.csv"),
    ("plans", "plans.xlsx"),
    ("faults", "faults.xlsx"),
];

/// A small mapping with a key, and one without.
const STOCK: &str = "
import: stock
tables:
  - into: stock
    start: 品名
    columns: {item: {from: 品名}, amount: {from: 数量, type: integer}, day: {from: 日付, type: date}}
    key: [item]
";
const LOG: &str = "
import: log
tables:
  - into: log
    start: 品名
    columns: {item: {from: 品名}, amount: {from: 数量, type: integer}}
";

fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/systems/prediction/import/tests/data")
        .join(file)
}

fn bytes(file: &str) -> Vec<u8> {
    fs::read(data(file)).unwrap()
}

fn text(file: &str) -> String {
    fs::read_to_string(data(file)).unwrap()
}

/// What must come out of a workbook of the specification.
fn expected(name: &str) -> Value {
    serde_json::from_str(&text(&format!("{name}.json"))).unwrap()
}

/// The rows of a table of a SQLite file, as JSON, in the order in which they were inserted.
fn rows(database: &Path, table: &str) -> Vec<Value> {
    let connection = Connection::open(database).unwrap();
    let sql = format!("SELECT * FROM \"{table}\" ORDER BY rowid");
    let mut statement = connection.prepare(&sql).unwrap();
    let columns: Vec<(String, bool)> = statement
        .columns()
        .iter()
        .map(|column| {
            let is_truth = column.decl_type() == Some("BOOLEAN");
            (column.name().to_owned(), is_truth)
        })
        .collect();
    let mut rows = statement.query([]).unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let mut members = Map::new();
        for (place, (name, is_truth)) in columns.iter().enumerate() {
            let value = match row.get_ref(place).unwrap() {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) if *is_truth => json!(number == 1),
                ValueRef::Integer(number) => json!(number),
                ValueRef::Real(number) => json!(number),
                ValueRef::Text(text) => json!(str::from_utf8(text).unwrap()),
                ValueRef::Blob(_) => panic!("{name}: no column holds bytes"),
            };
            members.insert(name.clone(), value);
        }
        found.push(Value::Object(members));
    }
    found
}

/// Compares tables with `{"tables": [{"into", "rows"}]}`.
fn assert_rows(name: &str, database: &Path, expected: &Value) {
    for table in expected["tables"].as_array().unwrap() {
        let into = table["into"].as_str().unwrap();
        let wanted = table["rows"].as_array().unwrap();
        let mut found = rows(database, into);
        assert_eq!(found.len(), wanted.len(), "{name}: rows of {into}");
        for (row, wanted) in found.iter_mut().zip(wanted) {
            let row = row.as_object_mut().unwrap();
            assert!(row.remove("_import_id").unwrap().is_string());
            for (column, wanted) in wanted.as_object().unwrap() {
                let value = row.remove(column).unwrap();
                let is_same = match (value.as_f64(), wanted.as_f64()) {
                    (Some(value), Some(wanted)) => (value - wanted).abs() < 1e-9,
                    _ => value == *wanted,
                };
                assert!(
                    is_same,
                    "{name}: {into}.{column}: {value} instead of {wanted}"
                );
            }
            assert!(row.is_empty(), "{name}: {into} has more columns: {row:?}");
        }
    }
}

/// Compares problems, each with `cell` and `code`, with `{"problems": [[cell, code]]}`.
fn assert_problems(name: &str, problems: &Value, expected: &Value) {
    let pair = |cell: &Value, code: &Value| (cell.to_string(), code.to_string());
    let found = problems.as_array().unwrap().iter();
    let found: BTreeSet<_> = found.map(|one| pair(&one["cell"], &one["code"])).collect();
    let wanted = expected["problems"].as_array().unwrap().iter();
    let wanted: BTreeSet<_> = wanted.map(|one| pair(&one[0], &one[1])).collect();
    assert_eq!(found, wanted, "{name}");
}

/// A body of `multipart/form-data`.
pub(crate) fn form(file: (&str, &[u8]), parts: &[(&str, &str)]) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "3f1c9c2a5e7b";
    let (name, content) = file;
    let mut body = Vec::new();
    for (name, text) in parts {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        );
        body.extend(part.as_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    body.extend(head.as_bytes());
    body.extend(content);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

/// Sends a file.
pub(crate) async fn send(
    app: &TestApp,
    path: &str,
    file: (&str, &[u8]),
    parts: &[(&str, &str)],
) -> (u16, Value) {
    let (content_type, body) = form(file, parts);
    let request = app.http.post(app.url(path));
    let request = request.header("content-type", content_type).body(body);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

/// Imports a file and waits for the end of its job.
async fn import(app: &TestApp, file: (&str, &[u8]), parts: &[(&str, &str)]) -> Value {
    let (status, accepted) = send(app, "/v1/imports", file, parts).await;
    assert_eq!(status, 202, "{accepted}");
    let id = accepted["id"].as_str().unwrap();
    wait_for("the job ends", async || {
        let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
        let state = job["state"].as_str().unwrap_or_default();
        matches!(state, "succeeded" | "failed").then_some(())
    })
    .await;
    app.get(&format!("/v1/imports/{id}")).await.1
}
