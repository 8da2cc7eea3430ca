//! The export of a brief: workbooks, word clouds, a manifest, and the zip that holds them.
//!
//! ```text
//! kind      the step `export`: makes the zip, and enters it with the slice
//! exports   what a process needs for that; also makes a lost zip again
//! making    one pass over the articles: keyword_workbook, figures ──► analysis_workbook, cloud
//! packing   the zip, with its manifest
//! place     the directory of zips; sweep removes old ones
//! download  finds them, and files in them
//! ```

mod about;
mod analysis_workbook;
mod cells;
pub(crate) mod cloud;
mod download;
mod error;
mod explained;
mod exports;
mod fault;
mod figures;
mod keyword_workbook;
mod kind;
mod making;
mod manifest;
mod packing;
mod place;
mod speed;
mod stored;
mod sweep;

#[cfg(test)]
mod stage_tests;
#[cfg(test)]
mod tests;

pub(crate) use download::ExportFile;
pub(crate) use exports::Exports;
pub(crate) use kind::ExportKind;
pub(crate) use speed::speed;
pub(crate) use stored::StoredArticle;
pub(crate) use sweep::ExportSweep;
