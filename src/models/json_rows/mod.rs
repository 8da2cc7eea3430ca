//! Rows, answers and signatures as JSON: what the API takes and gives, and what golden files hold.

mod answer;
mod read;
mod schema;

#[cfg(test)]
mod tests;

pub use answer::{answer_json, label_json};
pub(in crate::models) use read::found;
pub use read::{RowFault, read_rows, read_rows_of};
pub use schema::schema;
