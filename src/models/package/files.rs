//! The files of a package, wherever they are.

use crate::models::refusal::Refusal;

/// Files by their paths in the package, with `/` between folders.
pub(super) trait Files {
    fn names(&self) -> &[String];

    /// The content of one of the [`names`](Self::names), by its position.
    fn content(&mut self, index: usize) -> Result<Vec<u8>, Refusal>;
}
