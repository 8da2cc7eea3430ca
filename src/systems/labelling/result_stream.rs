//! Published rows on their way to a caller who downloads them.

use tokio::sync::mpsc;

use super::{LabellingError, PublishedRow};

/// Rows on their way.
#[derive(Debug)]
pub struct ResultStream {
    /// Read before the caller is answered, so that what cannot be read at all is an error and not an
    /// answer that ends early.
    pub(super) first: Option<FoundRow>,
    pub(super) rest: mpsc::Receiver<FoundRow>,
}

pub(super) type FoundRow = Result<PublishedRow, LabellingError>;

impl ResultStream {
    /// Waits for some rows, at most `limit`, and adds them; 0: there are no more.
    pub async fn recv_many(&mut self, rows: &mut Vec<FoundRow>, limit: usize) -> usize {
        match self.first.take() {
            Some(first) => {
                rows.push(first);
                1
            }
            None => self.rest.recv_many(rows, limit).await,
        }
    }
}
