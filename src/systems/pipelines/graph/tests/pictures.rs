//! Writes pictures to look at: `-- --ignored pictures`, to `target/graphs`.

use std::path::Path;

use super::example::{by_lot, day, node};
use super::*;

#[test]
#[ignore = "writes pictures"]
fn pictures() {
    let directory = Path::new("target/graphs");
    std::fs::create_dir_all(directory).unwrap();
    let write = |name: &str, graph: Graph| {
        let drawn = Drawn::new(graph);
        let text = picture(&drawn, name);
        println!(
            "{name}: {} × {}, {} bytes",
            drawn.layout.width,
            drawn.layout.height,
            text.len()
        );
        std::fs::write(directory.join(format!("{name}.svg")), text).unwrap();
    };
    write("day", day());
    write("day-collapsed", collapsed(&day(), None));
    let around = day()
        .nodes
        .iter()
        .position(|node| node.id.contains("country=cn"));
    let (near, place) = neighbourhood(day(), around.unwrap() as u32, 2);
    write("day-focus", collapsed(&near, Some(place)));
    write("random-40", by_lot(40, 60, 12));
    write("random-150", by_lot(150, 220, 40));
    let states: Vec<GraphNode> = NodeState::ALL
        .iter()
        .map(|state| node(state.as_str(), &[("date", "2026-11-27")], *state))
        .collect();
    write(
        "states",
        Graph {
            nodes: states,
            edges: Vec::new(),
        },
    );
    let star = (0..30)
        .map(|place| (place, 30))
        .chain((31..50).map(|place| (30, place)));
    let star = Graph {
        edges: star.collect(),
        ..by_lot(50, 1, 1)
    };
    write("star", star);
    let chain = (1..12)
        .map(|place| (place - 1, place))
        .chain([(0, 11), (2, 8), (2, 11)]);
    let chain = Graph {
        edges: chain.collect(),
        ..by_lot(12, 1, 1)
    };
    write("chain", chain);
    let long = (1..60)
        .map(|place| (place - 1, place))
        .chain([(0, 59), (2, 48), (2, 51), (10, 59)]);
    let long = Graph {
        edges: long.collect(),
        ..by_lot(60, 1, 1)
    };
    write("long", long);
}
