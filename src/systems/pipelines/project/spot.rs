//! A value of the file together with the way that leads to it.

use std::str::FromStr;

use super::fault::Place;
use crate::printable::printable;
use crate::yaml::{Content, Entry, Node, Position};

/// Characters of a key that a fault repeats: names are shorter.
const STEP_MAX: usize = 80;

/// A value, and where it stands. The way is written out only for a fault.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<'s> {
    pub node: &'s Node,
    /// Of its key; of the value itself where it has none.
    position: Position,
    above: Option<&'s Spot<'s>>,
    step: Step<'s>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'s> {
    Key(&'s str),
    Index(usize),
}

impl<'s> Spot<'s> {
    pub fn root(node: &'s Node) -> Self {
        Self {
            node,
            position: node.position,
            above: None,
            step: Step::Key(""),
        }
    }

    /// The value of an entry of this mapping.
    pub fn below(&'s self, entry: &'s Entry) -> Spot<'s> {
        Spot {
            node: &entry.value,
            position: entry.key.position,
            above: Some(self),
            step: Step::Key(entry.key.text().unwrap_or_default()),
        }
    }

    pub fn get(&'s self, key: &str) -> Option<Spot<'s>> {
        self.node.entry(key).map(|entry| self.below(entry))
    }

    /// What a mapping holds, by key.
    pub fn entries(&'s self) -> impl Iterator<Item = (&'s str, Spot<'s>)> {
        let entries = self.node.entries().iter();
        entries.map(|entry| (entry.key.text().unwrap_or_default(), self.below(entry)))
    }

    /// The elements of a list; none of anything else.
    pub fn elements(&'s self) -> impl Iterator<Item = Spot<'s>> {
        let elements = match &self.node.content {
            Content::List(elements) => elements.as_slice(),
            Content::Scalar(_) | Content::Mapping(_) => &[],
        };
        elements.iter().enumerate().map(|(index, node)| Spot {
            node,
            position: node.position,
            above: Some(self),
            step: Step::Index(index),
        })
    }

    /// The elements of a list, or the value itself where one alone may stand without a list.
    pub fn one_or_more(&'s self) -> Vec<Spot<'s>> {
        match &self.node.content {
            Content::List(_) => self.elements().collect(),
            Content::Scalar(_) | Content::Mapping(_) => vec![*self],
        }
    }

    /// The text of a scalar that is not null.
    pub fn text(&self) -> Option<&'s str> {
        if self.node.is_null() {
            return None;
        }
        self.node.text()
    }

    pub fn text_at(&self, key: &str) -> Option<&'s str> {
        let value = self.node.get(key)?;
        if value.is_null() { None } else { value.text() }
    }

    /// Of a boolean whose type is checked.
    pub fn is_true(&self) -> bool {
        matches!(self.text(), Some("true" | "True" | "TRUE"))
    }

    /// Of a whole number whose type is checked.
    pub fn number<N: FromStr>(&self) -> Option<N> {
        self.text()?.parse().ok()
    }

    pub fn place(&self) -> Place {
        Place {
            position: self.position,
            key: self.path(),
        }
    }

    pub fn value_place(&self) -> Place {
        Place {
            position: self.node.position,
            key: self.path(),
        }
    }

    /// `tasks.day_log.requires[0]`.
    pub fn path(&self) -> String {
        let mut steps = Vec::new();
        let mut at = Some(self);
        while let Some(spot) = at {
            steps.push(spot.step);
            at = spot.above;
        }
        let mut path = String::new();
        for step in steps.iter().rev().skip(1) {
            match step {
                Step::Index(index) => path.push_str(&format!("[{index}]")),
                Step::Key(key) => {
                    let separator = if path.is_empty() { "" } else { "." };
                    path.push_str(separator);
                    let end = key.char_indices().nth(STEP_MAX).map(|(end, _)| end);
                    path.push_str(&printable(&key[..end.unwrap_or(key.len())]));
                }
            }
        }
        path
    }
}
