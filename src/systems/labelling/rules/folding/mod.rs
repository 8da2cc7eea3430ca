//! Folds texts and keywords, and finds what of the original a part of the folded text is from.

mod fold;
mod han;
mod joining;
mod shift;
mod spans;
#[cfg(test)]
mod tests;

pub use fold::{FoldedText, Folding, first_lower};
pub use han::{han, pairs};
pub use joining::{WordPart, is_inside_word};
pub use shift::shift;
pub use spans::Origins;
