//! Graphs with a name.

use super::checks::check;
use super::*;

fn pairs(from: std::ops::Range<u32>, to: std::ops::Range<u32>) -> Vec<(u32, u32)> {
    let pairs = from.flat_map(|left| to.clone().map(move |right| (left, right)));
    pairs.collect()
}

pub(super) fn chain(nodes: u32) -> Vec<(u32, u32)> {
    (1..nodes).map(|node| (node - 1, node)).collect()
}

#[test]
fn nothing_is_an_empty_picture() {
    let laid = check(&[], &[]);
    assert_eq!((laid.width, laid.height), (40, 40));
}

#[test]
fn one_box_stands_in_its_margin() {
    let laid = check(&boxes(1), &[(0, 0)]);
    assert_eq!((laid.width, laid.height), (200, 82));
    assert_eq!((laid.boxes[0].x, laid.boxes[0].y), (20, 20));
}

#[test]
fn a_chain_is_a_straight_line() {
    let laid = check(&boxes(6), &chain(6));
    assert!(laid.boxes.iter().all(|rect| rect.y == 20));
    assert!(laid.routes.iter().all(|route| route.points.len() == 2));
}

#[test]
fn a_star_is_centred_on_its_middle() {
    let edges = [pairs(0..9, 9..10), pairs(9..10, 10..19)].concat();
    let laid = check(&boxes(19), &edges);
    assert_eq!(laid.boxes[9].y, laid.boxes[4].y);
    assert_eq!(laid.boxes[9].y, laid.boxes[14].y);
    // Equals keep the order of the graph.
    assert!(laid.boxes[..9].is_sorted_by_key(|rect| rect.y));
    assert!(laid.boxes[10..].is_sorted_by_key(|rect| rect.y));
}

#[test]
fn layers_of_which_everything_needs_everything_are_centred() {
    let edges = [pairs(0..6, 6..10), pairs(6..10, 10..16)].concat();
    check(&boxes(16), &edges);
}

#[test]
fn a_box_without_predecessors_stands_beside_what_needs_it() {
    let edges = [chain(5), vec![(5, 4)]].concat();
    let laid = check(&boxes(6), &edges);
    assert_eq!(laid.boxes[5].x, laid.boxes[3].x);
}

#[test]
fn long_edges_pass_between_boxes_and_very_long_ones_below() {
    let short = [chain(30), vec![(0, 29), (0, 20), (5, 29)]].concat();
    check(&boxes(30), &short);
    let long = [chain(100), vec![(0, 99), (0, 70), (5, 99)]].concat();
    let laid = check(&boxes(100), &long);
    let longest = laid
        .routes
        .iter()
        .find(|route| (route.from, route.to) == (0, 99));
    let longest = longest.unwrap();
    assert_eq!(longest.points.len(), 4);
    let lowest = laid
        .boxes
        .iter()
        .map(|rect| rect.y + rect.height)
        .max()
        .unwrap();
    assert!(longest.points[1].y > lowest);
}

#[test]
fn parts_and_boxes_without_edges_stand_apart() {
    let edges = [chain(4), vec![(4, 5), (6, 7)]].concat();
    let laid = check(&boxes(40), &edges);
    let bottom = |nodes: std::ops::Range<usize>| {
        let rects = laid.boxes[nodes].iter();
        rects.map(|rect| rect.y + rect.height).max().unwrap()
    };
    assert!(bottom(0..4) < laid.boxes[4].y);
    assert!(bottom(4..6) < laid.boxes[6].y);
    let alone = &laid.boxes[8..];
    assert!(alone.iter().all(|rect| bottom(6..8) < rect.y));
    // Several in a row.
    assert_eq!(alone[0].y, alone[1].y);
    assert!(alone[0].y < alone[31].y);
}
