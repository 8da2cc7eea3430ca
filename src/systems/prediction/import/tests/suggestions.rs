//! Drafts of mappings: each can be read, and finds the tables of its own workbook.

use std::sync::Arc;

use super::archives::{NO_TEXTS, xlsx};
use super::support::{mapping, previewed, rows};
use crate::systems::prediction::import::{Limits, suggest};

fn suggested(name: &str, bytes: &[u8]) -> String {
    suggest(name, &Arc::from(bytes), None, Limits::default()).expect("the file can be read")
}

#[test]
fn a_draft_finds_the_rows_of_its_own_workbook() {
    let files: [(&str, &[u8], &str, usize); 10] = [
        (
            "three_levels.xlsx",
            include_bytes!("data/three_levels.xlsx"),
            "three_levels",
            3,
        ),
        (
            "report.xlsx",
            include_bytes!("data/report.xlsx"),
            "report",
            5,
        ),
        (
            "measures.xlsx",
            include_bytes!("data/measures.xlsx"),
            "measures",
            3,
        ),
        ("plans.xlsx", include_bytes!("data/plans.xlsx"), "plans", 3),
        (
            "faults.xlsx",
            include_bytes!("data/faults.xlsx"),
            "faults",
            5,
        ),
        ("ledger.csv", include_bytes!("data/ledger.csv"), "ledger", 3),
        (
            "months.xlsx",
            include_bytes!("data/months.xlsx"),
            "months",
            3,
        ),
        (
            "inspection.xls",
            include_bytes!("data/inspection.xls"),
            "inspection",
            4,
        ),
        ("census.ods", include_bytes!("data/census.ods"), "census", 3),
        (
            "weather.csv",
            include_bytes!("data/weather.csv"),
            "weather",
            2,
        ),
    ];
    for (name, bytes, into, count) in files {
        let draft = suggested(name, bytes);
        let preview = previewed(name, bytes, &mapping(&draft));
        let missing = preview
            .problems
            .iter()
            .filter(|problem| problem.code.name().starts_with("missing"));
        assert_eq!(
            missing.count(),
            0,
            "{name}:\n{draft}\n{:#?}",
            preview.problems
        );
        assert_eq!(rows(&preview)[into].len(), count, "{name}:\n{draft}");
    }
}

#[test]
fn a_draft_has_types_units_and_columns_that_become_rows() {
    let draft = suggested("report.xlsx", include_bytes!("data/report.xlsx"));
    let lines: Vec<&str> = draft.lines().map(str::trim).collect();
    for line in [
        "import: report",
        "- into: report",
        "start: 地域",
        "header_rows: 2",
        "skip_rows: \"計$\"",
        "region: {from: 地域}",
        "shop: {from: 店舗名}",
        "sales_domestic: {from: 売上高/国内, type: number, unit: 千円}",
        "booked_on: {from: 計上日, type: date}",
        "- into: report_2",
        "levels: [{name: year, type: year}, {name: month, type: integer, unit: 月}]",
        "value: {name: value, type: integer}",
        "skip_columns: \"計$\"",
    ] {
        assert!(lines.contains(&line), "{line}\n{draft}");
    }
}

#[test]
fn a_form_is_drafted_by_its_labels() {
    let draft = suggested("forms.xlsx", include_bytes!("data/forms.xlsx"));
    let preview = previewed(
        "forms.xlsx",
        include_bytes!("data/forms.xlsx"),
        &mapping(&draft),
    );
    assert!(draft.contains("right_of: 店舗名"), "{draft}");
    assert!(draft.contains("type: date"), "{draft}");
    assert_eq!(rows(&preview)["forms"].len(), 1, "{draft}");
}

#[test]
fn a_draft_of_each_file_can_be_read() {
    let data = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/systems/prediction/import/tests/data"
    );
    let mut drafts = 0;
    for entry in std::fs::read_dir(data).expect("the directory of the files") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.expect("a name").to_owned();
        if name.ends_with(".json") || name.ends_with(".yaml") || name.ends_with(".py") {
            continue;
        }
        let draft = suggested(&name, &std::fs::read(&path).expect("a file"));
        // It panics with the faults of a text that is none.
        mapping(&draft);
        drafts += 1;
    }
    assert!(drafts > 10, "{drafts}");
}

#[test]
fn a_level_of_nothing_but_a_unit_is_the_unit_of_its_column() {
    let text = |cell: &str, text: &str| {
        format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    };
    let sheet = format!(
        "<worksheet><sheetData><row r=\"1\">{}{}</row><row r=\"2\">{}</row><row r=\"3\">{}<c r=\"B3\"><v>10</v></c></row><row r=\"4\">{}<c r=\"B4\"><v>5</v></c></row></sheetData><mergeCells><mergeCell ref=\"A1:A2\"/></mergeCells></worksheet>",
        text("A1", "氏名"),
        text("B1", "残業"),
        text("B2", "（時間）"),
        text("A3", "佐藤"),
        text("A4", "鈴木"),
    );
    let bytes = xlsx(&sheet, NO_TEXTS);
    let draft = suggested("hours.xlsx", &bytes);
    assert!(draft.contains("{from: 残業, type: integer}"), "{draft}");
    let found = rows(&previewed("hours.xlsx", &bytes, &mapping(&draft)));
    assert_eq!(found["hours"][0]["残業"], 10, "{draft}");
    // Who names the level finds the column, too.
    let named = draft.replace("from: 残業", "from: 残業/（時間）");
    let found = rows(&previewed("hours.xlsx", &bytes, &mapping(&named)));
    assert_eq!(found["hours"][1]["残業"], 5, "{named}");
    // A heading may be nothing else, and a file be called as the program calls its own tables.
    mapping(&suggested("v_import.csv", b"a,b\nx,y\n"));
    mapping(&suggested(
        "pay.csv",
        "（円）,氏名\n1,佐藤\n2,鈴木\n".as_bytes(),
    ));
}

#[test]
fn a_draft_of_an_empty_file_can_be_read() {
    let draft = suggested("empty.csv", b"\n");
    mapping(&draft);
}
