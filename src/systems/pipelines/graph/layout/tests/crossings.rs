//! How often edges cross, counted by comparing every pair of drawn pieces.

use super::*;

/// Crossings of a picture in which each edge is straight from point to point.
fn crossings(laid: &Layout) -> usize {
    let mut pieces: Vec<(Point, Point)> = Vec::new();
    for route in &laid.routes {
        pieces.extend(route.points.windows(2).map(|pair| (pair[0], pair[1])));
    }
    pieces.sort_by_key(|(left, right)| (left.x, left.y, right.x, right.y));
    // Edges that share a bundle are one line there.
    pieces.dedup();
    let mut count = 0;
    for (place, (left, right)) in pieces.iter().enumerate() {
        let rest = pieces[place + 1..].iter();
        let beside = rest.take_while(|(other, _)| other.x < right.x);
        let crossing = beside.filter(|(other_left, other_right)| {
            let first = side(*left, *right, *other_left) * side(*left, *right, *other_right);
            let second =
                side(*other_left, *other_right, *left) * side(*other_left, *other_right, *right);
            first < 0 && second < 0
        });
        count += crossing.count();
    }
    count
}

/// On which side of a line a point lies.
fn side(from: Point, to: Point, point: Point) -> i64 {
    let product = |a: i32, b: i32| i64::from(a) * i64::from(b);
    (product(to.x - from.x, point.y - from.y) - product(to.y - from.y, point.x - from.x)).signum()
}

/// The same boxes with all layers in the order of the numbers, and straight edges between them.
fn naive(nodes: usize, edges: &[(u32, u32)]) -> Layout {
    let layers = layers(nodes, edges);
    let mut counts = vec![0; nodes];
    let boxes = layers.iter().map(|layer| {
        let count = &mut counts[*layer as usize];
        *count += 1;
        Rect {
            x: *layer as i32 * 204,
            y: *count * 54,
            width: 160,
            height: 42,
        }
    });
    let boxes: Vec<Rect> = boxes.collect();
    let mut edges = edges.to_vec();
    edges.sort_unstable();
    edges.dedup();
    let routes = edges.into_iter().map(|(from, to)| {
        let (left, right) = (boxes[from as usize], boxes[to as usize]);
        let points = vec![
            Point {
                x: left.x + left.width,
                y: left.y + 21,
            },
            Point {
                x: right.x,
                y: right.y + 21,
            },
        ];
        Route { from, to, points }
    });
    let routes = routes.collect();
    Layout {
        width: 0,
        height: 0,
        boxes,
        routes,
    }
}

#[test]
fn edges_cross_less_than_in_the_order_of_the_graph() {
    let mut random = Random(3);
    let (mut ours, mut theirs) = (0, 0);
    for _ in 0..40 {
        let nodes = 10 + random.below(60);
        let count = nodes + random.below(nodes);
        let edges = random.edges(nodes, count, 20);
        ours += crossings(&layout(&boxes(nodes), &edges));
        theirs += crossings(&naive(nodes, &edges));
    }
    println!("{ours} crossings, {theirs} in the order of the graph");
    assert!(ours * 2 < theirs, "{ours} crossings, {theirs} before");
}

#[test]
fn trees_do_not_cross() {
    let mut random = Random(5);
    for _ in 0..50 {
        let nodes = 2 + random.below(120);
        let edges: Vec<(u32, u32)> = (1..nodes)
            .map(|node| (random.below(node) as u32, node as u32))
            .collect();
        assert_eq!(crossings(&layout(&boxes(nodes), &edges)), 0);
    }
}

#[test]
fn the_least_number_is_found_where_it_can_be_counted() {
    // Two layers of five: all orders are tried.
    let mut random = Random(9);
    let (mut ours, mut fewest) = (0, 0);
    for _ in 0..60 {
        let edges: Vec<(u32, u32)> = (0..11)
            .map(|_| (random.below(5) as u32, 5 + random.below(5) as u32))
            .collect();
        let found = crossings(&layout(&boxes(10), &edges));
        let least = least(&edges);
        assert!(
            found >= least,
            "{found} crossings; {least} are the least: {edges:?}"
        );
        ours += found;
        fewest += least;
    }
    println!("{ours} crossings; {fewest} are the least");
    assert!(
        ours * 10 <= fewest * 11,
        "{ours} crossings; {fewest} are the least"
    );
}

fn least(edges: &[(u32, u32)]) -> usize {
    let mut edges = edges.to_vec();
    edges.sort_unstable();
    edges.dedup();
    let orders = orders(5);
    let count = |left: &[u32], right: &[u32]| {
        let mut count = 0;
        for (place, one) in edges.iter().enumerate() {
            for other in &edges[place + 1..] {
                let (a, b) = (left[one.0 as usize], left[other.0 as usize]);
                let (c, d) = (right[one.1 as usize - 5], right[other.1 as usize - 5]);
                count += usize::from((a < b && c > d) || (a > b && c < d));
            }
        }
        count
    };
    let all = orders
        .iter()
        .flat_map(|left| orders.iter().map(|right| count(left, right)));
    all.min().unwrap()
}

fn orders(count: u32) -> Vec<Vec<u32>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(count - 1) {
        for place in 0..=shorter.len() {
            let mut order = shorter.clone();
            order.insert(place, count - 1);
            all.push(order);
        }
    }
    all
}
