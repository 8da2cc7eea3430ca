//! Layouts of all kinds of graphs.

mod checks;
mod crossings;
mod random;
mod shapes;
mod speed;

use super::*;
pub(in crate::systems::pipelines::graph) use random::Random;

/// Boxes of one size.
fn boxes(count: usize) -> Vec<Size> {
    let size = Size {
        width: 160,
        height: 42,
    };
    vec![size; count]
}
