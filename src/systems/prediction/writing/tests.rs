//! Imports into a file of SQLite; those into servers are tested with the program.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{Import, TableFate, WriteError, Written};
use crate::systems::prediction::import::{Limits, read_mapping};
use crate::tables::Database;

struct Output {
    folder: TempDir,
    database: Database,
}

impl Output {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("out.db").display());
        let database = Database::of_url(&url, Duration::from_secs(60)).expect("a URL");
        Self { folder, database }
    }

    fn import(&self, id: &str, csv: &str, mapping: &str) -> Result<Written, WriteError> {
        let Ok(mapping) = read_mapping(mapping.as_bytes()) else {
            panic!("the mapping has faults");
        };
        let import = Import {
            id,
            job: id,
            epoch: 1,
            file_name: "a.csv",
            bytes: &Arc::from(csv.as_bytes()),
            mapping: &mapping,
            strict: false,
            limits: Limits::default(),
            problems_max: 10,
            cancel: &CancellationToken::new(),
        };
        import.write(&self.database)
    }

    fn fates(&self, id: &str, csv: &str, mapping: &str) -> Vec<TableFate> {
        let written = self.import(id, csv, mapping).expect("it is written");
        written.tables.expect("there are tables")
    }

    fn texts(&self, sql: &str) -> Vec<String> {
        let mut session = self.database.take().expect("a connection");
        let mut texts = Vec::new();
        let read = session.read(sql, &[], &mut |cells| {
            texts.push(cells.text(0)?.unwrap_or_else(|| "NULL".to_owned()));
            Ok(true)
        });
        read.expect("the rows are read");
        texts
    }
}

const TYPES: &str = "
import: types
tables:
  - into: types
    start: a
    columns:
      text: {from: a}
      number: {from: b, type: number}
      flag: {from: c, type: boolean}
      day: {from: d, type: date}
      month: {from: e, type: month}
      year: {from: f, type: year}
      at: {from: g, type: datetime}
    key: [text]
";

#[test]
fn each_type_is_stored_as_what_it_is() {
    let output = Output::new();
    let csv = "a,b,c,d,e,f,g\nx,\"1,234.5\",○,令和2年4月1日,2020年4月,平成31年,2020-04-01 09:00\ny,,,,,,\n";
    output.fates("1", csv, TYPES);
    let sql = "SELECT text || ' ' || typeof(number) || number || ' ' || typeof(flag) || flag || ' ' || day \
        || ' ' || month || ' ' || typeof(year) || year || ' ' || at || ' ' || _cell FROM types WHERE text = 'x'";
    assert_eq!(
        output.texts(sql),
        ["x real1234.5 integer1 2020-04-01 2020-04 integer2019 2020-04-01T09:00:00 a!A2"]
    );
    let nulls = "SELECT count(*) FROM types WHERE text = 'y' AND number IS NULL AND flag IS NULL AND \
        day IS NULL AND month IS NULL AND year IS NULL AND at IS NULL";
    assert_eq!(
        output.texts(&nulls.replace("count(*)", "CAST(count(*) AS TEXT)")),
        ["1"]
    );
}

/// They go through texts.
#[test]
fn numbers_arrive_as_they_were_read() {
    let output = Output::new();
    let mapping = "import: n\ntables: [{into: n, start: a, columns: {no: {from: a, type: integer}, value: {from: b, type: number}}, key: [no]}]";
    let mut state = 7_u64;
    let numbers: Vec<f64> = (0..2_000)
        .map(|_| {
            // SplitMix64.
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / 1e9
        })
        .collect();
    let lines = numbers.iter().enumerate();
    let lines: String = lines
        .map(|(no, number)| format!("{no},{number}\n"))
        .collect();
    let csv = format!("a,b\n{lines}");
    output.fates("1", &csv, mapping);
    let mut session = output.database.take().expect("a connection");
    let mut found = Vec::new();
    let sql = "SELECT value FROM n ORDER BY no";
    let read = session.read(sql, &[], &mut |cells| {
        found.extend(cells.number(0)?);
        Ok(true)
    });
    read.expect("the rows are read");
    assert_eq!(found, numbers);
    let fate = output.fates("2", &csv, mapping)[0].fate;
    assert_eq!((fate.unchanged, fate.updated), (2_000, 0));
}

#[test]
fn an_import_is_written_once_under_its_id() {
    let output = Output::new();
    let mapping = "import: log\ntables: [{into: log, start: a, columns: {a: {from: a}}}]";
    let first = output.fates("1", "a\nx\ny\n", mapping);
    let again = output.fates("1", "a\nx\ny\n", mapping);
    assert_eq!(first, again);
    assert_eq!(first[0].fate.inserted, 2);
    assert_eq!(output.texts("SELECT a FROM log ORDER BY a"), ["x", "y"]);
    assert!(output.folder.path().join("out.db").exists());
}

#[test]
fn two_tables_of_a_mapping_may_go_into_one() {
    let output = Output::new();
    let mapping = "
import: both
tables:
  - {into: t, start: a, columns: {name: {from: a}, one: {from: b}}}
  - {into: t, start: c, columns: {name: {from: c}, two: {from: d}}}
";
    let fates = output.fates("1", "a,b,,c,d\nx,1,,y,2\n", mapping);
    assert_eq!(fates.len(), 1);
    assert_eq!(fates[0].fate.inserted, 2);
    let rows = output
        .texts("SELECT name || coalesce(one, '-') || coalesce(two, '-') FROM t ORDER BY name");
    assert_eq!(rows, ["x1-", "y-2"]);
    let other = mapping.replace("two: {from: d}", "one: {from: d, type: number}");
    let error = output.import("2", "a\n", &other).expect_err("two types");
    assert_eq!(
        error.to_string(),
        "column `one` of table `t` has two types in the mapping"
    );
}

#[test]
fn a_column_keeps_the_type_that_it_has() {
    let output = Output::new();
    let mapping = "import: t\ntables: [{into: t, start: a, columns: {a: {from: a}, b: {from: b, type: number}}}]";
    output.fates("1", "a,b\nx,1.5\n", mapping);
    let other = mapping.replace("b, type: number", "b, type: date");
    let error = output.import("2", "a,b\nx,2024-01-05\n", &other);
    assert_eq!(
        error.expect_err("another type").to_string(),
        "column `b` of table `t` is of the type number already, and the rows have date; expected the \
         same type, or another name of the column or the table"
    );
    assert_eq!(output.texts("SELECT CAST(b AS TEXT) FROM t"), ["1.5"]);
    // Whole numbers are numbers.
    let whole = mapping.replace("type: number", "type: integer");
    output.fates("3", "a,b\nx,2\n", &whole);
}
