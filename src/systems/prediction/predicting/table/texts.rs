//! Rows as texts, for servers, which take them in one piece.

use std::fmt::Write;

use crate::tables::{TextRows, Value};

/// Rows of values as texts one behind the other.
pub(super) struct Texts {
    width: usize,
    texts: String,
    /// Where each text ends, and whether it is one: NULL is none.
    ends: Vec<(usize, bool)>,
}

impl Texts {
    pub fn new(width: usize) -> Self {
        Self {
            width,
            texts: String::new(),
            ends: Vec::new(),
        }
    }

    pub fn push(&mut self, values: &[Value<'_>]) {
        for value in values {
            let is_text = match value {
                Value::Text(text) | Value::MaybeText(Some(text)) => {
                    self.texts.push_str(text);
                    true
                }
                Value::MaybeText(None) | Value::Bytes(_) => false,
                // Writing into a text does not fail.
                Value::Integer(integer) => write!(self.texts, "{integer}").is_ok(),
                Value::Number(number) => write!(self.texts, "{number:?}").is_ok(),
            };
            self.ends.push((self.texts.len(), is_text));
        }
    }

    fn start(&self, place: usize) -> usize {
        match place {
            0 => 0,
            place => self.ends[place - 1].0,
        }
    }
}

impl TextRows for Texts {
    fn rows(&self) -> usize {
        self.ends.len() / self.width
    }

    fn columns(&self) -> usize {
        self.width
    }

    fn text(&self, row: usize, column: usize) -> &str {
        let place = row * self.width + column;
        &self.texts[self.start(place)..self.ends[place].0]
    }

    fn maybe_text(&self, row: usize, column: usize) -> Option<&str> {
        let (_, is_text) = self.ends[row * self.width + column];
        is_text.then(|| self.text(row, column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_texts_by_row_and_column() {
        let mut texts = Texts::new(3);
        texts.push(&[
            Value::Integer(-1),
            Value::MaybeText(None),
            Value::Number(1e300),
        ]);
        texts.push(&[Value::Text(""), Value::Text("東京"), Value::Number(0.1)]);
        assert_eq!((texts.rows(), texts.columns()), (2, 3));
        let row = |row| [0, 1, 2].map(|column| texts.maybe_text(row, column));
        assert_eq!(row(0), [Some("-1"), None, Some("1e300")]);
        assert_eq!(row(1), [Some(""), Some("東京"), Some("0.1")]);
    }
}
