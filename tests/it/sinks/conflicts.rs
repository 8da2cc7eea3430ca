//! How conflicting panels of one author are settled.

use audience::systems::labelling::panels::Conflict;

use super::task::{Post, Task};
use crate::support::on_each_kind;

/// Amy is /male twice and /female once; Bob is both once; Cid is /young three times, with
/// equal times; Dan's times tell nothing but their bytes do.
const POSTS: [Post<'_>; 9] = [
    (0, "1", "amy", "2020-01-01 00:00:00", "x", &[0]),
    (0, "2", "amy", "2020-01-03 00:00:00", "x", &[1]),
    (0, "3", "amy", "2020-01-02 00:00:00", "x", &[0]),
    (0, "4", "bob", "2020-01-01 00:00:00", "x", &[1, 0]),
    (0, "9", "cid", "2020-01-01 00:00:00", "x", &[2]),
    (0, "10", "cid", "2020-01-01 00:00:00", "x", &[2]),
    (0, "a", "cid", "2020-01-01 00:00:00", "x", &[2]),
    (0, "D", "dan", "2020-01-01 00:00:00", "x", &[0]),
    (0, "_", "dan", "2020-01-01 00:00:00", "x", &[0]),
];

#[test]
fn the_newest_row_of_the_panel_with_most_rows_is_published() {
    for (conflict, expected) in [
        (
            Conflict::KeepAll,
            &[
                "2 /female",
                "3 /male",
                "4 /female",
                "4 /male",
                "_ /male",
                "a /young",
            ][..],
        ),
        (
            Conflict::MajorityDropTies,
            &["3 /male", "_ /male", "a /young"],
        ),
        (
            Conflict::MajorityFirst,
            &["3 /male", "4 /male", "_ /male", "a /young"],
        ),
    ] {
        on_each_kind(|database| {
            let task = Task::begun(database, "t1");
            task.stage(1, &POSTS[..5]).unwrap();
            task.stage(2, &POSTS[5..]).unwrap();
            let figures = task.publish(conflict).unwrap();
            assert_eq!(task.ids(), expected, "{conflict:?}");
            assert_eq!(figures.published, Some(vec![expected.len() as u64, 0, 0]));
        });
    }
}

#[test]
fn authors_who_differ_in_a_space_or_in_case_are_several() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let long = "長".repeat(700);
        let authors = ["amy", "amy ", "Amy", "ａｍｙ", &long, &format!("{long} ")];
        let ids: Vec<_> = (0..authors.len()).map(|no| no.to_string()).collect();
        let posts: Vec<_> = authors
            .iter()
            .zip(&ids)
            .map(|(author, id)| (0, id.as_str(), *author, "2020-01-01", "x", &[0][..]))
            .collect();
        task.stage(1, &posts).unwrap();
        task.publish(Conflict::MajorityDropTies).unwrap();
        assert_eq!(task.published().len(), authors.len());
    });
}
