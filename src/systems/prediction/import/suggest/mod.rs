//! Drafts a mapping for a workbook: what a person would begin with, and then corrects.
//!
//! A draft is always a mapping that can be read, and previews of its own workbook find its tables.

mod draft;
mod form;
mod names;
mod table;
mod yaml;

use std::sync::Arc;

use super::error::ImportError;
use super::outline::{blocks, tables};
use super::table::View;
use super::workbook::{Limits, Workbook};
use draft::Draft;

/// Tables that a draft has.
const TABLES_MAX: usize = 20;

/// A mapping for a file, as the text of its file. It is for the first sheet with a table, or, if none has
/// one, for a form.
pub(crate) fn suggest(
    name: &str,
    bytes: &Arc<[u8]>,
    encoding: Option<&str>,
    limits: Limits,
) -> Result<String, ImportError> {
    let mut workbook = Workbook::open(name, bytes, encoding, limits)?;
    let import = names::import(&workbook.name);
    let mut form = None;
    let mut is_first = true;
    for index in 0..workbook.sheets.len() {
        if workbook.sheets[index].is_hidden {
            continue;
        }
        let grid = workbook.grid(index)?;
        let budget = workbook.budget();
        let view = View::new(&grid, false);
        let outlines = tables(&grid, &blocks(&grid, budget)?, budget)?;
        let mut draft = Draft::new(&import, (!is_first).then_some(grid.name.as_str()), encoding);
        let mut taken = names::Taken::default();
        for outline in outlines.iter().take(TABLES_MAX) {
            if let Some(table) = table::draft(&view, outline, &import, budget, &mut taken)? {
                draft.add(table);
            }
        }
        if !draft.is_empty() {
            return Ok(draft.text());
        }
        if form.is_none() {
            form = form::draft(&view, &import, budget)?.map(|table| {
                draft.add(table);
                draft.text()
            });
        }
        is_first = false;
    }
    Ok(form.unwrap_or_else(|| Draft::new(&import, None, encoding).text()))
}
