//! What the program tells about itself. For now: logs on standard error.
//!
//! Field names are the same everywhere: `job.id`, `step.no`, `batch.no`, `attempt.no`,
//! `error`. Logs never hold tokens, passwords, texts of rows or names of people.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, LogSettings};

/// Starts logging. Called once, first thing; a second call changes nothing.
pub fn start(settings: &LogSettings) {
    // The engine of actors opens a span for each of its own; they say nothing to operators.
    let filter = format!(
        "{},ractor=error,poem=warn,sqlx=warn,sea_orm_migration=warn",
        settings.level
    );
    let filter = EnvFilter::try_new(filter).unwrap_or_default();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // It fails when logging was started before, as it is by tests.
    match settings.format {
        LogFormat::Human => builder.with_target(false).try_init().ok(),
        LogFormat::Json => builder.json().flatten_event(true).try_init().ok(),
    };
}

/// An error with its causes, for logs: what callers may see is told elsewhere.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
