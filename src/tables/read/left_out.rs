//! Rows that take no part because of what stands in them, and not because of their time.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::moment::without_mark;
use super::unreadable::shown;

/// How many there are, and the first of them by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// Rows that are malformed, or that their output can never store.
    pub rows: u64,
    /// Rows that would take part but for their id, which is NULL.
    pub without_id: u64,
    /// The first of both.
    pub named: Vec<LeftOutRow>,
}

/// A row, and why it takes no part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutRow {
    /// Empty if it is NULL.
    pub id: String,
    pub time: String,
    pub why: String,
}

/// Enough to find out what is wrong with a table.
const NAMED_MAX: usize = 10;

impl LeftOut {
    /// Counts a row that is malformed or can never be stored; `name` is its id, its time and why.
    pub fn count(&mut self, name: impl FnOnce() -> (String, String, String)) {
        self.rows += 1;
        if self.has_names_left() {
            self.name(name());
        }
    }

    /// Counts rows of one time whose id is NULL.
    pub fn count_without_id(&mut self, rows: u64, time: &str) {
        self.without_id += rows;
        if rows > 0 && self.has_names_left() {
            let why = "its id is NULL".to_owned();
            let time = without_mark(time).to_owned();
            self.name((String::new(), time, why));
        }
    }

    fn name(&mut self, (id, time, why): (String, String, String)) {
        let [id, time] = [id, time].map(|text| shown(&text));
        self.named.push(LeftOutRow { id, time, why });
    }

    fn has_names_left(&self) -> bool {
        self.named.len() < NAMED_MAX
    }

    /// Adds others, which come behind these.
    pub fn add(&mut self, more: Self) {
        self.rows += more.rows;
        self.without_id += more.without_id;
        let room = NAMED_MAX.saturating_sub(self.named.len());
        self.named.extend(more.named.into_iter().take(room));
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.rows + self.without_id
    }
}

impl fmt::Display for LeftOutRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, time, why } = self;
        if time.is_empty() {
            write!(formatter, "row `{id}`: {why}")
        } else {
            write!(formatter, "row `{id}` of {time}: {why}")
        }
    }
}
