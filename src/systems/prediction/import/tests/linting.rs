//! What lint says of the workbooks of the specification.

use std::sync::Arc;

use crate::systems::prediction::import::{Limits, Lint, lint};

fn linted(name: &str, bytes: &[u8]) -> Lint {
    lint(name, &Arc::from(bytes), None, Limits::default()).expect("the file can be read")
}

fn cells(lint: &Lint, rule: &str) -> Vec<String> {
    let findings = lint
        .findings
        .iter()
        .filter(|finding| serde_json::to_value(finding.rule).expect("JSON") == rule);
    findings.flat_map(|finding| finding.cells.clone()).collect()
}

#[test]
fn a_report_for_paper_breaks_most_rules() {
    let lint = linted("report.xlsx", include_bytes!("data/report.xlsx"));
    assert_eq!(cells(&lint, "1-3"), ["C7", "D7", "F7", "C11", "E11", "F21"]);
    assert_eq!(cells(&lint, "1-4").len(), 12);
    assert!(
        cells(&lint, "1-5").contains(&"A5".to_owned()),
        "{:?}",
        cells(&lint, "1-5")
    );
    assert!(cells(&lint, "1-5").contains(&"B5".to_owned()));
    assert_eq!(cells(&lint, "1-10"), ["G12", "H12"]);
    assert!(cells(&lint, "1-11").contains(&"G7".to_owned()));
    assert_eq!(cells(&lint, "1-13"), ["D8", "D9", "F9"]);
    assert_eq!(cells(&lint, "1-15"), ["A18"]);
    assert_eq!(cells(&lint, "1-7"), [""; 0]);
    assert_eq!(lint.not_judged, ["1-12"]);
}

#[test]
fn formulas_and_omitted_names_are_found() {
    let lint = linted("faults.xlsx", include_bytes!("data/faults.xlsx"));
    assert_eq!(cells(&lint, "1-7"), ["C3"]);
    let lint = linted("months.xlsx", include_bytes!("data/months.xlsx"));
    let omitted: Vec<_> = lint
        .findings
        .iter()
        .filter(|finding| serde_json::to_value(finding.rule).expect("JSON") == "1-6")
        .collect();
    assert_eq!(omitted[0].sheet, "4月");
    assert_eq!(omitted[0].cells, ["B7", "B8"]);
    // The hidden sheet is not judged.
    assert_eq!(lint.sheets, ["4月", "５月", "集計"]);
}

#[test]
fn a_table_for_machines_breaks_no_rule() {
    let lint = linted("good.csv", "店舗コード,店舗名,開店日,売上高(円)\n0001,東京第1,2020-04-01,1200\n0002,大阪,2021-05-01,-3.5\n".as_bytes());
    assert_eq!(lint.findings, []);
}

#[test]
fn a_table_that_an_empty_row_splits_is_one_table() {
    let lint = linted(
        "split.csv",
        "店,売上(円)\nA,1\nB,2\n,\nC,3\nD,4\n".as_bytes(),
    );
    assert_eq!(cells(&lint, "1-14"), ["A4:B4"]);
    assert_eq!(cells(&lint, "1-15"), [""; 0]);
}
