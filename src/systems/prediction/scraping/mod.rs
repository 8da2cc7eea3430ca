//! Scrapes as jobs: the pages of a day become rows of tables, once, whatever breaks.
//!
//! ```text
//! scrape, day ──compose──► a job
//!                            │ kind `scrape`, first slice: pages are fetched, and kept in one file
//!                            │   away: the batch parks, with the reason · failed, unchanged: the run ends here
//!                            ▼ second slice
//!                writing: the kept pages are extracted into one transaction in the output, with a marker
//!                            │ the same slice
//!                            ▼
//!                store: the run with its counts and problems, what is remembered of its pages, freshness
//! ```
//!
//! A process that is killed while it fetches begins again; one that is killed later finds the pages, and
//! perhaps the marker. A replay begins with the second slice, for one kept run after the other; the last one fails the
//! job if any has failed.

mod batch;
mod book;
mod composing;
mod ending;
mod error;
mod fetching;
mod flow;
mod freshness;
mod kind;
mod lease;
mod pack;
mod pages;
mod params;
mod replaying;
mod request;
mod scrapes;
mod source;
mod trying;
mod watch;

pub(crate) use book::{Entry, trigger_id};
pub(crate) use error::ScrapesError;
pub(crate) use flow::{ScrapeFlow, waits_for_site};
pub(crate) use freshness::Freshness;
pub(crate) use kind::ScrapeKind;
pub(crate) use pack::PackError;
pub(crate) use scrapes::{ChosenScrape, Scrapes};
pub(crate) use source::ScrapeSource;
pub(crate) use trying::{Trial, TrialLimits};
pub(crate) use watch::ScrapeWatch;

/// The name of the flow, as its jobs carry it.
pub(crate) const FLOW: &str = "scrape";

/// The queue of runs, which has few places: each may wait for its site.
pub(crate) const QUEUE: &str = "scrapes";

/// What the ids of triggers begin with.
pub(crate) const SOURCE: &str = "scrapes";

/// The states of a run that has ended.
pub(crate) const SUCCEEDED: &str = "succeeded";
pub(crate) const UNCHANGED: &str = "unchanged";
pub(crate) const FAILED: &str = "failed";
