//! Starts what is to start by itself: at wall-clock times, when a file is there, when a job has ended, when
//! it is called from outside.
//!
//! The rules are pure: [`cron`] finds the instants of an expression, [`timing`] when they are due, [`catchup`]
//! decides which of those that have come fire, [`overlap`] what becomes of a fire while an earlier one still runs,
//! [`settling`] which files have stopped changing.
//!
//! One process at a time has the duty (`service`). A fire is stored under its key before anything is started;
//! whoever starts it does so under a key of the fire, so that it happens once, whichever process dies. What
//! is remembered between two fires (`board`) is read from the store by the one that takes the duty.

mod board;
pub(crate) mod catchup;
pub(crate) mod cron;
mod due;
mod ending;
mod files;
mod handle;
mod jobs;
pub(crate) mod overlap;
mod service;
mod settling;
mod starting;
mod sweeping;
pub(crate) mod timing;

pub use handle::{FireCall, FireView, TriggerError, TriggerView, Triggers, next_fires};
