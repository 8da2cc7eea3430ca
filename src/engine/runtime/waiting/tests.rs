use entity::JobId;

use super::*;

const NOW: i64 = 1_000_000;

fn step_of(state: StepState, not_before_at: Option<i64>) -> step::Model {
    step::Model {
        job_id: JobId::new(),
        no: 1,
        name: "publish".to_owned(),
        kind: "publish".to_owned(),
        params: "{}".to_owned(),
        after: "[0]".to_owned(),
        delay_s: 30,
        state,
        not_before_at,
        failures: 0,
        last_error: None,
        notes: None,
        ended_at: None,
        policy: None,
        output: None,
        batches_total: 3,
        batches_done: 0,
        batches_failed: 0,
        batches_parked: 0,
        units_done: 0,
        added_by: None,
    }
}

fn batch_of(no: i32, not_before_at: Option<i64>) -> batch::Model {
    batch::Model {
        job_id: JobId::new(),
        step_no: 1,
        no,
        spec: "{}".to_owned(),
        state: BatchState::Pending,
        attempts: 4,
        failures: 1,
        outages: 0,
        crashes: 0,
        not_before_at,
        last_error: Some("a thread ended early".to_owned()),
        progress: None,
        ended_at: None,
        dedup_key: None,
        checkpoint: None,
        output: None,
        signals: None,
        wakes_on_signal: false,
    }
}

fn reason(steps: &[step::Model], pending: &[batch::Model]) -> Option<String> {
    const TIME: usize = "2026-01-01T00:00:00.000Z".len();
    let usual = UsualPolicy {
        attempts_max: 3,
        batches_at_once: 2,
    };
    let pause = pause(steps, pending, usual, NOW)?;
    // The time of day of a moment differs from run to run.
    let (before, at) = pause.reason.split_once(" at ")?;
    Some(format!("{before} at THEN{}", &at[TIME..]))
}

#[test]
fn a_countdown_is_named_with_its_step_and_its_end() {
    let steps = [step_of(StepState::Pending, Some(NOW + 30_000_000))];
    assert_eq!(
        reason(&steps, &[]).as_deref(),
        Some("countdown of 30 s: step `publish` begins at THEN")
    );
    assert_eq!(reason(&[step_of(StepState::Pending, Some(NOW))], &[]), None);
    assert_eq!(reason(&[step_of(StepState::Pending, None)], &[]), None);
}

#[test]
fn a_job_that_starts_over_says_when_and_why() {
    let mut step = step_of(StepState::Pending, Some(NOW + 30_000_000));
    step.last_error = Some("no luck, attempt 1 of 2".to_owned());
    assert_eq!(
        reason(&[step], &[]).as_deref(),
        Some("the job starts over at THEN: no luck, attempt 1 of 2")
    );
}

#[test]
fn a_retry_is_named_with_its_number_its_time_and_its_cause() {
    let steps = [step_of(StepState::Running, None)];
    let pending = [batch_of(2, Some(NOW + 9)), batch_of(1, Some(NOW + 5))];
    assert_eq!(
        reason(&steps, &pending).as_deref(),
        Some(
            "batch 2 of step `publish` is tried again at THEN, attempt 2 of 3: a thread ended early"
        )
    );
    let one_runs = [batch_of(2, Some(NOW + 9)), batch_of(1, Some(NOW - 5))];
    assert_eq!(reason(&steps, &one_runs), None);
    let in_order = || {
        let mut step = step_of(StepState::Running, None);
        step.policy = Some(r#"{"batches_at_once":1}"#.to_owned());
        step
    };
    let first_waits = [batch_of(1, Some(NOW + 5)), batch_of(2, None)];
    assert_eq!(reason(&steps, &first_waits), None);
    let found = reason(&[in_order()], &first_waits).unwrap();
    assert!(
        found.starts_with("batch 2 of step `publish` is tried again"),
        "{found}"
    );
    let mut whole = step_of(StepState::Running, None);
    whole.policy = Some(r#"{"is_whole_job":true}"#.to_owned());
    assert_eq!(
        reason(&[whole], &pending).as_deref(),
        Some("is tried again at THEN: a thread ended early")
    );
    let mut own = step_of(StepState::Running, None);
    own.policy = Some(r#"{"attempts_max":7}"#.to_owned());
    let found = reason(&[own], &pending).unwrap();
    assert!(found.contains("attempt 2 of 7"), "{found}");
}

#[test]
fn a_plan_that_failed_is_named_as_a_retry() {
    let mut step = step_of(StepState::Pending, Some(NOW + 5));
    step.failures = 1;
    step.last_error = Some("table `t` cannot be read".to_owned());
    assert_eq!(
        reason(&[step], &[]).as_deref(),
        Some("step `publish` is planned again at THEN, attempt 2 of 3: table `t` cannot be read")
    );
}

#[test]
fn a_holder_that_is_silent_is_named() {
    let process = "a process of another machine";
    assert_eq!(silence(process, 14_000, 15_000), None);
    for (left_ms, expected) in [(4_000, "its lease lapses at"), (-10, "its lease lapsed at")] {
        let found = silence(process, left_ms, 15_000).unwrap();
        assert!(
            found.starts_with(process) && found.contains(expected),
            "{found}"
        );
    }
}

#[test]
fn a_job_does_not_wait_for_itself() {
    let (own, other) = (JobId::new(), JobId::new());
    let full = Full {
        reason: format!(
            "queue `narrow` is full: it may run 1 job at a time, and that is job {own}"
        ),
        holders: vec![Holder {
            job: own.clone(),
            owner: None,
        }],
    };
    assert_eq!(full.reason_for(&own), None);
    assert_eq!(full.reason_for(&other), Some(full.reason.clone()));
}
