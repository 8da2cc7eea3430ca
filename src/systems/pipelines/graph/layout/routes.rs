//! The points of an edge.

use super::columns::Columns;
use super::place::Point;
use super::proper::{Proper, Way};

pub(super) struct Router<'p> {
    pub columns: &'p Columns,
    pub proper: &'p Proper,
    pub middles: &'p [i32],
    /// Where the first layer begins.
    pub left: i32,
    /// The height of the first lane, and the distance to the next one.
    pub lanes: (i32, i32),
}

impl Router<'_> {
    /// From the right border of its first box to the left border of its second one: level through
    /// layers, so that it touches no box, with a change of height only between them.
    pub fn points(&self, (from, to): (u32, u32), way: Way) -> Vec<Point> {
        let layers = &self.proper.layers;
        let (start, end) = (layers[from as usize], layers[to as usize]);
        let mut points = Points(Vec::with_capacity(2));
        points.push(self.right(start), self.middles[from as usize]);
        match way {
            Way::Direct => {}
            Way::Bends { first, last } => {
                for bend in first..=last {
                    let (layer, middle) = (layers[bend as usize], self.middles[bend as usize]);
                    points.push(self.left(layer), middle);
                    points.push(self.right(layer), middle);
                }
            }
            Way::Lane(lane) => {
                let height = self.lanes.0 + lane as i32 * self.lanes.1;
                points.push(self.left(start + 1), height);
                points.push(self.right(end - 1), height);
            }
        }
        points.push(self.left(end), self.middles[to as usize]);
        points.0
    }

    fn left(&self, layer: u32) -> i32 {
        self.left + self.columns.left(layer)
    }

    fn right(&self, layer: u32) -> i32 {
        self.left + self.columns.right(layer)
    }
}

/// Points of which none stands between two others of the same height.
struct Points(Vec<Point>);

impl Points {
    fn push(&mut self, x: i32, y: i32) {
        if let [.., before, last] = self.0.as_mut_slice()
            && before.y == y
            && last.y == y
        {
            last.x = x;
        } else {
            self.0.push(Point { x, y });
        }
    }
}
