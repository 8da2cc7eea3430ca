use std::fs;
use std::os::unix::fs::symlink;

use chrono_tz::Asia::Shanghai;
use rust_xlsxwriter::{Format, Workbook};
use serde_json::json;

use super::csv_rows::CsvRows;
use super::json_rows::JsonRows;
use super::sheet::SheetRows;
use super::*;
use crate::systems::briefs::adapter::{self, Kind};
use crate::systems::briefs::platforms::Platforms;
use crate::systems::briefs::settings::BriefsSection;

fn all(mut rows: impl Rows) -> Vec<Value> {
    let mut found = Vec::new();
    loop {
        let next = rows.next(2).unwrap();
        if next.is_empty() {
            return found;
        }
        found.extend(next);
    }
}

#[test]
fn csv_is_read_whatever_separates_its_cells() {
    for separator in [",", ";", "\t", "|"] {
        let text = "no|\"the, head\"|n\n1|\"a\n\"\"b\"\"\"|\n\n2|c|3\n".replace('|', separator);
        let rows = all(CsvRows::of_text(text).unwrap());
        let expected = [
            json!({ "no": "1", "the, head": "a\n\"b\"" }),
            json!({ "no": "2", "the, head": "c", "n": "3" }),
        ];
        assert_eq!(rows, expected, "{separator}");
    }
}

#[test]
fn texts_are_read_in_any_encoding() {
    let text = "编号,标题\n1,今天的防晒霜很好用，推荐给大家\n2,护肤品测评：清爽不油腻\n";
    let (gb, _, _) = encoding_rs::GB18030.encode(text);
    let utf16: Vec<u8> = [0xFEFF]
        .into_iter()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let marked = format!("\u{feff}{text}");
    for bytes in [text.as_bytes(), &gb, &utf16, marked.as_bytes()] {
        assert_eq!(super::text::decoded(bytes.to_vec()), text);
    }
}

#[test]
fn a_line_that_is_no_json_is_a_row_that_cannot_be_read() {
    let rows = all(JsonRows::of_text("{\"a\":1}\r\n\nno\n{\"a\":2}".to_owned()));
    assert_eq!(rows, [json!({ "a": 1 }), Value::Null, json!({ "a": 2 })]);
}

#[test]
fn a_merged_cell_stands_in_each_cell_that_it_covers() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, name) in ["no", "day", "head"].into_iter().enumerate() {
        sheet.write(0, column as u16, name).unwrap();
    }
    let format = Format::new();
    sheet
        .merge_range(1, 1, 2, 1, "2026-11-20", &format)
        .unwrap();
    sheet.write(1, 0, 1).unwrap();
    sheet.write(2, 0, 2.5).unwrap();
    sheet.write(2, 2, "b").unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let rows = all(SheetRows::of_bytes(bytes).unwrap());
    let expected = [
        json!({ "no": 1, "day": "2026-11-20" }),
        json!({ "no": 2.5, "day": "2026-11-20", "head": "b" }),
    ];
    assert_eq!(rows, expected);
    assert!(SheetRows::of_bytes(b"PK".to_vec()).is_err());
}

fn source(folder: &Path, path: &str) -> FileSource {
    let text = format!(
        "platform: notes\nkind: file\npath: \"{path}\"\nmap: {{id: no, post_time: day, title: head}}\n"
    );
    let adapter = adapter::read(text.as_bytes()).unwrap();
    let Kind::File { path, format } = adapter.kind.clone() else {
        panic!("not a file");
    };
    let platforms = Platforms::only(adapter, &BriefsSection::default());
    let platform = platforms.get("notes").unwrap().clone();
    FileSource::new(platform, (&path, format), folder, Shanghai)
}

async fn pages(source: &FileSource) -> Result<Vec<PageAnswer>, CallFault> {
    let mut ask = PageAsk {
        job: JobId::new(),
        query: String::new(),
        number: 1,
        cursors: BTreeMap::new(),
        from: 0,
        to: 0,
    };
    let mut pages = Vec::new();
    loop {
        let page = source.ask(&ask).await?;
        let next = page.next.clone();
        pages.push(page);
        match next {
            Next::Cursor(cursors) => {
                ask.cursors = cursors;
                ask.number += 1;
            }
            Next::End => return Ok(pages),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn files_are_read_one_after_the_other_a_thousand_rows_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |from: usize, to: usize| {
        let rows = (from..to).map(|no| format!("{no},2026-11-20,head {no}\n"));
        format!("no,day,head\n{}", rows.collect::<String>())
    };
    fs::write(folder.path().join("b.csv"), rows(2_500, 2_600)).unwrap();
    fs::write(folder.path().join("a.csv"), rows(0, 2_500)).unwrap();
    fs::write(folder.path().join("c.txt"), "no").unwrap();
    let source = source(folder.path(), "*.csv");
    let pages = pages(&source).await.unwrap();
    let counts: Vec<u64> = pages.iter().map(|page| page.received).collect();
    assert_eq!(counts, [1_000, 1_000, 500, 100]);
    let ids = pages.iter().flat_map(|page| &page.articles);
    let ids: Vec<String> = ids.map(|article| article.id.clone()).collect();
    let expected: Vec<String> = (0..2_600).map(|no| no.to_string()).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn a_page_is_the_same_when_its_file_is_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..1_500).map(|no| format!("{no},2026-11-20,x\n"));
    let text = format!("no,day,head\n{}", rows.collect::<String>());
    fs::write(folder.path().join("a.csv"), text).unwrap();
    let ask = PageAsk {
        job: JobId::new(),
        query: String::new(),
        number: 2,
        cursors: [
            ("file".to_owned(), json!(0)),
            ("row".to_owned(), json!(1_000)),
        ]
        .into(),
        from: 0,
        to: 0,
    };
    let page = source(folder.path(), "a.csv").ask(&ask).await.unwrap();
    assert_eq!(page.received, 500);
    assert_eq!(page.articles[0].id, "1000");
    assert_eq!(page.next, Next::End);
}

#[tokio::test]
async fn links_do_not_lead_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("a.csv");
    fs::write(&secret, "no,day,head\n1,2026-11-20,x\n").unwrap();
    symlink(&secret, folder.path().join("a.csv")).unwrap();
    symlink(outside.path(), folder.path().join("sub")).unwrap();
    for path in ["a.csv", "sub/a.csv", "*/*.csv"] {
        let fault = pages(&source(folder.path(), path)).await.unwrap_err();
        let CallFault::Final(reason) = fault else {
            panic!("{fault:?}");
        };
        assert!(reason.contains("leads out of `briefs.files`"), "{reason}");
    }
    let fault = pages(&source(folder.path(), "none.csv")).await.unwrap_err();
    let expected = CallFault::Final("no file is found by `none.csv`".to_owned());
    assert_eq!(fault, expected);
}

#[tokio::test]
async fn a_file_without_a_row_that_can_be_read_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "number,day,head\n1,2026-11-20,x\n").unwrap();
    let fault = pages(&source(folder.path(), "a.csv")).await.unwrap_err();
    let expected = "a.csv: no row can be read: row 1: no: expected an id".to_owned();
    assert_eq!(fault, CallFault::Final(expected));
    fs::write(&path, "no,day,head\n1,2026-11-20,x\n2,soon,y\n").unwrap();
    let pages = pages(&source(folder.path(), "a.csv")).await.unwrap();
    assert_eq!((pages[0].articles.len(), pages[0].rejected), (1, 1));
    let rejected = pages[0].first_rejected.as_deref();
    assert_eq!(rejected, Some("row 2: day: expected a time"));
}
