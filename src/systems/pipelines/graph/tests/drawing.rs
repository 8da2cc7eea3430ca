//! Boxes with text, and pictures.

use super::example::{by_lot, day, node};
use super::*;

fn one(task: &str, params: &[(&str, &str)]) -> Drawn {
    Drawn::new(Graph {
        nodes: vec![node(task, params, NodeState::Failed)],
        edges: Vec::new(),
    })
}

#[test]
fn wide_letters_have_room() {
    let width = |task: &str| one(task, &[]).layout.boxes[0].width;
    assert_eq!(width("a"), width("abcdefgh"));
    assert!(width("国別の集計を作る処理") > width("abcdefghij"));
    assert!(width("a long name of a task") > width("a long name"));
}

#[test]
fn long_names_are_cut_and_stand_in_the_title() {
    let long = "aggregate_user_log_by_country_and_campaign";
    let drawn = one(
        long,
        &[
            ("date", "2026-11-27"),
            ("path", "a/very/long/path/of/a/file.json.gz"),
        ],
    );
    let label = &drawn.labels[0];
    assert_eq!(label.name, "aggregate_user_log_by_country…");
    assert_eq!(label.detail, "date=2026-11-27, path=a/very/long…");
    assert!(drawn.layout.boxes[0].width < 300);
    let picture = picture(&drawn, "run");
    let title = format!(
        "<title>{long}(date=2026-11-27,path=a/very/long/path/of/a/file.json.gz): failed</title>"
    );
    assert!(picture.contains(&title), "{picture}");
    let wide = one("国別・媒体別・キャンペーン別の集計表を作る処理", &[]);
    assert_eq!(wide.labels[0].name, "国別・媒体別・キャンペーン別…");
}

#[test]
fn a_box_shows_what_tells_it_from_others() {
    let drawn = Drawn::new(day());
    let detail = |id: &str| {
        let place = drawn.graph.nodes.iter().position(|node| node.id == id);
        drawn.labels[place.unwrap()].detail.as_str()
    };
    assert_eq!(
        detail("country_stats(date=2026-11-27,country=cn)"),
        "country=cn"
    );
    assert_eq!(detail("report(date=2026-11-27)"), "date=2026-11-27");
    assert_eq!(detail("user_info(date=2026-11-26)"), "date=2026-11-26");
    assert_eq!(one("report", &[]).labels[0].detail, "failed");
    let few = Drawn::new(collapsed(&day(), None));
    assert_eq!(few.labels[5].name, "user_cursor ×8");
    assert_eq!(few.labels[5].detail, "2 running, 1 queued, 5 succeeded");
}

#[test]
fn texts_are_escaped() {
    let drawn = one(
        "a",
        &[("text", "</title><script>alert(\"&'\")\u{1}\u{0}\n")],
    );
    let picture = picture(&drawn, "<run>");
    assert!(!picture.contains("<script"));
    assert!(picture.contains("<title>&lt;run&gt;</title>"));
    assert!(picture.contains("&lt;/title&gt;&lt;script&gt;alert(&quot;&amp;'&quot;)\u{fffd}"));
    assert!(!picture.contains(['\u{0}', '\u{1}']));
}

#[test]
fn the_same_graph_is_the_same_picture() {
    for graph in [day(), collapsed(&day(), None), by_lot(120, 200, 30)] {
        let draw = || picture(&Drawn::new(graph.clone()), "run");
        assert_eq!(draw(), draw());
    }
}

/// Every element that begins ends, and each in its turn.
#[test]
fn pictures_are_well_formed() {
    let empty = Graph::default();
    for graph in [empty, day(), collapsed(&day(), None), by_lot(120, 200, 30)] {
        let picture = picture(&Drawn::new(graph), "a & b");
        let mut open = Vec::new();
        for tag in picture.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').unwrap();
            let name = tag
                .trim_start_matches('/')
                .split([' ', '/'])
                .next()
                .unwrap();
            match (tag.starts_with('/'), tag.ends_with('/')) {
                (true, _) => assert_eq!(open.pop(), Some(name)),
                (false, true) => {}
                (false, false) => open.push(name),
            }
        }
        assert!(open.is_empty());
    }
}

#[test]
fn each_state_has_a_shape_of_its_own() {
    // Those that only differ in what is known of their jobs share one.
    let alike = [
        (NodeState::Queued, NodeState::Run),
        (NodeState::Parked, NodeState::Wait),
        (NodeState::Parked, NodeState::Shared),
        (NodeState::Wait, NodeState::Shared),
    ];
    for (place, one) in NodeState::ALL.iter().enumerate() {
        assert_eq!(*one as usize, place);
        for other in &NodeState::ALL[place + 1..] {
            let is_same = marks::shape(*one) == marks::shape(*other);
            let may_be = alike.contains(&(*one, *other)) || alike.contains(&(*other, *one));
            assert_eq!(is_same, may_be, "{one:?} and {other:?}");
        }
    }
}
