//! Any text arrives as it was.

use audience::systems::labelling::panels::{Conflict, ResultRow, StateChange};

use super::task::{Task, commit};
use crate::support::{DatabaseKind, OwnDatabase, on_each_kind};

const TEXTS: [&str; 26] = [
    "",
    " ",
    "a",
    "A",
    "a ",
    "a  ",
    " a",
    "it's",
    "''",
    "\\'",
    "\\",
    "\\N",
    "NULL",
    "\"quoted\" `ticked`",
    "%_?1 $1 :a",
    "\r\n\t\u{b}\u{c}",
    "\u{1e}\u{1f}\u{1}\u{1a}",
    "; DROP TABLE state; --",
    "/* */ # --",
    "e\u{301}",
    "\u{e9}",
    "\u{ff21}\u{ff22}\u{ff41}",
    "\u{1f600}\u{1f468}\u{200d}\u{1f469}",
    "\u{10ffff}\u{fffd}\u{feff}",
    "ß ss SS",
    "\u{5168}\u{5f62}\u{3000}",
];

/// Stages each text as author and content, in three slices, and publishes.
fn published(database: &OwnDatabase, conflict: Conflict) -> Vec<ResultRow> {
    let task = Task::begun(database, "t1");
    let mut writer = task.writer();
    let long = "長い 'text' \\ ".repeat(60_000);
    let ids: Vec<_> = (0..TEXTS.len()).map(|no| no.to_string()).collect();
    let posts: Vec<_> = TEXTS
        .iter()
        .zip(&ids)
        .enumerate()
        .map(|(no, (text, id))| {
            let panels: &[u16] = if no % 2 == 0 { &[0] } else { &[0, 2] };
            (
                (no % 3) as u16,
                id.as_str(),
                *text,
                "2020-01-01 00:00:00",
                *text,
                panels,
            )
        })
        .collect();
    commit(&mut writer, 0, 1, &posts).unwrap();
    let long_author = "長'".repeat(2_000);
    let other_author = format!("{long_author} ");
    let large = [
        (
            1,
            "L1",
            "amy",
            "2020-01-02 00:00:00",
            long.as_str(),
            &[1][..],
        ),
        (
            1,
            "L2",
            &long_author,
            "2020-01-02 00:00:00",
            &long,
            &[0, 1, 2],
        ),
        (1, "L3", &other_author, "2020-01-02 00:00:00", "", &[1]),
    ];
    commit(&mut writer, 0, 2, &large).unwrap();
    commit(&mut writer, 0, 3, &[]).unwrap();
    task.publish(conflict).unwrap();
    task.published()
}

#[test]
fn published_rows_are_the_same_on_all_kinds_byte_for_byte() {
    for conflict in [
        Conflict::KeepAll,
        Conflict::MajorityFirst,
        Conflict::MajorityDropTies,
    ] {
        let expected = published(&OwnDatabase::new(DatabaseKind::Sqlite), conflict);
        assert!(expected.len() >= TEXTS.len() / 2);
        for kind in DatabaseKind::SERVERS {
            let found = published(&OwnDatabase::new(kind), conflict);
            assert_eq!(found.len(), expected.len(), "{kind:?} {conflict:?}");
            for (found, expected) in found.iter().zip(&expected) {
                assert!(found == expected, "{kind:?} {conflict:?} {}", expected.id);
            }
        }
    }
}

#[test]
fn small_and_large_slices_are_stored_alike() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let contents: Vec<_> = (0..5_000)
            .map(|no| format!("{no} 'quoted' \\ {}", "x".repeat(no % 97)))
            .collect();
        let ids: Vec<_> = (0..5_000).map(|no| format!("{no:05}")).collect();
        let posts: Vec<_> = contents
            .iter()
            .zip(&ids)
            .map(|(content, id)| {
                (
                    0,
                    id.as_str(),
                    id.as_str(),
                    "2020-01-01",
                    content.as_str(),
                    &[0][..],
                )
            })
            .collect();
        task.stage(1, &posts).unwrap();
        task.publish(Conflict::MajorityDropTies).unwrap();
        let found: Vec<_> = task
            .published()
            .into_iter()
            .map(|row| row.match_content)
            .collect();
        assert!(found == contents);
    });
}

#[test]
fn a_character_that_postgres_cannot_hold_is_replaced_there() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let post = (0, "7", "a\0b", "2020-01-01 00:00:00", "c\0\0d", &[0][..]);
        task.stage(1, &[post]).unwrap();
        let large = "e\0".repeat(50_000);
        let post = (
            1,
            "8",
            "amy",
            "2020-01-01 00:00:00",
            large.as_str(),
            &[0][..],
        );
        task.stage(2, &[post]).unwrap();
        task.publish(Conflict::MajorityFirst).unwrap();
        let stored = |text: &str| match database.kind {
            DatabaseKind::Postgres => text.replace('\0', "\u{fffd}"),
            DatabaseKind::Sqlite | DatabaseKind::MySql => text.to_owned(),
        };
        let rows = task.published();
        assert_eq!(rows[0].source_author, stored("WH_1_a\0b"));
        assert_eq!(rows[0].match_content, stored("c\0\0d"));
        assert!(rows[1].match_content == stored(&large));
    });
}

#[test]
fn what_state_says_is_the_same_on_all_kinds() {
    let states = DatabaseKind::ALL.map(|kind| {
        let database = OwnDatabase::new(kind);
        let task = Task::begun(&database, "t1");
        let mut seen = vec![task.sink.state_of("t1").unwrap().unwrap()];
        let mut see = |task: &Task| seen.push(task.sink.state_of("t1").unwrap().unwrap());
        task.sink
            .change_state(&task.fence, &StateChange::Started)
            .unwrap();
        see(&task);
        let post = (0, "7", "amy", "2020-01-01 00:00:00", "x", &[0, 1][..]);
        task.stage(1, &[post]).unwrap();
        see(&task);
        for change in [
            StateChange::LabellingFailed {
                error_message: "it's \\ off: 表".to_owned(),
            },
            StateChange::Aborted,
            StateChange::Labelled {
                check_point: "2020-12-31 23:59:59".to_owned(),
            },
            StateChange::PublishingFailed {
                error_message: "no".to_owned(),
            },
        ] {
            task.sink.change_state(&task.fence, &change).unwrap();
            see(&task);
        }
        task.publish(Conflict::KeepAll).unwrap();
        see(&task);
        // What was published stays as it was told.
        task.sink
            .change_state(&task.fence, &StateChange::Aborted)
            .unwrap();
        see(&task);
        assert_eq!(task.sink.newest_states(5).unwrap(), [seen[8].clone()]);
        assert_eq!(task.sink.state_of("other").unwrap(), None);
        seen
    });
    assert_eq!(states[0][8].prod_stat.as_deref(), Some("finish"));
    assert_eq!(states[0][8].result.as_deref(), Some("fb fans"));
    assert_eq!(states[0], states[1]);
    assert_eq!(states[0], states[2]);
}
