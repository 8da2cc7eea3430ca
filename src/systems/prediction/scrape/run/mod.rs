//! A run of a scrape: from page to page, with rows, problems, kept pages and an outcome.
//!
//! ```text
//! requests ─► fetch ─► page ─► extract ─► pass ─► rows, problems ─► sink
//!     ▲                  │                  └─► end: expectations, outcome
//!     └── next page ─────┘
//! replay: kept pages ─► extract ─► pass ─► the same
//! ```

mod drive;
mod expect;
mod pass;
mod replay;
mod report;
mod requests;
mod sink;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use drive::{Fetcher, Wanted};
pub(crate) use drive::{SiteFetcher, Start, run};
pub(crate) use replay::replay;
pub(crate) use report::{Ended, Outcome, Remembered, Report};
pub(crate) use sink::{KeptPage, RunSink, ScrapedRow};
