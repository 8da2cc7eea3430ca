//! Scrapes: pages that are fetched every night, as rows.
//!
//! ```text
//! file of a scrape ──definition──► Scrape ──plan (with its mapping)──► Plan
//! Plan, day ──run──► requests ──fetch──► pages ──extract──► rows, each with its place, and problems (RunSink)
//! ```
//!
//! Nothing is stored here, and no job is known.

mod definition;
mod extract;
mod fetch;
mod plan;
mod run;

#[cfg(test)]
mod tests;

pub(crate) use definition::{EVERY_ROW, Scrape, read as read_scrape};
#[cfg(test)]
pub(crate) use fetch::Alone;
pub(crate) use fetch::{
    Acquiring, FetchError, HeldHost, HostKey, HostLease, HostTimes, RunSecrets, Web,
};
pub(crate) use plan::Plan;
pub(crate) use run::{
    Ended as PagesEnded, KeptPage, Outcome, Remembered, Report, RunSink, ScrapedRow, SiteFetcher,
    Start, replay, run,
};
