//! Files that are cut off, lie or want too much: each is refused with a sentence, and none panics.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::archives::{NO_TEXTS, container, ods, xlsx, zipped};
use super::support::mapping;
use crate::systems::prediction::import::{
    ImportError, Limits, Preview, PreviewLimits, lint, preview, suggest,
};

const MAPPING: &str = "
import: any
tables:
  - into: any
    start: \"*\"
    columns: {first: {from: \"*\"}}
    meta: {second: {cell: B2}}
";

fn read(name: &str, bytes: &[u8]) -> Result<Preview, ImportError> {
    read_within(Limits::default(), name, bytes)
}

fn read_within(limits: Limits, name: &str, bytes: &[u8]) -> Result<Preview, ImportError> {
    preview(
        name,
        &Arc::from(bytes),
        &mapping(MAPPING),
        limits,
        PreviewLimits::default(),
    )
}

fn message(result: Result<Preview, ImportError>) -> String {
    match result {
        Ok(_) => "was read".to_owned(),
        Err(error) => error.to_string(),
    }
}

const FILES: [(&str, &[u8]); 12] = [
    ("report.xlsx", include_bytes!("data/report.xlsx")),
    ("measures.xlsx", include_bytes!("data/measures.xlsx")),
    ("forms.xlsx", include_bytes!("data/forms.xlsx")),
    ("plans.xlsx", include_bytes!("data/plans.xlsx")),
    ("faults.xlsx", include_bytes!("data/faults.xlsx")),
    ("ledger.csv", include_bytes!("data/ledger.csv")),
    (
        "three_levels.xlsx",
        include_bytes!("data/three_levels.xlsx"),
    ),
    ("months.xlsx", include_bytes!("data/months.xlsx")),
    ("inspection.xls", include_bytes!("data/inspection.xls")),
    ("census.ods", include_bytes!("data/census.ods")),
    (
        "weather_utf16.tsv",
        include_bytes!("data/weather_utf16.tsv"),
    ),
    ("weather_euc.txt", include_bytes!("data/weather_euc.txt")),
];

fn try_all(name: &str, bytes: &[u8]) {
    let shared: Arc<[u8]> = Arc::from(bytes);
    for error in [
        read(name, bytes).err(),
        lint(name, &shared, None, Limits::default()).err(),
        suggest(name, &shared, None, Limits::default()).err(),
    ]
    .into_iter()
    .flatten()
    {
        assert!(
            !matches!(error, ImportError::ReaderFailed { .. }),
            "{name} of {} bytes: {error}",
            bytes.len()
        );
        assert!(!error.to_string().contains("/tmp"), "{error}");
    }
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused_or_read_as_far_as_it_goes() {
    for (name, bytes) in FILES {
        let step = if bytes.len() > 1000 { 250 } else { 7 };
        for end in (0..bytes.len()).step_by(step) {
            try_all(name, &bytes[..end]);
        }
    }
}

#[test]
fn a_file_with_wrong_bytes_fails_alone() {
    let mut random = super::Random::new(5);
    for (name, bytes) in FILES {
        for _ in 0..40 {
            let mut bytes = bytes.to_vec();
            for _ in 0..4 {
                let at = random.below(bytes.len() as u64) as usize;
                bytes[at] = random.below(256) as u8;
            }
            // A panic of a reader, which is caught, is a sentence, too.
            read(name, &bytes).map(drop).ok();
        }
    }
}

#[test]
fn formats_are_told_by_content() {
    let xlsx: &[u8] = include_bytes!("data/plans.xlsx");
    assert_eq!(
        read("plans.csv", xlsx).expect("xlsx").file.format.name(),
        "xlsx"
    );
    assert_eq!(
        read("a.xlsx", "a,b\n1,2\n".as_bytes())
            .expect("csv")
            .file
            .format
            .name(),
        "csv"
    );
    assert_eq!(
        read("a.xls", "a\tb\n1\t2\n".as_bytes())
            .expect("tsv")
            .file
            .format
            .name(),
        "tsv"
    );
    let refused: [(&[u8], &str); 8] = [
        (b"", "the file is empty"),
        (
            b"\x1F\x8B\x08\0\0\0\0\0",
            "the file is compressed with gzip",
        ),
        (b"%PDF-1.7\n", "the file is a PDF document"),
        (
            b"<html><table><tr><td>1</td></tr></table>",
            "the file is a web page",
        ),
        (b"\xEF\xBB\xBF <!DOCTYPE html><p>", "the file is a web page"),
        (
            b"<?xml version=\"1.0\"?><Workbook/>",
            "the file is an XML document",
        ),
        (
            b"\x01\x02\x03\x04\x05\x06\x07\x08\x0E\x0F\x10",
            "the file is neither a workbook nor a text",
        ),
        (
            &zipped(&[("a.txt", b"a")]),
            "the file is a zip archive, not a workbook",
        ),
    ];
    for (bytes, expected) in refused {
        let message = message(read("a.xlsx", bytes));
        assert_eq!(
            message,
            format!("{expected}; expected a workbook (xlsx, xls, ods), CSV or TSV").replace(
                "the file is empty; expected a workbook (xlsx, xls, ods), CSV or TSV",
                "the file is empty"
            )
        );
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    let spaces = vec![b' '; 1 << 20];
    let parts: Vec<String> = (0..4).map(|part| format!("xl/{part}.xml")).collect();
    let mut all: Vec<(&str, &[u8])> = vec![("[Content_Types].xml", b"<Types/>")];
    all.extend(parts.iter().map(|name| (name.as_str(), spaces.as_slice())));
    let bytes = zipped(&all);
    let limits = Limits {
        bytes: 1 << 16,
        unpacked_bytes: 3 << 20,
        ..Limits::default()
    };
    let message = message(read_within(limits, "bomb.xlsx", &bytes));
    assert_eq!(message, "the file unpacks to more than 3145728 bytes");
}

#[test]
fn a_table_of_texts_that_lies_is_refused() {
    let sheet = "<worksheet><sheetData/></worksheet>";
    let bytes = xlsx(
        sheet,
        "<!-- --><sst uniqueCount=\"1000000000000\"><si><t>a</t></si></sst>",
    );
    assert!(message(read("lie.xlsx", &bytes)).contains("1000000000000 entries"));
}

#[test]
fn a_few_bytes_do_not_become_many_cells() {
    let cell = "<table:table-cell office:value-type=\"float\" office:value=\"1\" table:number-columns-repeated=\"16384\"/>";
    let content = format!(
        "<office:document-content><table:table table:name=\"S\"><table:table-row table:number-rows-repeated=\"1048576\">{cell}</table:table-row></table:table></office:document-content>"
    );
    assert_eq!(
        message(read("bomb.ods", &ods(&content))),
        "the file has more than 5000000 cells"
    );
    let spaces = "<office:document-content><table:table table:name=\"S\"><table:table-row><table:table-cell office:value-type=\"string\"><text:p>a<text:s text:c=\"999999999999\"/>b</text:p></table:table-cell></table:table-row></table:table></office:document-content>";
    assert_eq!(message(read("spaces.ods", &ods(spaces))), "was read");
    let merged = "<table:table-cell table:number-columns-spanned=\"16384\" table:number-rows-spanned=\"1048576\"/>";
    let content = format!(
        "<office:document-content><table:table table:name=\"S\"><table:table-row table:number-rows-repeated=\"1048576\">{}</table:table-row></table:table></office:document-content>",
        merged.repeat(10)
    );
    assert_eq!(
        message(read("merges.ods", &ods(&content))),
        "the file has more than 5000000 cells"
    );
    let cut = "<office:document-content><table:table table:name=\"S\"><table:table-row>";
    assert_eq!(
        message(read("cut.ods", &ods(cut))),
        "the ods file is damaged: its content ends too early"
    );
}

#[test]
fn many_merges_and_merges_of_everything_are_read() {
    let mut merges = String::from("<mergeCell ref=\"A1:XFD1048576\"/>");
    for row in 0..100_000 {
        merges.push_str(&format!(
            "<mergeCell ref=\"A{}:B{}\"/>",
            2 * row + 1,
            2 * row + 2
        ));
    }
    let row = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>a</t></is></c></row><row r=\"3\"><c r=\"A3\"><v>1</v></c></row>";
    let sheet = format!(
        "<worksheet><sheetData>{row}</sheetData><mergeCells>{merges}</mergeCells></worksheet>"
    );
    let start = Instant::now();
    assert_eq!(
        message(read("merges.xlsx", &xlsx(&sheet, NO_TEXTS))),
        "was read"
    );
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn wide_sheets_are_refused_and_sparse_ones_read() {
    let wide = vec!["1"; 300_000].join(",");
    assert_eq!(
        message(read("wide.csv", wide.as_bytes())),
        "the csv file is beyond what can be read: a row has more than 16384 columns"
    );
    let sheet = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>2</v></c></row></sheetData></worksheet>";
    assert_eq!(
        message(read("sparse.xlsx", &xlsx(sheet, NO_TEXTS))),
        "was read"
    );
    let beyond = "<worksheet><sheetData><row r=\"1\"><c r=\"XFE1\"><v>1</v></c></row></sheetData></worksheet>";
    let message = message(read("beyond.xlsx", &xlsx(beyond, NO_TEXTS)));
    assert!(message.starts_with("the xlsx file is "), "{message}");
}

#[test]
fn limits_are_said_with_their_numbers() {
    let limits = Limits {
        bytes: 10,
        ..Limits::default()
    };
    assert_eq!(
        message(read_within(limits, "a.csv", b"12345678901")),
        "the file has 11 bytes; expected at most 10"
    );
    let limits = Limits {
        cells: 3,
        ..Limits::default()
    };
    assert_eq!(
        message(read_within(limits, "a.csv", b"1,2,3,4")),
        "the file has more than 3 cells"
    );
    let limits = Limits {
        time: Duration::ZERO,
        ..Limits::default()
    };
    assert_eq!(
        message(read_within(limits, "a.csv", b"1,2")),
        "the file takes longer to read than 0 s"
    );
}

#[test]
fn protected_workbooks_are_said_to_be() {
    let password = "the workbook is protected by a password; remove it and save the workbook again";
    assert_eq!(
        message(read("a.xlsx", &container("EncryptedPackage", 0xFFFF_FFFE))),
        password
    );
    let manifest = zipped(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.spreadsheet",
        ),
        ("content.xml", b"\x01\x02"),
        (
            "META-INF/manifest.xml",
            b"<m:manifest><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>",
        ),
    ]);
    assert_eq!(message(read("a.ods", &manifest)), password);
}

#[test]
fn containers_that_run_in_circles_end() {
    assert!(message(read("a.xls", &container("Word", 1))).contains("not a workbook"));
    assert!(
        message(read("a.xls", &container("Workbook", 1))).starts_with("the xls file is damaged: ")
    );
}
