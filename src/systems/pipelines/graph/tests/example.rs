//! Graphs of which other tests ask.

use super::*;

pub(super) fn node(task: &str, params: &[(&str, &str)], state: NodeState) -> GraphNode {
    let params: Vec<(String, String)> = params
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let written: Vec<String> = params
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let name = format!("{task}({})", written.join(","));
    GraphNode {
        id: name.clone(),
        name,
        task: task.to_owned(),
        params,
        state: Some(state),
        stack: None,
    }
}

/// A day of logs: some of it is made, some runs, and a country has failed.
pub(super) fn day() -> Graph {
    let mut graph = Graph::default();
    let date = ("date", "2026-11-27");
    let mut add = |node: GraphNode, needs: &[u32]| {
        let place = graph.nodes.len() as u32;
        graph.nodes.push(node);
        graph.edges.extend(needs.iter().map(|need| (*need, place)));
        place
    };
    let mut filtered = [Vec::new(), Vec::new()];
    for (kind, filtered) in ["imp", "click"].into_iter().zip(&mut filtered) {
        for hour in 0..24 {
            let hour = format!("2026-11-27T{hour:02}");
            let params = [("kind", kind), ("hour", hour.as_str())];
            let raw = add(node("raw_log", &params, NodeState::Complete), &[]);
            filtered.push(add(
                node("filter_log", &params, NodeState::Succeeded),
                &[raw],
            ));
        }
    }
    let mut days = Vec::new();
    for (kind, filtered) in ["imp", "click"].into_iter().zip(&filtered) {
        days.push(add(
            node("day_log", &[date, ("kind", kind)], NodeState::Succeeded),
            filtered,
        ));
    }
    let raw_users = add(node("raw_users", &[date], NodeState::Complete), &[]);
    let user_log = add(
        node("user_log", &[date], NodeState::Succeeded),
        &[raw_users],
    );
    let mut cursors = Vec::new();
    for shard in 0..8 {
        let state = match shard {
            0..5 => NodeState::Succeeded,
            5 | 6 => NodeState::Running,
            _ => NodeState::Queued,
        };
        let params = [date, ("shard", &*shard.to_string())];
        let needs = [days[0], days[1], user_log];
        cursors.push(add(node("user_cursor", &params, state), &needs));
    }
    let before = node("user_info", &[("date", "2026-11-26")], NodeState::Missing);
    let before = add(before, &[]);
    let needs = [cursors.clone(), vec![before]].concat();
    let info = add(node("user_info", &[date], NodeState::Blocked), &needs);
    let top = add(node("top_users", &[date], NodeState::Blocked), &cursors);
    let (mut stats, mut loads) = (Vec::new(), Vec::new());
    for (country, stat, load) in [
        ("tw", NodeState::Succeeded, NodeState::Running),
        ("jp", NodeState::Succeeded, NodeState::Parked),
        ("cn", NodeState::Failed, NodeState::Skipped),
        ("us", NodeState::Succeeded, NodeState::Cancelled),
    ] {
        let params = [date, ("country", country)];
        let stat = add(node("country_stats", &params, stat), &days);
        stats.push(stat);
        loads.push(add(node("load_daily", &params, load), &[stat]));
    }
    let report = add(node("report", &[date], NodeState::Skipped), &stats);
    let needs = [loads, vec![report]].concat();
    let mark = add(node("mark_day", &[date], NodeState::Skipped), &needs);
    add(
        node("daily", &[date], NodeState::Skipped),
        &[mark, info, top],
    );
    graph
}

pub(super) fn by_lot(nodes: usize, edges: usize, reach: usize) -> Graph {
    let mut random = Random(4);
    let tasks = [
        "load",
        "日報表",
        "aggregate_user_log_by_country",
        "report",
        "集計タスク",
    ];
    let node = |place: usize| {
        let state = NodeState::ALL[random.below(NodeState::ALL.len())];
        let number = place.to_string();
        node(
            tasks[place % tasks.len()],
            &[("date", "2026-11-27"), ("n", &number)],
            state,
        )
    };
    let nodes: Vec<GraphNode> = (0..nodes).map(node).collect();
    let edges = random.edges(nodes.len(), edges, reach);
    Graph { nodes, edges }
}
