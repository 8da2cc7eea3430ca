//! Operators of `ai.onnx.ml`, but for trees.

pub mod encode;
pub mod extract;
pub mod labels;
pub mod linear;
pub mod scaler;
pub mod transform;
