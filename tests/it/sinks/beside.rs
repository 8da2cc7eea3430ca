//! What a task keeps beside its rows.

use audience::systems::labelling::panels::{BesideKind, Conflict, SinkError, SliceCommit};

use super::task::{Post, Task, checkpoint, figures, now, staged_rows};
use crate::support::{OwnDatabase, on_each_kind};

const POST: Post<'_> = (0, "7", "amy", "2020-01-01 00:00:00", "x", &[0]);

type Bodies = Vec<(BesideKind, Vec<u8>)>;

fn commit(task: &Task, batch_no: i32, slice_no: i64, beside: &Bodies) -> Result<(), SinkError> {
    let staged = staged_rows(&[POST]);
    let committed = task.writer().commit(&SliceCommit {
        batch_no,
        checkpoint: &checkpoint(slice_no),
        staged: &staged,
        new_authors: &[],
        beside,
        figures: &figures(1),
        state: &now(),
    });
    committed.map(drop)
}

fn health(body: &[u8]) -> (BesideKind, Vec<u8>) {
    (BesideKind::Health, body.to_vec())
}

fn ledger(body: &[u8]) -> (BesideKind, Vec<u8>) {
    (BesideKind::Ledger, body.to_vec())
}

fn bodies(task: &Task, kind: BesideKind) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    task.sink
        .beside(&task.fence.task_id, kind, &mut |body| {
            bodies.push(body.to_vec());
            true
        })
        .unwrap();
    bodies
}

fn left(database: &OwnDatabase) -> Vec<String> {
    database.texts("SELECT DISTINCT kind FROM audience_beside ORDER BY kind")
}

#[test]
fn bodies_come_back_by_batch_and_slice() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let other = Task::begun(database, "t2");
        let huge: Vec<u8> = (0..1_300_000_u32).map(|no| (no % 251) as u8).collect();
        commit(&task, 1, 1, &vec![health(b"d"), ledger(b"L")]).unwrap();
        commit(&task, 0, 1, &vec![health(b"a"), health(b"")]).unwrap();
        commit(&other, 0, 1, &vec![health(b"of another task")]).unwrap();
        commit(&task, 0, 2, &vec![ledger(&huge), health(&huge)]).unwrap();
        commit(&task, 0, 3, &Bodies::new()).unwrap();
        let expected = [b"a".to_vec(), Vec::new(), huge.clone(), b"d".to_vec()];
        assert_eq!(bodies(&task, BesideKind::Health), expected);
        assert_eq!(bodies(&task, BesideKind::Ledger), [huge, b"L".to_vec()]);
        assert_eq!(bodies(&task, BesideKind::Report), [Vec::<u8>::new(); 0]);
        // Who has seen enough gets no more.
        let mut seen = 0;
        task.sink
            .beside("t1", BesideKind::Health, &mut |_| {
                seen += 1;
                seen < 2
            })
            .unwrap();
        assert_eq!(seen, 2);
    });
}

#[test]
fn a_slice_that_is_committed_already_brings_nothing_again() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        commit(&task, 0, 1, &vec![health(b"a")]).unwrap();
        commit(&task, 0, 1, &vec![health(b"a")]).unwrap_err();
        let later = task.taken_over();
        later.begin().unwrap();
        commit(&task, 0, 2, &vec![health(b"b")]).unwrap_err();
        commit(&later, 0, 2, &vec![health(b"c")]).unwrap();
        let expected = [b"a".to_vec(), b"c".to_vec()];
        assert_eq!(bodies(&task, BesideKind::Health), expected);
    });
}

#[test]
fn a_report_takes_the_place_of_the_one_before() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let replace = |task: &Task, bodies: &[Vec<u8>]| {
            task.sink
                .replace_beside(&task.fence, BesideKind::Report, bodies)
        };
        replace(&task, &[b"one".to_vec(), b"two".to_vec()]).unwrap();
        replace(&task, &[b"three".to_vec()]).unwrap();
        let later = task.taken_over();
        later.begin().unwrap();
        replace(&task, &[b"of a process that has lost the task".to_vec()]).unwrap_err();
        assert_eq!(bodies(&later, BesideKind::Report), [b"three".to_vec()]);
    });
}

#[test]
fn what_is_needed_no_more_is_dropped() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let all = vec![health(b"h"), ledger(b"l"), (BesideKind::Report, vec![1])];
        commit(&task, 0, 1, &all).unwrap();
        task.publish(Conflict::KeepAll).unwrap();
        // What belongs to the result stays until the result goes.
        assert_eq!(task.sink.sweep(&task.fence, &task.layout, 10).unwrap(), 0);
        assert_eq!(left(database), ["ledger", "report"]);
        // A later task of the same rule set and table has a ledger of its own.
        let next = Task::begun(database, "t2");
        commit(&next, 0, 1, &vec![ledger(b"m")]).unwrap();
        next.publish(Conflict::KeepAll).unwrap();
        assert_eq!(bodies(&task, BesideKind::Ledger), [Vec::<u8>::new(); 0]);
        assert_eq!(bodies(&task, BesideKind::Report), [vec![1]]);
        assert_eq!(bodies(&next, BesideKind::Ledger), [b"m".to_vec()]);
        task.sink.forget(&task.fence).unwrap();
        assert_eq!(left(database), ["ledger"]);
        // Run again it begins with nothing.
        let mut again = next.clone();
        again.fence.generation += 1;
        again.begin().unwrap();
        assert_eq!(left(database), [""; 0]);
        // It fails, and nothing of it is a result.
        commit(&again, 0, 1, &all).unwrap();
        while again.sink.sweep(&again.fence, &again.layout, 10).unwrap() > 0 {}
        assert_eq!(left(database), [""; 0]);
    });
}
