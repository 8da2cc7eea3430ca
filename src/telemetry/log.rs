//! What is logged, and where each line of it goes. The one place that knows `tracing`'s layers.
//!
//! ```text
//! info!(…) ──level──► Line ─┬─► standard error, as JSON or for people
//!   in its spans            ├─► the log of its job    keeping
//!                           └─► a collector           sending
//! ```
//!
//! Nothing in this folder logs anything, or a line would make another one.

mod errors;
mod forms;
mod keeping;
mod line;
pub(super) mod sending;

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, reload};

use super::metrics::metrics;
use crate::settings::{LogFormat, LogSettings, level_fault};
pub use errors::{catching_panics, error_lines};
pub use keeping::{JobLine, JobLines, job_lines};
use line::{Gathered, Line};

/// Other people's programs in ours. The engine of actors opens a span for each of its own; what
/// carries our lines to a collector would have them carry its own.
const OTHERS: &str = "ractor=error,poem=warn,sqlx=warn,sqlx_core::pool=error,\
                      sea_orm_migration=warn,opentelemetry=off,\
                      opentelemetry_sdk=off,opentelemetry-otlp=off,h2=off,tonic=off,tower=off,\
                      hyper=off,hyper_util=off";

/// It warns of each element that stands where a page's markup must not have one: a page is data, and what is wrong
/// with it is no fault of the program's.
const OF_PAGES: &str = "html5ever";

/// Logging that was started.
struct Running {
    filter: reload::Handle<EnvFilter, Registry>,
    level: Mutex<String>,
}

static RUNNING: OnceLock<Running> = OnceLock::new();

/// Why the level stays what it is.
#[derive(Debug, thiserror::Error)]
pub enum LevelError {
    #[error("{problem}")]
    NoLevel { problem: String },
    #[error("this process does not log")]
    NotLogging,
}

/// Starts logging. Called once, first thing; a second call changes nothing.
pub fn start(settings: &LogSettings) {
    let (filter, handle) = reload::Layer::new(filter(&settings.level));
    let form = match settings.format {
        LogFormat::Json => Line::json,
        LogFormat::Human if io::stderr().is_terminal() => Line::coloured,
        LogFormat::Human => Line::plain,
    };
    let shown = settings.shown;
    let hand_on = move |line: Line| {
        count(line.level);
        if shown.is_none_or(|most| line.level <= most) {
            write(&form(&line));
        }
        sending::send(&line);
        errors::report(&line);
        keeping::keep(line);
    };
    let subscriber = tracing_subscriber::registry()
        .with(filter)
        .with(LogLayer { hand_on });
    // It fails when logging was started before, as it is by tests.
    if subscriber.try_init().is_ok() {
        let running = Running {
            filter: handle,
            level: Mutex::new(settings.level.clone()),
        };
        RUNNING.set(running).ok();
    }
}

fn filter(level: &str) -> EnvFilter {
    let names_pages = level
        .split(',')
        .any(|directive| directive.trim_start().starts_with(OF_PAGES));
    let pages = match names_pages {
        true => String::new(),
        false => format!(",{OF_PAGES}=off"),
    };
    // The level was checked with the settings.
    EnvFilter::try_new(format!("{level},{OTHERS}{pages}")).unwrap_or_default()
}

/// What is logged at present: a level, or a filter.
pub fn level() -> String {
    match RUNNING.get() {
        Some(running) => running
            .level
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone(),
        None => "off".to_owned(),
    }
}

/// Logs more or less from now on, in this process. `before` is called when nothing stands in the way
/// any more, and nothing has changed yet.
pub fn set_level(level: &str, before: impl FnOnce()) -> Result<(), LevelError> {
    if let Some(problem) = level_fault(level) {
        return Err(LevelError::NoLevel { problem });
    }
    let running = RUNNING.get().ok_or(LevelError::NotLogging)?;
    let mut known = running.level.lock().unwrap_or_else(PoisonError::into_inner);
    before();
    running
        .filter
        .reload(filter(level))
        .map_err(|_| LevelError::NotLogging)?;
    level.clone_into(&mut known);
    Ok(())
}

/// Makes a line of each event and hands it on.
struct LogLayer<F> {
    hand_on: F,
}

/// What a span says of everything that is logged in it.
struct SpanFields(Gathered);

impl<S, F> Layer<S> for LogLayer<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    F: Fn(Line) + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut gathered = Gathered::default();
        attributes.record(&mut gathered);
        span.extensions_mut().insert(SpanFields(gathered));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(SpanFields(gathered)) = span.extensions_mut().get_mut() {
            values.record(gathered);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut gathered = Gathered::default();
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            if let Some(SpanFields(of_span)) = span.extensions().get() {
                gathered.take_fields_of(of_span);
            }
        }
        event.record(&mut gathered);
        (self.hand_on)(gathered.line(event.metadata()));
    }
}

/// Nobody may be there to read it any more.
fn write(line: &str) {
    io::stderr().lock().write_all(line.as_bytes()).ok();
}

/// Lines by level, as long as it is not known where metrics go: the first look at them decides it.
static COUNTED: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];
static METRICS_ARE_THERE: AtomicBool = AtomicBool::new(false);

const LEVELS: [(Level, &str); 5] = [
    (Level::ERROR, "error"),
    (Level::WARN, "warn"),
    (Level::INFO, "info"),
    (Level::DEBUG, "debug"),
    (Level::TRACE, "trace"),
];

fn count(level: Level) {
    for (of_level, counted) in LEVELS.iter().zip(&COUNTED) {
        if of_level.0 != level {
            continue;
        }
        match METRICS_ARE_THERE.load(Ordering::Relaxed) {
            true => metrics().log_lines.add(1, &[("level", of_level.1)]),
            false => drop(counted.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

/// From now on lines are counted where everything is.
pub(super) fn begin_counting() {
    for ((_, level), counted) in LEVELS.iter().zip(&COUNTED) {
        let lines = counted.swap(0, Ordering::Relaxed);
        if lines > 0 {
            metrics().log_lines.add(lines, &[("level", level)]);
        }
    }
    METRICS_ARE_THERE.store(true, Ordering::Relaxed);
}

#[cfg(test)]
mod tests;
