//! Large graphs; run with `--release -- --ignored --nocapture speed` for figures.

use std::time::{Duration, Instant};

use super::shapes::chain;
use super::*;

/// The best of some runs, with what there is of the layout.
fn measure(name: &str, sizes: &[Size], edges: &[(u32, u32)]) -> Duration {
    let mut best = Duration::MAX;
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(500) {
        let began = Instant::now();
        let laid = layout(sizes, edges);
        best = best.min(began.elapsed());
        std::hint::black_box(laid);
    }
    let laid = layout(sizes, edges);
    let points: usize = laid.routes.iter().map(|route| route.points.len()).sum();
    println!(
        "{name}: {best:?}; {} boxes, {} edges, {points} points, {} × {}",
        laid.boxes.len(),
        laid.routes.len(),
        laid.width,
        laid.height
    );
    best
}

#[test]
#[ignore = "measures"]
fn large_graphs() {
    let mut random = Random(1);
    for (nodes, edges, reach) in [
        (1_000, 2_000, 1_000),
        (1_000, 2_000, 100),
        (1_000, 2_000, 20),
        (5_000, 10_000, 5_000),
        (5_000, 10_000, 500),
        (5_000, 10_000, 20),
        (20_000, 40_000, 20_000),
        (100_000, 200_000, 1_000),
    ] {
        let name = format!("random {nodes}/{edges}, reach {reach}");
        let edges = random.edges(nodes, edges, reach);
        measure(&name, &random.sizes(nodes), &edges);
    }
    let layered: Vec<(u32, u32)> = (0..2_000)
        .map(|_| {
            let layer = random.below(9);
            let (from, to) = (random.below(100), random.below(100));
            ((layer * 100 + from) as u32, (layer * 100 + 100 + to) as u32)
        })
        .collect();
    measure("10 layers of 100, 2,000 edges", &boxes(1_000), &layered);
}

#[test]
#[ignore = "measures"]
fn hard_graphs() {
    let star: Vec<(u32, u32)> = (1..5_000).map(|node| (node, 0)).collect();
    measure("star", &boxes(5_000), &star);
    measure("chain", &boxes(5_000), &chain(5_000));
    measure("100,000 alone", &boxes(100_000), &[]);
    let pairs: Vec<(u32, u32)> = (0..50_000).map(|node| (2 * node, 2 * node + 1)).collect();
    measure("50,000 pairs", &boxes(100_000), &pairs);
    let bipartite: Vec<(u32, u32)> = (0..450 * 450)
        .map(|no| (no / 450, 450 + no % 450))
        .collect();
    measure("450 × 450", &boxes(900), &bipartite);
    let all_to_last: Vec<(u32, u32)> = (0..4_999).map(|node| (node, 4_999)).collect();
    let edges = [chain(5_000), all_to_last].concat();
    measure("chain, all to the last", &boxes(5_000), &edges);
    let far: Vec<(u32, u32)> = (0..2_500).map(|node| (node, node + 2_500)).collect();
    measure(
        "chain, all over 2,500 layers",
        &boxes(5_000),
        &[chain(5_000), far].concat(),
    );
    let near: Vec<(u32, u32)> = (0..4_960).map(|node| (node, node + 40)).collect();
    measure(
        "chain, all over 40 layers",
        &boxes(5_000),
        &[chain(5_000), near].concat(),
    );
    let triangle: Vec<(u32, u32)> = (0..400)
        .flat_map(|to| (0..to).map(move |from| (from, to)))
        .collect();
    measure("each to each of 400", &boxes(400), &triangle);
    measure("chain of 100,000", &boxes(100_000), &chain(100_000));
    let tree: Vec<(u32, u32)> = (1..20_000).map(|node| ((node - 1) / 2, node)).collect();
    measure("binary tree of 20,000", &boxes(20_000), &tree);
}
