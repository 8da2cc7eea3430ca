//! One line of the log, put together from an event and the spans around it.

use std::fmt::{self, Write as _};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Level, Metadata};

use crate::clock;

/// Texts are cut behind this: a line is to be read, and to be kept with others.
pub(super) const TEXT_BYTES_MAX: usize = 8 * 1024;

/// Names and values in the order in which they were said.
pub(super) type Fields = Map<String, Value>;

/// What was logged.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Microseconds since 1970.
    pub at: i64,
    pub level: Level,
    pub target: String,
    pub message: String,
    pub fields: Fields,
}

/// What was said of a span or an event so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Gathered {
    message: String,
    fields: Fields,
    /// Where a line of the `log` crate comes from.
    target: Option<String>,
}

impl Gathered {
    pub fn take_fields_of(&mut self, other: &Self) {
        let fields = other.fields.iter();
        self.fields
            .extend(fields.map(|(name, value)| (name.clone(), value.clone())));
    }

    pub fn line(self, metadata: &Metadata<'_>) -> Line {
        Line {
            at: clock::now_micros(),
            level: *metadata.level(),
            target: self.target.unwrap_or_else(|| metadata.target().to_owned()),
            message: self.message,
            fields: self.fields,
        }
    }

    fn take(&mut self, field: &Field, value: Value) {
        let name = field.name();
        match (name, value) {
            ("message", Value::String(message)) => self.message = message,
            ("log.target", Value::String(target)) => self.target = Some(target),
            // Where in its source such a line stands.
            _ if name.starts_with("log.") => {}
            (_, value) => drop(self.fields.insert(name.to_owned(), value)),
        }
    }
}

impl Visit for Gathered {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, text(format_args!("{value}")));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, text(format_args!("{value:?}")));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.take(
            field,
            text(format_args!("{}", crate::telemetry::chain(value))),
        );
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.take(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.take(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.take(field, value.into());
    }
}

/// What is too long is not even written down in full.
fn text(said: fmt::Arguments<'_>) -> Value {
    let mut text = Cut(String::new());
    if text.write_fmt(said).is_err() {
        text.0.push('…');
    }
    Value::String(text.0)
}

struct Cut(String);

impl fmt::Write for Cut {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = TEXT_BYTES_MAX - self.0.len();
        if more.len() <= room {
            self.0.push_str(more);
            return Ok(());
        }
        self.0.push_str(&more[..more.floor_char_boundary(room)]);
        Err(fmt::Error)
    }
}
