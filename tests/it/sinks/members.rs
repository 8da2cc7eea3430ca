//! Authors with several panels, members before and after they are published, and those of an earlier task.

use audience::systems::labelling::panels::{
    AuthorCounts, Conflict, Lineage, MemberCounts, MembersOf, Publication,
};
use tokio_util::sync::CancellationToken;

use super::task::{Post, Task};
use crate::support::on_each_kind;

/// Amy is /male twice and /female once, bob is both once, cid /young; two authors differ in case and in a blank.
const EARLIER: [Post<'_>; 8] = [
    (0, "1", "amy", "2020-01-01 00:00:00", "x", &[0]),
    (0, "2", "amy", "2020-01-03 00:00:00", "x", &[1]),
    (0, "3", "amy", "2020-01-02 00:00:00", "x", &[0]),
    (0, "4", "bob", "2020-01-01 00:00:00", "x", &[1, 0]),
    (1, "5", "cid", "2020-01-01 00:00:00", "x", &[2]),
    (1, "6", "cid", "2020-01-02 00:00:00", "x", &[2]),
    (1, "7", "Cid", "2020-01-02 00:00:00", "x", &[2]),
    (1, "8", "cid ", "2020-01-02 00:00:00", "x", &[2]),
];

/// Amy is /female, cid as before, dan is new.
const LATER: [Post<'_>; 3] = [
    (0, "1", "amy", "2020-02-01 00:00:00", "x", &[1]),
    (1, "2", "cid", "2020-02-01 00:00:00", "x", &[2]),
    (2, "3", "dan", "2020-02-01 00:00:00", "x", &[2]),
];

fn members(
    task: &Task,
    of: MembersOf,
    publication: &Publication,
    earlier: Option<&str>,
) -> MemberCounts {
    let groups = task.layout.groups.clone();
    let earlier = earlier.map(|earlier| (earlier, &groups[..]));
    let (id, cancel) = (task.fence.task_id.as_str(), CancellationToken::new());
    let found = task.sink.members((id, of), publication, earlier, &cancel);
    found.unwrap()
}

#[test]
fn who_would_be_a_member_is_one_once_it_is_published() {
    for (conflict, expected) in [
        (Conflict::KeepAll, [2, 2, 3]),
        (Conflict::MajorityDropTies, [1, 0, 3]),
        (Conflict::MajorityFirst, [2, 0, 3]),
    ] {
        on_each_kind(|database| {
            let task = Task::begun(database, "t1");
            task.stage(1, &EARLIER).unwrap();
            let publication = task.publication(conflict);
            let before = members(&task, MembersOf::Staged, &publication, None);
            assert_eq!(before.of_panels, expected, "{conflict:?}");
            task.publish_as(&publication).unwrap();
            let after = members(&task, MembersOf::Published, &publication, None);
            assert_eq!(after, before);
        });
    }
}

#[test]
fn authors_with_several_panels_are_counted_among_all() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let authors = || task.sink.staged_authors("t1", &task.layout).unwrap();
        assert_eq!(authors(), AuthorCounts::default());
        task.stage(1, &EARLIER).unwrap();
        let expected = AuthorCounts {
            all: 5,
            conflicting: 2,
        };
        assert_eq!(authors(), expected);
    });
}

#[test]
fn members_are_compared_with_those_of_the_last_task_of_the_same_rules_and_table() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        let publication = task.publication(Conflict::KeepAll);
        let lineage = publication.lineage.clone().unwrap();
        assert_eq!(task.sink.last_published("t1", &lineage).unwrap(), None);
        task.stage(1, &EARLIER).unwrap();
        task.publish_as(&publication).unwrap();
        assert_eq!(task.sink.last_published("t1", &lineage).unwrap(), None);

        let later = Task::begun(database, "t2");
        later.stage(1, &LATER).unwrap();
        let found = || later.sink.last_published("t2", &lineage).unwrap();
        assert_eq!(found().as_deref(), Some("t1"));
        let elsewhere = Lineage {
            table: "other".to_owned(),
            ..lineage.clone()
        };
        assert_eq!(later.sink.last_published("t2", &elsewhere).unwrap(), None);
        // Amy as /female and cid are members of both.
        let expected = MemberCounts {
            of_panels: vec![0, 1, 2],
            kept: 2,
            before: 7,
        };
        let staged = members(&later, MembersOf::Staged, &publication, Some("t1"));
        assert_eq!(staged, expected);
        later.publish_as(&publication).unwrap();
        let published = members(&later, MembersOf::Published, &publication, Some("t1"));
        assert_eq!(published, expected);
    });
}
