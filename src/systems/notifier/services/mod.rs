//! What runs for notifications beside the jobs.
//!
//! `teller` publishes what has happened and sends messages, in one process at a time; `watch` keeps each
//! process informed of rules, followers, and bells that other processes have rung; `error_reports` reports errors
//! of each process to Sentry.

mod error_reports;
mod publisher;
mod sending;
mod standing;
mod teller;
mod watch;

pub(super) use error_reports::ErrorReports;
pub(super) use publisher::Publisher;
pub(super) use teller::Teller;
pub(super) use watch::Watch;
