//! How a line looks: JSON for programs, text for people. Either way it is one line.

use std::fmt::Write as _;

use serde::Serializer;
use serde::ser::SerializeMap;
use serde_json::Value;
use tracing::Level;

use super::line::Line;
use crate::clock;
use crate::printable::printable;

/// Members that each line has; a field of such a name gets another one.
const MEMBERS: [&str; 4] = ["timestamp", "level", "message", "target"];

/// They lead from one line to all of its trace; people would only read past them.
const FOR_PROGRAMS: [&str; 2] = ["trace_id", "span_id"];

impl Line {
    pub fn json(&self) -> String {
        let mut bytes = Vec::with_capacity(256);
        // Writing to memory does not fail, nor do names that are texts.
        self.write_json(&mut serde_json::Serializer::new(&mut bytes))
            .ok();
        bytes.push(b'\n');
        String::from_utf8(bytes).unwrap_or_default()
    }

    fn write_json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("timestamp", &clock::rfc3339_micros(self.at))?;
        members.serialize_entry("level", self.level.as_str())?;
        members.serialize_entry("message", &self.message)?;
        for (name, value) in &self.fields {
            match MEMBERS.contains(&name.as_str()) {
                true => members.serialize_entry(&format!("field.{name}"), value)?,
                false => members.serialize_entry(name, value)?,
            }
        }
        members.serialize_entry("target", &self.target)?;
        members.end()
    }

    /// For people who read a file.
    pub fn plain(&self) -> String {
        self.human(None)
    }

    /// For people at a terminal.
    pub fn coloured(&self) -> String {
        self.human(Some(match self.level {
            Level::ERROR => 31,
            Level::WARN => 33,
            Level::INFO => 32,
            Level::DEBUG => 34,
            Level::TRACE => 35,
        }))
    }

    fn human(&self, colour: Option<u8>) -> String {
        let mut text = clock::rfc3339(self.at);
        let level = self.level.as_str();
        match colour {
            Some(colour) => write!(text, " \u{1b}[{colour}m{level:>5}\u{1b}[0m ").ok(),
            None => write!(text, " {level:>5} ").ok(),
        };
        text.push_str(&printable(&self.message));
        for (name, value) in &self.fields {
            if FOR_PROGRAMS.contains(&name.as_str()) {
                continue;
            }
            write!(text, " {name}=").ok();
            match value {
                Value::String(value) => push_value(&mut text, value),
                other => drop(write!(text, "{other}")),
            }
        }
        text.push('\n');
        text
    }
}

/// Quoted where it could be taken for more than one value, or for none.
fn push_value(text: &mut String, value: &str) {
    let ends = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '=');
    if !value.is_empty() && !value.contains(ends) && printable(value) == value {
        return text.push_str(value);
    }
    text.push('"');
    text.push_str(&printable(
        &value.replace('\\', "\\\\").replace('"', "\\\""),
    ));
    text.push('"');
}
