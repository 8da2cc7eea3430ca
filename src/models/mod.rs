//! Model files of Python libraries: read, checked and scored. Pure: bytes and rows in, answers out.
//!
//! A [`Package`] holds the file of a model and what the file does not say; [`Model::load`] checks it and makes it
//! ready to score; [`prove`] compares its answers with those of the library that made it. Bounds are checked when a
//! model is read, so that scoring needs no checks that cost.

mod answers;
mod forest;
mod golden;
mod inputs;
pub mod json_rows;
mod lightgbm;
mod model;
pub mod onnx;
mod package;
mod refusal;
mod rows;
mod signature;
mod text_linear;
mod xgboost;

pub use answers::{Answers, Scores};
pub use golden::{Golden, Mismatch, compare, prove};
pub use model::{Model, Scorer};
pub use package::{Description, Format, Package, PackageLimits, Upload};
pub use refusal::Refusal;
pub use rows::{Rows, RowsBuilder};
pub use signature::{Feature, FeatureKind, Label, Signature, Slot, Task};
