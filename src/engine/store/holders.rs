//! Who has the places that jobs run in.

use entity::{JobId, JobState, StepState, job, step};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::leases::Leases;
use super::unindexed::unindexed;
use super::{Owner, Result, query};

/// A job that has a place.
#[derive(Clone, Debug)]
pub struct Holder {
    pub job: JobId,
    /// `None`: the job is in its countdown.
    pub owner: Option<Owner>,
}

/// Those that have a place.
#[derive(Clone, Debug)]
pub struct Holders {
    pub number: u64,
    /// The oldest of them.
    pub first: Vec<Holder>,
}

impl Leases<'_> {
    /// The jobs that have a place, of one queue or one process. A job that is only to be ended
    /// needs none.
    pub async fn holders(
        &self,
        queue: Option<&str>,
        owner: Option<&Owner>,
        named_max: u64,
    ) -> Result<Holders> {
        const LOOK: &str = "look who has a place";
        let read = &self.0.read;
        let backend = read.get_database_backend();
        let number = running(backend, queue, owner).count(read).await;
        let first: Vec<(JobId, Option<String>)> = running(backend, queue, owner)
            .select_only()
            .columns([job::Column::Id, job::Column::LeaseOwner])
            .order_by_asc(job::Column::Id)
            .limit(named_max)
            .into_tuple()
            .all(read)
            .await
            .map_err(query(LOOK))?;
        let holder = |(job, owner): (JobId, Option<String>)| Holder {
            job,
            owner: owner.map(Owner::stored),
        };
        Ok(Holders {
            number: number.map_err(query(LOOK))?,
            first: first.into_iter().map(holder).collect(),
        })
    }
}

/// Jobs with a place in their queue: those that run, and those that wait parked for the end of a
/// countdown, so that a queue that runs one job at a time publishes them in their order. One that is
/// parked beyond the end of its countdown waits for something else. A job that is only to be ended
/// needs none.
pub(super) fn have_place_in_queue() -> Condition {
    let job = |column: job::Column| Expr::col((job::Entity, column));
    let step = |column: step::Column| Expr::col((step::Entity, column));
    let countdown = Query::select()
        .expr(Expr::val(1_i64))
        .from(step::Entity)
        .and_where(step(step::Column::JobId).equals((job::Entity, job::Column::Id)))
        .and_where(step(step::Column::State).eq(StepState::Pending))
        .and_where(step(step::Column::NotBeforeAt).gte(job(job::Column::WakesAt)))
        .and_where(step(step::Column::Failures).eq(0))
        .to_owned();
    let runs = Condition::all()
        .add(job(job::Column::State).eq(JobState::Running))
        .add(job(job::Column::LeaseOwner).is_not_null());
    let counts_down = Condition::all()
        .add(job(job::Column::State).eq(JobState::Parked))
        .add(job(job::Column::WakesAt).is_not_null())
        .add(Expr::exists(countdown));
    Condition::all()
        .add(job(job::Column::CancelRequested).eq(false))
        .add(Condition::any().add(runs).add(counts_down))
}

fn running(backend: DbBackend, queue: Option<&str>, owner: Option<&Owner>) -> Select<job::Entity> {
    let mut select = job::Entity::find().filter(have_place_in_queue());
    if let Some(queue) = queue {
        select = select.filter(unindexed(backend, job::Column::Queue).eq(queue));
    }
    if let Some(owner) = owner {
        select = select.filter(job::Column::LeaseOwner.eq(owner.as_str()));
    }
    select
}
