//! Making outputs: an attempt writes to temporary paths beside the final ones; what it has made
//! is moved to its place when all of it is there, and removed when not.
//!
//! ```text
//! prepare ──► the program writes $OUT, $OUT_2, … ──► finish ──► Intent ──► publish
//!    │                                                  │      (stored)    again after a kill
//!    └──────────── any other end: discard ◄─────────────┘
//! ```
//!
//! All names follow from the job and the attempt, so that what a dead attempt left is found
//! without having been written down anywhere.

mod before;
mod finish;
mod intent;
mod names;
mod publish;
mod temporaries;
mod tree;

#[cfg(test)]
mod tests;

pub(crate) use finish::finish;
pub(crate) use intent::Intent;
pub(crate) use names::Attempt;
pub(crate) use publish::{PublishError, publish};
pub(crate) use temporaries::{Temporaries, discard, prepare, sweep};
