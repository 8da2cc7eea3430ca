//! Health of labelling jobs: what their rules did, kept with each job.
//!
//! ```text
//! slices ──Counts──► beside their rows ──summed, with authors and members──► Report beside the task
//!                          │ while it runs                                      │ for good
//!                          └──────────────► JobHealth ◄─────────────────────────┘
//! ```

mod advice;
mod cache;
mod job_health;
mod kept;
mod named_set;
mod workbook;

pub use advice::findings;
pub use cache::Healths;
pub use job_health::JobHealth;
pub use kept::{Kept, after_publishing, before_publishing, earlier, measure_held};
pub use workbook::workbook;
