//! Rules of tables, one by one, on small texts.

use serde_json::{Value as Json, json};

use crate::systems::prediction::import::Preview;
use crate::systems::prediction::import::tests::support::{mapping, previewed, problems, rows};

/// The preview of a CSV called `t` by a mapping with one table.
fn of_table(table: &str, csv: &str) -> Preview {
    let text = format!(
        "import: t\ntables:\n  - into: t\n{}",
        table
            .lines()
            .map(|line| format!("    {line}\n"))
            .collect::<String>()
    );
    previewed("t.csv", csv.as_bytes(), &mapping(&text))
}

/// What was left out of it.
fn left_out(table: &str, csv: &str) -> Vec<String> {
    let preview = of_table(table, csv);
    let skipped = preview.tables.iter().flat_map(|table| &table.skipped);
    skipped
        .map(|skipped| format!("{}: {}", skipped.cell, skipped.why))
        .collect()
}

/// The rows of the only table of a CSV called `t`, and its problems.
fn imported(table: &str, csv: &str) -> (Json, Vec<(String, String)>) {
    let preview = of_table(table, csv);
    let rows = rows(&preview).remove("t").unwrap_or_default();
    (Json::Array(rows), problems(&preview).into_iter().collect())
}

fn problem(cell: &str, code: &str) -> (String, String) {
    (cell.to_owned(), code.to_owned())
}

#[test]
fn a_table_ends_at_an_empty_row_unless_some_are_tolerated() {
    let csv = "a\n1\n,\n2\n,\n,\n3\n";
    let (found, _) = imported("start: a\ncolumns: {a: {from: a, type: integer}}", csv);
    assert_eq!(found, json!([{"a": 1, "_cell": "t!A2"}]));
    let (found, _) = imported(
        "start: a\nblank_rows: 1\ncolumns: {a: {from: a, type: integer}}",
        csv,
    );
    assert_eq!(
        found,
        json!([{"a": 1, "_cell": "t!A2"}, {"a": 2, "_cell": "t!A4"}])
    );
    let (found, _) = imported(
        "start: a\nblank_rows: 5\nend: \"^3\"\ncolumns: {a: {from: a, type: integer}}",
        csv,
    );
    assert_eq!(found.as_array().map(Vec::len), Some(2));
}

#[test]
fn rows_over_the_first_heading_are_levels_and_headings_are_carried_right() {
    let csv = ",売上,,客,\n店,国内,海外,男,女\nA,1,2,3,4\n";
    let table = "\
start: 店
header_above: 1
header_fill: true
columns:
  shop: {from: 店}
  home: {from: 売上/国内, type: integer}
  away: {from: [売上, 海外], type: integer}
  women: {from: \"客/*\", type: integer}
  men: {from: 客/男, type: integer}";
    let (found, problems) = imported(table, csv);
    assert_eq!(
        found,
        json!([{"shop": "A", "home": 1, "away": 2, "women": 3, "men": 3, "_cell": "t!A3"}])
    );
    assert_eq!(problems, []);
}

#[test]
fn columns_become_rows_with_nulls_where_they_are_kept() {
    let csv = "店,2020年,2021年,備考\nA,1,,x\nB,-,2,y\n";
    let table = "\
start: 店
columns: {shop: {from: 店}, note: {from: 備考}}
unpivot: {levels: [{name: year, type: year}], value: {name: sales, type: integer}}";
    let (found, problems) = imported(table, csv);
    assert_eq!(
        found,
        json!([
            {"shop": "A", "note": "x", "year": 2020, "sales": 1, "_cell": "t!B2"},
            {"shop": "B", "note": "y", "year": 2021, "sales": 2, "_cell": "t!C3"},
        ])
    );
    assert_eq!(problems, []);
    let (found, _) = imported(
        &table.replace("type: integer}}", "type: integer}, nulls: keep}"),
        csv,
    );
    assert_eq!(found.as_array().map(Vec::len), Some(4));
}

#[test]
fn labels_of_columns_that_become_rows_have_no_unit() {
    let csv = "店,売場（㎡）,倉庫[㎡],（㎡）\nA,10,20,30\n";
    let table = "\
start: 店
columns: {shop: {from: 店}}
unpivot: {levels: [{name: place}], value: {name: size, type: number}}";
    let (found, problems) = imported(table, csv);
    let places: Vec<&Json> = found
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| &row["place"])
        .collect();
    assert_eq!(places, ["売場", "倉庫", "(m2)"]);
    assert_eq!(problems, []);
    let (found, _) = imported(&table.replace("place}", "place, type: raw}"), csv);
    assert_eq!(found[0]["place"], "売場（㎡）");
}

#[test]
fn a_heading_with_another_unit_says_what_was_done() {
    let table = "start: a\ncolumns: {a: {from: a}, n: {from: 売上, type: number, unit: 円}}";
    let preview = of_table(table, "a,売上（百万円）\nx,2\n");
    assert_eq!(
        preview.problems[0].message,
        "the heading `売上(百万円)` says 百万円, the mapping 円: the unit of the mapping was used, \
        and numbers without a unit of their own were multiplied by 1 instead of 1,000,000; without \
        `unit` in the mapping that of the heading counts"
    );
    let preview = of_table(&table.replace(", unit: 円", ""), "a,売上（百万円）\nx,2\n");
    assert_eq!(preview.problems, []);
    let row = serde_json::to_value(&preview.tables[0].rows[0]).expect("JSON");
    assert_eq!(row["n"], 2_000_000.0);
    // A share is in hundredths.
    let preview = of_table(&table.replace("円", "\"%\""), "a,売上（円）\nx,2\n");
    let message = &preview.problems[0].message;
    assert!(message.contains("by 0.01 instead of 1;"), "{message}");
}

#[test]
fn a_heading_that_is_no_level_is_reported_at_its_cell() {
    let csv = "店,2020年,備考\nA,1,x\n";
    let table = "\
start: 店
columns: {shop: {from: 店}}
unpivot: {levels: [{name: year, type: year}], value: {name: sales, type: integer}}
key: [shop, year]";
    let (found, problems) = imported(table, csv);
    assert_eq!(
        found,
        json!([{"shop": "A", "year": 2020, "sales": 1, "_cell": "t!B2"}])
    );
    assert_eq!(
        problems,
        [
            problem("t!C1", "not_a_date"),
            problem("t!C2", "not_a_number")
        ]
    );
}

#[test]
fn a_missing_column_is_reported_once_with_the_sheet_as_its_cell() {
    let csv = "a,b\n1,2\n3,4\n";
    let (found, problems) = imported("start: a\ncolumns: {a: {from: a}, c: {from: c}}", csv);
    assert_eq!(
        found,
        json!([{"a": "1", "c": null, "_cell": "t!A2"}, {"a": "3", "c": null, "_cell": "t!A3"}])
    );
    assert_eq!(problems, [problem("t", "missing_column")]);
    // Every row needs it: none is left.
    let (found, problems) = imported(
        "start: a\ncolumns: {a: {from: a}, c: {from: c}}\nkey: [c]",
        csv,
    );
    assert_eq!(found, json!([]));
    assert_eq!(problems, [problem("t", "missing_column")]);
}

#[test]
fn rows_without_a_key_are_left_out_and_reported_once() {
    let csv = "id,day\n1,2020/1/1\n,2020/1/2\n2,never\n-,2020/1/3\n1,2020/1/1\n";
    let (found, problems) = imported(
        "start: id\ncolumns: {id: {from: id, type: integer}, day: {from: day, type: date}}\nkey: [id, day]",
        csv,
    );
    assert_eq!(
        found,
        json!([{"id": 1, "day": "2020-01-01", "_cell": "t!A2"}])
    );
    assert_eq!(
        problems,
        [
            problem("t!A3", "required"),
            problem("t!A5", "required"),
            problem("t!A6", "duplicate_key"),
            problem("t!B4", "not_a_date"),
        ]
    );
}

#[test]
fn a_row_with_the_key_of_another_names_that_one() {
    let table = "start: id\ncolumns: {id: {from: id}}\nkey: [id]";
    let preview = of_table(table, "id\na\nb\na\na\n");
    let messages: Vec<&str> = preview
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(
        messages,
        ["the row at t!A2 has the same key; that one stays"; 2]
    );
    assert_eq!(
        left_out(table, "id\na\nb\na\n"),
        ["t!A4: the row at t!A2 has the same key"]
    );
}

#[test]
fn rows_that_lack_what_they_need_are_listed() {
    let table = "start: id\ncolumns: {id: {from: id}, n: {from: n, type: integer, required: true}}\nkey: [id]";
    assert_eq!(
        left_out(table, "id,n\n,1\na,\nb,2\n"),
        [
            "t!A2: no value for key id",
            "t!A3: no value for the required column n"
        ]
    );
    // Of columns that become rows: a record once, and a column once.
    let table = "\
start: 店
columns: {shop: {from: 店}}
unpivot: {levels: [{name: year, type: year}], value: {name: n, type: integer}}
key: [shop, year]";
    assert_eq!(
        left_out(table, "店,2020年,2021年,備考\nA,1,2,\n,3,4,\n"),
        ["t!D1: no value for key year", "t!A3: no value for key shop"]
    );
    // Of a value of the whole table: each row.
    let table = "start: id\ncolumns: {id: {from: id}}\nkey: [day]\nmeta: {day: {right_of: 作成日}}";
    assert_eq!(left_out(table, "id\na\n"), ["t!A2: no value for key day"]);
    let form = "meta: {day: {right_of: 作成日}}\nkey: [day]";
    assert_eq!(left_out(form, "a\n"), ["t!A1: no value for key day"]);
}

#[test]
fn a_table_behind_a_cell_and_a_table_of_anything_are_found() {
    let csv = "店,x\n本文\n■ 来客\n店,客\nA,5\n";
    let (found, _) = imported(
        "after: 来客\nstart: 店\ncolumns: {n: {from: 客, type: integer}}",
        csv,
    );
    assert_eq!(found, json!([{"n": 5, "_cell": "t!A5"}]));
    let (found, _) = imported(
        "after: 来客\nstart: \"*\"\ncolumns: {n: {from: 客, type: integer}}",
        csv,
    );
    assert_eq!(found, json!([{"n": 5, "_cell": "t!A5"}]));
    let (_, problems) = imported(
        "after: 売上\nstart: 店\ncolumns: {n: {from: 客, type: integer}}",
        csv,
    );
    assert_eq!(problems, [problem("t", "missing_table")]);
}

#[test]
fn marks_for_the_row_above_are_filled_down_over_rows_that_are_passed_over() {
    let csv = "地域,店,数\n関東,A,1\n,B,2\n関東計,,3\n〃,C,4\n関西,D,5\n同上,E,6\n";
    let table = "start: 地域\nskip_rows: 計$\nfill_down: [region]\ncolumns: {region: {from: 地域}, shop: {from: 店}, n: {from: 数, type: integer}}";
    let (found, problems) = imported(table, csv);
    let regions: Vec<&Json> = found
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| &row["region"])
        .collect();
    assert_eq!(regions, ["関東", "関東", "関東", "関西", "関西"]);
    assert_eq!(problems, []);
}

#[test]
fn a_form_finds_its_values_beside_and_below_labels() {
    let csv =
        "調査票,,,\n店名：,,渋谷,\n面積（㎡）,\"1,200\",電話,\n電話番号,備考,,\n03-1234,なし,,\n";
    let table = "\
meta:
  shop: {right_of: 店名}
  area: {right_of: 面積, type: number}
  phone: {below: 電話番号}
  note: {right_of: 備考}
  title: {cell: A1}
  missing: {below: 存在しない}
  kind: {find: \"^調(.)票\"}";
    let (found, problems) = imported(table, csv);
    assert_eq!(
        found,
        json!([{"shop": "渋谷", "area": 1200.0, "phone": "03-1234", "note": null, "title": "調査票", "missing": null, "kind": "査", "_cell": "t!A1"}])
    );
    assert_eq!(problems, [problem("t", "missing_column")]);
}
