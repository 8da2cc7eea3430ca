//! The inputs of boosters: their features by what the file and `model.yaml` say, and rows as the numbers that the
//! booster was trained on.

mod encoder;
mod features;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(in crate::models) mod trials;

pub use encoder::{Encoder, UnknownCategory};
pub use features::{FileFeature, FileFeatures, class_labels};
