//! System 4, prediction: workbooks of clients as rows.
//!
//! `import` is pure: bytes and a mapping in, rows and problems out. `importing` is what stands around it: the
//! kind and the flow, mappings by name, and the tables that rows go to.

mod api;
mod commands;
mod files_at_start;
pub(crate) mod import;
mod importing;
pub(crate) mod scrape;
pub mod settings;
mod store;
mod system;
mod writing;

pub use system::PredictionSystem;
