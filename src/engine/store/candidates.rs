//! Jobs that no process runs, found by indexes.

use entity::{JobState, job};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::leases::LEFT;
use super::{Wanted, rows};

/// The states of jobs that no process runs, in the order of claims. Of parked ones those are meant that
/// were left to others.
pub(in crate::engine) const BEGUN_FIRST: [JobState; 3] =
    [JobState::Running, JobState::Parked, JobState::Queued];

/// Jobs in this state that no process runs. One state at a time, so that an index gives them in
/// order, however many there are.
pub(super) fn candidates(wanted: &Wanted, state: JobState, limit: u64) -> Select<job::Entity> {
    // Written out and not bound: only so is the small index of cancelled jobs used.
    let cancel_requested = match wanted.cancel_requested {
        true => "cancel_requested = TRUE",
        false => "cancel_requested = FALSE",
    };
    let mut select = job::Entity::find()
        .filter(job::Column::LeaseOwner.is_null())
        .filter(Expr::cust(cancel_requested))
        .filter(job::Column::Queue.is_not_in(wanted.not_in_queues.clone()));
    select = match (state, wanted.cancel_requested) {
        // Written out, too, for the index of jobs that may start.
        (JobState::Queued, false) => {
            select.filter(Expr::cust("state = 'queued' AND slot_key = ''"))
        }
        (_, false) => select
            .filter(no_process_runs(state))
            .filter(job::Column::SlotKey.eq("")),
        // One that is only to be ended needs no slots.
        (_, true) => select.filter(no_process_runs(state)),
    };
    if !wanted.cancel_requested {
        select = select.order_by_asc(job::Column::RankNo);
    }
    select = select.order_by_asc(job::Column::Id).limit(limit);
    if !wanted.not.is_empty() {
        select = select.filter(job::Column::Id.is_not_in(rows::padded(wanted.not.iter().cloned())));
    }
    if let Some(only) = &wanted.only {
        select = select.filter(job::Column::Id.eq(only.clone()));
    }
    select
}

/// Jobs in this state that are there to be claimed.
pub(super) fn no_process_runs(state: JobState) -> Condition {
    let jobs = Condition::all().add(job::Column::State.eq(state));
    match state {
        JobState::Parked => jobs.add(job::Column::WakesAt.eq(LEFT)),
        _ => jobs,
    }
}
