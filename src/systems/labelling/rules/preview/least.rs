//! The rows that come first in the order of a seed, of however many are shown.

use std::collections::BinaryHeap;
use std::sync::Arc;

use super::order::RowKey;
use super::row::PreviewRow;

/// At most so many rows; the last one makes room for one that comes before it.
#[derive(Debug, Default)]
pub struct LeastRows {
    most: usize,
    /// Rows with the same id are told apart by what else they hold.
    rows: BinaryHeap<(RowKey, Arc<PreviewRow>)>,
}

impl LeastRows {
    pub fn new(most: usize) -> Self {
        Self {
            most,
            rows: BinaryHeap::new(),
        }
    }

    /// Whether a row with this key may be among them.
    pub fn wants(&self, key: RowKey) -> bool {
        let last = self.rows.peek();
        self.rows.len() < self.most || last.is_some_and(|(last, _)| key <= *last)
    }

    /// Returns the row that is no longer among them, which may be this one.
    pub fn offer(&mut self, key: RowKey, row: Arc<PreviewRow>) -> Option<Arc<PreviewRow>> {
        self.rows.push((key, row));
        match self.rows.len() > self.most {
            true => self.rows.pop().map(|(_, row)| row),
            false => None,
        }
    }

    pub fn add(&mut self, other: Self) {
        for (key, row) in other.rows {
            if self.wants(key) {
                self.offer(key, row);
            }
        }
    }

    /// In their order.
    pub fn into_rows(self) -> Vec<Arc<PreviewRow>> {
        let rows = self.rows.into_sorted_vec();
        rows.into_iter().map(|(_, row)| row).collect()
    }
}
