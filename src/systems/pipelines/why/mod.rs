//! Why an instance is not made: the facts, and a sentence of them for people, the same for every caller.
//!
//! ```text
//! of_instance ─► plan ─┬─ a job of it is unfinished ─► of_job ─┐
//!                      └─ planning/why ────────────────────────┴─► Explanation
//! ```

mod finding;
mod flow_steps;
mod of_instance;
mod of_job;
mod of_needs;
mod times;

use super::pipelines::Pipelines;

/// Finds out what instances wait for.
#[derive(Clone)]
pub(crate) struct Why {
    pub pipelines: Pipelines,
    /// Jobs that run at once in this process.
    pub jobs_at_once: usize,
}
