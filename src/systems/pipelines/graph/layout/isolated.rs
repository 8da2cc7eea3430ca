//! Boxes without edges: side by side in rows, so that a thousand of them fill a page and not a tower.

use super::place::{Rect, Size};

/// Between boxes from left to right.
const GAP_X: i32 = 16;

/// Between rows.
const GAP_Y: i32 = 12;

/// As wide as this where the rest of the graph is not wider.
const WIDTH: i32 = 1_000;

/// Rectangles from (0, 0), in the order of the boxes, and what they take.
pub(super) fn isolated(sizes: &[Size], graph_width: i32) -> (Vec<Rect>, Size) {
    let width = sizes.iter().map(|size| size.width).max().unwrap_or(0);
    let height = sizes.iter().map(|size| size.height).max().unwrap_or(0);
    let (step_x, step_y) = (width + GAP_X, height + GAP_Y);
    let across = (graph_width.max(WIDTH) + GAP_X) / step_x.max(1);
    // Three times as many rows as columns at most, by the root of their number.
    let across = (across.max(1) as usize).max((sizes.len() / 3).isqrt());
    let rects = sizes.iter().enumerate().map(|(place, size)| Rect {
        x: (place % across) as i32 * step_x,
        y: (place / across) as i32 * step_y,
        width,
        height: size.height,
    });
    let columns = sizes.len().min(across) as i32;
    let rows = sizes.len().div_ceil(across) as i32;
    let total = Size {
        width: (columns * step_x - GAP_X).max(0),
        height: (rows * step_y - GAP_Y).max(0),
    };
    (rects.collect(), total)
}
