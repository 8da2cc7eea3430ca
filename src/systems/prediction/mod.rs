//! System 4, prediction: workbooks of clients, and pages that are fetched every night, as rows.
//!
//! `import` is pure: bytes and a mapping in, rows and problems out; `scrape` fetches pages and makes rows of
//! them. `importing` and `scraping` are what stands around them: the kinds and the flows, mappings and scrapes by
//! name. `writing` knows the tables that rows go to.

mod api;
mod commands;
mod files_at_start;
pub(crate) mod import;
mod importing;
mod pages;
mod predicting;
mod protocol;
mod remote;
pub(crate) mod scrape;
mod scraping;
pub(crate) mod serving;
pub mod settings;
mod store;
mod system;
mod text_scorers;
mod writing;

pub use system::PredictionSystem;
