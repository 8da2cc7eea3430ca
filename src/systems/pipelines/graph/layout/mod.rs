//! Places boxes in layers from left to right and leads edges between them.
//!
//! ```text
//! dag ─► parts ─► proper ─► order ─► rows ─┐
//!                                 columns ─┴─► routes
//! ```
//!
//! An edge leads to a layer further right; boxes of a layer have the same width, so that between two
//! layers there is nothing but edges. Integers only: the same input has the same picture everywhere.

mod columns;
mod crossings;
mod dag;
mod isolated;
mod isotonic;
mod neighbours;
mod order;
mod parts;
mod place;
mod proper;
mod routes;
mod rows;
mod straight;
mod switching;
#[cfg(test)]
pub(in crate::systems::pipelines::graph) mod tests;

pub(super) use dag::layers;
pub(crate) use place::{Layout, Point, Rect, Route, Size, layout};
