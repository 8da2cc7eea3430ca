//! Rows, answers and signatures as JSON: what the API takes and gives, and what golden files hold.

mod answer;
mod label;
mod read;
mod schema;

#[cfg(test)]
mod tests;

pub use answer::answer_json;
pub use label::{label_from_json, label_json};
pub use read::{RowFault, read_rows, read_rows_of};
pub(in crate::models) use read::{found, member};
pub use schema::schema;
