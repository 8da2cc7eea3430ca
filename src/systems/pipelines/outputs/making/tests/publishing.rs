//! Publishing: whole, cut off at each step, and on a full disk.

use std::io;

use super::super::publish::{Exchange, publish_stepwise};
use super::super::{Intent, PublishError, discard, publish};
use super::{ATTEMPT, Project, files, glob, in_place, path, write};
use crate::systems::pipelines::outputs::ResolvedOutput;

/// What one case of publishing begins with, makes, and ends with.
struct Case {
    outputs: Vec<ResolvedOutput>,
    before: Vec<(&'static str, &'static str)>,
    /// Below each temporary path; `.` is the path itself.
    made: Vec<Vec<(&'static str, &'static str)>>,
    after: Vec<(&'static str, &'static str)>,
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            outputs: vec![path("data/資料/a b'\".json")],
            before: vec![],
            made: vec![vec![(".", "new")]],
            after: vec![("data/資料/a b'\".json", "new")],
        },
        Case {
            outputs: vec![path("d/x"), path("d/y"), path("e/z")],
            before: vec![("d/x", "old"), ("d/other", "stays")],
            made: vec![vec![(".", "1")], vec![(".", "2")], vec![(".", "3")]],
            after: vec![
                ("d/x", "1"),
                ("d/y", "2"),
                ("d/other", "stays"),
                ("e/z", "3"),
            ],
        },
        Case {
            outputs: vec![path("d/x"), path("d/y")],
            before: vec![("d/x/a", "old"), ("d/x/b/c", "old"), ("d/y/a", "old")],
            made: vec![vec![("a", "new"), ("d/e", "new")], vec![("b", "new")]],
            after: vec![("d/x/a", "new"), ("d/x/d/e", "new"), ("d/y/b", "new")],
        },
        Case {
            outputs: vec![path("d/file"), path("d/folder")],
            before: vec![("d/file/a", "was a folder"), ("d/folder", "was a file")],
            made: vec![vec![(".", "new")], vec![("a", "new"), ("empty", "")]],
            after: vec![
                ("d/file", "new"),
                ("d/folder/a", "new"),
                ("d/folder/empty/", ""),
            ],
        },
        Case {
            outputs: vec![glob("g/*.csv", 2), path("g/sum")],
            before: vec![
                ("g/a.csv", "old"),
                ("g/z.csv", "stays"),
                ("g/dir.csv/x", "old"),
                ("g/turned.csv", "was a file"),
            ],
            made: vec![
                vec![
                    ("a.csv", "new"),
                    ("b.csv", "new"),
                    ("dir.csv/y", "new"),
                    ("turned.csv/y", "is a folder"),
                    ("no", "match"),
                    ("sub/c.csv", "no match"),
                ],
                vec![(".", "2")],
            ],
            after: vec![
                ("g/a.csv", "new"),
                ("g/b.csv", "new"),
                ("g/dir.csv/y", "new"),
                ("g/turned.csv/y", "is a folder"),
                ("g/z.csv", "stays"),
                ("g/sum", "2"),
            ],
        },
        Case {
            outputs: vec![glob("g/**/*.csv", 1), glob("*.txt", 1), in_place("h/log")],
            before: vec![("g/1/old.csv", "stays"), ("h/log", "longer than before")],
            made: vec![
                vec![("a.csv", "x"), ("1/b.csv", "y"), ("2/3/c.csv", "z")],
                vec![("t.txt", "t")],
                vec![(".", "written")],
            ],
            after: vec![
                ("g/a.csv", "x"),
                ("g/1/b.csv", "y"),
                ("g/1/old.csv", "stays"),
                ("g/2/3/c.csv", "z"),
                ("t.txt", "t"),
                ("h/log", "written"),
            ],
        },
    ]
}

impl Case {
    /// All that happens until the intent is stored.
    fn begin(&self) -> (Project, Intent) {
        let project = Project::in_memory().and(&self.before);
        for (out, made) in project.prepare(&self.outputs).iter().zip(&self.made) {
            for (name, text) in made {
                match *name {
                    "." => write(out, text),
                    name => write(&out.join(name), text),
                }
            }
        }
        let intent = project.finish(&self.outputs).unwrap();
        let stored = serde_json::to_string(&intent).unwrap();
        assert!(!stored.contains(project.dir.root().to_str().unwrap()));
        let intent = serde_json::from_str(&stored).unwrap();
        (project, intent)
    }
}

/// Answers `error` at a step, counted from 0, and counts the steps.
fn publish_until(
    project: &Project,
    intent: &Intent,
    exchange: Exchange,
    stop_at: usize,
    error: i32,
) -> (Result<(), PublishError>, usize) {
    let mut steps = 0;
    let result = publish_stepwise(&project.dir, intent, exchange, &mut || {
        steps += 1;
        match steps > stop_at {
            true => Err(io::Error::from_raw_os_error(error)),
            false => Ok(()),
        }
    });
    (result, steps)
}

#[test]
fn what_was_made_is_published() {
    for case in cases() {
        let (project, intent) = case.begin();
        publish(&project.dir, &intent).unwrap();
        assert_eq!(project.all(), files(&case.after));
        publish(&project.dir, &intent).unwrap();
        assert_eq!(project.all(), files(&case.after), "published again");
    }
}

#[test]
fn publishing_that_was_killed_at_any_step_is_finished_by_the_next() {
    const INTERRUPTED: i32 = 4;
    for (no, case) in cases().iter().enumerate() {
        for exchange in [Exchange::Possible, Exchange::Impossible] {
            let (project, intent) = case.begin();
            let (done, steps) = publish_until(&project, &intent, exchange, usize::MAX, INTERRUPTED);
            done.unwrap();
            assert_eq!(project.all(), files(&case.after));
            for (first, second) in (0..steps).flat_map(|one| (0..steps).map(move |two| (one, two)))
            {
                let (project, intent) = case.begin();
                for step in [first, second] {
                    publish_until(&project, &intent, exchange, step, INTERRUPTED)
                        .0
                        .ok();
                }
                publish_until(&project, &intent, exchange, usize::MAX, INTERRUPTED)
                    .0
                    .unwrap();
                assert_eq!(
                    project.all(),
                    files(&case.after),
                    "case {no}, {exchange:?}, killed before {first} and {second} of {steps}"
                );
            }
        }
    }
}

#[test]
fn a_full_disk_is_named_and_what_stood_before_can_be_kept() {
    const NO_SPACE: i32 = 28;
    for case in cases() {
        let (project, intent) = case.begin();
        let (_, steps) = publish_until(&project, &intent, Exchange::Possible, usize::MAX, NO_SPACE);
        for step in 0..steps {
            let (project, intent) = case.begin();
            let (result, _) = publish_until(&project, &intent, Exchange::Possible, step, NO_SPACE);
            let error = result.unwrap_err();
            let text = error.to_string();
            assert!(text.contains("no space left on the device"), "{text}");
            assert!(
                !text.contains(project.dir.root().to_str().unwrap()),
                "{text}"
            );
            match error {
                PublishError::NothingMoved(_) => {
                    discard(&project.dir, &case.outputs, ATTEMPT).unwrap();
                    assert_as_before(&project, &case);
                }
                PublishError::Unfinished(_) => {
                    publish(&project.dir, &intent).unwrap();
                    assert_eq!(project.all(), files(&case.after));
                }
            }
        }
    }
}

/// Apart from empty directories, and from what programs wrote to the final place.
fn assert_as_before(project: &Project, case: &Case) {
    let mut before = files(&case.before);
    let mut all = project.all();
    for files in [&mut before, &mut all] {
        files.retain(|path, _| !path.ends_with('/') && path != "h/log");
    }
    assert_eq!(all, before);
}

#[test]
fn what_is_discarded_leaves_what_stood_before() {
    for case in cases() {
        let (project, _) = case.begin();
        discard(&project.dir, &case.outputs, ATTEMPT).unwrap();
        assert_as_before(&project, &case);
        assert!(!project.path("h/log").exists());
        discard(&project.dir, &case.outputs, ATTEMPT).unwrap();
        assert_as_before(&project, &case);
    }
}
