//! Previews of files, in the form in which expectations are written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::systems::prediction::import::{
    Limits, Mapping, Preview, PreviewLimits, preview, read_mapping,
};

pub(in crate::systems::prediction::import) fn mapping(text: &str) -> Mapping {
    match read_mapping(text.as_bytes()) {
        Ok(mapping) => mapping,
        Err(faults) => panic!(
            "{}",
            faults
                .iter()
                .map(|fault| format!("{fault}\n"))
                .collect::<String>()
        ),
    }
}

pub(in crate::systems::prediction::import) fn previewed(
    name: &str,
    bytes: &[u8],
    mapping: &Mapping,
) -> Preview {
    let shown = PreviewLimits::default();
    preview(name, &Arc::from(bytes), mapping, Limits::default(), shown)
        .expect("the file can be read")
}

/// The rows of each table, as JSON.
pub(in crate::systems::prediction::import) fn rows(
    preview: &Preview,
) -> BTreeMap<String, Vec<Json>> {
    let mut rows: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for table in &preview.tables {
        let of_table = table
            .rows
            .iter()
            .map(|row| serde_json::to_value(row).expect("a row is JSON"));
        rows.entry(table.into.clone()).or_default().extend(of_table);
    }
    rows
}

/// Cell and code of each problem.
pub(in crate::systems::prediction::import) fn problems(
    preview: &Preview,
) -> BTreeSet<(String, String)> {
    let problems = preview.problems.iter();
    problems
        .map(|problem| (problem.cell.clone(), problem.code.name().to_owned()))
        .collect()
}

/// Compares a preview with `{"tables": [{"into", "rows"}], "problems": [[cell, code]]}`.
pub(in crate::systems::prediction::import) fn assert_expected(
    name: &str,
    preview: &Preview,
    expected: &Json,
) {
    let found = rows(preview);
    for table in expected["tables"].as_array().expect("tables") {
        let into = table["into"].as_str().expect("into");
        let wanted = table["rows"].as_array().expect("rows");
        let rows = found.get(into).cloned().unwrap_or_default();
        for (index, (row, wanted)) in rows.iter().zip(wanted).enumerate() {
            assert_row(&format!("{name}: {into}[{index}]"), row, wanted);
        }
        assert_eq!(rows.len(), wanted.len(), "{name}: rows of {into}");
    }
    let wanted: BTreeSet<(String, String)> = expected["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .map(|one| {
            let text = |index: usize| one[index].as_str().expect("a text").to_owned();
            (text(0), text(1))
        })
        .collect();
    assert_eq!(problems(preview), wanted, "{name}: problems");
}

fn assert_row(at: &str, row: &Json, wanted: &Json) {
    let (row, wanted) = (
        row.as_object().expect("a row"),
        wanted.as_object().expect("a row"),
    );
    let keys = |row: &serde_json::Map<String, Json>| row.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(row), keys(wanted), "{at}");
    for (column, wanted) in wanted {
        let value = &row[column];
        let is_same = match (value.as_f64(), wanted.as_f64()) {
            (Some(value), Some(wanted)) => (value - wanted).abs() < 1e-9,
            _ => value == wanted,
        };
        assert!(is_same, "{at}.{column}: {value} instead of {wanted}");
    }
}
