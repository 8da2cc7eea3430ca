//! Noting what happens, from inside of a transaction of the writer: by the engine, and by the stores of systems.

use std::collections::HashSet;

use entity::{JobId, JobState, notification};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
};
use sha2::{Digest, Sha256};

use super::recording::{EndedJob, NewNotification, insertion, of_jobs};
use super::{EndKind, Interest};
use crate::clock;
use crate::engine::store::rows::padded;
use crate::engine::store::{Result, query};

const NOTE: &str = "note what people may want to learn";

tokio::task_local! {
    /// Of the store whose writer this is.
    static INTEREST: Interest;
}

/// Lets what is written know who wants to learn of it.
pub(in crate::engine::store) async fn knowing<T>(
    interest: Interest,
    writing: impl Future<Output = T>,
) -> T {
    INTEREST.scope(interest, writing).await
}

/// Notes what somebody asks for, or has started.
pub(crate) async fn note(on: &DatabaseTransaction, new: Vec<NewNotification>) -> Result<()> {
    let is_wanted = |new: &NewNotification| {
        new.started_by.is_some() || asks(|interest| interest.wants(new.kind, &new.flow))
    };
    let mut new: Vec<NewNotification> = new.into_iter().filter(is_wanted).collect();
    if new.is_empty() {
        return Ok(());
    }
    leave_out_known(on, &mut new).await?;
    let Some(statement) = insertion(on.get_database_backend(), &new)? else {
        return Ok(());
    };
    on.execute_raw(statement).await.map_err(query(NOTE))?;
    INTEREST.try_with(Interest::ring).ok();
    Ok(())
}

/// Notes the ends of jobs that no process of the engine has run.
pub(crate) async fn note_ends(
    on: &DatabaseTransaction,
    ended: impl IntoIterator<Item = (JobId, JobState, Option<String>)>,
) -> Result<()> {
    let at = clock::now_micros();
    let noted = ended.into_iter().filter_map(|(job, state, error)| {
        let end = EndKind::of(state)?;
        let concerns = asks(|interest| interest.may_concern(end, &job));
        concerns.then_some(EndedJob {
            job,
            end,
            at,
            error,
            always: true,
        })
    });
    let noted: Vec<EndedJob> = noted.collect();
    if noted.is_empty() {
        return Ok(());
    }
    let statement = of_jobs(on.get_database_backend(), &noted)?;
    on.execute_raw(statement).await.map_err(query(NOTE))?;
    INTEREST.try_with(Interest::ring).ok();
    Ok(())
}

fn asks(ask: impl FnOnce(&Interest) -> bool) -> bool {
    INTEREST.try_with(ask).unwrap_or(false)
}

/// What is noted once only, and was.
async fn leave_out_known(on: &DatabaseTransaction, new: &mut Vec<NewNotification>) -> Result<()> {
    let ids: Vec<String> = new.iter().filter_map(|new| new.id.clone()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = notification::Entity::find()
        .select_only()
        .column(notification::Column::Id)
        .filter(notification::Column::Id.is_in(padded(ids)))
        .into_tuple()
        .all(on)
        .await
        .map_err(query(NOTE))?;
    let mut known: HashSet<String> = known.into_iter().collect();
    new.retain(|new| match &new.id {
        Some(id) => known.insert(id.clone()),
        None => true,
    });
    Ok(())
}

/// The id of what is noted once only: the same for the same parts.
pub(crate) fn id_of(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let digits = digest.finalize();
    let digits = digits.iter().take(16);
    digits.map(|byte| format!("{byte:02x}")).collect()
}
