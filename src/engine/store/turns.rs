//! Turns: what one transaction at a time does, of all processes that share the database, such as
//! counting what is taken and then taking more.

use entity::duty;
use sea_orm::sea_query::{LockBehavior, LockType, OnConflict};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, Insert,
    QuerySelect,
};

use super::{Result, blobs, query};

const TURN: &str = "take a turn";

/// The longest name of a row.
const NAME_MAX: usize = 64;

/// Takes a turn, which lasts until the end of the transaction. `false`: another process has it. It
/// is not waited for, because everything else that this process has to write would wait, too: the
/// caller tries again in another transaction. On SQLite the one writer has every turn.
pub(crate) async fn take_turn(on: &DatabaseTransaction, name: &str) -> Result<bool> {
    if on.get_database_backend() == DbBackend::Sqlite {
        return Ok(true);
    }
    let name = row_name(name);
    let mut free = duty::Entity::find_by_id(name.clone());
    QuerySelect::query(&mut free).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    if free.one(on).await.map_err(query(TURN))?.is_some() {
        return Ok(true);
    }
    let known = duty::Entity::find_by_id(name.clone()).one(on).await;
    if known.map_err(query(TURN))?.is_some() {
        return Ok(false);
    }
    // The first time. If several processes get here, the row of one is stored.
    let row = duty::ActiveModel {
        name: Set(name),
        owner: Set(String::new()),
        until_ms: Set(0),
    };
    let nothing = OnConflict::new()
        .do_nothing_on([duty::Column::Name])
        .to_owned();
    let stored = Insert::one(row)
        .on_conflict(nothing)
        .exec_without_returning(on)
        .await
        .map_err(query(TURN))?;
    Ok(stored == 1)
}

fn row_name(name: &str) -> String {
    let mut row = format!("turn.{name}");
    if row.len() > NAME_MAX {
        row = format!("turn.{}", blobs::digest(name.as_bytes()));
        row.truncate(NAME_MAX);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_has_a_row_of_its_own_however_long_its_name_is() {
        assert_eq!(row_name("queue.a"), "turn.queue.a");
        let long = |last: char| row_name(&format!("queue.{}{last}", "a".repeat(64)));
        assert_eq!(long('a').len(), NAME_MAX);
        assert_ne!(long('a'), long('b'));
    }
}
