//! Cuts texts into words as Python's libraries do, so that what was learned there holds here.

mod characters;
mod frequencies;
mod words;

#[cfg(test)]
mod tests;

pub use characters::{is_space, is_word_character, lowercase};
pub use frequencies::inverse_frequencies;
pub use words::{Dictionary, words};
