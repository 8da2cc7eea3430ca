//! What the program tells about itself: logs, metrics, traces.
//!
//! Names stand here: of fields in [`fields`], of metrics in [`metrics`], of spans in [`trace`] and
//! [`names`]. Nothing here ever holds tokens, passwords, texts of rows or names of people.

pub mod exposition;
pub mod metrics;
pub mod names;
mod otlp;
pub mod trace;

use std::io::IsTerminal;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, LogSettings, TelemetrySettings};
pub use otlp::OtlpError;

/// Starts logging. Called once, first thing; a second call changes nothing.
pub fn start(settings: &LogSettings) {
    // The engine of actors opens a span for each of its own; they say nothing to operators.
    let filter = format!(
        "{},ractor=error,poem=warn,sqlx=warn,sea_orm_migration=warn,opentelemetry=off,opentelemetry_sdk=off,\
         opentelemetry-otlp=off,h2=off,tonic=off,hyper_util=off",
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

/// Starts sending what is to be sent. Called once, in the runtime whose tasks carry it.
pub fn start_sending(settings: &TelemetrySettings) -> Result<(), OtlpError> {
    let (traces, metrics, _logs) = settings.sent();
    let resource = otlp::resource(settings);
    if traces {
        otlp::start_traces(settings, &resource)?;
    }
    if metrics {
        let reader = otlp::metrics_reader(settings)?;
        metrics::start(|builder| builder.with_resource(resource.clone()).with_reader(reader));
    }
    Ok(())
}

/// Sends what is left, for as long as the program is willing to wait for it.
pub async fn stop_sending() {
    const PATIENCE: Duration = Duration::from_secs(2);
    let sent = tokio::task::spawn_blocking(|| {
        trace::shut_down(PATIENCE);
        metrics::shut_down(PATIENCE);
    });
    tokio::time::timeout(2 * PATIENCE, sent).await.ok();
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
