//! What is true of each layout.

use super::*;

/// Lays a graph out twice and checks what people rely on.
pub(super) fn check(sizes: &[Size], edges: &[(u32, u32)]) -> Layout {
    let laid = layout(sizes, edges);
    assert_eq!(laid, layout(sizes, edges), "another time another layout");
    check_boxes(&laid, sizes);
    check_edges(&laid, edges);
    check_ways(&laid);
    laid
}

fn check_boxes(laid: &Layout, sizes: &[Size]) {
    assert_eq!(laid.boxes.len(), sizes.len());
    for (rect, size) in laid.boxes.iter().zip(sizes) {
        assert!(rect.x >= 0 && rect.y >= 0, "{rect:?}");
        assert!(
            rect.x + rect.width <= laid.width,
            "{rect:?} in {}",
            laid.width
        );
        assert!(
            rect.y + rect.height <= laid.height,
            "{rect:?} in {}",
            laid.height
        );
        assert!(rect.width >= size.width && rect.height == size.height);
    }
    // By their left borders, so that only boxes nearby are compared.
    let mut by_left: Vec<&Rect> = laid.boxes.iter().collect();
    by_left.sort_by_key(|rect| (rect.x, rect.y));
    let widest = laid.boxes.iter().map(|rect| rect.width).max().unwrap_or(0);
    for pair in by_left.windows(2) {
        assert!(
            pair[0].x != pair[1].x || pair[0].y + pair[0].height < pair[1].y,
            "{pair:?}"
        );
    }
    if laid.boxes.len() > 1_000 {
        return;
    }
    for (place, rect) in by_left.iter().enumerate() {
        let near = by_left[place + 1..].iter();
        for other in near.take_while(|other| other.x < rect.x + widest) {
            let apart_x = other.x >= rect.x + rect.width;
            let apart_y = other.y >= rect.y + rect.height || rect.y >= other.y + other.height;
            assert!(apart_x || apart_y, "{rect:?} overlaps {other:?}");
        }
    }
}

fn check_edges(laid: &Layout, edges: &[(u32, u32)]) {
    let mut wanted = edges.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let shown = laid.routes.iter().map(|route| (route.from, route.to));
    assert!(shown.clone().is_sorted_by(|one, next| one < next));
    assert!(
        shown
            .clone()
            .all(|edge| wanted.binary_search(&edge).is_ok())
    );
    for route in &laid.routes {
        let from = laid.boxes[route.from as usize];
        let to = laid.boxes[route.to as usize];
        assert!(from.x + from.width < to.x, "{from:?} is not before {to:?}");
        let (first, last) = (route.points[0], route.points[route.points.len() - 1]);
        assert_eq!(
            (first.x, first.y),
            (from.x + from.width, from.y + from.height / 2)
        );
        assert_eq!((last.x, last.y), (to.x, to.y + to.height / 2));
        for pair in route.points.windows(2) {
            assert!(pair[0].x < pair[1].x, "{:?}", route.points);
        }
        for point in &route.points {
            assert!(point.y >= 0 && point.y <= laid.height, "{point:?}");
        }
    }
}

/// No edge touches a box but those at its ends.
fn check_ways(laid: &Layout) {
    if laid.boxes.len() > 500 {
        return;
    }
    for route in &laid.routes {
        let ends = [route.from as usize, route.to as usize];
        for pair in route.points.windows(2) {
            let top = pair[0].y.min(pair[1].y);
            let bottom = pair[0].y.max(pair[1].y);
            for (place, rect) in laid.boxes.iter().enumerate() {
                let beside = rect.x >= pair[1].x || rect.x + rect.width <= pair[0].x;
                let apart = rect.y > bottom || rect.y + rect.height < top;
                assert!(
                    beside || apart || ends.contains(&place),
                    "{route:?} touches {rect:?}"
                );
            }
        }
    }
}
