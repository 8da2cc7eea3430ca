//! Packages of models: the file of a model with what the file does not say itself.
//!
//! ```text
//! zip ─┐
//! folder ─┼─► Files ──► model.yaml or MLmodel, golden.json, the file ──► Package ◄──► one zip for the store
//! bare file ──► its format by content ─────────────────────────────────────┘
//! ```

mod archive;
mod content;
mod description;
mod files;
mod folder;
mod format;
mod layout;
mod mlflow;
mod stored;
mod upload;

#[cfg(test)]
mod tests;

pub use description::Description;
pub use format::{Format, Package};
pub use upload::{PackageLimits, Upload};
