//! System 3, pipelines: tasks made once, in order, on time.
//!
//! ```text
//! project file ─► project ─► planning ─► composing ─► jobs of kind `command` ─► outputs
//! ```
//!
//! `project` reads files, `values` and `planning` are pure; `outputs` knows what is there and moves
//! what was made to its place; `executor` is the process under which commands run, `console` their logs.
//! `graph` draws runs and projects, `joining` makes instances by flows of other systems.

mod allowed;
mod apart;
mod api;
mod attempt_logs;
mod command;
mod commands;
mod commit_status;
mod commits;
mod composing;
mod console;
mod dates;
mod error;
mod executor;
mod file_fault;
mod flow;
mod git;
mod graph;
mod graphs;
mod hooks;
mod joining;
mod known_project;
mod looking;
mod made_paths;
mod outputs;
mod pages;
#[expect(
    clippy::module_inception,
    reason = "the handle is called what callers ask for"
)]
mod pipelines;
mod plan_view;
mod planner_io;
mod planning;
mod project;
mod projects;
mod request;
mod services;
mod settings;
mod slots;
mod store;
mod system;
mod triggers;
mod uploads;
mod values;
mod versions;
mod why;

pub use system::PipelinesSystem;
