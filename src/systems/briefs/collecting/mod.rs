//! The step `collect`: the pages of a platform are planned, asked for and stored, whatever breaks.
//!
//! ```text
//! wanted sequences ──► board: pages ──► open ──► asked for, by the lane to the platform ──► fetched ──► done
//!                        ▲      │                                                             │ settled: stored
//!                        │      └── dropped: behind the end of its sequence, or not wanted    │
//!                        └── a page leads on to others ◄──────────────────────────────────────┘
//! ```
//!
//! The board is pure. What changes on it is stored with the slice that ends next; a page is asked for once it is
//! stored as open, and stored in the output once it is stored as fetched. Slices follow on each other as fast as they
//! are committed, so that many pages that end meanwhile cost one transaction.

mod asking;
mod batch;
mod board;
mod changes;
mod judge;
mod kind;
mod limits;
mod planning;
mod replan;
mod run;
mod sequence;
mod service;
mod storing_pages;
mod trouble;
mod wanted;
mod watch;

#[cfg(test)]
mod tests;

pub(crate) use judge::Judge;
pub(crate) use kind::CollectKind;
pub(crate) use service::{Collecting, CollectingParts};
pub(crate) use watch::UpstreamWatch;
