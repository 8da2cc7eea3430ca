//! The order of boxes and bends in each layer, with few crossings.
//!
//! Sweeps to and fro sort each layer by the average place of the neighbours in the layer before; the
//! order with the fewest crossings stays. Equals keep the order of the graph.

use super::crossings::Fenwick;
use super::neighbours::Neighbours;
use super::proper::Proper;

/// Sweeps without fewer crossings, after which more would not help.
const PATIENCE: u32 = 4;

/// Places are averaged in fractions of this.
const FRACTION: u64 = 1 << 10;

/// Layers with the numbers of their vertices from top to bottom.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub layers: Vec<Vec<u32>>,
    /// Of each vertex in its layer.
    pub position: Vec<u32>,
}

/// What sweeps use again and again.
#[derive(Default)]
struct Scratch {
    fenwick: Fenwick,
    keys: Vec<u64>,
    layer: Vec<u32>,
    /// Neighbours of which neither comes before the other change places.
    turns_equals: bool,
}

impl Order {
    pub fn new(proper: &Proper) -> Self {
        let mut scratch = Scratch::default();
        let mut best = Self::found(proper);
        let mut fewest = best.crossings(proper, &mut scratch.fenwick);
        for attempt in 0..attempts(proper) {
            if fewest == 0 {
                break;
            }
            let mut order = best.swept(proper, attempt, &mut scratch);
            order.switch_neighbours(proper);
            let crossings = order.crossings(proper, &mut scratch.fenwick);
            if crossings < fewest {
                fewest = crossings;
                best = order;
            }
        }
        best
    }

    /// The best order that sweeps come upon from this one on.
    fn swept(&self, proper: &Proper, attempt: usize, scratch: &mut Scratch) -> Self {
        let mut order = self.clone();
        let mut best = self.clone();
        let mut fewest = u64::MAX;
        let mut stale = 0;
        scratch.turns_equals = attempt % 2 == 1;
        for sweep in 0..sweeps_max(proper) {
            if fewest == 0 || stale == PATIENCE {
                break;
            }
            order.sweep(proper, (sweep + attempt / 2).is_multiple_of(2), scratch);
            let crossings = order.crossings(proper, &mut scratch.fenwick);
            if crossings < fewest {
                fewest = crossings;
                best.clone_from(&order);
                stale = 0;
            } else {
                stale += 1;
            }
        }
        best
    }

    /// Vertices in the order in which they are found when each edge is followed to its end.
    fn found(proper: &Proper) -> Self {
        let vertices = proper.layers.len();
        let mut order = Self {
            layers: vec![Vec::new(); proper.depth],
            position: vec![0; vertices],
        };
        let mut is_found = vec![false; vertices];
        let mut open: Vec<u32> = Vec::new();
        for first in 0..proper.boxes as u32 {
            if proper.left.of(first).is_empty() {
                open.push(first);
            }
            while let Some(vertex) = open.pop() {
                if std::mem::replace(&mut is_found[vertex as usize], true) {
                    continue;
                }
                let layer = &mut order.layers[proper.layers[vertex as usize] as usize];
                order.position[vertex as usize] = layer.len() as u32;
                layer.push(vertex);
                open.extend(proper.right.of(vertex).iter().rev());
            }
        }
        // Whatever only passes below leads nowhere else.
        for vertex in 0..vertices as u32 {
            if !is_found[vertex as usize] {
                let layer = &mut order.layers[proper.layers[vertex as usize] as usize];
                order.position[vertex as usize] = layer.len() as u32;
                layer.push(vertex);
            }
        }
        order
    }

    fn crossings(&self, proper: &Proper, fenwick: &mut Fenwick) -> u64 {
        let pairs = self.layers.iter().zip(self.layers.iter().skip(1));
        let crossings = pairs.map(|(left, right)| {
            let groups = left.iter().map(|vertex| proper.right.of(*vertex));
            fenwick.crossings(right.len(), groups, &self.position)
        });
        crossings.sum()
    }

    fn sweep(&mut self, proper: &Proper, to_right: bool, scratch: &mut Scratch) {
        if to_right {
            for layer in 1..proper.depth {
                self.sort_layer(layer, layer - 1, &proper.left, scratch);
            }
        } else {
            for layer in (1..proper.depth).rev() {
                self.sort_layer(layer - 1, layer, &proper.right, scratch);
            }
        }
    }

    /// Sorts a layer by the average places of the neighbours in another one.
    fn sort_layer(
        &mut self,
        layer: usize,
        beside: usize,
        neighbours: &Neighbours,
        scratch: &mut Scratch,
    ) {
        let beside_length = self.layers[beside].len() as u64;
        let layer = &mut self.layers[layer];
        let length = layer.len() as u64;
        let Scratch {
            keys,
            layer: old,
            turns_equals,
            ..
        } = scratch;
        keys.clear();
        for (place, vertex) in (0..).zip(layer.iter()) {
            let neighbours = neighbours.of(*vertex);
            let average = match neighbours.len() as u64 {
                0 => place * FRACTION * beside_length / length,
                count => {
                    let places = neighbours.iter();
                    let places = places.map(|other| u64::from(self.position[*other as usize]));
                    places.sum::<u64>() * FRACTION / count
                }
            };
            let equals = match *turns_equals {
                true => length - 1 - place,
                false => place,
            };
            keys.push(average << 32 | equals);
        }
        if !*turns_equals && keys.is_sorted() {
            return;
        }
        keys.sort_unstable();
        old.clone_from(layer);
        for (place, key) in keys.iter().enumerate() {
            let equals = *key as u32 as usize;
            let vertex = match turns_equals {
                true => old[old.len() - 1 - equals],
                false => old[equals],
            };
            layer[place] = vertex;
            self.position[vertex as usize] = place as u32;
        }
    }
}

/// Tries from the best order so far on: one where it takes long.
fn attempts(proper: &Proper) -> usize {
    const SMALL: usize = 6_000;
    (SMALL / proper.weight().max(1)).clamp(1, 8)
}

/// Fewer where each takes longer.
fn sweeps_max(proper: &Proper) -> usize {
    const LARGE: usize = 400_000;
    (LARGE / proper.weight().max(1)).clamp(4, 24)
}
