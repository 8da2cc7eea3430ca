//! Workbooks made here, by other programs than those that read them (`data/make.py`), row for row and
//! problem for problem.

use super::support::{assert_expected, mapping, previewed, rows};

macro_rules! made {
    ($($test:ident: $name:literal, $file:literal;)*) => {
        $(#[test]
        fn $test() {
            let bytes = include_bytes!(concat!("data/", $file));
            let mapping = mapping(include_str!(concat!("data/", $name, ".yaml")));
            let preview = previewed($file, bytes, &mapping);
            let expected = serde_json::from_str(include_str!(concat!("data/", $name, ".json")));
            assert_expected($name, &preview, &expected.expect("the expectation is JSON"));
        })*
    };
}

made! {
    headings_of_three_levels_and_names_of_two_are_read: "three_levels", "three_levels.xlsx";
    tables_side_by_side_are_told_apart: "side_by_side", "side_by_side.xlsx";
    a_sheet_a_month_is_read_without_the_hidden_one: "months", "months.xlsx";
    an_old_workbook_with_dates_from_1904_is_read: "inspection", "inspection.xls";
    an_ods_with_merged_and_repeated_cells_is_read: "census", "census.ods";
    a_csv_of_cp932_keeps_its_own_characters: "orders", "orders.csv";
}

const WEATHER: &str = "
import: weather
tables:
  - into: weather
    start: 日付
    columns: {day: {from: 日付, type: date}, degrees: {from: 気温*, type: number}, sky: {from: 天気}}
";

#[test]
fn texts_are_read_in_their_encodings_with_commas_or_tabs() {
    let mapping = mapping(WEATHER);
    let files: [(&str, &[u8]); 3] = [
        (
            "weather_utf16.tsv",
            include_bytes!("data/weather_utf16.tsv"),
        ),
        ("weather_euc.txt", include_bytes!("data/weather_euc.txt")),
        ("weather.csv", include_bytes!("data/weather.csv")),
    ];
    for (name, bytes) in files {
        let preview = previewed(name, bytes, &mapping);
        assert_eq!(preview.file.format.name(), "tsv", "{name}");
        let stem = name.split('.').next().expect("a stem");
        let expected = serde_json::json!([
            {"day": "2024-01-05", "degrees": -3.5, "sky": "雪", "_cell": format!("{stem}!A2")},
            {"day": "2024-01-06", "degrees": 10.0, "sky": "晴れ", "_cell": format!("{stem}!A3")},
        ]);
        assert_eq!(
            serde_json::to_value(&rows(&preview)["weather"]).expect("JSON"),
            expected,
            "{name}"
        );
        assert_eq!(preview.problems, [], "{name}");
    }
}

#[test]
fn hidden_sheets_are_read_where_the_mapping_includes_them() {
    let text =
        include_str!("data/months.yaml").replace("each: true}", "each: true}\nhidden: include");
    let preview = previewed(
        "months.xlsx",
        include_bytes!("data/months.xlsx"),
        &mapping(&text),
    );
    let sheets: Vec<&str> = preview
        .tables
        .iter()
        .map(|table| table.sheet.as_str())
        .collect();
    assert_eq!(sheets, ["4月", "５月", "6月"]);
    let hidden = include_str!("data/census.yaml").replace("tables:", "sheet: 非表示\ntables:");
    let preview = previewed(
        "census.ods",
        include_bytes!("data/census.ods"),
        &mapping(&hidden),
    );
    let codes: Vec<&str> = preview
        .problems
        .iter()
        .map(|problem| problem.code.name())
        .collect();
    assert_eq!(codes, ["missing_table"]);
}

#[test]
fn a_preview_names_ranges_what_was_left_out_and_what_no_rule_read() {
    let mapping = mapping(include_str!("data/report.yaml"));
    let preview = previewed(
        "dir/report.xlsx",
        include_bytes!("data/report.xlsx"),
        &mapping,
    );
    assert_eq!(preview.file.name, "report.xlsx");
    assert_eq!(preview.file.sheets, ["実績表"]);
    assert_eq!(preview.tables[0].range, "A5:H12");
    assert_eq!(preview.tables[1].range, "A18:G21");
    let skipped: Vec<&str> = preview.tables[0]
        .skipped
        .iter()
        .map(|skipped| skipped.cell.as_str())
        .collect();
    assert_eq!(skipped, ["実績表!A10"]);
    let skipped: Vec<&str> = preview.tables[1]
        .skipped
        .iter()
        .map(|skipped| skipped.cell.as_str())
        .collect();
    assert_eq!(skipped, ["実績表!D19", "実績表!G19"]);
    // The unit of the sheet, a note, and the values of columns that were passed over.
    assert_eq!(
        preview.unused,
        [
            "実績表!G2",
            "実績表!A14",
            "実績表!D20",
            "実績表!G20",
            "実績表!D21",
            "実績表!G21"
        ]
    );
    let problem = &preview.problems[0];
    assert_eq!(problem.message, "`x` is not a number");
    assert_eq!(
        (problem.table.as_str(), problem.column.as_deref()),
        ("sales", Some("women"))
    );
}

#[test]
fn utf16_without_a_mark_is_read_as_the_mapping_says() {
    let text = "名前,値\n～│①,5\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mapping = mapping(
        "import: a\nencoding: utf-16le\ntables: [{into: a, start: 名前, columns: {value: {from: 値, type: integer}}}]",
    );
    let preview = previewed("a.csv", &bytes, &mapping);
    assert_eq!(
        serde_json::to_value(&rows(&preview)["a"]).expect("JSON"),
        serde_json::json!([{"value": 5, "_cell": "a!A2"}])
    );
    assert_eq!(preview.problems, []);
}

#[test]
fn what_is_wrong_with_a_text_is_a_problem() {
    let mapping =
        mapping("import: a\ntables: [{into: a, start: name, columns: {name: {from: name}}}]");
    let preview = previewed("a.csv", b"name,value\nx,5\n\"y,6\nz,7\n", &mapping);
    assert_eq!(preview.problems[0].cell, "a!A3");
    assert_eq!(preview.problems[0].code.name(), "open_quote");
    assert!(preview.problems[0].message.contains("line 3"));
}

#[test]
fn a_cell_that_cannot_be_read_is_one_of_its_own() {
    let text = |name: &str, text: &str| {
        format!("<c r=\"{name}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    };
    let sheet = format!(
        "<worksheet><sheetData><row r=\"1\">{}{}</row>\
         <row r=\"2\">{}<c r=\"B2\" t=\"s\"><v>7</v></c></row>\
         <row r=\"3\">{}<c r=\"-1\"><v>1</v></c><c r=\"B3\"><v>5</v></c></row></sheetData></worksheet>",
        text("A1", "name"),
        text("B1", "value"),
        text("A2", "x"),
        text("A3", "y"),
    );
    let bytes = super::archives::xlsx(&sheet, super::archives::NO_TEXTS);
    let mapping = mapping(
        "import: a\ntables: [{into: a, start: name, columns: {name: {from: name}, value: {from: value, type: integer}}}]",
    );
    let preview = previewed("a.xlsx", &bytes, &mapping);
    assert_eq!(
        serde_json::to_value(&rows(&preview)["a"]).expect("JSON"),
        serde_json::json!([
            {"name": "x", "value": null, "_cell": "S!A2"},
            {"name": "y", "value": 5, "_cell": "S!A3"},
        ])
    );
    let problems: Vec<_> = preview
        .problems
        .iter()
        .map(|problem| (problem.cell.as_str(), problem.code.name()))
        .collect();
    assert_eq!(problems, [("S!B3", "error_value"), ("S!B2", "error_value")]);
}
