//! The export of a brief: workbooks, word clouds, a manifest, and the zip that holds them.

mod analysis_workbook;
mod cells;
pub(crate) mod cloud;
mod figures;
mod keyword_workbook;
mod stored;

pub(crate) use stored::StoredArticle;
