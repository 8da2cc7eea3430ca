//! The web pages: what runs, why it does not, what came of it.
//!
//! ```text
//! Visit (http) ─► site: which page ─► its data, from `/v1` ─► a view ─► a template
//! ```
//!
//! A page is rendered here, on the server, and works with scripts switched off; the modules in
//! `assets` add what needs a script. It names no system: a system adds its part of a job's page as
//! [`FlowPages`], and whole pages as a [`Room`], with words and templates of its own. What stands at the
//! head of every page is a [`Tool`].

mod actions;
mod asked;
mod assets;
mod audit_page;
mod bulk_job;
mod bulk_page;
mod cookies;
mod data;
mod error_page;
mod examples;
mod figures;
mod file_form;
mod forms;
mod frame;
mod job_page;
mod jobs_page;
mod log_page;
mod markup;
mod moments;
mod new_form;
mod new_page;
mod packed;
mod pages;
mod rooms;
mod rows_page;
mod runtime_page;
mod saved_views;
mod settings_page;
mod sign_in;
mod site;
mod states;
#[cfg(test)]
mod tests;
mod timeline;
mod tools;
mod words;

pub use asked::{Answer, Asked};
pub use error_page::PageError;
pub(crate) use figures::{bytes, number, percent};
pub use file_form::{FileForm, GivenFile};
pub(crate) use forms::{encoded, find, query, shell_word};
pub use frame::Frame;
pub use markup::Markup;
pub(crate) use new_page::submitted_as;
pub use pages::{ConsoleView, Example, FlowPages, JobPart, JobView, NewJobForm, Pages, Start};
pub use rooms::{JobPage, Room, Startable};
pub use site::WebPages;
pub(crate) use states::{look, quoted};
pub use tools::Tool;
pub use words::{Sources, Words};

pub use data::{Attempt, Job, JobDetail, JobSummary, Step};
