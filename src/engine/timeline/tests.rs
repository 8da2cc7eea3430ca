use entity::AttemptOutcome;

use super::*;

const MINUTES: Axis = Axis {
    from: 1_000,
    until: 8_200,
    part: 60,
};

fn group(outcome: AttemptOutcome, times: &[(i64, i64)]) -> AttemptGroup {
    let begun = times.iter().map(|(begun, _)| *begun);
    let ended = times.iter().map(|(_, ended)| *ended);
    AttemptGroup {
        step_no: 0,
        outcome,
        first: times[0].0 / MINUTES.part,
        last: times[0].1 / MINUTES.part,
        attempts: times.len() as i64,
        begun_sum: begun.clone().sum(),
        ended_sum: ended.clone().sum(),
        begun: begun.min().unwrap(),
        ended: ended.max().unwrap(),
    }
}

#[test]
fn an_axis_has_so_many_parts_whatever_its_length() {
    for length in [0, 1, 119, 120, 121, 7_200, 86_400_000_000] {
        let axis = Axis::new(5, 5 + length);
        assert!(axis.part >= 1);
        let last = length / axis.part;
        assert!((0..i64::from(PARTS)).contains(&last), "{length}: {axis:?}");
    }
    // Clocks may be set.
    assert_eq!(Axis::new(9, 3), Axis::new(9, 9));
}

#[test]
fn a_part_holds_how_many_batches_were_worked_on_in_it() {
    let groups = [
        // Both half of the first part, all of the second and a third of the third one.
        group(AttemptOutcome::Completed, &[(20, 140), (40, 140)]),
        group(AttemptOutcome::Failed, &[(130, 136)]),
    ];
    let steps = by_step(MINUTES, &groups);
    let step = &steps[&0];
    assert_eq!((step.attempts, step.failed), (3, 1));
    assert_eq!((step.begun, step.ended), (1_020, 1_140));
    // In seconds, for shares are not exact.
    let worked = step.density.iter();
    let worked: Vec<_> = worked
        .map(|(no, part)| (*no, (part.at_work * 60.0).round()))
        .collect();
    assert_eq!(worked, [(0, 60.0), (1, 120.0), (2, 46.0)]);
    let ends = &step.density[&2];
    assert_eq!((ends.completed, ends.failed, ends.interrupted), (2, 1, 0));
    assert_eq!(step.density[&1].completed, 0);
}

#[test]
fn all_that_was_done_is_found_in_the_parts() {
    let groups: Vec<AttemptGroup> = (0..1_000)
        .map(|no| group(AttemptOutcome::Completed, &[(no * 7, no * 7 + 200)]))
        .collect();
    let steps = by_step(MINUTES, &groups);
    let parts = steps[&0].density.values();
    let worked: f64 = parts.clone().map(|part| part.at_work * 60.0).sum();
    assert!((worked - 200_000.0).abs() < 1e-3, "{worked}");
    assert_eq!(parts.map(|part| part.completed).sum::<u64>(), 1_000);
}

#[test]
fn what_lies_outside_of_the_axis_is_at_its_ends() {
    let groups = [group(AttemptOutcome::Stopped, &[(-90, 9_000)])];
    let steps = by_step(MINUTES, &groups);
    let density = &steps[&0].density;
    assert_eq!(density.len(), PARTS as usize);
    assert_eq!(density[&(PARTS - 1)].interrupted, 1);
}

fn happening(at: i64, kind: &str, data: &str) -> Happening {
    Happening {
        at,
        kind: kind.to_owned(),
        data: data.to_owned(),
    }
}

#[test]
fn restarts_are_told_from_rescues() {
    let story = Story::of(&[
        happening(0, "job.queued", "{}"),
        happening(1, "job.started", r#"{"epoch":1}"#),
        happening(2, "job.adopted", r#"{"epoch":1}"#),
        happening(3, "job.rescued", r#"{"reason":"its process is gone"}"#),
        happening(4, "job.adopted", r#"{"epoch":2}"#),
        happening(
            5,
            "batch.quarantined",
            r#"{"step":0,"batch":3,"error":"crashed"}"#,
        ),
    ]);
    let marks: Vec<_> = story
        .marks
        .iter()
        .map(|mark| (mark.at, mark.kind))
        .collect();
    assert_eq!(
        marks,
        [
            (1, MarkKind::Started),
            (2, MarkKind::Restarted),
            (3, MarkKind::Rescued),
            (4, MarkKind::Adopted),
            (5, MarkKind::Quarantined),
        ]
    );
    assert_eq!(
        story.marks[2].reason.as_deref(),
        Some("its process is gone")
    );
    assert_eq!(story.marks[4].reason.as_deref(), Some("crashed"));
    assert_eq!(story.waits, []);
}

#[test]
fn a_job_that_wakes_is_not_taken_from_another_process() {
    let story = Story::of(&[
        happening(1, "job.started", r#"{"epoch":1}"#),
        happening(2, "job.parked", r#"{"reason":"waits for its site"}"#),
        happening(3, "job.woken", "{}"),
        happening(4, "job.adopted", r#"{"epoch":2}"#),
        happening(5, "job.adopted", r#"{"epoch":3}"#),
    ]);
    let marks = story.marks.iter();
    let marks: Vec<_> = marks.map(|mark| (mark.at, mark.kind)).collect();
    assert_eq!(marks, [(1, MarkKind::Started), (5, MarkKind::Adopted)]);
    assert_eq!(story.waits[0].until, Some(3));
}

#[test]
fn a_wait_ends_when_the_job_moves() {
    let story = Story::of(&[
        happening(1, "job.started", r#"{"epoch":1}"#),
        happening(2, "job.waiting", r#"{"reason":"the database is away"}"#),
        happening(3, "job.waiting", r#"{"reason":"the table is locked"}"#),
        happening(4, "job.cancel_requested", "{}"),
        happening(5, "job.waiting_ended", r#"{"reason":null}"#),
        happening(6, "job.parked", "no JSON"),
        happening(9, "job.woken", "{}"),
        happening(12, "job.parked", "{}"),
    ]);
    let waits = story.waits.iter();
    let waits: Vec<_> = waits
        .map(|wait| (wait.from, wait.until, wait.reason.as_deref(), wait.parked))
        .collect();
    assert_eq!(
        waits,
        [
            (2, Some(3), Some("the database is away"), false),
            (3, Some(5), Some("the table is locked"), false),
            (6, Some(9), None, true),
            (12, None, None, true),
        ]
    );
}
