//! What is kept with a task of what its rules did, in every kind of output.

use audience::systems::labelling::health::{
    Kept, after_publishing, before_publishing, measure_held,
};
use audience::systems::labelling::panels::{
    BesideKind, Conflict, Publication, SliceCommit, TaskFigures,
};
use audience::systems::labelling::rules::health::{
    Counts, GivenRows, LabelFound, Members, StagedAuthors,
};
use tokio_util::sync::CancellationToken;

use super::task::{Post, Task, checkpoint, figures, now, staged_rows};
use crate::support::on_each_kind;

/// Amy is /male twice and /female once, bob is /female.
const POSTS: [Post<'_>; 4] = [
    (0, "1", "amy", "2020-01-01 00:00:00", "x", &[0]),
    (0, "2", "amy", "2020-01-03 00:00:00", "x", &[1]),
    (0, "3", "amy", "2020-01-02 00:00:00", "x", &[0]),
    (1, "4", "bob", "2020-01-01 00:00:00", "x", &[1]),
];

/// Of these rows, and one without a label.
fn counted(posts: &[Post<'_>]) -> Counts {
    let mut counts = Counts::of_labels([1, 1, 1], 3);
    for (group, _, _, _, _, labels) in posts {
        let found = labels.iter().map(|label| LabelFound {
            label: *label,
            rule: Some(0),
            is_given: true,
        });
        counts.receive_found(usize::from(*group), &found.collect::<Vec<_>>());
    }
    counts.receive_found(2, &[]);
    counts
}

fn stage(task: &Task, slice: i64, posts: &[Post<'_>]) -> TaskFigures {
    let body = (BesideKind::Health, counted(posts).to_bytes());
    let committed = task.writer().commit(&SliceCommit {
        batch_no: 0,
        checkpoint: &checkpoint(slice),
        staged: &staged_rows(posts),
        new_authors: &[],
        beside: &[body],
        figures: &figures(10),
        state: &now(),
    });
    committed.unwrap()
}

fn publish(task: &Task, publication: &Publication) {
    before_publishing(&task.sink, &task.fence, publication).unwrap();
    task.publish_as(publication).unwrap();
    let cancel = CancellationToken::new();
    after_publishing(&task.sink, &task.fence, publication, &cancel).unwrap();
}

fn kept(task: &Task) -> Kept {
    let found = Kept::read(&task.sink, &task.fence.task_id).unwrap();
    found.expect("it was kept")
}

#[test]
fn what_rules_did_is_kept_with_its_task_and_compared_with_the_one_before() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let publication = task.publication(Conflict::MajorityDropTies);
        stage(&task, 1, &POSTS[..2]);
        stage(&task, 2, &POSTS[2..]);
        publish(&task, &publication);
        let first = kept(&task);
        let mut sum = counted(&POSTS[..2]);
        sum.add(&counted(&POSTS[2..]));
        assert_eq!(first.counts, sum.to_bytes());
        assert_eq!(first.labels, ["male", "female", "young"]);
        assert_eq!(first.groups, task.layout.groups);
        assert_eq!(
            first.facts.authors,
            Some(StagedAuthors {
                all: 2,
                conflicting: 1
            })
        );
        let members = |of_labels: [u64; 3], entered, left| {
            Some(Members {
                of_labels: of_labels.to_vec(),
                entered,
                left,
            })
        };
        assert_eq!(first.facts.members, members([1, 1, 0], None, None));
        assert_eq!(first.facts.earlier, None);
        // The staged rows, and the counts of slices, are not needed any more.
        let swept = || task.sink.sweep(&task.fence, &task.layout, 100).unwrap();
        while swept() > 0 {}
        assert_eq!(kept(&task).counts, first.counts);

        let later = Task::begun(database, "t2");
        let held = stage(&later, 1, &POSTS[3..]);
        assert_eq!(held.staged[0], 10);
        let cancel = CancellationToken::new();
        let measured = measure_held(&later.sink, &later.fence, &publication, &cancel);
        let measured = measured.unwrap().expect("rows were counted").facts;
        // Bob is still /female; amy has left.
        assert_eq!(measured.members, members([0, 1, 0], Some(0), Some(1)));
        let earlier = measured.earlier.clone().unwrap();
        assert_eq!((earlier.job.as_str(), earlier.members), ("t1", 2));
        let labels = [("male", 2), ("female", 2), ("young", 0)];
        let given = GivenRows {
            labels: labels
                .map(|(label, rows)| (label.to_owned(), rows))
                .to_vec(),
            none: 2,
        };
        assert_eq!(earlier.given, given);
        publish(&later, &publication);
        assert_eq!(kept(&later).facts, measured);
    });
}

#[test]
fn a_process_that_died_around_publishing_is_continued() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let publication = task.publication(Conflict::KeepAll);
        stage(&task, 1, &POSTS);
        before_publishing(&task.sink, &task.fence, &publication).unwrap();
        // Once more: it measures the same rows.
        before_publishing(&task.sink, &task.fence, &publication).unwrap();
        task.publish_as(&publication).unwrap();
        assert_eq!(kept(&task).facts.members, None);
        let next = task.taken_over();
        let cancel = CancellationToken::new();
        for _ in 0..2 {
            after_publishing(&next.sink, &next.fence, &publication, &cancel).unwrap();
            let facts = kept(&next).facts;
            assert_eq!(facts.members.unwrap().of_labels, [1, 2, 0]);
            assert_eq!(facts.authors.unwrap().conflicting, 1);
        }
        // The one that lost the task changes nothing.
        before_publishing(&task.sink, &task.fence, &publication).unwrap_err();
    });
}
