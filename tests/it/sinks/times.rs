//! Times in outputs: real ones in new tables of servers, texts in others, and one spelling for callers.

use audience::systems::labelling::panels::{Conflict, StateChange};

use super::task::{Post, Task};
use crate::support::{DatabaseKind, on_each_kind};

const TIMES: [&str; 5] = [
    "0000-01-01 00:00:00",
    "2020-01-01 00:00:00",
    "2020-01-01 00:00:00.5",
    "2020-01-01 00:00:00.12345",
    "9999-12-31 23:59:59.999999",
];

fn is_as_spelled(task: &Task) {
    let ids = ["1", "2", "3", "4", "5"];
    let posts = ids.iter().zip(TIMES).map(|(id, time)| {
        let post: Post<'_> = (1, id, id, time, "x", &[0]);
        post
    });
    task.stage(1, &posts.collect::<Vec<_>>()).unwrap();
    for check_point in [TIMES[0], TIMES[3]] {
        let change = StateChange::Labelled {
            check_point: check_point.to_owned(),
        };
        task.sink.change_state(&task.fence, &change).unwrap();
        let state = task.sink.state_of(&task.fence.task_id).unwrap().unwrap();
        assert_eq!(state.check_point.as_deref(), Some(check_point));
    }
    task.publish(Conflict::KeepAll).unwrap();
    let published = task.published();
    let published: Vec<_> = published.iter().map(|row| &*row.create_time).collect();
    assert_eq!(published, TIMES);
    let mut sample = task.sink.sample(&task.fence.task_id, "Ptt", 9).unwrap();
    sample.sort_by(|one, other| one.id.cmp(&other.id));
    let sample: Vec<_> = sample.iter().map(|row| &*row.create_time).collect();
    assert_eq!(sample, TIMES);
    let state = task.sink.state_of(&task.fence.task_id).unwrap().unwrap();
    assert_eq!(state.create_time, "2026-01-01 00:00:00");
    assert_eq!(state.check_point.as_deref(), Some("2020-05-05 00:00:00"));
    assert_eq!(task.sink.newest_states(9).unwrap(), [state]);
}

#[test]
fn new_outputs_of_servers_have_real_times_that_are_spelled_as_ever() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        is_as_spelled(&task);
        let view = database.quoted("latest_panels_Ptt");
        let later = match database.kind {
            DatabaseKind::Sqlite => return,
            DatabaseKind::Postgres => {
                format!("SELECT id FROM {view} WHERE create_time - interval '1 day' > '9000-01-01'")
            }
            DatabaseKind::MySql => {
                format!("SELECT id FROM {view} WHERE create_time - interval 1 day > '9000-01-01'")
            }
        };
        assert_eq!(database.texts(&later), ["5"]);
    });
}

#[test]
fn a_day_that_mariadb_does_not_have_is_shown_as_the_day_before() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let post: Post<'_> = (1, "1", "amy", "0000-02-29 01:02:03.5", "x", &[0]);
        task.stage(1, &[post]).unwrap();
        task.publish(Conflict::KeepAll).unwrap();
        let day = match database.kind {
            DatabaseKind::MySql => "0000-02-28",
            DatabaseKind::Sqlite | DatabaseKind::Postgres => "0000-02-29",
        };
        assert_eq!(task.published()[0].create_time, format!("{day} 01:02:03.5"));
    });
}

#[test]
fn outputs_of_earlier_versions_keep_their_texts() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t0");
        let (state, result) = (
            database.quoted("state"),
            database.quoted("wh_panel_mapping_Ptt"),
        );
        match database.kind {
            DatabaseKind::Sqlite => {}
            DatabaseKind::Postgres => database.run(&format!(
                "ALTER TABLE {state} ALTER create_time TYPE TEXT COLLATE \"C\"
                     USING to_char(create_time, 'YYYY-MM-DD HH24:MI:SS'),
                     ALTER check_point TYPE TEXT COLLATE \"C\";
                 ALTER TABLE {result} ALTER create_time TYPE TEXT COLLATE \"C\""
            )),
            DatabaseKind::MySql => database.run(&format!(
                "DELETE FROM {state};
                 ALTER TABLE {state} MODIFY create_time VARCHAR(255) NOT NULL,
                     MODIFY check_point LONGTEXT;
                 ALTER TABLE {result} MODIFY create_time VARCHAR(255) NOT NULL"
            )),
        }
        database.run(&format!("DELETE FROM {state}"));
        drop(task);
        let task = Task::begun(database, "t1");
        is_as_spelled(&task);
        let kept = database.texts(&format!("SELECT create_time FROM {result} ORDER BY 1"));
        assert_eq!(kept.len(), TIMES.len());
        assert!(
            TIMES
                .iter()
                .all(|time| kept.iter().any(|kept| kept == time))
        );
    });
}
