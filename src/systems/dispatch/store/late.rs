//! Reports that name no attempt, and are ones of an attempt before the present one.
//!
//! Workers may leave the attempt out. Before the message of the present attempt was handed over to be
//! sent, nobody can report on that attempt. Afterwards, until it is running, the last report of the
//! attempt before may come once more: the same status, message and result within
//! `Patience::repeat` are a repetition. Every other report counts.

use entity::{DispatchStatus, dispatch};
use xxhash_rust::xxh3::Xxh3Default;

use super::{Patience, Report};

/// How a report belongs to an attempt before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// It is the last one of that attempt once more.
    Repeated,
    /// It cannot be one of the present attempt.
    Unsent,
}

/// `None`: it may be one of the present attempt.
pub(super) fn lateness(
    task: &dispatch::Model,
    report: &Report,
    patience: &Patience,
    now: i64,
) -> Option<Late> {
    if report.attempt.is_some() || task.status != DispatchStatus::Waiting || task.attempt == 1 {
        return None;
    }
    // Where nothing is sent, callers report on tasks that they know from elsewhere.
    let unsent = !patience.pulled && task.sent_at.is_none();
    let is_same = task.report_digest == Some(digest(report));
    let is_soon = task
        .reported_at
        .is_some_and(|at| now.saturating_sub(at) < patience.repeat);
    if is_same && (unsent || is_soon) {
        return Some(Late::Repeated);
    }
    unsent.then_some(Late::Unsent)
}

/// Of everything that a report says. 53 bits: some databases read numbers in JSON as floating-point
/// ones.
pub(super) fn digest(report: &Report) -> i64 {
    let mut hash = Xxh3Default::new();
    hash.update(report.status.as_str().as_bytes());
    for text in [&report.message, &report.result] {
        match text {
            Some(text) => {
                hash.update(b"=");
                hash.update(&text.len().to_le_bytes());
                hash.update(text.as_bytes());
            }
            None => hash.update(b"-"),
        }
    }
    (hash.digest() >> 11).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::super::Reporter;
    use super::*;
    use entity::JobId;

    const NOW: i64 = 1_000_000_000;
    const SECOND: i64 = 1_000_000;

    fn report(status: DispatchStatus, message: Option<&str>) -> Report {
        Report {
            job: JobId::new(),
            status,
            message: message.map(str::to_owned),
            result: None,
            progress: None,
            attempt: None,
            by: Reporter::Anybody,
        }
    }

    /// The second attempt of a task; the first has failed with "x" ten seconds ago.
    fn second_attempt(sent_at: Option<i64>) -> dispatch::Model {
        dispatch::Model {
            job_id: JobId::new(),
            service: "aaa".to_owned(),
            status: DispatchStatus::Waiting,
            attempt: 2,
            failures: 1,
            started_at: None,
            ended_at: None,
            deadline_at: None,
            holder: None,
            message: None,
            message_running: None,
            message_finished: None,
            message_failed: None,
            result: None,
            for_job: None,
            step_no: None,
            batch_no: None,
            request: None,
            sent_at,
            reported_at: Some(NOW - 10 * SECOND),
            report_digest: Some(digest(&report(DispatchStatus::Failed, Some("x")))),
            heartbeat_at: None,
            progress_ppm: None,
            cancelled_at: None,
        }
    }

    fn patience(pulled: bool, repeat_s: i64) -> Patience {
        Patience {
            pulled,
            repeat: repeat_s * SECOND,
            ..Patience::NONE
        }
    }

    #[test]
    fn only_a_report_that_may_be_of_the_present_attempt_counts() {
        use DispatchStatus::{Failed, Finished, Running};
        let (unsent, sent) = (second_attempt(None), second_attempt(Some(NOW - SECOND)));
        let (sends, pulled) = (patience(false, 60), patience(true, 60));
        let same = report(Failed, Some("x"));
        for (task, report, patience, expected) in [
            (&unsent, same.clone(), &sends, Some(Late::Repeated)),
            (
                &unsent,
                same.clone(),
                &patience(false, 0),
                Some(Late::Repeated),
            ),
            (&unsent, report(Running, None), &sends, Some(Late::Unsent)),
            (&unsent, report(Finished, None), &sends, Some(Late::Unsent)),
            (
                &unsent,
                report(Failed, Some("y")),
                &sends,
                Some(Late::Unsent),
            ),
            (&unsent, same.clone(), &pulled, Some(Late::Repeated)),
            (&unsent, report(Running, None), &pulled, None),
            (&sent, same.clone(), &sends, Some(Late::Repeated)),
            (&sent, same.clone(), &patience(false, 10), None),
            (&sent, same.clone(), &patience(false, 0), None),
            (&sent, report(Failed, Some("y")), &sends, None),
            (&sent, report(Failed, None), &sends, None),
            (&sent, report(Running, Some("x")), &sends, None),
        ] {
            assert_eq!(
                lateness(task, &report, patience, NOW),
                expected,
                "{report:?}"
            );
        }
    }

    #[test]
    fn a_report_that_names_its_attempt_or_of_one_that_runs_counts() {
        let same = report(DispatchStatus::Failed, Some("x"));
        let sends = patience(false, 60);
        let late = |change: fn(&mut dispatch::Model), report: &Report| {
            let mut task = second_attempt(Some(NOW));
            change(&mut task);
            lateness(&task, report, &sends, NOW)
        };
        let named = Report {
            attempt: Some(2),
            ..same.clone()
        };
        assert_eq!(late(|_| {}, &named), None);
        assert_eq!(
            late(|task| task.status = DispatchStatus::Running, &same),
            None
        );
        assert_eq!(late(|task| task.attempt = 1, &same), None);
    }

    #[test]
    fn digests_differ_where_reports_do() {
        let parts = |message: Option<&str>, result: Option<&str>| {
            let mut report = report(DispatchStatus::Finished, message);
            report.result = result.map(str::to_owned);
            digest(&report)
        };
        let all = [
            parts(None, None),
            parts(Some(""), None),
            parts(None, Some("")),
            parts(Some("a"), Some("b")),
            parts(Some("ab"), Some("")),
            parts(None, Some("ab")),
        ];
        for (no, one) in all.iter().enumerate() {
            assert!(*one >= 0 && !all[..no].contains(one), "{no}");
        }
    }
}
