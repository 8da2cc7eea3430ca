//! How moments are shown: how long ago, with the exact time in the viewer's zone at hand.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::figures;
use super::markup::{Markup, escaped};
use super::words::Words;

/// The time zone of a viewer, and the moment at which the page is made.
#[derive(Clone)]
pub struct Zone {
    pub zone: Tz,
    now: DateTime<Utc>,
}

impl Zone {
    pub fn new(zone: Tz, now: DateTime<Utc>) -> Self {
        Self { zone, now }
    }

    pub fn name(&self) -> &'static str {
        self.zone.name()
    }

    /// Microseconds since 1970.
    pub fn now_micros(&self) -> i64 {
        self.now.timestamp_micros()
    }

    /// `2026-11-28 17:58:01`
    pub fn absolute(&self, micros: i64) -> String {
        self.written(micros, "%Y-%m-%d %H:%M:%S")
    }

    /// `17:58:01` today, with the date before today.
    pub fn short(&self, micros: i64) -> String {
        let is_today = self.written(micros, "%F") == self.written(self.now_micros(), "%F");
        match is_today {
            true => self.written(micros, "%H:%M:%S"),
            false => self.written(micros, "%Y-%m-%d %H:%M"),
        }
    }

    /// `17:58:01.176`
    pub fn of_line(&self, micros: i64) -> String {
        self.written(micros, "%H:%M:%S%.3f")
    }

    /// `2 min ago`, kept right by a script.
    pub fn ago(&self, words: &Words, micros: i64) -> Markup {
        let text = ago(words, self.now_micros() - micros);
        self.element(micros, &text, " data-ago")
    }

    /// The exact time as an element.
    pub fn exact(&self, micros: i64) -> Markup {
        self.element(micros, &self.short(micros), " data-at=\"short\"")
    }

    fn element(&self, micros: i64, text: &str, attributes: &str) -> Markup {
        Markup::of(format!(
            "<time datetime=\"{}\" title=\"{}\"{attributes}>{}</time>",
            crate::clock::rfc3339(micros),
            self.absolute(micros),
            escaped(text)
        ))
    }

    fn written(&self, micros: i64, format: &str) -> String {
        let moment = DateTime::from_timestamp_micros(micros).unwrap_or_default();
        moment.with_timezone(&self.zone).format(format).to_string()
    }
}

/// How long ago something was.
fn ago(words: &Words, micros: i64) -> String {
    let seconds = micros / 1_000_000;
    let (message, number) = match seconds {
        ..5 => return words.say("ago-now"),
        5..60 => ("ago-s", seconds),
        60..3_600 => ("ago-min", seconds / 60),
        3_600..86_400 => ("ago-h", seconds / 3_600),
        _ => ("ago-d", seconds / 86_400),
    };
    words.with(message, "n", figures::number(number as u64))
}
