//! Audience: an actor-supervised runtime for the long jobs of teams that work on
//! social-media, advertising and prediction data.
//!
//! `ARCHITECTURE.md` says what stands where and who may know whom. Read first [`runtime`]
//! (the engine), then [`steps`] (the seam between the engine and the work), then
//! [`flows::labelling`] (the main job).

pub mod api;
pub mod app;
pub mod cli;
pub mod clock;
mod dispatching;
pub mod fault;
pub mod flows;
mod job_logs;
pub mod kafka;
pub mod process;
pub mod runtime;
pub mod servers;
pub mod settings;
pub mod sinks;
pub mod sources;
pub mod sqlite;
pub mod steps;
pub mod store;
pub mod telemetry;
pub mod write_gate;
