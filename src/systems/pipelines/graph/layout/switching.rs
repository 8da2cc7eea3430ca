//! Exchanges neighbours in a layer where their edges then cross less.

use super::neighbours::Neighbours;
use super::order::Order;
use super::proper::Proper;

/// Rounds over all layers.
const ROUNDS: usize = 4;

impl Order {
    pub(super) fn switch_neighbours(&mut self, proper: &Proper) {
        let mut sides = [Side::default(), Side::default()];
        for round in 0..ROUNDS {
            let mut has_changed = false;
            for no in 0..proper.depth {
                let no = if round % 2 == 0 {
                    no
                } else {
                    proper.depth - 1 - no
                };
                let mut layer = std::mem::take(&mut self.layers[no]);
                for (side, neighbours) in sides.iter_mut().zip([&proper.left, &proper.right]) {
                    side.read(&layer, neighbours, &self.position);
                }
                has_changed |= switch(&mut layer, &mut self.position, &sides);
                self.layers[no] = layer;
            }
            if !has_changed {
                break;
            }
        }
    }
}

fn switch(layer: &mut [u32], position: &mut [u32], sides: &[Side; 2]) -> bool {
    let mut has_changed = false;
    // Which of the vertices that were read stands above the place.
    let mut above = 0;
    for place in 1..layer.len() {
        let counts = sides.iter().map(|side| side.crossings(above, place));
        let (now, then) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        if then < now {
            layer.swap(place - 1, place);
            position[layer[place - 1] as usize] = place as u32 - 1;
            position[layer[place] as usize] = place as u32;
            has_changed = true;
        } else {
            above = place;
        }
    }
    has_changed
}

/// Places of the neighbours of each vertex of a layer, on one side, from top to bottom.
#[derive(Default)]
struct Side {
    starts: Vec<usize>,
    places: Vec<u32>,
}

impl Side {
    fn read(&mut self, layer: &[u32], neighbours: &Neighbours, position: &[u32]) {
        self.starts.clear();
        self.places.clear();
        for vertex in layer {
            let start = self.places.len();
            self.starts.push(start);
            let places = neighbours.of(*vertex).iter();
            self.places
                .extend(places.map(|other| position[*other as usize]));
            self.places[start..].sort_unstable();
        }
        self.starts.push(self.places.len());
    }

    fn of(&self, number: usize) -> &[u32] {
        &self.places[self.starts[number]..self.starts[number + 1]]
    }

    /// How often edges of the two cross, and how often they would if these were exchanged.
    fn crossings(&self, upper: usize, lower: usize) -> (u64, u64) {
        let (upper, lower) = (self.of(upper), self.of(lower));
        let (mut now, mut then) = (0, 0);
        // How many of the upper one's neighbours stand above the lower one's, and no lower than it.
        let (mut above, mut not_below) = (0, 0);
        for place in lower {
            while upper.get(above).is_some_and(|other| other < place) {
                above += 1;
            }
            not_below = not_below.max(above);
            while upper.get(not_below).is_some_and(|other| other == place) {
                not_below += 1;
            }
            now += (upper.len() - not_below) as u64;
            then += above as u64;
        }
        (now, then)
    }
}
