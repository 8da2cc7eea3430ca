//! Schedules: flows of other systems that are started by a trigger, by settings or calls.
//!
//! It has no flow of its own: `start` is a body of `POST /v1/jobs`, whose texts may contain times
//! (`template`). `definition` reads a schedule, `book` knows all of them, `source` and
//! `starting` start what fires.

mod api;
mod book;
mod definition;
mod error;
mod faults;
mod kinds;
mod pages;
mod settings;
mod source;
mod starting;
mod store;
mod system;
mod template;
mod watch;

pub use system::SchedulesSystem;
