//! How conflicting panels of one author are settled.

use audience::systems::labelling::panels::{Conflict, Publication};

use super::task::{Post, Task};
use crate::support::{DatabaseKind, on_each_kind};

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
fn of_the_rows_of_one_time_the_one_with_the_greatest_id_is_published_whatever_it_holds() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let pairs = [
            ("a", "a\u{1}"),
            ("b\u{1}", "b\u{2}"),
            ("c", "c "),
            ("d\u{1}\u{1}", "d\u{1}a"),
            ("e", "e\0"),
            ("f\0", "f\0\0"),
        ];
        let posts: Vec<_> = pairs
            .iter()
            .flat_map(|(less, greater)| [*greater, *less].map(|id| (&less[..1], id)))
            .map(|(author, id)| (0, id, author, "2020-01-01", "x", &[0][..]))
            .collect();
        task.stage(1, &posts).unwrap();
        task.publish(Conflict::KeepAll).unwrap();
        // PostgreSQL has no NUL.
        let stored = |id: &str| match database.kind {
            DatabaseKind::Postgres => id.replace('\0', "\u{FFFD}"),
            DatabaseKind::Sqlite | DatabaseKind::MySql => id.to_owned(),
        };
        let expected = pairs.map(|(_, greater)| format!("{} /male", stored(greater)));
        assert_eq!(task.ids(), expected, "{:?}", database.kind);
    });
}

#[test]
fn a_time_that_a_clock_shows_twice_is_published_without_its_mark() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let again = "2020-10-25 02:59:59.999999<2020-10-25 01:15:00.5";
        let posts: [Post<'_>; 4] = [
            (0, "1", "amy", "2020-10-25 02:45:00", "x", &[0]),
            (0, "2", "amy", again, "x", &[0]),
            (0, "3", "bob", again, "x", &[0]),
            (0, "4", "bob", "2020-10-25 03:00:00", "x", &[0]),
        ];
        task.stage(1, &posts).unwrap();
        task.publish_as(&Publication {
            hours_repeat: true,
            ..task.publication(Conflict::KeepAll)
        })
        .unwrap();
        let published = task.published();
        let rows = published.iter().map(|row| (&*row.id, &*row.create_time));
        let rows: Vec<_> = rows.collect();
        let expected = [("2", "2020-10-25 01:15:00.5"), ("4", "2020-10-25 03:00:00")];
        assert_eq!(rows, expected);
    });
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
