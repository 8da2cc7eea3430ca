//! Whole behaviours of the program: one binary, so that everything is linked once.

#![expect(clippy::unwrap_used, reason = "a test that unwraps in vain has failed")]

mod api;
mod architecture;
mod briefs;
mod broker;
mod browser;
mod check_command;
mod clients;
mod clocks;
mod command_line;
mod dispatch;
mod engine_seam;
mod faults;
mod hot_path;
mod imports;
mod inference;
mod jobs_command;
mod labelling;
mod logs;
mod messages;
mod model_commands;
mod model_labels;
mod model_registry;
mod notifications;
mod old_databases;
mod packaging;
mod pipelines;
mod predictions;
mod recovery;
mod reports;
mod schedules;
mod scrapes;
mod settings;
mod sinks;
mod sixth_system;
mod sources;
mod store;
mod support;
mod survival;
mod telemetry;
mod together;
mod two_programs;
mod unusable_database;
mod views_command;
mod vocabulary;
