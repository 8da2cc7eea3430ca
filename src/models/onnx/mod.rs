//! Reads and scores ONNX files as skl2onnx writes them, as ONNX Runtime computes them.
//!
//! ```text
//! bytes ─► bounds ─► proto ─► graph ─┬─► direct     trees or a linear model of a row of numbers: no tensors at all
//!                                    ├─► plan       any graph of the operators here, batch by batch
//!                                    └─► runtime    other graphs, by ONNX Runtime if it is there
//! ```

mod attributes;
mod bounds;
mod constant;
mod direct;
mod graph;
mod interface;
mod labels;
mod links;
mod load;
mod operators;
mod plan;
mod proto;
pub mod runtime;
mod scorer;
mod tensor;
mod trouble;

#[cfg(test)]
mod tests;

pub use load::load;
