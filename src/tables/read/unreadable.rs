//! Rows that take no part because their time cannot be read.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::printable::printable;

/// How many there are, and the first of them by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    pub rows: u64,
    pub named: Vec<NamedRow>,
}

/// A row, and what stands where its time should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedRow {
    /// Empty if it is NULL.
    pub id: String,
    pub time: String,
}

/// Enough to find the mistake, few enough for one line.
const NAMED_MAX: usize = 3;

/// How much of an id or of what should be a time is shown, in characters.
const SHOWN_MAX: usize = 40;

impl Unreadable {
    /// Counts a row, and names it if it is among the first; `name` is its id and its time.
    pub(super) fn count(&mut self, name: impl FnOnce() -> (String, String)) {
        self.rows += 1;
        if self.named.len() < NAMED_MAX {
            self.name(name());
        }
    }

    /// Names a row that was counted, by its id and its time.
    pub(super) fn name(&mut self, (id, time): (String, String)) {
        if self.named.len() < NAMED_MAX {
            let [id, time] = [id, time].map(|text| shown(&text));
            self.named.push(NamedRow { id, time });
        }
    }

    /// Adds others, which come behind these.
    pub fn add(&mut self, more: Self) {
        self.rows += more.rows;
        let room = NAMED_MAX.saturating_sub(self.named.len());
        self.named.extend(more.named.into_iter().take(room));
    }
}

impl fmt::Display for NamedRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "row `{}`: `{}`", self.id, self.time)
    }
}

/// The beginning of a text, on one line.
pub(super) fn shown(text: &str) -> String {
    let end = text.char_indices().nth(SHOWN_MAX).map(|(at, _)| at);
    let mut shown = printable(&text[..end.unwrap_or(text.len())]).into_owned();
    if end.is_some() {
        shown.push('…');
    }
    shown
}
