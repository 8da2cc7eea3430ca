//! What runs beside the jobs of pipelines.

mod files;
mod git;
mod pruning;
mod runs;
mod statuses;

pub(crate) use files::FileWatch;
pub(crate) use git::GitWatch;
pub(crate) use pruning::RunPruning;
pub(crate) use runs::RunWatch;
pub(crate) use statuses::Statuses;
