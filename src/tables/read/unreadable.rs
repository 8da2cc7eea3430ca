//! Rows that take no part because their time cannot be read.

use std::fmt;

use serde::{Deserialize, Serialize};

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

/// The beginning of a text, without what a terminal would act on.
pub(super) fn shown(text: &str) -> String {
    let is_printed = |character: char| !character.is_control() && !is_directional(character);
    let mut shown: String = text
        .chars()
        .take(SHOWN_MAX)
        .map(|character| {
            if is_printed(character) {
                character
            } else {
                '\u{FFFD}'
            }
        })
        .collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// Whether a character changes the direction in which those around it are shown.
fn is_directional(character: char) -> bool {
    matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
