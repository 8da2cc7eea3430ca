//! Why a page has no rows that could be read: a sentence for people.

use crate::systems::prediction::import::ImportError;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ExtractError {
    #[error("the page is too large")]
    TooLarge,
    #[error("the page has more than {most} elements and texts")]
    TooManyNodes { most: usize },
    #[error("the page takes longer to read than {most_s} s")]
    TooSlow { most_s: u64 },
    #[error("the page is not JSON: line {line}, column {column}")]
    NotJson { line: usize, column: usize },
    #[error("the page is nested too deep")]
    TooDeep,
    #[error("the page has more than {most} rows")]
    TooManyRows { most: u64 },
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error("the mapping {name} is not there")]
    NoMapping { name: String },
    #[error("the reader of pages failed on this page")]
    ReaderFailed,
}
