//! Logs, metrics and traces of the program.
//!
//! Names stand here: of fields in [`fields`], of metrics in [`metrics`], of spans in [`trace`] and
//! [`names`]. Nothing here ever holds tokens, passwords, texts of rows or names of people.

pub mod exposition;
pub mod fields;
mod log;
pub mod metrics;
pub mod names;
mod otlp;
mod queue;
#[cfg(test)]
mod reference;
pub mod trace;

use std::time::Duration;

use tracing::info;

use crate::settings::TelemetrySettings;
pub use log::{
    JobLine, JobLines, LevelError, catching_panics, error_lines, job_lines, level, set_level, start,
};
pub use otlp::OtlpError;

/// Starts sending what is to be sent. Called once, in the runtime whose tasks carry it.
pub fn start_sending(settings: &TelemetrySettings) -> Result<(), OtlpError> {
    let (traces, metrics, logs) = settings.sent();
    if traces || metrics || logs {
        let endpoint = settings.shown_endpoint();
        info!(endpoint, traces, metrics, logs, "telemetry is sent");
    }
    let resource = otlp::resource(settings);
    if traces {
        otlp::start_traces(settings, &resource)?;
    }
    if metrics {
        let reader = otlp::metrics_reader(settings)?;
        metrics::start(|builder| builder.with_resource(resource.clone()).with_reader(reader));
    }
    log::begin_counting();
    if logs {
        log::sending::install(otlp::logger(settings, &resource)?);
    }
    Ok(())
}

/// Sends what is left, for as long as the program is willing to wait for it.
pub async fn stop_sending() {
    otlp::end();
    let patience = otlp::last_patience();
    if patience.is_zero() {
        return;
    }
    let sent = tokio::task::spawn_blocking(move || {
        std::thread::scope(|all| {
            all.spawn(|| trace::shut_down(patience));
            all.spawn(|| log::sending::shut_down(patience));
            all.spawn(|| metrics::shut_down(patience));
        });
    });
    // Each has its own patience, and all have it at once.
    let at_most = patience + Duration::from_millis(500);
    tokio::time::timeout(at_most, sent).await.ok();
}

/// An error with its causes, for logs; callers see the public message instead.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        // Some errors say already what their cause says.
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{said}")]
    struct Said {
        said: &'static str,
        source: Option<Box<Said>>,
    }

    fn said(said: &'static str, source: Option<Said>) -> Said {
        Said {
            said,
            source: source.map(Box::new),
        }
    }

    #[test]
    fn a_cause_that_was_said_is_not_said_again() {
        let disk = || said("the disk is full", None);
        let told = said("cannot store: the disk is full", Some(disk()));
        assert_eq!(chain(&told), "cannot store: the disk is full");
        let outer = said("the task fails", Some(said("cannot store", Some(disk()))));
        assert_eq!(
            chain(&outer),
            "the task fails: cannot store: the disk is full"
        );
    }
}
