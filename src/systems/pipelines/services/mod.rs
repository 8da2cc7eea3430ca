//! What runs beside the jobs of pipelines.

mod files;
mod pruning;
mod runs;

pub(crate) use files::FileWatch;
pub(crate) use pruning::RunPruning;
pub(crate) use runs::RunWatch;
