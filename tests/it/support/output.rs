//! What tasks have left in an output, of any kind.

use std::time::Duration;

use audience::systems::labelling::panels::{StateRow, open_sink};
use tokio::task::block_in_place;

use super::{Expected, Published, sorted};

const LEASE: Duration = Duration::from_secs(15);

/// The result of a task is that of an undisturbed run.
pub(crate) fn task_is_as_expected(output: &str, task: &str, expected: &Expected) {
    assert_eq!(published_at(output, task), expected.published);
    let state = state_at(output, task);
    assert_eq!(state.stat, "SUCCESS");
    assert_eq!(state.prod_stat.as_deref(), Some("finish"));
    let count = |count: usize| Some(i64::try_from(count).unwrap());
    assert_eq!(state.length_receive_table, count(expected.received));
    assert_eq!(state.length_output_table, count(expected.staged));
    let authors = ["a", "b", "other"].map(|group| expected.authors[group].to_string());
    assert_eq!(state.uniq_source_author, Some(authors.join(",")));
}

fn state_at(output: &str, task: &str) -> StateRow {
    block_in_place(|| {
        let sink = open_sink(output, LEASE).unwrap();
        sink.state_of(task).unwrap().unwrap()
    })
}

/// What a task has published in the output of this URL.
pub(crate) fn published_at(output: &str, task: &str) -> Vec<Published> {
    let mut rows = Vec::new();
    block_in_place(|| {
        let sink = open_sink(output, LEASE).unwrap();
        for group in ["a", "b", "other"] {
            let read = sink.read_results(task, group, &mut |row| {
                rows.push(Published {
                    group: group.to_owned(),
                    id: row.id,
                    source_author: row.source_author,
                    panel: row.panel,
                    create_time: row.create_time,
                    field_content: row.field_content,
                    match_content: row.match_content,
                });
                true
            });
            read.unwrap();
        }
    });
    sorted(rows)
}
