//! Publishing is one step for those who look on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use audience::systems::labelling::panels::{
    BatchCheckpoint, Conflict, Publication, SinkError, SliceCommit,
};
use tokio_util::sync::CancellationToken;

use super::task::{Post, Task, checkpoint, commit, figures, now, staged_rows};
use crate::support::{DatabaseKind, OwnDatabase, on_each_kind};

const POST: Post<'_> = (0, "7", "amy", "2020-01-01 00:00:00", "x", &[0]);

/// A task with `rows` staged rows of as many authors.
fn large(database: &OwnDatabase, rows: usize) -> Task {
    let task = Task::begun(database, "t1");
    let mut writer = task.writer();
    let ids: Vec<_> = (0..rows).map(|no| format!("{no:07}")).collect();
    for (slice, ids) in ids.chunks(20_000).enumerate() {
        let posts: Vec<_> = ids
            .iter()
            .map(|id| {
                (
                    0,
                    id.as_str(),
                    id.as_str(),
                    "2020-01-01",
                    "some content",
                    &[0][..],
                )
            })
            .collect();
        commit(&mut writer, 0, slice as i64 + 1, &posts).unwrap();
    }
    task
}

#[test]
fn publishing_twice_gives_the_same() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        task.stage(1, &[POST]).unwrap();
        let first = task.publish(Conflict::KeepAll).unwrap();
        let rows = task.published();
        let again = task.taken_over();
        assert_eq!(again.publish(Conflict::KeepAll).unwrap(), first);
        assert_eq!(again.published(), rows);
        assert!(first.times.publish_us > 0);
        assert!(task.sink.figures_of("t1").unwrap().unwrap().published);
    });
}

#[test]
fn the_last_slice_of_a_batch_shows_how_long_its_writing_took() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let staged = staged_rows(&[POST]);
        let mut writer = task.writer();
        for (slice_no, is_last) in [(1, false), (2, true)] {
            let slice = SliceCommit {
                batch_no: 0,
                checkpoint: &BatchCheckpoint {
                    finished: is_last,
                    ..checkpoint(slice_no)
                },
                staged: &staged,
                new_authors: &[],
                beside: &[],
                figures: &figures(1),
                state: &now(),
            };
            let committed = writer.commit(&slice).unwrap();
            assert_eq!(committed.times.write_us > 0, is_last);
            let progress = task.sink.figures_of("t1").unwrap().unwrap();
            assert_eq!(progress.figures, committed);
        }
    });
}

#[test]
fn what_was_published_stays_readable_while_the_task_runs_again() {
    on_each_kind(|database| {
        let mut task = Task::begun(database, "t1");
        task.stage(1, &[POST]).unwrap();
        task.publish(Conflict::KeepAll).unwrap();
        let rows = task.published();
        for generation in 1..3 {
            task.fence.generation = generation;
            let progress = task.begin().unwrap();
            assert!(!progress.published && progress.has_result);
            assert_eq!(task.published(), rows);
        }
        let (_, _, author, time, content, panels) = POST;
        let other = (0, "8", author, time, content, panels);
        task.stage(1, &[other]).unwrap();
        assert_eq!(task.published(), rows);
        task.publish(Conflict::KeepAll).unwrap();
        assert_eq!(task.ids(), ["8 /male"]);
        assert!(task.sink.figures_of("t1").unwrap().unwrap().published);
    });
}

#[test]
fn staged_rows_are_kept_when_that_is_asked_for() {
    on_each_kind(|database| {
        for (keep_staging, left) in [(true, 1), (false, 0)] {
            let mut task = Task::begun(database, "t1");
            task.fence.generation = i32::from(!keep_staging);
            task.begin().unwrap();
            task.stage(1, &[POST]).unwrap();
            task.publish_as(&Publication {
                keep_staging,
                ..task.publication(Conflict::KeepAll)
            })
            .unwrap();
            assert_eq!(database.count("fb fans"), left);
            assert_eq!(task.published().len(), 1);
        }
    });
}

#[test]
fn tasks_beside_each_other_do_not_touch_each_other() {
    on_each_kind(|database| {
        let (one, two) = (Task::begun(database, "t1"), Task::begun(database, "t2"));
        thread::scope(|scope| {
            for task in [&one, &two] {
                scope.spawn(|| {
                    let mut writer = task.writer();
                    for slice in 1..=20 {
                        commit(&mut writer, 0, slice, &[POST]).unwrap();
                    }
                    task.publish(Conflict::MajorityFirst).unwrap();
                });
            }
        });
        assert_eq!((one.ids(), two.ids()), (one.ids(), one.ids()));
        assert_eq!(one.ids(), ["7 /male"]);
    });
}

#[test]
fn a_reader_sees_the_old_result_or_the_new_one() {
    const ROWS: usize = 30_000;
    on_each_kind(|database| {
        let first = large(database, ROWS);
        first.publish(Conflict::KeepAll).unwrap();
        let mut second = first.taken_over();
        second.fence.generation += 1;
        second.begin().unwrap();
        second.stage(1, &[POST]).unwrap();
        let done = AtomicBool::new(false);
        let mut seen = thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut seen = Vec::new();
                loop {
                    let last = done.load(Ordering::SeqCst);
                    seen.push(first.published().len());
                    if last {
                        return seen;
                    }
                }
            });
            second.publish(Conflict::KeepAll).unwrap();
            done.store(true, Ordering::SeqCst);
            reader.join().unwrap()
        });
        assert_eq!(seen.last(), Some(&1));
        seen.dedup();
        assert!(seen == [ROWS, 1] || seen == [1], "{seen:?}");
    });
}

#[test]
fn publishing_stops_on_request_and_leaves_all_as_it_was() {
    const ROWS: usize = 100_000;
    on_each_kind(|database| {
        let task = large(database, ROWS);
        let cancel = CancellationToken::new();
        let publication = task.publication(Conflict::MajorityFirst);
        let stopped = thread::scope(|scope| {
            let publishing =
                scope.spawn(|| task.sink.publish(&task.fence, &publication, &now, &cancel));
            // Whenever it comes, it has to be heard or to be too late as a whole.
            thread::sleep(Duration::from_millis(30));
            cancel.cancel();
            publishing.join().unwrap()
        });
        assert!(matches!(stopped, Err(SinkError::Cancelled)), "{stopped:?}");
        assert_eq!(task.published(), []);
        assert_eq!(database.count("fb fans"), ROWS as u64);
        let again = task.publish(Conflict::MajorityFirst).unwrap();
        assert_eq!(again.published_total(), ROWS as u64);
    });
}

#[test]
fn results_are_sampled_and_read_as_far_as_wanted() {
    on_each_kind(|database| {
        let task = large(database, 500);
        assert_eq!(task.sink.sample("t1", "none such", 5).unwrap(), []);
        task.publish(Conflict::KeepAll).unwrap();
        let all = task.published();
        let sample = |limit| task.sink.sample("t1", "fb fans", limit).unwrap();
        let mut some = sample(50);
        assert!(some.iter().all(|row| all.contains(row)));
        some.sort_by(|a, b| a.id.cmp(&b.id));
        some.dedup();
        assert_eq!(some.len(), 50);
        assert_ne!(sample(50), sample(50));
        assert_eq!(sample(1_000).len(), 500);
        let mut read = Vec::new();
        task.sink
            .read_results("t1", "fb fans", &mut |row| {
                read.push(row.id);
                read.len() < 3
            })
            .unwrap();
        assert_eq!(read, ["0000000", "0000001", "0000002"]);
        task.sink
            .read_results("t1", "none such", &mut |_| unreachable!())
            .unwrap();
    });
}

#[test]
fn names_of_columns_are_the_same_everywhere() {
    let expected = "id, task_id, source_author, panel, create_time, field_content, \
                    match_content, match_meta";
    on_each_kind(|database| {
        Task::begun(database, "t1");
        for table in ["fb fans", "wh_panel_mapping_fb fans", "Ptt"] {
            assert_eq!(database.columns(table).join(", "), expected);
        }
        let state = database.columns("state");
        let behind = ["error_message", "rule_set", "rule_set_version"];
        assert_eq!(
            (state.len(), &state[17..]),
            (20, &behind.map(str::to_owned)[..])
        );
        // Staged rows have an index where a search without one would lock those of other tasks.
        let (indexes, expected) = match database.kind {
            DatabaseKind::Sqlite => return,
            DatabaseKind::Postgres => (
                "SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%(task_id)'",
                ["wh_panel_mapping_Ptt"].as_slice(),
            ),
            DatabaseKind::MySql => (
                "SELECT table_name FROM information_schema.statistics
                 WHERE index_name = 'audience_task' AND table_schema = DATABASE()",
                ["Ptt", "wh_panel_mapping_Ptt"].as_slice(),
            ),
        };
        let mut indexed = database.texts(indexes);
        indexed.retain(|table| table.contains("Ptt"));
        indexed.sort();
        assert_eq!(indexed, expected);
    });
}
