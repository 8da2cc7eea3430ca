//! Takes small kinks out of long edges and chains of boxes.

use super::order::Order;
use super::proper::{Chain, Proper};
use super::rows::distance;

/// Moves bends of a long edge to the same height where there is room, if they can be at the height of
/// the box at its end; then boxes that have only each other.
pub(super) fn straighten(proper: &Proper, order: &Order, middles: &mut [i32]) {
    for chain in &proper.chains {
        straighten_chain(proper, order, middles, chain);
    }
    for layer in &order.layers {
        for vertex in layer {
            let [before] = proper.left.of(*vertex) else {
                continue;
            };
            if proper.is_bend(*vertex) || proper.right.of(*before).len() != 1 {
                continue;
            }
            let (top, bottom) = room(proper, order, middles, *vertex);
            if top <= bottom {
                middles[*vertex as usize] = middles[*before as usize].clamp(top, bottom);
            }
        }
    }
}

fn straighten_chain(proper: &Proper, order: &Order, middles: &mut [i32], chain: &Chain) {
    let mut first = chain.first;
    while first <= chain.last {
        let (mut top, mut bottom) = room(proper, order, middles, first);
        let mut last = first;
        while last < chain.last {
            let next = room(proper, order, middles, last + 1);
            let both = (top.max(next.0), bottom.min(next.1));
            if both.0 > both.1 {
                break;
            }
            (top, bottom) = both;
            last += 1;
        }
        let bends = first as usize..=last as usize;
        let wanted =
            if chain.is_source && first == chain.first || !chain.is_source && last == chain.last {
                middles[chain.shared as usize]
            } else {
                let sum: i64 = middles[bends.clone()]
                    .iter()
                    .map(|one| i64::from(*one))
                    .sum();
                sum.div_euclid(i64::from(last - first + 1)) as i32
            };
        if top <= bottom {
            middles[bends].fill(wanted.clamp(top, bottom));
        }
        first = last + 1;
    }
}

/// Between which heights a vertex can stand while its neighbours in the layer stay.
fn room(proper: &Proper, order: &Order, middles: &[i32], vertex: u32) -> (i32, i32) {
    // Far from every height, and from where heights cannot be counted.
    const FAR: i32 = i32::MAX / 2;
    let layer = &order.layers[proper.layers[vertex as usize] as usize];
    let place = order.position[vertex as usize] as usize;
    let above = place.checked_sub(1).map(|above| layer[above]);
    let below = layer.get(place + 1).copied();
    let top = above.map_or(-FAR, |above| {
        middles[above as usize] + distance(proper, above, vertex)
    });
    let bottom = below.map_or(FAR, |below| {
        middles[below as usize] - distance(proper, vertex, below)
    });
    (top, bottom)
}
