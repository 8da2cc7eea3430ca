//! Tasks without a report in time.

use entity::{DispatchStatus, JobId, dispatch};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::change::{self, Change};
use super::give_back::is_unused;
use super::lock;
use super::{DispatchStore, Patience};
use crate::clock;
use crate::clock::steady::rfc3339 as shown;
use crate::engine::store::{Result, query};

/// A task whose time is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    pub job: JobId,
    pub service: String,
    /// What its deadline was, by the steady clock.
    pub deadline_at: i64,
}

impl DispatchStore {
    /// Tasks whose deadline has passed, longest first.
    pub async fn overdue(&self, limit: u64) -> Result<Vec<Overdue>> {
        let tasks = dispatch::Entity::find()
            .filter(dispatch::Column::DeadlineAt.lte(clock::steady::now_micros()))
            .order_by_asc(dispatch::Column::DeadlineAt)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query("look for tasks that are overdue"))?;
        let overdue = tasks.into_iter().filter_map(|task| {
            Some(Overdue {
                deadline_at: task.deadline_at?,
                job: task.job_id,
                service: task.service,
            })
        });
        Ok(overdue.collect())
    }

    /// When the next deadline passes.
    pub async fn next_deadline_at(&self) -> Result<Option<i64>> {
        dispatch::Entity::find()
            .filter(dispatch::Column::DeadlineAt.is_not_null())
            .select_only()
            .expr(dispatch::Column::DeadlineAt.min())
            .into_tuple::<Option<i64>>()
            .one(self.0.reader())
            .await
            .map(Option::flatten)
            .map_err(query("look for the next deadline"))
    }

    /// Ends the attempt of a task that is overdue, unless somebody has reported meanwhile. `true`
    /// if the task has failed with it.
    pub async fn expire(&self, overdue: &Overdue, patience: &Patience) -> Result<bool> {
        let (overdue, patience) = (overdue.clone(), *patience);
        let failed = self
            .0
            .write(move |on| {
                Box::pin(async move {
                    let Some(before) = lock::look(on, &overdue.job).await? else {
                        return Ok(None);
                    };
                    if before.deadline_at != Some(overdue.deadline_at) {
                        return Ok(None);
                    }
                    let mut change = Change::of(&before);
                    if is_unused(&before) {
                        change.give_back(&patience);
                        // Kept for the answer to the question why the task waits.
                        change.after.message_failed = Some(format!(
                            "a worker had it and gave no sign until its lease ended at {}",
                            shown(overdue.deadline_at)
                        ));
                        change.store(on).await?;
                        return Ok(None);
                    }
                    let leased =
                        before.status == DispatchStatus::Running && before.holder.is_some();
                    let patience = match leased {
                        true => patience.with_leases(),
                        false => patience,
                    };
                    change.fail(reason(&before, &patience), None, &patience);
                    let failed = change.after.status == DispatchStatus::Failed;
                    change.store(on).await?;
                    if failed {
                        let reason = reason(&before, &patience);
                        super::letters::of_task(on, &before, &reason).await?;
                    }
                    Ok(failed.then_some(before.for_job))
                })
            })
            .await?;
        match &failed {
            Some(Some(job)) => self.0.has_woken(job),
            // It is the end of a job, too.
            Some(None) => change::count_ended(DispatchStatus::Failed),
            None => {}
        }
        Ok(failed.is_some())
    }
}

fn reason(task: &dispatch::Model, patience: &Patience) -> String {
    let seconds = |micros: Option<i64>| micros.unwrap_or_default() as f64 / 1e6;
    match task.status {
        DispatchStatus::Running if task.holder.is_some() => {
            let ended = task.deadline_at.map(shown).unwrap_or_default();
            format!("its worker did not renew the lease, which ended at {ended}")
        }
        DispatchStatus::Running => format!(
            "no report for {} s while it was running (running_timeout)",
            seconds(patience.running)
        ),
        _ => format!(
            "no worker has reported for {} s (waiting_timeout)",
            seconds(patience.waiting)
        ),
    }
}
