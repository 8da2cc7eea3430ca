//! Which process runs which job.
//!
//! A lease says who runs a job and until when, by a clock that all processes share. A process that claims a
//! job raises its epoch, and every later change made for the job has to show the epoch it
//! was claimed with: a process that lost its lease without noticing cannot write any more.
//!
//! A lease is given up by its holder (end of the job, shutdown), lapses when the holder
//! stops renewing it, or is taken away at once when the holder is known to be dead.

use std::collections::BTreeSet;

use entity::{JobId, JobState, job};
use sea_orm::sea_query::{Expr, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait,
    ExprTrait, QueryFilter, QuerySelect, UpdateMany,
};
use serde_json::json;

use super::owner::Owner;
use super::{Claim, Result, Store, StoreError, events, query, rows};
use crate::clock;

/// The beginning of the note of a job that a process has left to others.
const LEFT_TO_OTHERS: &str = "left to another process";

/// Until when a job is parked that was left to others: no time wakes it, but any process may claim it. By
/// this it is found among all parked jobs.
pub(super) const LEFT: i64 = i64::MAX;

/// Leases.
pub struct Leases<'a>(pub(super) &'a Store);

impl Store {
    pub fn leases(&self) -> Leases<'_> {
        Leases(self)
    }
}

/// Meets the job whose lease is held; keeps it from being taken away in this transaction.
pub(super) fn held(claim: &Claim) -> UpdateMany<job::Entity> {
    job::Entity::update_many()
        .col_expr(job::Column::LeaseEpoch, Expr::value(claim.epoch))
        .filter(job::Column::Id.eq(claim.job.clone()))
        .filter(job::Column::LeaseEpoch.eq(claim.epoch))
        .filter(job::Column::LeaseOwner.is_not_null())
}

/// Fails if the lease of a job is lost; keeps it from being taken away in this transaction.
pub(crate) async fn check(on: &DatabaseTransaction, claim: &Claim) -> Result<()> {
    let held = held(claim)
        .exec(on)
        .await
        .map_err(query("check the lease of a job"))?;
    if held.rows_affected == 1 {
        Ok(())
    } else {
        Err(StoreError::LeaseLost {
            job: claim.job.clone(),
        })
    }
}

impl Leases<'_> {
    /// Renews the leases that a process holds on these jobs and answers those it still holds.
    /// Jobs that it holds without running them are left to lapse.
    pub async fn renew(
        &self,
        owner: &Owner,
        jobs: &[JobId],
        lease_ms: u64,
    ) -> Result<Vec<job::Model>> {
        let ours = Condition::all()
            .add(job::Column::LeaseOwner.eq(owner.as_str()))
            .add(job::Column::Id.is_in(rows::padded(jobs.iter().cloned())));
        let until = now_ms(self.0.read.get_database_backend()).add(lease_ms as i64);
        let renewal = job::Entity::update_many()
            .col_expr(job::Column::LeaseUntilMs, until)
            .filter(ours.clone());
        self.0
            .write_soon(|on| {
                Box::pin(async move {
                    let renewed = renewal.exec(on).await;
                    renewed.map(drop).map_err(query("renew leases"))
                })
            })
            .await?;
        job::Entity::find()
            .filter(ours)
            .all(&self.0.read)
            .await
            .map_err(query("read which leases are held"))
    }

    /// Gives a job up so that any process can continue it.
    pub async fn release(&self, claim: &Claim) -> Result<()> {
        self.0
            .write_for(claim, |on, claim| {
                Box::pin(async move {
                    let this = Condition::all().add(job::Column::Id.eq(claim.job.clone()));
                    clear(this, on).await.map(drop)
                })
            })
            .await
    }

    /// Parks a job that this process cannot run until another one claims it. People see why.
    pub async fn leave(&self, claim: &Claim, reason: &str) -> Result<()> {
        let waiting = format!(
            "{LEFT_TO_OTHERS}, for the settings of those that looked at the job do not fit: {reason}"
        );
        self.0
            .write_for(claim, move |on, claim| {
                Box::pin(async move {
                    let this = || Condition::all().add(job::Column::Id.eq(claim.job.clone()));
                    // One that is to be ended is claimed for that.
                    let parks = this()
                        .add(job::Column::State.eq(JobState::Running))
                        .add(job::Column::CancelRequested.eq(false));
                    let differs = Condition::any()
                        .add(job::Column::Waiting.is_null())
                        .add(job::Column::Waiting.ne(&waiting));
                    let noted = job::Entity::update_many()
                        .col_expr(job::Column::Waiting, Expr::value(waiting.clone()))
                        .filter(parks.clone())
                        .filter(differs)
                        .exec(on)
                        .await
                        .map_err(query("note why a job waits"))?;
                    if noted.rows_affected > 0 {
                        let data = json!({ "reason": waiting });
                        events::record(on, &claim.job, "job.waiting", &data).await?;
                    }
                    job::Entity::update_many()
                        .col_expr(job::Column::State, Expr::value(JobState::Parked))
                        .col_expr(job::Column::WakesAt, Expr::value(LEFT))
                        .filter(parks)
                        .exec(on)
                        .await
                        .map_err(query("park a job"))?;
                    clear(this(), on).await.map(drop)
                })
            })
            .await
    }

    /// Of these jobs those that nothing has happened to since they were left to others: no process
    /// whose settings fit has begun them, and nobody has started them over.
    pub async fn still_left(&self, jobs: &BTreeSet<JobId>) -> Result<BTreeSet<JobId>> {
        let left: Vec<JobId> = job::Entity::find()
            .select_only()
            .column(job::Column::Id)
            .filter(job::Column::Id.is_in(rows::padded(jobs.iter().cloned())))
            .filter(job::Column::Waiting.starts_with(LEFT_TO_OTHERS))
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query("look which jobs are left to others"))?;
        Ok(left.into_iter().collect())
    }

    /// Gives up all leases of a process.
    pub async fn release_all(&self, owner: &Owner) -> Result<()> {
        let held = Condition::all()
            .add(job::Column::State.eq(JobState::Running))
            .add(job::Column::LeaseOwner.eq(owner.as_str()));
        self.0
            .write(|on| Box::pin(async move { clear(held, on).await.map(drop) }))
            .await
    }

    /// Takes leases away from processes that died: those that lapsed, and those whose
    /// process is known to have ended. Returns the jobs that are free now.
    pub async fn rescue(&self) -> Result<Vec<JobId>> {
        let suspects = self.suspects().await?;
        if suspects.is_empty() {
            return Ok(Vec::new());
        }
        for (_, owner) in &suspects {
            owner.end_if_it_blocks();
        }
        self.0.write(|on| Box::pin(take_away(on, suspects))).await
    }

    /// In how many milliseconds the first lease of another process lapses; `None`: there is none.
    pub async fn next_lapse_ms(&self, owner: &Owner) -> Result<Option<i64>> {
        let attempted = "look for the lease that lapses next";
        let backend = self.0.read.get_database_backend();
        let statement = Query::select()
            .expr_as(
                Expr::col(job::Column::LeaseUntilMs)
                    .min()
                    .sub(now_ms(backend)),
                "left_ms",
            )
            .from(job::Entity)
            .and_where(job::Column::State.eq(JobState::Running))
            .and_where(job::Column::LeaseOwner.is_not_null())
            .and_where(job::Column::LeaseOwner.ne(owner.as_str()))
            .to_owned();
        let row = self.0.read.query_one(&statement).await;
        match row.map_err(query(attempted))? {
            Some(row) => row.try_get("", "left_ms").map_err(query(attempted)),
            None => Ok(None),
        }
    }

    /// Jobs whose lease has lapsed or whose holder is known to have ended.
    async fn suspects(&self) -> Result<Vec<(JobId, Owner)>> {
        let attempted = "look for lapsed leases";
        let backend = self.0.read.get_database_backend();
        let held = job::Entity::find()
            .filter(job::Column::State.eq(JobState::Running))
            .filter(job::Column::LeaseOwner.is_not_null())
            .all(&self.0.read)
            .await
            .map_err(query(attempted))?;
        if held.is_empty() {
            return Ok(Vec::new());
        }
        let statement = Query::select()
            .expr_as(now_ms(backend), "now_ms")
            .to_owned();
        let row = self
            .0
            .read
            .query_one(&statement)
            .await
            .map_err(query(attempted))?;
        let now: i64 = match row {
            Some(row) => row.try_get("", "now_ms").map_err(query(attempted))?,
            None => return Ok(Vec::new()),
        };
        Ok(held
            .into_iter()
            .filter_map(|job| Some((job.id, Owner::stored(job.lease_owner?), job.lease_until_ms)))
            .filter(|(_, owner, until)| until.is_none_or(|until| until < now) || owner.is_dead())
            .map(|(id, owner, _)| (id, owner))
            .collect())
    }
}

/// Takes leases away and returns the jobs of those that were not renewed meanwhile.
async fn take_away(on: &DatabaseTransaction, suspects: Vec<(JobId, Owner)>) -> Result<Vec<JobId>> {
    let backend = on.get_database_backend();
    let mut rescued = Vec::new();
    for (id, owner) in suspects {
        let mut condition = Condition::all()
            .add(job::Column::Id.eq(id.clone()))
            .add(job::Column::LeaseOwner.eq(owner.as_str()));
        let is_dead = owner.is_dead();
        if !is_dead {
            condition = condition.add(Expr::col(job::Column::LeaseUntilMs).lt(now_ms(backend)));
        }
        if take_from_holder(condition, on).await? == 1 {
            let reason = if is_dead {
                "its process is gone"
            } else {
                "its lease lapsed"
            };
            events::record(on, &id, "job.rescued", &json!({ "reason": reason })).await?;
            rescued.push(id);
        }
    }
    Ok(rescued)
}

/// That the job had a holder can be seen by the end of its lease, until it is claimed again.
async fn take_from_holder(which: Condition, on: &DatabaseTransaction) -> Result<u64> {
    let taken = job::Entity::update_many()
        .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
        .filter(which)
        .exec(on)
        .await
        .map_err(query("take a lease away"))?;
    Ok(taken.rows_affected)
}

async fn clear(which: Condition, on: &DatabaseTransaction) -> Result<u64> {
    let cleared = job::Entity::update_many()
        .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(job::Column::LeaseUntilMs, Expr::value(None::<i64>))
        .filter(which)
        .exec(on)
        .await
        .map_err(query("give up a lease"))?;
    Ok(cleared.rows_affected)
}

/// Milliseconds by the clock that all processes share: that of a server, and else the steady clock.
pub(crate) fn now_ms(backend: DbBackend) -> SimpleExpr {
    match server_now_ms(backend) {
        Some(now) => Expr::cust(now),
        None => Expr::val(clock::steady::now_micros() / 1_000),
    }
}

/// The same for a statement that is written out; `None`: the database has no clock of its own.
pub(super) fn server_now_ms(backend: DbBackend) -> Option<&'static str> {
    match backend {
        DbBackend::Sqlite => None,
        DbBackend::Postgres => Some("CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"),
        _ => Some("CAST(unix_timestamp(now(3)) * 1000 AS SIGNED)"),
    }
}
