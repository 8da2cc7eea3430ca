//! What takes the pages, rows and problems of a run as they come.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::systems::prediction::import::{Problem, Value};

/// Takes what a run makes. `Break` ends the run.
///
/// Rows count only if the run succeeds: of one that fails, or whose pages have not changed, nothing is to be
/// written. So they belong into one transaction, or are set aside.
pub(crate) trait RunSink: Send {
    /// A page as it came, before anything is read of it. Secrets in it are hidden.
    fn page(&mut self, page: KeptPage) -> ControlFlow<()>;

    fn row(&mut self, row: &ScrapedRow<'_>) -> ControlFlow<()>;

    fn problem(&mut self, problem: Problem) -> ControlFlow<()>;
}

/// A page that can be extracted again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptPage {
    /// From 1, in the order of the run.
    pub number: u32,
    /// Behind redirects; secrets in it are hidden.
    pub url: String,
    pub content_type: Option<String>,
    /// Microseconds since 1970.
    pub at: i64,
    /// Unpacked.
    pub body: Arc<[u8]>,
}

/// A row that goes into a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScrapedRow<'r> {
    /// The table's place in the plan.
    pub table: usize,
    /// In the order of the table's columns.
    pub values: &'r [Value],
    /// `page 2, row 7`.
    pub place: &'r str,
}
