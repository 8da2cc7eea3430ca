//! Keys of rows that were seen: only a fingerprint of each is kept, and what its first row is known by.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use xxhash_rust::xxh3::Xxh3;

use crate::systems::prediction::import::values::Value;
use crate::systems::prediction::import::workbook::address;

/// Keys of the tables that rows go into, with a mark of the first row of each.
#[derive(Debug, Default)]
pub(crate) struct Keys<M = ()>(HashMap<String, HashMap<Fingerprint, M>>);

/// In halves, so that a row takes no more bytes than it has.
type Fingerprint = [u64; 2];

impl<M: Copy> Keys<M> {
    /// The mark of the first row of the table with these values; `None` if this is the first.
    pub fn earlier<'v>(
        &mut self,
        into: &str,
        values: impl Iterator<Item = &'v Value>,
        mark: M,
    ) -> Option<M> {
        let fingerprint = fingerprint(values);
        let seen = match self.0.get_mut(into) {
            Some(seen) => seen,
            None => self.0.entry(into.to_owned()).or_default(),
        };
        match seen.entry(fingerprint) {
            Entry::Occupied(first) => Some(*first.get()),
            Entry::Vacant(vacant) => {
                vacant.insert(mark);
                None
            }
        }
    }
}

impl Keys {
    /// Whether no row of the table had these values before.
    pub fn is_new<'v>(&mut self, into: &str, values: impl Iterator<Item = &'v Value>) -> bool {
        self.earlier(into, values, ()).is_none()
    }
}

/// Keys of the rows of an import, which know where the first row of each stands.
#[derive(Debug, Default)]
pub(super) struct RowKeys {
    keys: Keys<Place>,
    /// The names of the sheets, as far as their numbers fit a place.
    sheets: Vec<String>,
    sheet: u16,
}

/// Where a row stands, in 8 bytes. A sheet has fewer columns than fit.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    row: u32,
    column: u16,
    sheet: u16,
}

impl RowKeys {
    /// The rows that follow are of this sheet.
    pub fn begin_sheet(&mut self, name: &str) {
        self.sheet = u16::try_from(self.sheets.len()).unwrap_or(u16::MAX);
        if self.sheet < u16::MAX {
            self.sheets.push(name.to_owned());
        }
    }

    /// The earlier row of the table with these values, as the beginning of a sentence.
    pub fn earlier<'v>(
        &mut self,
        into: &str,
        values: impl Iterator<Item = &'v Value>,
        (row, column): (u32, u32),
    ) -> Option<String> {
        let place = Place {
            row,
            column: u16::try_from(column).unwrap_or(u16::MAX),
            sheet: self.sheet,
        };
        let first = self.keys.earlier(into, values, place)?;
        let sheet = self.sheets.get(usize::from(first.sheet));
        Some(sheet.map_or_else(
            || "an earlier row".to_owned(),
            |sheet| {
                let cell = address(first.row, first.column.into());
                format!("the row at {sheet}!{cell}")
            },
        ))
    }
}

fn fingerprint<'v>(values: impl Iterator<Item = &'v Value>) -> Fingerprint {
    let mut hash = Xxh3::new();
    for value in values {
        let text = value.to_string();
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    let whole = hash.digest128();
    [(whole >> 64) as u64, whole as u64]
}
