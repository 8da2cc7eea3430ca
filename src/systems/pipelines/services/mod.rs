//! What runs beside the jobs of pipelines.

mod files;
mod runs;

pub(crate) use files::FileWatch;
pub(crate) use runs::RunWatch;
