//! Some rows of each kind of difference, chosen so that every run chooses the same ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::VariantArray;

use super::row::ChangeKind;
use crate::systems::labelling::rules::preview::RowKey;

/// Rows of one kind.
pub const EXAMPLES_OF_KIND: usize = 20;

/// Bytes of a text that are kept.
const TEXT_BYTES: usize = 16 << 10;

/// A row on which the sets differ, with its texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Example {
    pub id: String,
    pub post_time: String,
    /// By field; the beginning of a text that is very long.
    pub fields: Map<String, Value>,
    /// Of the labels that the candidate gives, or if there are none, of those of the base.
    pub hits: Vec<Value>,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// The rows that come first by SHA-256(`seed:id`).
#[derive(Clone, Debug)]
pub struct Examples {
    seed: u64,
    /// By kind and place in the order; `true`: not handed out yet.
    rows: [BTreeMap<Place, (Example, bool)>; 3],
}

/// The time tells rows with one id apart.
type Place = (RowKey, String);

impl Examples {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            rows: Default::default(),
        }
    }

    fn place(&self, id: &str, post_time: &str) -> Place {
        (RowKey::of_row(self.seed, id), post_time.to_owned())
    }

    /// Keeps a row if it comes before enough of the others.
    pub fn offer(
        &mut self,
        kind: ChangeKind,
        id: &str,
        post_time: &str,
        example: impl FnOnce() -> Example,
    ) {
        let place = self.place(id, post_time);
        let rows = &mut self.rows[kind as usize];
        let is_full = rows.len() >= EXAMPLES_OF_KIND;
        if is_full && rows.last_key_value().is_some_and(|(last, _)| *last < place) {
            return;
        }
        rows.entry(place).or_insert_with(|| (example(), true));
        if rows.len() > EXAMPLES_OF_KIND {
            rows.pop_last();
        }
    }

    /// Those that were kept since the last time.
    pub(super) fn take_new(&mut self) -> Vec<(ChangeKind, Example)> {
        let mut new = Vec::new();
        for (kind, rows) in ChangeKind::VARIANTS.iter().zip(&mut self.rows) {
            for (example, is_new) in rows.values_mut() {
                if std::mem::take(is_new) {
                    new.push((*kind, example.clone()));
                }
            }
        }
        new
    }

    pub(super) fn add(&mut self, examples: Vec<(ChangeKind, Example)>) {
        for (kind, example) in examples {
            let (id, post_time) = (example.id.clone(), example.post_time.clone());
            self.offer(kind, &id, &post_time, || example);
        }
    }

    /// In their order.
    pub fn of_kind(&self, kind: ChangeKind) -> impl Iterator<Item = &Example> {
        self.rows[kind as usize]
            .values()
            .map(|(example, _)| example)
    }
}

/// The beginning of a text that is very long, else all of it.
pub(super) fn kept(text: &str) -> &str {
    match text.len() > TEXT_BYTES {
        true => &text[..text.floor_char_boundary(TEXT_BYTES)],
        false => text,
    }
}
