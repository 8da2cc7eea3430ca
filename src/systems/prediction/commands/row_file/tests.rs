//! Tables of files: the rows that are read, and what is said of faults.

use std::io::Cursor;

use super::*;
use crate::models::{Feature, FeatureKind, Label, Task};

fn signature() -> Signature {
    let feature = |name: &str, kind| Feature {
        name: name.to_owned(),
        kind,
        categories: Vec::new(),
    };
    let features = vec![
        feature("age", FeatureKind::Number),
        feature("city", FeatureKind::Text),
    ];
    let labels = vec![Label::Text("stay".to_owned()), Label::Integer(1)];
    Signature::new(Task::Classification, features, labels)
}

/// Rows as texts, with the columns that are not used.
fn read(content: &str, format: Option<RowFormat>) -> Result<(Vec<String>, String), String> {
    let signature = signature();
    let input = Cursor::new(content.as_bytes().to_vec());
    let mut reader = RowReader::open(input, format, &signature)?;
    let mut found = Vec::new();
    while let Some(rows) = reader.next_batch()? {
        for row in 0..rows.len() {
            found.push(format!("{:?} {:?}", rows.numbers(row), rows.texts(row)));
        }
    }
    let unused: Vec<String> = reader.unused().iter().cloned().collect();
    Ok((found, unused.join(",")))
}

fn rows(content: &str) -> (Vec<String>, String) {
    read(content, None).unwrap_or_else(|fault| panic!("{content}: {fault}"))
}

#[test]
fn cells_become_numbers_and_texts_by_the_names_of_columns() {
    let (found, unused) = rows("\u{feff}id,city,age\n1,\"東京, 新宿\",30\n2,, \r\n3,x,-1.5e3\n");
    assert_eq!(
        found,
        [
            "[30.0] [Some(\"東京, 新宿\")]",
            "[NaN] [Some(\"\")]",
            "[-1500.0] [Some(\"x\")]",
        ]
    );
    assert_eq!(unused, "id");
}

#[test]
fn lines_of_json_become_rows() {
    let content =
        "\n{\"age\": 30, \"city\": \"東京\"}\n\n{\"id\": 7, \"city\": null, \"age\": null}";
    let (found, unused) = rows(content);
    assert_eq!(found, ["[30.0] [Some(\"東京\")]", "[NaN] [None]"]);
    assert_eq!(unused, "id");
}

#[test]
fn many_rows_come_in_batches() {
    let signature = signature();
    let mut content = "age,city\n".to_owned();
    for age in 0..2_500 {
        content += &format!("{age},x\n");
    }
    let input = Cursor::new(content.into_bytes());
    let mut reader = RowReader::open(input, None, &signature).unwrap();
    let mut sizes = Vec::new();
    while let Some(rows) = reader.next_batch().unwrap() {
        sizes.push(rows.len());
    }
    assert_eq!(sizes, [1_000, 1_000, 500]);
}

#[test]
fn a_fault_is_named_with_its_line_and_column() {
    for (content, expected) in [
        (
            "age,city\n1,a\nx,b\n",
            "line 3, column \"age\": expected a number or nothing, found \"x\"",
        ),
        (
            "age,city\n1,\"a\nb\"\nNaN,b\n",
            "line 4, column \"age\": expected a number or nothing, found \"NaN\"",
        ),
        (
            "age,city\n1\n",
            "line 2: expected 2 columns, as the first line has, found 1",
        ),
        (
            "age\n",
            "line 1: column \"city\" is missing; expected age, city",
        ),
        ("age,city,age\n", "line 1: there are two columns \"age\""),
        (
            "",
            "line 1: expected the names of columns, found an empty file",
        ),
        (
            "{\"age\": 1, \"city\": \"\"}\n{\"age\": \"x\", \"city\": \"\"}",
            "line 2, column age: expected a number or null, found \"x\"",
        ),
        (
            "{\"age\": 1}",
            "line 1, column city: is missing; expected a text or null",
        ),
        (
            "{\"age\": 1, \"city\": \"\"}\n[1]",
            "line 2: expected an object of features, found a list",
        ),
    ] {
        let fault = read(content, None).unwrap_err();
        assert_eq!(fault, expected, "{content}");
    }
    let fault = read("{\"age\": 1,, \"city\": \"\"}\n", None).unwrap_err();
    assert!(fault.starts_with("line 1, character 11: "), "{fault}");
    let fault = read("{\"age\": 1, \"age\": 2, \"city\": \"\"}\n", None).unwrap_err();
    assert!(fault.contains("line 1") && fault.contains("age"), "{fault}");
    let bytes = b"age,city\n1,\xff\n".to_vec();
    let signature = signature();
    let mut reader = RowReader::open(Cursor::new(bytes), None, &signature).unwrap();
    assert_eq!(
        reader.next_batch().unwrap_err(),
        "line 2, column \"city\": expected text in UTF-8"
    );
}

#[test]
fn a_name_says_how_rows_are_written_or_the_first_character_does() {
    assert_eq!(RowFormat::of_name("a.CSV"), Some(RowFormat::Csv));
    assert_eq!(RowFormat::of_name("a.ndjson"), Some(RowFormat::JsonLines));
    assert_eq!(RowFormat::of_name("-"), None);
    let fault = read("{\"age\": 1}", Some(RowFormat::Csv)).unwrap_err();
    assert!(
        fault.starts_with("line 1: column \"age\" is missing"),
        "{fault}"
    );
}

#[test]
fn a_row_that_never_ends_is_given_up() {
    let signature = signature();
    let endless = std::io::repeat(b'x');
    let begin = Cursor::new(b"age,city\n1,\"".to_vec());
    let mut reader = RowReader::open(begin.chain(endless), None, &signature).unwrap();
    let fault = reader.next_batch().unwrap_err();
    assert!(fault.contains("a row takes more than 16 MiB"), "{fault}");
}
