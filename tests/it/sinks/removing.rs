//! A task that is removed with its result.

use audience::systems::labelling::panels::Conflict;

use super::task::{Post, Task};
use crate::support::on_each_kind;

const POSTS: [Post<'_>; 3] = [
    (0, "7", "amy", "2020-01-01 00:00:00", "x", &[0]),
    (1, "8", "bob", "2020-01-01 00:00:00", "y", &[1]),
    (1, "9", "eve", "2020-01-01 00:00:00", "z", &[1]),
];

fn remove(task: &Task, rows_max: u64) -> Vec<u64> {
    let mut removed = Vec::new();
    loop {
        let some = task.sink.remove(&task.fence, &task.layout, rows_max);
        removed.push(some.unwrap());
        if removed.last() == Some(&0) {
            return removed;
        }
    }
}

#[test]
fn a_removed_task_leaves_nothing_and_others_stay() {
    on_each_kind(|database| {
        let (removed, kept) = (Task::begun(database, "t1"), Task::begun(database, "t2"));
        for task in [&removed, &kept] {
            task.stage(1, &POSTS).unwrap();
            let mut publication = task.publication(Conflict::MajorityFirst);
            publication.keep_staging = true;
            task.publish_as(&publication).unwrap();
            assert_eq!(task.published().len(), 3);
        }
        // Three staged rows and three published ones.
        let steps = remove(&removed, 2);
        assert_eq!(steps.iter().sum::<u64>(), 6, "{steps:?}");
        assert!(steps.iter().all(|rows| *rows <= 2), "{steps:?}");
        assert_eq!(removed.published(), []);
        assert_eq!(removed.sink.state_of("t1").unwrap(), None);
        assert!(removed.sink.figures_of("t1").unwrap().is_none());
        // Once more changes nothing.
        assert_eq!(remove(&removed, 2), [0]);
        assert_eq!(kept.published().len(), 3);
        assert!(kept.sink.state_of("t2").unwrap().is_some());
    });
}

#[test]
fn a_task_that_never_began_loses_its_row_in_state() {
    on_each_kind(|database| {
        let task = Task::new(database, "t1");
        task.sink.prepare().unwrap();
        task.announce();
        assert!(task.sink.state_of("t1").unwrap().is_some());
        assert_eq!(remove(&task, 10), [0]);
        assert_eq!(task.sink.state_of("t1").unwrap(), None);
    });
}

#[test]
fn a_task_that_is_half_removed_is_not_read() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        task.stage(1, &POSTS).unwrap();
        task.publish(Conflict::MajorityFirst).unwrap();
        let removed = task.sink.remove(&task.fence, &task.layout, 1);
        assert_eq!(removed.unwrap(), 1);
        let figures = task.sink.figures_of("t1").unwrap().unwrap();
        assert!(!figures.published && !figures.has_result);
        // A process that had the task before cannot write it.
        let mut earlier = task.clone();
        earlier.fence.epoch = 0;
        assert!(
            earlier
                .sink
                .remove(&earlier.fence, &earlier.layout, 1)
                .is_err()
        );
    });
}
