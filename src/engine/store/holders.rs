//! Who has the places that jobs run in.

use entity::{JobId, JobState, job};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::leases::Leases;
use super::{Owner, Result, query};

/// A job that has a place.
#[derive(Clone, Debug)]
pub struct Holder {
    pub job: JobId,
    pub owner: Owner,
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
        let number = running(queue, owner).count(read).await;
        let first: Vec<(JobId, Option<String>)> = running(queue, owner)
            .select_only()
            .columns([job::Column::Id, job::Column::LeaseOwner])
            .order_by_asc(job::Column::Id)
            .limit(named_max)
            .into_tuple()
            .all(read)
            .await
            .map_err(query(LOOK))?;
        let holder = |(job, owner): (JobId, Option<String>)| {
            let owner = Owner::stored(owner?);
            Some(Holder { job, owner })
        };
        Ok(Holders {
            number: number.map_err(query(LOOK))?,
            first: first.into_iter().filter_map(holder).collect(),
        })
    }
}

fn running(queue: Option<&str>, owner: Option<&Owner>) -> Select<job::Entity> {
    let mut select = job::Entity::find()
        .filter(job::Column::State.eq(JobState::Running))
        .filter(job::Column::LeaseOwner.is_not_null())
        .filter(job::Column::CancelRequested.eq(false));
    if let Some(queue) = queue {
        select = select.filter(job::Column::Queue.eq(queue));
    }
    if let Some(owner) = owner {
        select = select.filter(job::Column::LeaseOwner.eq(owner.as_str()));
    }
    select
}
