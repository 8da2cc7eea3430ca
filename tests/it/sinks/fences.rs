//! Who may write for a task, and how far its batches are.

use std::thread;

use audience::systems::labelling::panels::{Conflict, Result, SinkError, StateChange};

use super::task::{Post, Task, checkpoint, commit, figures};
use crate::support::on_each_kind;

const POST: Post<'_> = (0, "7", "amy", "2020-01-01 00:00:00", "x", &[0]);

fn assert_fenced<T>(result: Result<T>) {
    assert!(matches!(result, Err(SinkError::Fenced)));
}

#[test]
fn an_earlier_lease_can_write_nothing() {
    on_each_kind(|database| {
        let old = Task::begun(database, "t1");
        let mut writer = old.writer();
        commit(&mut writer, 0, 1, &[POST]).unwrap();
        let new = old.taken_over();
        new.begin().unwrap();
        assert_fenced(commit(&mut writer, 0, 2, &[POST]));
        assert_fenced(old.begin());
        assert_fenced(old.publish(Conflict::KeepAll));
        assert_fenced(old.sink.change_state(&old.fence, &StateChange::Aborted));
        assert_eq!(new.published(), []);
        let progress = new.begin().unwrap();
        assert_eq!(progress.batches[&0], checkpoint(1));
        assert_eq!(new.sink.state_of("t1").unwrap().unwrap().stat, "PENDING");
        new.stage(2, &[]).unwrap();
        assert_eq!(new.publish(Conflict::KeepAll).unwrap().published_total(), 1);
    });
}

#[test]
fn a_checkpoint_moves_by_one_slice() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let mut writer = task.writer();
        assert_fenced(commit(&mut writer, 0, 2, &[POST]));
        commit(&mut writer, 0, 1, &[POST]).unwrap();
        assert_fenced(commit(&mut writer, 0, 1, &[POST]));
        assert_fenced(commit(&mut writer, 0, 3, &[POST]));
        commit(&mut writer, 0, 2, &[]).unwrap();
        assert_fenced(commit(&mut writer, 0, 2, &[POST]));
        commit(&mut writer, 5, 1, &[]).unwrap();
        let progress = task.begin().unwrap();
        assert_eq!(progress.batches[&0], checkpoint(2));
        assert_eq!(progress.batches[&5], checkpoint(1));
        task.publish(Conflict::KeepAll).unwrap();
        assert_eq!(task.ids(), ["7 /male"]);
    });
}

#[test]
fn a_task_that_goes_on_is_told_what_is_durable() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        task.stage(1, &[POST]).unwrap();
        task.stage(2, &[POST]).unwrap();
        let again = task.taken_over();
        let progress = again
            .sink
            .begin(&again.fence, &again.layout, false)
            .unwrap();
        assert_eq!(progress.figures, figures(20));
        assert_eq!(progress.batches.len(), 1);
        assert!(!progress.published);
        let mut authors = Vec::new();
        let mut visit = |hashes: &[u64]| authors.extend_from_slice(hashes);
        again.sink.read_authors(&again.fence, &mut visit).unwrap();
        authors.sort_unstable();
        assert_eq!(authors, [1, 2, u64::MAX, u64::MAX]);
        let seen = task.sink.figures_of("t1").unwrap().unwrap();
        assert_eq!(seen.figures, figures(20));
        assert!(task.sink.figures_of("t2").unwrap().is_none());
    });
}

#[test]
fn a_task_that_starts_over_leaves_nothing_of_before() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let other = Task::begun(database, "t2");
        task.stage(1, &[POST]).unwrap();
        other.stage(1, &[POST]).unwrap();
        let mut over = task.taken_over();
        over.fence.generation += 1;
        let progress = over.begin().unwrap();
        assert!(progress.batches.is_empty());
        assert_eq!(progress.figures.staged_total(), 0);
        let state = over.sink.state_of("t1").unwrap().unwrap();
        assert_eq!((state.check_point, state.result), (None, None));
        let post = (0, "8", "bob", "2020-01-01 00:00:00", "x", &[0][..]);
        over.stage(1, &[post]).unwrap();
        over.publish(Conflict::KeepAll).unwrap();
        assert_eq!(over.ids(), ["8 /male"]);
        other.publish(Conflict::KeepAll).unwrap();
        assert_eq!(other.ids(), ["7 /male"]);
    });
}

#[test]
fn a_database_that_does_not_know_the_task_is_waited_for() {
    on_each_kind(|database| {
        let task = Task::new(database, "t1");
        let unknown = task.sink.begin(&task.fence, &task.layout, false);
        let error = unknown.unwrap_err();
        assert!(matches!(error, SinkError::TaskUnknown));
        assert!(error.is_transient());
        assert!(matches!(task.stage(1, &[]), Err(SinkError::TaskUnknown)));
    });
}

#[test]
fn several_may_begin_at_once_in_an_empty_database() {
    on_each_kind(|database| {
        let ids = ["t1", "t2", "t3", "t4"];
        thread::scope(|scope| {
            for id in ids {
                scope.spawn(|| {
                    let task = Task::begun(database, id);
                    for slice in 1..=3 {
                        task.stage(slice, &[POST]).unwrap();
                    }
                });
            }
        });
        for id in ids {
            let task = Task::new(database, id);
            assert_eq!(task.begin().unwrap().batches[&0], checkpoint(3));
        }
    });
}
