//! Pages that are workbooks or CSV.

use super::{problems, read, texts};
use crate::systems::prediction::scrape::tests::support::plan_with;

const SCRAPE: &str = "scrape: report\nrequest: {url: \"https://site.example/report.csv\"}\nextract: {import: report}\n";

const MAPPING: &str = "\
import: report
tables:
  - into: products
    start: 商品コード
    columns:
      code: {from: 商品コード}
      name: {from: 商品名}
      price: {from: 単価, type: integer}
    key: [code]
";

#[test]
fn a_csv_is_read_by_its_mapping() {
    let plan = plan_with(SCRAPE, MAPPING).unwrap();
    let text = "出荷台帳,,\r\n商品コード,商品名,単価（円）\r\nit-0,りんご,\"1,200\"\r\nit-1,なし,x\r\n,みかん,5\r\n";
    let (bytes, ..) = encoding_rs::SHIFT_JIS.encode(text);
    let extracted = read(&plan, Some("text/csv"), &bytes).unwrap();
    assert_eq!(
        texts(&extracted),
        [["it-0", "りんご", "1200"], ["it-1", "なし", "-"]]
    );
    assert_eq!(extracted.rows[1].place, "page 2, page!A4");
    assert_eq!(
        problems(&extracted),
        [
            "page 2, page!C4 price not_a_number",
            "page 2, page!A5 code required"
        ]
    );
    let names: Vec<&str> = plan.tables[0]
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["code", "name", "price", "day", "fetched_at", "_url"]
    );
    assert_eq!(plan.tables[0].key, [0]);
}

#[test]
fn a_scrape_and_its_mapping_have_to_fit() {
    let faults = |scrape: &str, mapping: &str| plan_with(scrape, mapping).map(drop).unwrap_err();
    let into = format!("{SCRAPE}into: {{table: other, key: [code, day]}}\n");
    let plan = plan_with(&into, MAPPING).unwrap();
    assert_eq!(
        (plan.tables[0].into.as_str(), plan.tables[0].key.as_slice()),
        ("other", &[0, 3][..])
    );
    assert_eq!(
        faults(&into.replace("code,", "cod,"), MAPPING),
        ["into.key: unknown column `cod`; known: code, name, price, day, fetched_at, _url"]
    );
    assert!(faults(SCRAPE, &MAPPING.replace("    key: [code]\n", ""))[0].contains("has no `key`"));
    let second = "  - into: more\n    start: 別\n    columns: {a: {from: 別}}\n    key: [a]\n";
    let two = format!("{MAPPING}{second}");
    assert!(faults(&into, &two)[0].contains("the mapping report makes 2"));
    assert_eq!(plan_with(SCRAPE, &two).unwrap().tables.len(), 2);
    assert!(
        faults(SCRAPE, &MAPPING.replace("name:", "Day:"))[0].contains("the name `Day` is taken")
    );
    let expect = format!("{SCRAPE}expect: {{filled: {{prise: 1}}}}\n");
    assert_eq!(
        faults(&expect, MAPPING),
        ["expect.filled: no table has the column `prise`"]
    );
}

#[test]
fn what_is_no_workbook_is_a_sentence() {
    let plan = plan_with(SCRAPE, MAPPING).unwrap();
    for body in [&b"<html><body>sorry"[..], b"%PDF-1.4", b""] {
        let error = read(&plan, None, body).unwrap_err().to_string();
        assert!(
            error.contains("expected a workbook") || error.contains("is empty"),
            "{error}"
        );
    }
    let missing = read(&plan, None, "a,b\n1,2\n".as_bytes()).unwrap();
    assert_eq!(problems(&missing), ["page 2, page  missing_table"]);
}
