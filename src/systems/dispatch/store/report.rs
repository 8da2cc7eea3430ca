//! What workers report about their tasks.

use std::collections::{BTreeSet, HashMap};

use entity::{DispatchStatus, JobId};
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::change::{self, Change};
use super::late::{self, Late};
use super::lock;
use super::storing;
use super::{DispatchStore, Patience};
use crate::clock;
use crate::engine::store::{Result, SetOperation, SetOutcome, StoreError};

/// A worker's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub job: JobId,
    /// `running`, `finished` or `failed`.
    pub status: DispatchStatus,
    pub message: Option<String>,
    /// JSON.
    pub result: Option<String>,
    pub progress: Option<Progress>,
    /// Which attempt it speaks of; `None`: of the present one.
    pub attempt: Option<i32>,
    pub by: Reporter,
}

/// A share of a task's work, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress(pub u32);

impl Progress {
    const WHOLE: f64 = 1e6;

    /// From 0 to 1; `None`: it is not.
    pub fn of(share: f64) -> Option<Self> {
        let fits = (0.0..=1.0).contains(&share);
        fits.then(|| Self((share * Self::WHOLE).round() as u32))
    }

    pub fn share(ppm: i64) -> f64 {
        ppm as f64 / Self::WHOLE
    }
}

/// Who reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reporter {
    Anybody,
    /// The worker that has leased the task, by the key it was given.
    Holder(String),
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reported {
    Done,
    /// It had been reported before; nothing has changed.
    Same,
    /// The task cannot become that, for this reason; the report stands in its history.
    Refused {
        reason: String,
    },
    Unknown,
}

/// Reports on one task of a service, in the order in which they came.
#[derive(Clone, Debug)]
pub struct TaskReports {
    pub job: JobId,
    pub service: String,
    pub patience: Patience,
    pub reports: Vec<Report>,
}

impl DispatchStore {
    /// Applies a report to a task of this service.
    pub async fn report(
        &self,
        report: Report,
        service: &str,
        patience: &Patience,
    ) -> Result<Reported> {
        let reports = TaskReports {
            job: report.job.clone(),
            service: service.to_owned(),
            patience: *patience,
            reports: vec![report],
        };
        let reported = self.report_all(vec![reports]).await.pop();
        let mut reported = reported.unwrap_or(Err(StoreError::Closed))?;
        Ok(reported.pop().unwrap_or(Reported::Unknown))
    }

    /// Applies reports on any number of tasks in few statements, and returns what became of each. Those on
    /// one task are applied all or not at all.
    pub async fn report_all(&self, tasks: Vec<TaskReports>) -> Vec<Result<Vec<Reported>>> {
        let outcomes = self.0.write_all_in_set(tasks).await.into_iter();
        let counted = outcomes.map(|outcome| {
            let Applied {
                reported,
                ended,
                wakes,
            } = outcome?;
            if let Some(status) = ended {
                change::count_ended(status);
            }
            if let Some(job) = wakes {
                self.0.has_woken(&job);
            }
            Ok(reported)
        });
        counted.collect()
    }
}

/// What became of reports on one task.
pub struct Applied {
    reported: Vec<Reported>,
    /// What the task has ended with, if it has by one of them.
    ended: Option<DispatchStatus>,
    /// The job that has waited for its end.
    wakes: Option<JobId>,
}

impl SetOperation for TaskReports {
    type Outcome = Applied;

    type Memory = ();

    async fn all(
        on: &DatabaseTransaction,
        set: &[&Self],
        (): &mut Self::Memory,
    ) -> Result<SetOutcome<Self::Outcome>> {
        let applied = all(on, set).await?;
        Ok(SetOutcome::Keep(applied.into_iter().map(Ok).collect()))
    }
}

/// Applies reports in order, however many there are of one task. An error is one of the whole set.
async fn all(on: &DatabaseTransaction, set: &[&TaskReports]) -> Result<Vec<Applied>> {
    let ids: BTreeSet<&JobId> = set.iter().map(|one| &one.job).collect();
    let ids: Vec<JobId> = ids.into_iter().cloned().collect();
    let found = lock::look_at(on, &ids).await?;
    let mut changes: HashMap<JobId, Change> = found
        .iter()
        .map(|task| (task.job_id.clone(), Change::of(task)))
        .collect();
    let applied = set.iter().map(|task| {
        let change = changes.get_mut(&task.job);
        match change.filter(|change| change.after.service == task.service) {
            Some(change) => task.apply(change),
            None => Applied {
                reported: vec![Reported::Unknown; task.reports.len()],
                ended: None,
                wakes: None,
            },
        }
    });
    let applied = applied.collect();
    // In the order of ids, like the locks.
    let changes: Vec<Change> = ids.iter().filter_map(|id| changes.remove(id)).collect();
    storing::store_all(on, &changes).await?;
    Ok(applied)
}

impl TaskReports {
    fn apply(&self, change: &mut Change) -> Applied {
        let had_ended = change.after.status.has_ended();
        let reports = self.reports.iter().cloned();
        let reported = reports
            .map(|report| apply(change, report, &self.patience))
            .collect();
        let status = change.after.status;
        let ends = status.has_ended() && !had_ended;
        let for_job = change.after.for_job.clone();
        Applied {
            reported,
            ended: (ends && for_job.is_none()).then_some(status),
            wakes: for_job.filter(|_| ends),
        }
    }
}

fn apply(change: &mut Change, report: Report, patience: &Patience) -> Reported {
    let now = clock::steady::now_micros();
    let late = late::lateness(&change.after, &report, patience, now);
    let reason = match late {
        Some(Late::Repeated) => return Reported::Same,
        Some(Late::Unsent) => Some(format!(
            "it names no attempt, and the message of attempt {} was not sent yet",
            change.after.attempt
        )),
        None => refusal(&change.after, &report),
    };
    if let Some(reason) = reason {
        let data = json!({
            "attempt": report.attempt, "status": report.status.as_str(),
            "message": report.message, "reason": reason,
        });
        change.record("dispatch.report_refused", &data);
        return Reported::Refused { reason };
    }
    let digest = late::digest(&report);
    let reported = advance(change, report, patience);
    change.after.reported_at = Some(now);
    change.after.report_digest = Some(digest);
    reported
}

/// Applies a report that is not refused.
fn advance(change: &mut Change, report: Report, patience: &Patience) -> Reported {
    match report.status {
        DispatchStatus::Running if change.after.status == report.status => {
            // A sign of life changes nothing but what it says, and until when the next is waited for.
            // The key of a lease has a time of its own.
            change.note(report.message, report.progress);
            if change.after.holder.is_none() && change.after.deadline_at.is_some() {
                change.after.deadline_at = patience.next_deadline();
            }
            return Reported::Same;
        }
        status if change.after.status == status => return Reported::Same,
        DispatchStatus::Running => {
            change.begin(report.message, patience.next_deadline());
            change.note(None, report.progress);
        }
        DispatchStatus::Finished => {
            change.begin_when_sent();
            change.finish(report.message, report.result);
        }
        _ => {
            change.begin_when_sent();
            let reason = report.message.unwrap_or_else(|| NO_REASON.to_owned());
            change.fail(reason, report.result, patience);
        }
    }
    Reported::Done
}

const NO_REASON: &str = "the worker gave no reason";

/// Why a task does not become what is reported, if it does not. The key of the last lease stays
/// with a task that has ended, so that its holder may say so again.
fn refusal(before: &entity::dispatch::Model, report: &Report) -> Option<String> {
    let (is, to_be) = (before.status, report.status);
    if let Some(attempt) = report.attempt.filter(|attempt| *attempt != before.attempt) {
        let present = before.attempt;
        return Some(format!(
            "it speaks of attempt {attempt}, the task is at attempt {present}"
        ));
    }
    match (&report.by, &before.holder) {
        (Reporter::Holder(key), holder) if holder.as_ref() != Some(key) => {
            let is = is.as_str();
            return Some(format!("its lease has ended; the task is {is}"));
        }
        (Reporter::Anybody, Some(_)) if !is.has_ended() => {
            return Some("another worker has leased the task over HTTP".to_owned());
        }
        _ => {}
    }
    let rank = |status| DispatchStatus::ALL.iter().position(|one| *one == status);
    let moves_forward = is != DispatchStatus::Ready && !is.has_ended() && rank(is) < rank(to_be);
    (is != to_be && !moves_forward).then(|| {
        let (is, to_be) = (is.as_str(), to_be.as_str());
        format!("a task that is {is} cannot become {to_be}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use DispatchStatus::{Failed, Finished, Ready, Running, Waiting};

    fn task(status: DispatchStatus, holder: Option<&str>) -> entity::dispatch::Model {
        entity::dispatch::Model {
            job_id: JobId::new(),
            service: "aaa".to_owned(),
            status,
            attempt: 2,
            failures: 0,
            started_at: None,
            ended_at: None,
            deadline_at: None,
            holder: holder.map(str::to_owned),
            message: None,
            message_running: None,
            message_finished: None,
            message_failed: None,
            result: None,
            for_job: None,
            step_no: None,
            batch_no: None,
            request: None,
            sent_at: None,
            reported_at: None,
            report_digest: None,
            heartbeat_at: None,
            progress_ppm: None,
            cancelled_at: None,
        }
    }

    fn report(status: DispatchStatus, attempt: Option<i32>, by: Reporter) -> Report {
        Report {
            job: JobId::new(),
            status,
            message: None,
            result: None,
            progress: None,
            attempt,
            by,
        }
    }

    #[test]
    fn reports_move_a_task_forwards_only() {
        let goes =
            |is, to_be| refusal(&task(is, None), &report(to_be, None, Reporter::Anybody)).is_none();
        for (is, to_be, expected) in [
            (Ready, Running, false),
            (Ready, Finished, false),
            (Waiting, Running, true),
            (Waiting, Finished, true),
            (Waiting, Failed, true),
            (Running, Running, true),
            (Running, Finished, true),
            (Running, Failed, true),
            (Finished, Running, false),
            (Finished, Finished, true),
            (Finished, Failed, false),
            (Failed, Finished, false),
            (Failed, Failed, true),
        ] {
            assert_eq!(goes(is, to_be), expected, "{is:?} to {to_be:?}");
        }
    }

    #[test]
    fn only_the_present_attempt_and_the_holder_count() {
        let refused = |task: &entity::dispatch::Model, attempt, by| {
            refusal(task, &report(Finished, attempt, by)).is_some()
        };
        let (free, held) = (task(Running, None), task(Running, Some("k")));
        let holder = |key: &str| Reporter::Holder(key.to_owned());
        assert!(!refused(&free, Some(2), Reporter::Anybody));
        assert!(refused(&free, Some(1), Reporter::Anybody));
        assert!(refused(&free, None, holder("k")));
        assert!(!refused(&held, None, holder("k")));
        assert!(refused(&held, None, holder("other")));
        assert!(refused(&held, None, Reporter::Anybody));
        let running = |task: &entity::dispatch::Model, by| {
            refusal(task, &report(Running, None, by)).is_some()
        };
        assert!(running(&held, Reporter::Anybody));
        assert!(!running(&held, holder("k")));
        // Said again once it has ended.
        let ended = task(Finished, Some("k"));
        assert!(!refused(&ended, None, holder("k")));
        assert!(!refused(&ended, None, Reporter::Anybody));
        assert!(refused(&ended, None, holder("other")));
    }
}
