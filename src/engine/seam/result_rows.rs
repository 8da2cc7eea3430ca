//! The rows that a job made, on their way to a caller who downloads them.

use tokio::sync::mpsc;

use super::SystemError;

/// Rows with their columns. Whoever sends them stops once this is dropped.
#[derive(Debug)]
pub struct ResultRows {
    pub columns: Vec<String>,
    /// Read before the caller is answered, so that what cannot be read at all is an error and not an answer
    /// that ends early.
    first: Option<Rows>,
    rest: mpsc::Receiver<Rows>,
}

/// Some rows, or why there are no more.
pub type Rows = Result<Vec<Vec<ResultCell>>, SystemError>;

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum ResultCell {
    Null,
    Truth(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    /// JSON, as a text.
    Json(String),
}

impl ResultRows {
    /// Waits for the first rows.
    pub async fn of(
        columns: Vec<String>,
        mut rows: mpsc::Receiver<Rows>,
    ) -> Result<Self, SystemError> {
        let first = rows.recv().await.transpose()?.map(Ok);
        Ok(Self {
            columns,
            first,
            rest: rows,
        })
    }

    /// Waits for some rows; `None`: there are no more.
    pub async fn next(&mut self) -> Option<Rows> {
        match self.first.take() {
            Some(first) => Some(first),
            None => self.rest.recv().await,
        }
    }
}
