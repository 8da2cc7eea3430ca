//! How readable a workbook is for programs, by the unified rules of the Ministry of Internal Affairs
//! (総務省, 機械判読可能なデータの表記方法の統一ルール, December 2020).
//!
//! 1-1, a spreadsheet or CSV, is true of all that can be opened. 1-12, a code or the name of a region,
//! no program can judge.

mod cells;
mod columns;
mod finding;
mod sheet;

use std::sync::Arc;

use serde::Serialize;

use super::error::ImportError;
use super::outline::{blocks, tables};
use super::table::View;
use super::workbook::{Format, Limits, Workbook};

pub(crate) use finding::Finding;
use finding::Findings;

/// What lint says of a file.
#[derive(Debug, Serialize)]
pub(crate) struct Lint {
    pub format: Format,
    /// Of the sheets that are not hidden.
    pub sheets: Vec<String>,
    /// By sheet, then by rule.
    pub findings: Vec<Finding>,
    /// Rules that no program can judge.
    pub not_judged: [&'static str; 1],
}

/// Judges the sheets of a file that are not hidden.
pub(crate) fn lint(
    name: &str,
    bytes: &Arc<[u8]>,
    encoding: Option<&str>,
    limits: Limits,
) -> Result<Lint, ImportError> {
    let mut workbook = Workbook::open(name, bytes, encoding, limits)?;
    let mut sheets = Vec::new();
    let mut findings = Vec::new();
    for index in 0..workbook.sheets.len() {
        if workbook.sheets[index].is_hidden {
            continue;
        }
        let grid = workbook.grid(index)?;
        let view = View::new(&grid, false);
        let mut found = Findings::of(&grid.name);
        let budget = workbook.budget();
        let blocks = blocks(&grid, budget)?;
        let outlines = tables(&grid, &blocks, budget)?;
        sheet::judge(&grid, &outlines, budget, &mut found)?;
        cells::judge(&grid, &outlines, budget, &mut found)?;
        for table in &outlines {
            columns::judge(&view, table, workbook.is_text(), budget, &mut found)?;
        }
        findings.extend(found.into_sorted());
        sheets.push(grid.name.clone());
    }
    Ok(Lint {
        format: workbook.format,
        sheets,
        findings,
        not_judged: ["1-12"],
    })
}
