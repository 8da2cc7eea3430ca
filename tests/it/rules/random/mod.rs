//! Random sets and rows, and how a pair of them that shows a difference is made small.

mod choice;
mod expressions;
mod sets;
mod shrinking;
mod texts;

pub use choice::Choice;
pub use expressions::damaged;
pub use sets::set_and_rows;
pub use shrinking::smallest;
