//! Long edges in pieces: each piece leads to the next layer.
//!
//! Long edges that leave or reach the same box share their bends, so that a box on which thousands
//! depend adds one bend to a layer. Edges over very many layers, and those for which there would be too
//! many bends, pass below all boxes.

use super::neighbours::Neighbours;
use super::parts::Part;

/// Longer edges pass below.
const SPAN_MAX: u32 = 40;

/// Half the height that a bend takes.
const BEND_HALF: i32 = 2;

/// Boxes and bends, joined by pieces of edges between neighbouring layers.
#[derive(Debug)]
pub(super) struct Proper {
    /// Of boxes, then of bends.
    pub layers: Vec<u32>,
    /// Half of the heights.
    pub halves: Vec<i32>,
    pub boxes: usize,
    /// Layers that there are.
    pub depth: usize,
    /// How each edge of the part leads to its end.
    pub ways: Vec<Way>,
    /// Bends of each bundle of edges, from left to right.
    pub chains: Vec<Chain>,
    /// Lanes below the boxes.
    pub lanes: u32,
    pub left: Neighbours,
    pub right: Neighbours,
}

/// How an edge leads from its first box to its second one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Direct,
    /// From one bend to the next.
    Bends {
        first: u32,
        last: u32,
    },
    Lane(u32),
}

/// Bends with consecutive numbers in consecutive layers, between boxes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    pub first: u32,
    pub last: u32,
    /// The box that all its edges share.
    pub shared: u32,
    pub is_source: bool,
}

/// Edges that leave the same box, or reach it.
#[derive(Clone, Copy, Debug)]
struct Bundle {
    shared: u32,
    is_source: bool,
    /// Layers between the boxes.
    start: u32,
    end: u32,
}

impl Bundle {
    fn length(&self) -> u32 {
        self.end - self.start + 1
    }
}

impl Proper {
    pub fn new(part: &Part) -> Self {
        let boxes = part.nodes.len();
        let mut layers = part.layers.clone();
        let mut halves: Vec<i32> = part.heights.iter().map(|height| height / 2).collect();
        let mut ways = vec![Way::Direct; part.edges.len()];
        let mut pieces = Vec::with_capacity(part.edges.len());
        let mut long = Vec::new();
        let mut below = Vec::new();
        for (place, (from, to)) in part.edges.iter().enumerate() {
            match part.span(place) {
                1 => pieces.push((*from, *to)),
                span if span > SPAN_MAX => below.push(place),
                _ => long.push(place),
            }
        }
        let (bundles, bundle_of) = bundles(part, &long);
        let bends_max = 2_000 + 3 * (boxes + part.edges.len());
        let is_bent = shortest(&bundles, bends_max);
        let mut first_bends = vec![0; bundles.len()];
        let mut chains = Vec::new();
        for (number, bundle) in bundles.iter().enumerate() {
            if !is_bent[number] {
                continue;
            }
            let first = layers.len() as u32;
            first_bends[number] = first;
            let last = first + bundle.length() - 1;
            layers.extend(bundle.start..=bundle.end);
            pieces.extend((first..last).map(|bend| (bend, bend + 1)));
            let Bundle {
                shared, is_source, ..
            } = *bundle;
            match is_source {
                true => pieces.push((shared, first)),
                false => pieces.push((last, shared)),
            }
            chains.push(Chain {
                first,
                last,
                shared,
                is_source,
            });
        }
        halves.resize(layers.len(), BEND_HALF);
        for (place, bundle) in long.into_iter().zip(bundle_of) {
            let bundle = bundle as usize;
            if !is_bent[bundle] {
                below.push(place);
                continue;
            }
            let (from, to) = part.edges[place];
            let at = |layer: u32| first_bends[bundle] + layer - bundles[bundle].start;
            let first = at(part.layers[from as usize] + 1);
            let last = at(part.layers[to as usize] - 1);
            match bundles[bundle].is_source {
                true => pieces.push((last, to)),
                false => pieces.push((from, first)),
            }
            ways[place] = Way::Bends { first, last };
        }
        let (bundles, bundle_of) = self::bundles(part, &below);
        let (lane_of, lanes) = lanes(&bundles);
        for (place, bundle) in below.into_iter().zip(bundle_of) {
            ways[place] = Way::Lane(lane_of[bundle as usize]);
        }
        let depth = layers.iter().max().map_or(0, |layer| *layer as usize + 1);
        let turned = pieces.iter().map(|(left, right)| (*right, *left));
        Self {
            left: Neighbours::new(layers.len(), turned),
            right: Neighbours::new(layers.len(), pieces.iter().copied()),
            layers,
            halves,
            boxes,
            depth,
            ways,
            chains,
            lanes,
        }
    }

    /// How much there is to be gone through in a sweep.
    pub fn weight(&self) -> usize {
        self.layers.len() + self.right.count()
    }

    pub fn is_bend(&self, vertex: u32) -> bool {
        vertex as usize >= self.boxes
    }
}

impl Part {
    /// How many layers further right an edge leads.
    fn span(&self, place: usize) -> u32 {
        let (from, to) = self.edges[place];
        self.layers[to as usize] - self.layers[from as usize]
    }
}

/// Bundles of these edges, and the number of each edge's: with those of the end that has more of them.
fn bundles(part: &Part, edges: &[usize]) -> (Vec<Bundle>, Vec<u32>) {
    const NONE: u32 = u32::MAX;
    let boxes = part.nodes.len();
    let mut bundles: Vec<Bundle> = Vec::new();
    let mut bundle_of = Vec::with_capacity(edges.len());
    if edges.is_empty() {
        return (bundles, bundle_of);
    }
    let (mut leaving, mut reaching) = (vec![0; boxes], vec![0; boxes]);
    for place in edges {
        let (from, to) = part.edges[*place];
        leaving[from as usize] += 1;
        reaching[to as usize] += 1;
    }
    let mut known = vec![[NONE; 2]; boxes];
    for place in edges {
        let (from, to) = part.edges[*place];
        let is_source = leaving[from as usize] >= reaching[to as usize];
        let shared = if is_source { from } else { to };
        let start = part.layers[from as usize] + 1;
        let end = part.layers[to as usize] - 1;
        let number = &mut known[shared as usize][usize::from(is_source)];
        if *number == NONE {
            *number = bundles.len() as u32;
            bundles.push(Bundle {
                shared,
                is_source,
                start,
                end,
            });
        }
        let bundle = &mut bundles[*number as usize];
        bundle.start = start.min(bundle.start);
        bundle.end = end.max(bundle.end);
        bundle_of.push(*number);
    }
    (bundles, bundle_of)
}

/// The shortest bundles that have no more bends together.
fn shortest(bundles: &[Bundle], bends_max: usize) -> Vec<bool> {
    let mut by_length: Vec<usize> = (0..bundles.len()).collect();
    by_length.sort_by_key(|number| bundles[*number].length());
    let mut bends = 0;
    let mut are_within = vec![false; bundles.len()];
    for number in by_length {
        bends += bundles[number].length() as usize;
        if bends > bends_max {
            break;
        }
        are_within[number] = true;
    }
    are_within
}

/// A lane for each bundle, and how many there are: bundles side by side share lanes only if there
/// would be too many.
fn lanes(bundles: &[Bundle]) -> (Vec<u32>, u32) {
    const LANES_MAX: usize = 48;
    let mut by_start: Vec<usize> = (0..bundles.len()).collect();
    by_start.sort_by_key(|number| bundles[*number].start);
    let mut lane_of = vec![0; bundles.len()];
    // The last layer of the last bundle in each lane.
    let mut ends: Vec<u32> = Vec::new();
    for number in by_start {
        let Bundle { start, end, .. } = bundles[number];
        let free = ends.iter().position(|last| *last < start);
        let lane = match free {
            Some(lane) => lane,
            None if ends.len() < LANES_MAX => {
                ends.push(0);
                ends.len() - 1
            }
            None => number % LANES_MAX,
        };
        ends[lane] = end.max(ends[lane]);
        lane_of[number] = lane as u32;
    }
    (lane_of, ends.len() as u32)
}
