//! What is near a node.

use super::example::{by_lot, day};
use super::*;

fn ids(graph: &Graph) -> Vec<&str> {
    graph.nodes.iter().map(|node| node.id.as_str()).collect()
}

fn place(graph: &Graph, id: &str) -> u32 {
    graph.nodes.iter().position(|node| node.id == id).unwrap() as u32
}

#[test]
fn what_a_node_needs_and_what_needs_it_are_near() {
    let day = day();
    let load = place(&day, "load_daily(date=2026-11-27,country=cn)");
    let (near, own) = neighbourhood(day.clone(), load, 1);
    assert_eq!(
        ids(&near),
        [
            "country_stats(date=2026-11-27,country=cn)",
            "load_daily(date=2026-11-27,country=cn)",
            "mark_day(date=2026-11-27)",
        ]
    );
    assert_eq!(own, 1);
    assert_eq!(near.edges, [(0, 1), (1, 2)]);
    let (alone, own) = neighbourhood(day.clone(), load, 0);
    assert_eq!((alone.nodes.len(), own), (1, 0));
    let (whole, _) = neighbourhood(day.clone(), place(&day, "daily(date=2026-11-27)"), 100);
    assert_eq!(whole, day);
}

#[test]
fn each_hop_is_one_edge_in_one_direction() {
    let graph = by_lot(60, 90, 15);
    for node in 0..60 {
        for hops in 0..5 {
            let mut near = vec![node];
            for forward in [true, false] {
                let mut reached = vec![node];
                for _ in 0..hops {
                    let next = graph.edges.iter().map(|(from, to)| match forward {
                        true => (*from, *to),
                        false => (*to, *from),
                    });
                    let next: Vec<u32> = next
                        .filter(|(from, _)| reached.contains(from))
                        .map(|(_, to)| to)
                        .collect();
                    reached.extend(next);
                }
                near.extend(reached);
            }
            near.sort_unstable();
            near.dedup();
            let (found, own) = neighbourhood(graph.clone(), node, hops);
            let expected = near.iter().map(|node| &graph.nodes[*node as usize]);
            assert!(found.nodes.iter().eq(expected));
            assert_eq!(found.nodes[own as usize], graph.nodes[node as usize]);
            let inside = |edge: &&(u32, u32)| near.contains(&edge.0) && near.contains(&edge.1);
            assert_eq!(found.edges.len(), graph.edges.iter().filter(inside).count());
        }
    }
}
