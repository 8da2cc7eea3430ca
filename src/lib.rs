//! Audience: an actor-supervised runtime for the long jobs of teams that work on
//! social-media, advertising and prediction data.
//!
//! `ARCHITECTURE.md` says what stands where and who may know whom. Read first [`engine`] (the
//! runtime of jobs and the seam between it and the work), then [`systems::labelling`] (the main
//! job).

// A command awaits the start of the program, which awaits migrations: with optimisation the
// layout of such a future takes the compiler more than 128 steps down.
#![recursion_limit = "256"]

pub mod access;
pub mod app;
pub mod backoff;
pub mod cli;
pub mod clock;
pub mod database_url;
pub mod engine;
pub mod fault;
pub mod fetch;
pub mod files;
pub mod http;
pub mod kafka;
pub mod models;
pub mod notify;
pub mod printable;
pub mod process;
mod secrets;
pub mod servers;
pub mod settings;
mod small_file;
pub mod sqlite;
mod strict_json;
pub mod systems;
pub mod tables;
pub mod telemetry;
pub mod text;
pub mod tls;
pub mod ui;
mod webhooks;
pub mod write_gate;
mod yaml;
