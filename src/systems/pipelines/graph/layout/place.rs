//! The layout of a whole graph.

use super::columns::Columns;
use super::dag::Dag;
use super::isolated::isolated;
use super::order::Order;
use super::parts::{Part, parts};
use super::proper::Proper;
use super::routes::Router;
use super::rows::rows;

/// Around the whole.
const MARGIN: i32 = 20;

/// Between parts that no edge joins.
const PART_GAP: i32 = 24;

/// Between the lanes below the boxes, and above the first one.
const LANE_GAP: i32 = 8;

/// What a box needs. A box may be made wider, so that those of a layer are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub width: i32,
    /// An even number.
    pub height: i32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rect {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub x: i32,
    pub y: i32,
}

/// An edge: from the right border of a box to the left border of one further right. Where it changes
/// its height there are no boxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub from: u32,
    pub to: u32,
    pub points: Vec<Point>,
}

/// Boxes in the order of the nodes, and edges by their ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub width: i32,
    pub height: i32,
    pub boxes: Vec<Rect>,
    pub routes: Vec<Route>,
}

/// A part whose layers are in order.
struct PlacedPart {
    part: Part,
    proper: Proper,
    middles: Vec<i32>,
    /// Of the lowest box or bend.
    bottom: i32,
}

/// Places boxes of these sizes. Edges that close a circle, and those from a node to itself, are left
/// out.
pub(crate) fn layout(sizes: &[Size], edges: &[(u32, u32)]) -> Layout {
    let mut dag = Dag::new(sizes.len(), edges);
    dag.tighten();
    let (parts, alone) = parts(&dag, sizes);
    let mut columns = Columns::default();
    let mut top = MARGIN;
    let mut placed = Vec::with_capacity(parts.len());
    for part in parts {
        let part = PlacedPart::new(part, top);
        part.make_room(&mut columns, sizes);
        top = part.bottom + PART_GAP;
        placed.push(part);
    }
    columns.place();
    let mut layout = Layout {
        width: columns.total() + 2 * MARGIN,
        height: top - PART_GAP + MARGIN,
        boxes: vec![Rect::default(); sizes.len()],
        routes: Vec::with_capacity(dag.edges.len()),
    };
    for part in &placed {
        part.put(&columns, &mut layout);
    }
    layout
        .routes
        .sort_unstable_by_key(|route| (route.from, route.to));
    layout.put_alone(&alone, sizes, placed.is_empty());
    layout
}

impl PlacedPart {
    /// Everything of the part stands below `top`.
    fn new(part: Part, top: i32) -> Self {
        let proper = Proper::new(&part);
        let order = Order::new(&proper);
        let mut middles = rows(&proper, &order);
        let tops = middles.iter().zip(&proper.halves);
        let highest = tops.map(|(middle, half)| middle - half).min();
        let down = top - highest.unwrap_or_default();
        middles.iter_mut().for_each(|middle| *middle += down);
        let bottoms = middles.iter().zip(&proper.halves);
        let lowest = bottoms.map(|(middle, half)| middle + half).max();
        Self {
            bottom: lowest.unwrap_or(top) + proper.lanes as i32 * LANE_GAP,
            part,
            proper,
            middles,
        }
    }

    fn make_room(&self, columns: &mut Columns, sizes: &[Size]) {
        for (node, layer) in self.part.nodes.iter().zip(&self.part.layers) {
            columns.fit(*layer, sizes[*node as usize].width);
        }
        for (vertex, layer) in (0..).zip(&self.proper.layers) {
            let own = self.middles[vertex as usize];
            let climbs = self.proper.right.of(vertex).iter();
            let climbs = climbs.map(|other| self.middles[*other as usize].abs_diff(own));
            columns.fit_edge(*layer, climbs.max().unwrap_or_default() as i32);
        }
    }

    fn put(&self, columns: &Columns, layout: &mut Layout) {
        let part = &self.part;
        for (vertex, node) in part.nodes.iter().enumerate() {
            let half = self.proper.halves[vertex];
            layout.boxes[*node as usize] = Rect {
                x: MARGIN + columns.left(part.layers[vertex]),
                y: self.middles[vertex] - half,
                width: columns.width(part.layers[vertex]),
                height: 2 * half,
            };
        }
        let first_lane = self.bottom - (self.proper.lanes as i32 - 1) * LANE_GAP;
        let router = Router {
            columns,
            proper: &self.proper,
            middles: &self.middles,
            left: MARGIN,
            lanes: (first_lane, LANE_GAP),
        };
        for (edge, way) in part.edges.iter().zip(&self.proper.ways) {
            layout.routes.push(Route {
                from: part.nodes[edge.0 as usize],
                to: part.nodes[edge.1 as usize],
                points: router.points(*edge, *way),
            });
        }
    }
}

impl Layout {
    /// Nodes without edges stand below the rest.
    fn put_alone(&mut self, alone: &[u32], sizes: &[Size], is_all: bool) {
        let sizes: Vec<Size> = alone.iter().map(|node| sizes[*node as usize]).collect();
        let top = match is_all {
            true => MARGIN,
            false => self.height - MARGIN + PART_GAP,
        };
        let (rects, total) = isolated(&sizes, self.width - 2 * MARGIN);
        for (node, rect) in alone.iter().zip(rects) {
            self.boxes[*node as usize] = Rect {
                x: rect.x + MARGIN,
                y: rect.y + top,
                ..rect
            };
        }
        if !alone.is_empty() {
            self.height = top + total.height + MARGIN;
            self.width = self.width.max(total.width + 2 * MARGIN);
        } else if is_all {
            self.height = 2 * MARGIN;
        }
    }
}
