//! The order of a plan: what is needed first, then by file and values.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use smallvec::SmallVec;

use super::Need;
use super::catalog::{Catalog, to_u32};
use super::graph::Graph;

/// These instances by the order of the file, then of the values: as `values` of their parameters
/// are written, else from the least to the greatest.
pub(super) fn by_file_and_values(
    catalog: &Catalog,
    graph: &Graph,
    newest_first: bool,
    numbers: &[u32],
) -> Vec<u32> {
    let mut by_value: Vec<u32> = (0..to_u32(graph.values.all.len())).collect();
    by_value.sort_unstable_by_key(|value| graph.values.get(*value));
    let mut natural = vec![0; by_value.len()];
    for (place, value) in by_value.iter().enumerate() {
        natural[*value as usize] = to_u32(place);
    }
    let mut listed: HashMap<(u32, usize), HashMap<u32, u32>> = HashMap::new();
    let mut keys = Vec::with_capacity(numbers.len());
    for number in numbers {
        let task = graph.node(*number).task;
        let params = catalog.task(task).params.iter().enumerate();
        let values = graph.values_of(catalog, *number).iter();
        let key = params.zip(values).map(|((place, param), value)| {
            if let Some(values) = &param.values {
                let places = listed.entry((task, place)).or_insert_with(|| {
                    let place_of = |value| values.iter().position(|listed| listed == value);
                    let known = (0..).zip(&graph.values.all);
                    known
                        .filter_map(|(no, value)| Some((no, to_u32(place_of(value)?))))
                        .collect()
                });
                return places.get(value).copied().unwrap_or(u32::MAX);
            }
            let place = natural[*value as usize];
            if newest_first && param.kind.is_time() {
                u32::MAX - place
            } else {
                place
            }
        });
        keys.push((task, key.collect::<SmallVec<[u32; 4]>>(), *number));
    }
    keys.sort_unstable();
    keys.into_iter().map(|(_, _, number)| number).collect()
}

/// Puts what is needed before what needs it, and otherwise keeps the order: `needs[i]` are places of
/// what stands at `i`. The error holds what stands in circles or above them.
pub(super) fn needed_first(needs: &[Vec<Need>]) -> Result<Vec<u32>, Vec<bool>> {
    let mut above: Vec<Vec<u32>> = vec![Vec::new(); needs.len()];
    let mut open: Vec<u32> = vec![0; needs.len()];
    for (place, needed) in (0..).zip(needs) {
        for need in needed {
            above[need.on as usize].push(place);
            open[place as usize] += 1;
        }
    }
    let places = 0..to_u32(needs.len());
    let mut ready: BinaryHeap<_> = places
        .filter(|place| open[*place as usize] == 0)
        .map(Reverse)
        .collect();
    let mut ordered = Vec::with_capacity(needs.len());
    while let Some(Reverse(place)) = ready.pop() {
        ordered.push(place);
        for above in &above[place as usize] {
            open[*above as usize] -= 1;
            if open[*above as usize] == 0 {
                ready.push(Reverse(*above));
            }
        }
    }
    if ordered.len() == needs.len() {
        Ok(ordered)
    } else {
        Err(open.iter().map(|open| *open > 0).collect())
    }
}
