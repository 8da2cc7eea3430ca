//! Rows of JSON lines: an object a line.

use std::path::Path;

use serde_json::Value;

use super::{Rows, text};

pub(super) struct JsonRows {
    text: String,
    /// Bytes of it that were read.
    read: usize,
}

impl JsonRows {
    pub fn open(path: &Path) -> Result<Self, String> {
        Ok(Self::of_text(text::read(path)?))
    }

    pub fn of_text(text: String) -> Self {
        Self { text, read: 0 }
    }
}

impl Rows for JsonRows {
    fn next(&mut self, most: usize) -> Result<Vec<Value>, String> {
        let mut rows = Vec::new();
        while rows.len() < most && self.read < self.text.len() {
            let rest = &self.text[self.read..];
            let (line, length) = match rest.split_once('\n') {
                Some((line, _)) => (line, line.len() + 1),
                None => (rest, rest.len()),
            };
            self.read += length;
            if !line.trim().is_empty() {
                rows.push(serde_json::from_str(line).unwrap_or(Value::Null));
            }
        }
        Ok(rows)
    }
}
