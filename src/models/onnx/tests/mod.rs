//! Goldens of the handed models, operators and trees by hand, and broken files.

mod broken;
mod goldens;
mod graphs;
mod making;
mod operators;
mod trees;
