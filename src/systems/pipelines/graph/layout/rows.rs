//! How far down boxes and bends stand: near their neighbours, in the order of their layers.

use super::isotonic::{Isotonic, Wish};
use super::neighbours::Neighbours;
use super::order::Order;
use super::proper::Proper;
use super::straight::straighten;

/// Sweeps, of which every second one goes to the left.
const SWEEPS: usize = 6;

/// Parts of a pixel while places are looked for.
const UNIT: i64 = 8;

/// Between boxes.
const BOX_GAP: i32 = 12;

/// Between bends, and between these and boxes.
const BEND_GAP: i32 = 8;

/// The middle of each vertex, counted from anywhere.
pub(super) fn rows(proper: &Proper, order: &Order) -> Vec<i32> {
    let mut rows = Rows {
        proper,
        order,
        middles: vec![0; proper.layers.len()],
        isotonic: Isotonic::default(),
        offsets: Vec::new(),
    };
    rows.stack();
    for sweep in 0..SWEEPS {
        match sweep % 2 {
            0 => (1..proper.depth).for_each(|layer| rows.settle(layer, &[&proper.left])),
            _ => {
                let layers = (0..proper.depth.saturating_sub(1)).rev();
                layers.for_each(|layer| rows.settle(layer, &[&proper.right]));
            }
        }
    }
    let both = [&proper.left, &proper.right];
    (0..proper.depth).for_each(|layer| rows.settle(layer, &both));
    (0..proper.depth)
        .rev()
        .for_each(|layer| rows.settle(layer, &both));
    // What is a whole number of pixels apart stays so.
    let pixels = rows
        .middles
        .iter()
        .map(|middle| middle.div_euclid(UNIT) as i32);
    let mut pixels: Vec<i32> = pixels.collect();
    straighten(proper, order, &mut pixels);
    pixels
}

/// How far apart the middles of two neighbours in a layer are at least.
pub(super) fn distance(proper: &Proper, upper: u32, lower: u32) -> i32 {
    let gap = match proper.is_bend(upper) || proper.is_bend(lower) {
        true => BEND_GAP,
        false => BOX_GAP,
    };
    proper.halves[upper as usize] + gap + proper.halves[lower as usize]
}

struct Rows<'p> {
    proper: &'p Proper,
    order: &'p Order,
    /// In units.
    middles: Vec<i64>,
    isotonic: Isotonic,
    /// Of each vertex of a layer from the first one, if they stand as close as they may.
    offsets: Vec<i64>,
}

impl Rows<'_> {
    /// Each layer as close as it may stand, around the same middle.
    fn stack(&mut self) {
        for layer in 0..self.proper.depth {
            self.measure(layer);
            let middle = self.offsets.last().copied().unwrap_or_default() / 2;
            let vertices = &self.order.layers[layer];
            for (vertex, offset) in vertices.iter().zip(&self.offsets) {
                self.middles[*vertex as usize] = offset - middle;
            }
        }
    }

    fn measure(&mut self, layer: usize) {
        let vertices = &self.order.layers[layer];
        self.offsets.clear();
        let mut offset = 0;
        let mut above = None;
        for vertex in vertices {
            if let Some(above) = above {
                offset += i64::from(distance(self.proper, above, *vertex)) * UNIT;
            }
            above = Some(*vertex);
            self.offsets.push(offset);
        }
    }

    /// Moves the vertices of a layer as near to their neighbours as those beside them let them.
    fn settle(&mut self, layer: usize, sides: &[&Neighbours]) {
        self.measure(layer);
        let vertices = &self.order.layers[layer];
        self.isotonic.clear();
        for (vertex, offset) in vertices.iter().zip(&self.offsets) {
            let mut wish = self.wish(*vertex, sides);
            wish.value -= offset;
            self.isotonic.push(wish);
        }
        let placed = vertices.iter().zip(&self.offsets);
        for ((vertex, offset), value) in placed.zip(self.isotonic.values()) {
            self.middles[*vertex as usize] = value + offset;
        }
    }

    /// The average of its neighbours; without any it stays.
    fn wish(&self, vertex: u32, sides: &[&Neighbours]) -> Wish {
        let (mut sum, mut weight) = (0, 0);
        let is_bend = self.proper.is_bend(vertex);
        for other in sides.iter().flat_map(|side| side.of(vertex)) {
            let own = match (is_bend, self.proper.is_bend(*other)) {
                (true, true) => 8,
                (true, false) | (false, true) => 2,
                (false, false) => 1,
            };
            sum += own * self.middles[*other as usize];
            weight += own;
        }
        match weight {
            0 => Wish {
                value: self.middles[vertex as usize],
                weight: 1,
            },
            _ => Wish {
                value: sum.div_euclid(weight),
                weight,
            },
        }
    }
}
