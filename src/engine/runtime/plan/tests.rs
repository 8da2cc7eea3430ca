use entity::BatchState;

use super::*;

/// A batch, with the time before which it is not to be started.
#[derive(Clone, Copy)]
struct Batch {
    no: i32,
    state: BatchState,
    not_before_at: Option<i64>,
}

fn batch(no: i32, state: BatchState) -> Batch {
    Batch {
        no,
        state,
        not_before_at: None,
    }
}

fn step(no: i32, state: StepState, batches: Vec<Batch>) -> StepView {
    let count = |state: BatchState| {
        let of_state = batches.iter().filter(|batch| batch.state == state);
        of_state.count() as u32
    };
    let pending = batches.iter().filter(|batch| batch.state == B::Pending);
    let failed = batches.iter().find(|batch| batch.state == B::Failed);
    StepView {
        no,
        name: format!("step{no}"),
        state,
        after: if no == 0 { vec![] } else { vec![no - 1] },
        delay_s: 0,
        not_before_at: None,
        last_error: None,
        batches_at_once: 2,
        is_whole_job: false,
        tolerate: Tolerance::None,
        counts: Counts {
            total: batches.len() as u32,
            done: count(B::Completed),
            failed: count(B::Failed),
            parked: count(B::Parked),
        },
        open: OpenBatches {
            pending: pending
                .map(|batch| PendingBatch {
                    no: batch.no,
                    not_before_at: batch.not_before_at,
                })
                .collect(),
            failed: failed.map(|batch| (batch.no, "bad".to_owned())),
            look_again_at: None,
            next_attempt_at: None,
        },
    }
}

fn view(steps: Vec<StepView>) -> View {
    View {
        steps,
        now: 1_000,
        parks_from: 10_000,
        ..View::default()
    }
}

fn key(step_no: i32, no: i32) -> BatchKey {
    BatchKey { step_no, no }
}

use Action::*;
use BatchState as B;
use StepState as S;

#[test]
fn a_job_goes_from_step_to_step() {
    let table = [
        (
            view(vec![
                step(0, S::Pending, vec![]),
                step(1, S::Pending, vec![]),
            ]),
            vec![PlanStep(0)],
        ),
        (
            view(vec![step(
                0,
                S::Running,
                vec![batch(0, B::Pending), batch(1, B::Pending)],
            )]),
            vec![StartBatch(key(0, 0)), StartBatch(key(0, 1))],
        ),
        (
            view(vec![step(0, S::Running, vec![batch(0, B::Completed)])]),
            vec![CompleteStep(0)],
        ),
        (
            view(vec![step(0, S::Running, vec![])]),
            vec![CompleteStep(0)],
        ),
        (
            view(vec![
                step(0, S::Completed, vec![]),
                step(1, S::Pending, vec![]),
            ]),
            vec![PlanStep(1)],
        ),
        (
            view(vec![step(0, S::Completed, vec![])]),
            vec![End {
                state: JobState::Succeeded,
                reason: None,
            }],
        ),
    ];
    for (view, expected) in table {
        assert_eq!(decide(&view), expected, "{view:?}");
    }
}

#[test]
fn a_delay_starts_when_the_steps_before_are_completed() {
    let mut second = step(1, S::Pending, vec![]);
    second.delay_s = 5;
    let mut view = view(vec![step(0, S::Completed, vec![]), second]);
    assert_eq!(
        decide(&view),
        [DelayStep {
            no: 1,
            until: 5_001_000
        }]
    );
    view.steps[1].not_before_at = Some(5_001_000);
    view.parks_from = 10_000_000;
    assert_eq!(decide(&view), [WakeAt(5_001_000)]);
    view.now = 5_001_000;
    assert_eq!(decide(&view), [PlanStep(1)]);
}

#[test]
fn no_more_batches_run_at_once_than_allowed() {
    let batches = (0..4).map(|no| batch(no, B::Pending)).collect();
    let mut view = view(vec![step(0, S::Running, batches)]);
    view.running.insert(key(0, 1));
    assert_eq!(decide(&view), [StartBatch(key(0, 0))]);
}

#[test]
fn one_at_a_time_a_waiting_batch_is_not_overtaken() {
    let mut waiting = batch(0, B::Pending);
    waiting.not_before_at = Some(2_000);
    let mut view = view(vec![step(
        0,
        S::Running,
        vec![waiting, batch(1, B::Pending)],
    )]);
    assert_eq!(decide(&view), [WakeAt(2_000), StartBatch(key(0, 1))]);
    view.steps[0].batches_at_once = 1;
    assert_eq!(decide(&view), [WakeAt(2_000)]);
}

#[test]
fn a_batch_that_was_given_up_fails_its_step_and_then_the_job() {
    let batches = vec![batch(0, B::Failed), batch(1, B::Pending)];
    let mut view = view(vec![step(0, S::Running, batches)]);
    view.running.insert(key(0, 1));
    assert_eq!(decide(&view), [StopBatches]);
    view.running.clear();
    let reason = "batch 1 of step `step0` failed: bad".to_owned();
    assert_eq!(
        decide(&view),
        [FailStep {
            no: 0,
            reason: reason.clone()
        }]
    );
    view.steps[0].state = S::Failed;
    view.steps[0].last_error = Some(reason.clone());
    assert_eq!(
        decide(&view),
        [End {
            state: JobState::Failed,
            reason: Some(reason)
        }]
    );
}

#[test]
fn a_job_that_has_done_everything_is_not_cancelled_any_more() {
    let done = step(0, S::Running, vec![batch(0, B::Completed)]);
    let mut view = view(vec![done]);
    view.cancel_requested = true;
    assert_eq!(decide(&view), [CompleteStep(0)]);
}

#[test]
fn a_cancelled_job_stops_what_runs_and_ends() {
    let mut view = view(vec![step(0, S::Running, vec![batch(0, B::Pending)])]);
    view.cancel_requested = true;
    view.running.insert(key(0, 0));
    assert_eq!(decide(&view), [StopBatches]);
    view.running.clear();
    assert_eq!(
        decide(&view),
        [End {
            state: JobState::Cancelled,
            reason: None
        }]
    );
}

#[test]
fn a_step_has_its_own_number_of_batches_at_once() {
    let mut two = view(vec![
        step(
            0,
            S::Running,
            vec![batch(0, B::Pending), batch(1, B::Pending)],
        ),
        step(
            1,
            S::Running,
            vec![batch(0, B::Pending), batch(1, B::Pending)],
        ),
    ]);
    two.steps[1].after = vec![];
    two.steps[0].batches_at_once = 1;
    two.running.insert(key(1, 0));
    assert_eq!(decide(&two), [StartBatch(key(0, 0)), StartBatch(key(1, 1))]);
}

#[test]
fn tolerated_failures_do_not_fail_the_step() {
    let batches = vec![batch(0, B::Failed), batch(1, B::Pending)];
    let mut view = view(vec![step(0, S::Running, batches)]);
    view.steps[0].tolerate = Tolerance::Batches(1);
    assert_eq!(decide(&view), [StartBatch(key(0, 1))]);
    view.steps[0].counts.done = 1;
    view.steps[0].open.pending.clear();
    assert_eq!(decide(&view), [CompleteStep(0)]);
    view.steps[0].tolerate = Tolerance::Share(0.4);
    let reason = "batch 1 of step `step0` failed: bad".to_owned();
    assert_eq!(decide(&view), [FailStep { no: 0, reason }]);
}

#[test]
fn the_only_batch_of_a_job_is_not_named() {
    let mut view = view(vec![step(0, S::Running, vec![batch(0, B::Failed)])]);
    view.steps[0].is_whole_job = true;
    let reason = "bad".to_owned();
    assert_eq!(decide(&view), [FailStep { no: 0, reason }]);
}

#[test]
fn a_job_whose_batches_are_all_parked_is_parked() {
    let parked = vec![batch(0, B::Parked), batch(1, B::Completed)];
    let mut view = view(vec![
        step(0, S::Running, parked),
        step(1, S::Pending, vec![]),
    ]);
    assert_eq!(decide(&view), [ParkJob { until: None }]);
    view.steps[0].open.look_again_at = Some(9_000);
    assert_eq!(decide(&view), [ParkJob { until: None }]);
    view.cancel_requested = true;
    let state = JobState::Cancelled;
    assert_eq!(
        decide(&view),
        [End {
            state,
            reason: None
        }]
    );
}

#[test]
fn beside_what_runs_or_waits_here_parked_batches_are_looked_at_again() {
    let batches = vec![batch(0, B::Parked), batch(1, B::Pending)];
    let mut view = view(vec![step(0, S::Running, batches)]);
    view.steps[0].open.look_again_at = Some(9_000);
    assert_eq!(decide(&view), [StartBatch(key(0, 1)), WakeAt(9_000)]);
    view.running.insert(key(0, 1));
    assert_eq!(decide(&view), [WakeAt(9_000)]);
    view.running.clear();
    view.steps[0].open.pending[0].not_before_at = Some(5_000);
    assert_eq!(decide(&view), [WakeAt(5_000), WakeAt(9_000)]);
}

#[test]
fn a_job_that_only_waits_for_a_time_far_away_is_parked() {
    let steps = vec![step(0, S::Completed, vec![]), step(1, S::Pending, vec![])];
    let mut view = view(steps);
    for (at, expected) in [
        (10_999, WakeAt(10_999)),
        (
            11_000,
            ParkJob {
                until: Some(11_000),
            },
        ),
    ] {
        view.steps[1].not_before_at = Some(at);
        assert_eq!(decide(&view), [expected]);
    }
}

#[test]
fn a_retry_is_waited_for_elsewhere_if_nothing_else_can_run() {
    let batches = vec![batch(0, B::Pending), batch(1, B::Pending)];
    let mut view = view(vec![step(0, S::Running, batches)]);
    view.steps[0].open.pending[0].not_before_at = Some(50_000);
    assert_eq!(
        decide(&view),
        [WakeAt(50_000), StartBatch(key(0, 1))],
        "the other one can run"
    );
    let until = Some(50_000);
    view.steps[0].batches_at_once = 1;
    assert_eq!(decide(&view), [ParkJob { until }], "it is not overtaken");
    view.steps[0].batches_at_once = 2;
    view.steps[0].open.pending[1].not_before_at = Some(60_000);
    assert_eq!(decide(&view), [ParkJob { until }]);
    view.steps[0].counts.parked = 1;
    view.steps[0].open.look_again_at = Some(2_000);
    assert_eq!(decide(&view), [ParkJob { until }]);
    view.steps[0].open.pending.clear();
    view.steps[0].open.next_attempt_at = until;
    assert_eq!(decide(&view), [ParkJob { until }]);
    view.running.insert(key(0, 7));
    assert_eq!(decide(&view), [WakeAt(2_000), WakeAt(50_000)]);
}

#[test]
fn a_failed_job_starts_over_as_often_as_it_may() {
    let mut failed = step(0, S::Failed, vec![]);
    failed.last_error = Some("bad".to_owned());
    let mut view = view(vec![failed]);
    let end = |reason: &str| End {
        state: JobState::Failed,
        reason: Some(reason.to_owned()),
    };
    assert_eq!(decide(&view), [end("bad")]);
    view.limits.attempts_max = 2;
    view.limits.attempt = 1;
    let reason = "bad, attempt 1 of 2".to_owned();
    assert_eq!(decide(&view), [StartOver { reason }]);
    view.limits.attempt = 2;
    assert_eq!(decide(&view), [end("bad, attempt 2 of 2")]);
    view.limits.attempt = 1;
    view.cancel_requested = true;
    let state = JobState::Cancelled;
    assert_eq!(
        decide(&view),
        [End {
            state,
            reason: None
        }]
    );
}

#[test]
fn a_job_that_takes_too_long_fails_whatever_it_does() {
    let steps = vec![
        step(0, S::Completed, vec![]),
        step(1, S::Running, vec![batch(0, B::Parked)]),
    ];
    let mut view = view(steps);
    let limit = Duration::from_millis(1_500);
    view.limits.deadline = Some((11_000, limit));
    let until = Some(11_000);
    assert_eq!(decide(&view), [ParkJob { until }]);
    view.limits.deadline = Some((10_999, limit));
    assert_eq!(decide(&view), [WakeAt(10_999)]);
    view.steps[1] = step(1, S::Running, vec![batch(0, B::Pending)]);
    assert_eq!(decide(&view), [StartBatch(key(1, 0)), WakeAt(10_999)]);
    view.running.insert(key(1, 0));
    assert_eq!(decide(&view), [WakeAt(10_999)]);
    view.now = 10_999;
    assert_eq!(decide(&view), [StopBatches]);
    view.running.clear();
    let reason = Some("timed out after 1.5 s".to_owned());
    let state = JobState::Failed;
    assert_eq!(decide(&view), [End { state, reason }]);
    // What is done is not too late.
    view.steps[1] = step(1, S::Running, vec![batch(0, B::Completed)]);
    assert_eq!(decide(&view), [CompleteStep(1)]);
}
