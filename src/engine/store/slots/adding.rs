//! Jobs with slots among the others that a process claims.

use entity::{JobId, JobState, job};
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    QuerySelect,
};

use super::choose;
use crate::engine::store::candidates::BEGUN_FIRST;
use crate::engine::store::claiming::Wanted;
use crate::engine::store::{Result, query, rows};

const LOOK: &str = "look for jobs to run";

/// Adds the jobs whose slots are free; of all together those that come first keep their place.
pub(in crate::engine::store) async fn add(
    on: &DatabaseTransaction,
    wanted: &Wanted,
    found: &mut Vec<job::Model>,
) -> Result<()> {
    let ready = choose(on, wanted).await?;
    if ready.is_empty() {
        return Ok(());
    }
    let order = |job: &job::Model| (job.state == JobState::Queued, job.rank_no, job.id.clone());
    // Only those that have a place beside the others are locked.
    let places = usize::try_from(wanted.places).unwrap_or(usize::MAX);
    let ready = ready
        .into_iter()
        .map(|ready| (!ready.begun, ready.rank, ready.id));
    let mut all: Vec<_> = ready.map(|key| (key, true)).collect();
    all.extend(found.iter().map(|job| (order(job), false)));
    all.sort_unstable();
    all.truncate(places);
    let chosen = all.iter().filter(|(_, has_slots)| *has_slots);
    let chosen: Vec<JobId> = chosen.map(|((_, _, id), _)| id.clone()).collect();
    let kept = all.len() - chosen.len();
    found.truncate(kept);
    if chosen.is_empty() {
        return Ok(());
    }
    let mut select = job::Entity::find()
        .filter(job::Column::Id.is_in(rows::padded(chosen)))
        .filter(job::Column::State.is_in(BEGUN_FIRST))
        .filter(job::Column::LeaseOwner.is_null())
        .filter(job::Column::CancelRequested.eq(false));
    if on.get_database_backend() != DbBackend::Sqlite {
        QuerySelect::query(&mut select)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    found.extend(select.all(on).await.map_err(query(LOOK))?);
    found.sort_by_key(order);
    Ok(())
}
