//! Rows, problems and the next page from the bytes of a page.
//!
//! ```text
//! bytes ──decode──► text ──tree──► HTML ──selectors──┐
//!                   text ────────► JSON ──JSONPath───┼──fields──► rows, problems, what comes next
//! bytes ──────────► workbook ──────mapping───────────┘
//! ```
//!
//! Pure. Pages are made by strangers: whatever they hold, the worst that comes of it is a sentence.

mod decode;
mod error;
mod fields;
mod html;
mod json;
mod page;
mod tree;
mod workbook;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub(crate) use error::ExtractError;
pub(crate) use page::{Extracted, ExtractedRow, Page};

use self::fields::{Converter, place};
use self::page::{Budget, Found, PageLimits, Rows};
use crate::systems::prediction::import::{NullWords, Problem};
use crate::systems::prediction::scrape::definition::{Extract, NextPath, Pages};
use crate::systems::prediction::scrape::plan::Plan;

/// Reads a page.
pub(crate) fn extract(plan: &Plan, page: &Page<'_>) -> Result<Extracted, ExtractError> {
    // The parsers are others' work, and what they get is, too.
    let read = catch_unwind(AssertUnwindSafe(|| read(plan, page, PageLimits::default())));
    read.unwrap_or(Err(ExtractError::ReaderFailed))
}

fn read(plan: &Plan, page: &Page<'_>, limits: PageLimits) -> Result<Extracted, ExtractError> {
    let scrape = &plan.scrape;
    let next = match &scrape.pages {
        Pages::Linked { next, .. } => Some(next),
        Pages::One | Pages::Numbered { .. } => None,
    };
    let nulls = NullWords::default();
    let mut converter = Converter {
        page: page.number,
        table: plan.tables.first().map_or("", |table| &table.into),
        nulls: &nulls,
        problems: Vec::new(),
    };
    let budget = Budget::begin(limits);
    let is_needed = |field: usize| plan.is_needed(field);
    match &scrape.extract {
        Extract::Html { rows, fields } => {
            let (text, encoding) = decode::decode(page, true);
            let tree = tree::parse(&text, &budget)?;
            let html = html::HtmlPage::new(&tree, page.url, encoding);
            let rows = html.rows(rows, fields, &is_needed, &mut converter, &budget)?;
            let next = match next {
                Some(NextPath::Css(path)) => html.next(path),
                Some(NextPath::Json(_)) | None => None,
            };
            Ok(extracted(plan, page.number, rows, converter.problems, next))
        }
        Extract::Json { rows, fields } => {
            let (text, _) = decode::decode(page, false);
            let document = json::parse(&text)?;
            let rows = json::rows(&document, rows, fields, &is_needed, &mut converter, &budget)?;
            let next = match next {
                Some(NextPath::Json(path)) => json::next(&document, path),
                Some(NextPath::Css(_)) | None => None,
            };
            Ok(extracted(plan, page.number, rows, converter.problems, next))
        }
        Extract::Import(name) => match &plan.mapping {
            Some(mapping) => workbook::extract(page, mapping),
            None => Err(ExtractError::NoMapping { name: name.clone() }),
        },
    }
}

fn extracted(
    plan: &Plan,
    page: u32,
    rows: Rows,
    mut problems: Vec<Problem>,
    next: Option<String>,
) -> Extracted {
    // A layout that has changed is one problem and not one of each row.
    for (index, name) in plan.field_names().enumerate() {
        let is_missing = rows.count > 0 && !rows.is_found[index] && plan.is_needed(index);
        if is_missing {
            problems.retain(|problem| problem.column.as_deref() != Some(name));
            problems.push(plan.missing_field(name, &format!("page {page}")));
        }
    }
    let whole = rows.found.into_iter();
    let whole = whole.map(|Found { row, values }| ExtractedRow {
        table: 0,
        values,
        place: place(page, row),
    });
    Extracted {
        count: rows.count,
        rows: whole.collect(),
        problems,
        next,
        is_found: rows.is_found,
    }
}
