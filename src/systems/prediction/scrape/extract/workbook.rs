//! Rows of a page that is a workbook or CSV, by the mapping of an import.

use std::ops::ControlFlow;

use percent_encoding::percent_decode_str;
use url::Url;

use super::error::ExtractError;
use super::page::{Extracted, ExtractedRow, Page};
use crate::systems::prediction::import::{
    FoundTable, Grid, Limits, Mapping, Problem, Row, Sink, Skipped, Used, Workbook, run,
};

pub(super) fn extract(page: &Page<'_>, mapping: &Mapping) -> Result<Extracted, ExtractError> {
    let name = file_name(page.url);
    let encoding = mapping.encoding.as_deref();
    let mut workbook = Workbook::open(&name, page.body, encoding, Limits::default())?;
    let mut kept = Kept {
        page: page.number,
        extracted: Extracted::default(),
    };
    run(&mut workbook, mapping, &mut kept)?;
    Ok(kept.extracted)
}

/// The last part of a URL's path: cells of a CSV begin with it.
fn file_name(url: &Url) -> String {
    let mut parts = url.path_segments().into_iter().flatten();
    let last = parts.next_back().filter(|last| !last.is_empty());
    let name = percent_decode_str(last.unwrap_or("page")).decode_utf8_lossy();
    name.chars()
        .filter(|part| !part.is_control())
        .take(100)
        .collect()
}

/// Keeps what an import makes of one page.
struct Kept {
    page: u32,
    extracted: Extracted,
}

impl Sink for Kept {
    fn table(&mut self, _: &FoundTable<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        self.extracted.count += 1;
        self.extracted.rows.push(ExtractedRow {
            table: row.table,
            values: row.values.to_vec(),
            place: format!("page {}, {}", self.page, row.cell()),
        });
        ControlFlow::Continue(())
    }

    fn problem(&mut self, problem: Problem) -> ControlFlow<()> {
        let cell = format!("page {}, {}", self.page, problem.cell);
        self.extracted.problems.push(Problem { cell, ..problem });
        ControlFlow::Continue(())
    }

    fn skipped(&mut self, _: Skipped) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn table_end(&mut self, _: &str) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn sheet_end(&mut self, _: &Grid, _: &Used) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
