//! Pages of JSON: paths, types, cursors.

use super::{problems, read, texts};
use crate::systems::prediction::scrape::extract::ExtractError;
use crate::systems::prediction::scrape::plan::Plan;
use crate::systems::prediction::scrape::tests::support::plan;

fn scrape(fields: &str) -> std::sync::Arc<Plan> {
    plan(&format!(
        "scrape: s\nrequest: {{url: \"https://site.example/\"}}\npages: {{next: \"$.next\", param: c}}\n\
        extract: {{json: {{rows: \"$.items[*]\", fields: {{id: {{path: \"$.id\"}}, {fields}}}}}}}\n\
        into: {{table: t, key: [id]}}\n"
    ))
}

#[test]
fn values_are_what_is_written() {
    let scrape = scrape(
        "text: {path: \"$.v\"}, number: {path: \"$.v\", type: number}, integer: {path: \"$.v\", type: integer}, \
        boolean: {path: \"$.v\", type: boolean}, date: {path: \"$.v\", type: date}",
    );
    for (json, expected) in [
        ("1", ["1", "1", "1", "-", "-"]),
        ("1.50", ["1.50", "1.5", "-", "-", "-"]),
        ("1e3", ["1e+3", "1000", "1000", "-", "-"]),
        ("-0.1", ["-0.1", "-0.1", "-", "-", "-"]),
        (
            "9007199254740993",
            [
                "9007199254740993",
                "9007199254740992",
                "9007199254740993",
                "-",
                "-",
            ],
        ),
        (
            "20240601",
            ["20240601", "20240601", "20240601", "-", "2024-06-01"],
        ),
        ("true", ["TRUE", "-", "-", "true", "-"]),
        ("null", ["-", "-", "-", "-", "-"]),
        ("\"\"", ["-", "-", "-", "-", "-"]),
        ("\"1,200円\"", ["1,200円", "1200", "1200", "-", "-"]),
        ("\"はい\"", ["はい", "-", "-", "true", "-"]),
        (
            "\"2024-06-01\"",
            ["2024-06-01", "-", "-", "-", "2024-06-01"],
        ),
        ("[1, \"a\"]", ["[1,\"a\"]", "-", "-", "-", "-"]),
        ("{\"b\": 1}", ["{\"b\":1}", "-", "-", "-", "-"]),
    ] {
        let page = format!("{{\"items\": [{{\"id\": 1, \"v\": {json}}}]}}");
        let extracted = read(&scrape, None, page.as_bytes()).unwrap();
        assert_eq!(texts(&extracted)[0][1..], expected, "{json}");
    }
}

#[test]
fn rows_without_their_key_are_left_out() {
    let scrape = scrape("n: {path: \"$.deep[?@.k == 'x'].n\", type: integer}");
    let page = r#"{"items": [
        {"id": "a", "deep": [{"k": "y", "n": 1}, {"k": "x", "n": 2}]},
        {"id": null}, {"n": 3}, 7, {"id": "b", "deep": [{"k": "x", "n": "three"}]}]}"#;
    let extracted = read(&scrape, Some("application/json"), page.as_bytes()).unwrap();
    assert_eq!(texts(&extracted), [["a", "2"], ["b", "-"]]);
    assert_eq!(
        problems(&extracted),
        [
            "page 2, row 2 id required",
            "page 2, row 3 id required",
            "page 2, row 4 id required",
            "page 2, row 5 n not_a_number"
        ]
    );
}

#[test]
fn cursors_are_texts_and_numbers() {
    let scrape = scrape("n: {path: \"$.n\"}");
    for (json, expected) in [
        ("7", Some("7")),
        ("\"a b\"", Some("a b")),
        ("\"\"", None),
        ("null", None),
        ("false", None),
        ("[]", None),
    ] {
        let page = format!("{{\"items\": [], \"next\": {json}}}");
        let extracted = read(&scrape, None, page.as_bytes()).unwrap();
        assert_eq!(extracted.next.as_deref(), expected, "{json}");
    }
    assert_eq!(read(&scrape, None, b"{}").unwrap().next, None);
}

#[test]
fn what_is_no_json_is_a_sentence() {
    let scrape = scrape("n: {path: \"$.n\"}");
    for (page, expected) in [
        ("", "the page is not JSON: line 1, column 0"),
        ("<html>", "the page is not JSON: line 1, column 1"),
        (
            "{\"items\": [\n{\"id\": 1}",
            "the page is not JSON: line 2, column 9",
        ),
    ] {
        let error = read(&scrape, None, page.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let deep = "[".repeat(200_000);
    assert_eq!(
        read(&scrape, None, deep.as_bytes()),
        Err(ExtractError::TooDeep)
    );
}

#[test]
fn json_in_other_encodings_is_read() {
    let scrape = scrape("n: {path: \"$.n\"}");
    let page = r#"{"items": [{"id": "観測所", "n": "<meta charset=euc-jp>"}]}"#;
    let expected = [["観測所", "<meta charset=euc-jp>"]];
    let utf16: Vec<u8> = page.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark = ["\u{feff}".as_bytes(), page.as_bytes()].concat();
    let (sjis, ..) = encoding_rs::SHIFT_JIS.encode(page);
    for (content_type, bytes) in [
        (None, page.as_bytes()),
        (None, &with_mark),
        (None, &utf16),
        (Some("application/json; charset=Shift_JIS"), &*sjis),
    ] {
        assert_eq!(
            texts(&read(&scrape, content_type, bytes).unwrap()),
            expected
        );
    }
}
