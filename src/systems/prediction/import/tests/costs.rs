//! Files that are small, and want much memory or time.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::archives::ods;
use super::support::mapping;
use crate::systems::prediction::import::{
    FoundTable, Grid, ImportError, Limits, Preview, PreviewLimits, Problem, Row, Sink, Skipped,
    Used, Workbook, lint, preview, run, suggest,
};

const MAPPING: &str = "
import: any
tables:
  - into: any
    start: \"*\"
    columns: {first: {from: \"*\"}}
";

fn read(name: &str, bytes: &[u8]) -> Result<Preview, ImportError> {
    let (bytes, shown) = (Arc::from(bytes), PreviewLimits::default());
    preview(name, &bytes, &mapping(MAPPING), Limits::default(), shown)
}

fn sheet(rows: &str) -> Vec<u8> {
    ods(&format!(
        "<office:document-content><table:table table:name=\"S\">{rows}</table:table>\
         </office:document-content>"
    ))
}

#[test]
fn a_merge_over_more_than_a_sheet_costs_nothing() {
    let bytes = sheet(
        "<table:table-row><table:table-cell office:value-type=\"string\" \
         table:number-rows-spanned=\"1000000000\" table:number-columns-spanned=\"4000000000\">\
         <text:p>a</text:p></table:table-cell></table:table-row>\
         <table:table-row><table:table-cell office:value-type=\"float\" office:value=\"1\"/>\
         </table:table-row>",
    );
    read("span.ods", &bytes).expect("it can be read");
    let bytes: Arc<[u8]> = bytes.into();
    lint("span.ods", &bytes, None, Limits::default()).expect("it can be judged");
    suggest("span.ods", &bytes, None, Limits::default()).expect("it can be drafted");
}

#[test]
fn a_cell_with_a_book_in_it_is_refused() {
    let paragraph = format!("<text:p>{}</text:p>", "a".repeat(1 << 19));
    let cell = |paragraphs: usize| {
        sheet(&format!(
            "<table:table-row><table:table-cell office:value-type=\"string\">{}\
             </table:table-cell></table:table-row>",
            paragraph.repeat(paragraphs)
        ))
    };
    read("one.ods", &cell(1)).expect("it can be read");
    assert_eq!(
        read("three.ods", &cell(3)).unwrap_err().to_string(),
        "the ods file is beyond what can be read: a cell has more than 1048576 bytes of text"
    );
}

#[test]
fn a_row_of_millions_of_commas_is_refused_before_it_is_read() {
    let commas = ",".repeat(3_000_000);
    assert_eq!(
        read("commas.csv", commas.as_bytes())
            .unwrap_err()
            .to_string(),
        "the csv file is beyond what can be read: a row has more than 16384 columns"
    );
    let quote = format!("a,\"{}", "b".repeat(3_000_000));
    assert_eq!(
        read("quote.csv", quote.as_bytes()).unwrap_err().to_string(),
        "the csv file is beyond what can be read: a cell has more than 1048576 bytes of text"
    );
}

/// Wants no more once it has been asked.
#[derive(Default)]
struct Impatient {
    looks: usize,
    others: usize,
}

const STOP: ControlFlow<()> = ControlFlow::Break(());
const ON: ControlFlow<()> = ControlFlow::Continue(());

impl Impatient {
    fn other(&mut self) -> ControlFlow<()> {
        self.others += 1;
        ON
    }
}

impl Sink for Impatient {
    fn look(&mut self) -> ControlFlow<()> {
        self.looks += 1;
        STOP
    }

    fn table(&mut self, _: &FoundTable<'_>) -> ControlFlow<()> {
        ON
    }

    fn row(&mut self, _: &Row<'_>) -> ControlFlow<()> {
        self.other()
    }

    fn problem(&mut self, _: Problem) -> ControlFlow<()> {
        self.other()
    }

    fn skipped(&mut self, _: Skipped) -> ControlFlow<()> {
        self.other()
    }

    fn table_end(&mut self, _: &str) -> ControlFlow<()> {
        self.other()
    }

    fn sheet_end(&mut self, _: &Grid, _: &Used) -> ControlFlow<()> {
        self.other()
    }
}

#[test]
fn an_import_that_is_not_wanted_any_more_ends_while_rows_are_matched() {
    let lines = "a\n".repeat(1000);
    for (start, skip, rows) in [("nowhere", "\"^a\"", 0), ("\"*\"", "\"^b\"", 63)] {
        let mapping = mapping(&format!(
            "import: any\ntables:\n  - into: any\n    start: {start}\n    skip_rows: {skip}\n    \
             columns: {{first: {{from: \"*\"}}}}\n"
        ));
        let bytes: Arc<[u8]> = lines.as_bytes().into();
        let mut workbook = Workbook::open("a.csv", &bytes, None, Limits::default()).expect("CSV");
        let mut sink = Impatient::default();
        run(&mut workbook, &mapping, &mut sink).expect("it ends without an error");
        assert_eq!((sink.looks, sink.others), (1, rows), "{start}");
    }
}

#[test]
fn thousands_of_columns_with_one_name_are_drafted_and_judged() {
    let row = |cell: &str| vec![cell; 3_000].join(",");
    let csv = format!("{}\n{}\n{}\n", row("a"), row("1"), row("2"));
    let bytes: Arc<[u8]> = csv.into_bytes().into();
    let draft = suggest("a.csv", &bytes, None, Limits::default()).expect("it can be drafted");
    assert!(draft.contains("a_3000"), "{}", draft.len());
    lint("a.csv", &bytes, None, Limits::default()).expect("it can be judged");
}
