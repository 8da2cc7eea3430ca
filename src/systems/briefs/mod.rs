//! Briefs: from keywords to a zip for the meeting.
//!
//! ```text
//! request ──► a job of the flow `brief`
//!               │ step `collect`, a batch a platform: adapter ──► pages ──► articles that count ──► `brief_<platform>`
//!               ▼ once no page is open
//!             step `export`: rows ──► workbooks, clouds ──► zip
//! ```

mod adapter;
mod analysing;
mod api;
mod article;
mod collecting;
mod commands;
mod exporting;
mod flow;
mod flow_examples;
mod keywords;
mod off;
mod page_store;
mod pages;
mod params;
mod platforms;
mod request;
mod settings;
mod sources;
mod store;
mod storing;
mod system;
mod upstream;

pub use settings::BriefSettings;
pub use system::BriefsSystem;
