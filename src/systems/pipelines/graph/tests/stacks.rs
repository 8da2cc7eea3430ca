//! Instances that are shown as one.

use std::collections::{BTreeMap, BTreeSet};

use super::example::{by_lot, day, node};
use super::*;

#[test]
fn a_day_is_a_few_boxes() {
    let few = collapsed(&day(), None);
    let shown: Vec<(&str, u32)> = few
        .nodes
        .iter()
        .map(|node| {
            (
                node.id.as_str(),
                node.stack.as_ref().map_or(1, |stack| stack.count),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("raw_log@0", 48),
            ("filter_log@1", 48),
            ("day_log@2", 2),
            ("raw_users(date=2026-11-27)", 1),
            ("user_log(date=2026-11-27)", 1),
            ("user_cursor@3", 8),
            ("user_info(date=2026-11-26)", 1),
            ("user_info(date=2026-11-27)", 1),
            ("top_users(date=2026-11-27)", 1),
            ("country_stats@3", 4),
            ("load_daily@4", 4),
            ("report(date=2026-11-27)", 1),
            ("mark_day(date=2026-11-27)", 1),
            ("daily(date=2026-11-27)", 1),
        ]
    );
    let cursors = &few.nodes[5];
    let states = [
        (NodeState::Running, 2),
        (NodeState::Queued, 1),
        (NodeState::Succeeded, 5),
    ];
    assert_eq!(cursors.stack.as_ref().unwrap().states, states);
    assert_eq!(cursors.state, Some(NodeState::Running));
    assert_eq!(
        cursors.params,
        [("date".to_owned(), "2026-11-27".to_owned())]
    );
    // What failed is seen from afar.
    assert_eq!(few.nodes[9].state, Some(NodeState::Failed));
    assert_eq!(few.edges.len(), 16);
}

#[test]
fn the_node_of_which_was_asked_stands_for_itself() {
    let day = day();
    let apart = day
        .nodes
        .iter()
        .position(|node| node.id.contains("country=cn"));
    let few = collapsed(&day, apart.map(|place| place as u32));
    let stats = few.nodes.iter().filter(|node| node.task == "country_stats");
    let stats: Vec<_> = stats
        .map(|node| (node.id.as_str(), node.stack.clone()))
        .collect();
    assert_eq!(stats.len(), 2);
    assert_eq!(stats[0].1.as_ref().unwrap().count, 3);
    assert_eq!(
        stats[1],
        ("country_stats(date=2026-11-27,country=cn)", None)
    );
}

#[test]
fn every_node_and_every_edge_is_in_a_stack() {
    for seed in 1..40 {
        let mut random = Random(seed);
        let mut graph = by_lot(80, 1, 1);
        let count = random.below(240);
        let reach = 1 + random.below(79);
        graph.edges = random.edges(80, count, reach);
        let few = collapsed(&graph, None);
        let layers = layout::layers(80, &graph.edges);
        let mut expected: BTreeMap<(&str, u32), u32> = BTreeMap::new();
        for (node, layer) in graph.nodes.iter().zip(&layers) {
            *expected.entry((&node.task, *layer)).or_default() += 1;
        }
        assert_eq!(few.nodes.len(), expected.len());
        let ids: BTreeSet<&str> = few.nodes.iter().map(|node| node.id.as_str()).collect();
        assert_eq!(ids.len(), few.nodes.len());
        for ((task, layer), count) in expected {
            let known = few.nodes.iter().find(|node| match count {
                1 => {
                    let own = graph.nodes.iter().position(|other| other.id == node.id);
                    node.task == task && own.is_some_and(|own| layers[own] == layer)
                }
                _ => node.id == format!("{task}@{layer}"),
            });
            let stack = known.unwrap().stack.as_ref();
            assert_eq!(stack.map_or(1, |stack| stack.count), count);
        }
        // The same layers: nothing that was joined closes a circle.
        let kept = Drawn::new(few.clone()).layout.routes.len();
        assert_eq!(kept, few.edges.len());
    }
}

#[test]
fn a_hundred_thousand_instances_of_a_task_are_one_box() {
    let all = |place: u32| node("raw", &[("n", &*place.to_string())], NodeState::Complete);
    let graph = Graph {
        nodes: (0..100_000).map(all).collect(),
        edges: Vec::new(),
    };
    let few = collapsed(&graph, None);
    assert_eq!(few.nodes.len(), 1);
    assert_eq!(few.nodes[0].stack.as_ref().unwrap().count, 100_000);
}
