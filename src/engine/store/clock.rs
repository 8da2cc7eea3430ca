//! Makes the steady clocks of the processes that share a store agree (`crate::clock::steady`).
//!
//! On a server they go by its clock: each process looks now and then how far that one is ahead of
//! the time since its own boot. A file is shared by processes of one machine, which has one time
//! since its boot for all of them: how far the store's time is ahead of that stands in the file, for
//! each boot. It is found out by the time of day once, when a process opens the file as the first of
//! its boot: since the latest moment that was noted the time has passed that has passed by the time
//! of day, but never less than none. So a clock that is set while processes run changes nothing,
//! and one that is wrong after a boot can neither turn the store's time back nor keep it standing.

use std::sync::{Arc, Weak};
use std::time::Duration;

use entity::clock as store_clock;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait,
    QueryFilter, QueryOrder,
};
use tokio::time::sleep;

use super::leases::now_ms;
use super::owner::boot;
use super::writer::WriteConnection;
use super::{Result, Store, StoreError, query};
use crate::clock::{self, steady};

/// How often the clock of a server is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A server that takes longer to answer says too little.
const ANSWERS_WITHIN_US: i64 = 500_000;

const LOOK: &str = "look at the store's time";
const NOTE: &str = "note the store's time";

/// Keeps this process looking at the clock of a server for as long as there are clones.
#[derive(Clone, Debug, Default)]
pub(super) struct StoreClock(#[expect(dead_code, reason = "held for its drop")] Option<Arc<()>>);

impl StoreClock {
    /// Sets the steady clock of this process.
    pub(super) async fn set(write: &WriteConnection, read: &DatabaseConnection) -> Result<Self> {
        if read.get_database_backend() == DbBackend::Sqlite {
            set_by_boot(write).await?;
            return Ok(Self::default());
        }
        steady::set_ahead(look(read).await?.0);
        let held = Arc::new(());
        tokio::spawn(keep_looking(read.clone(), Arc::downgrade(&held)));
        Ok(Self(Some(held)))
    }
}

impl Store {
    /// Notes how late it is, so that the time continues from there after a boot.
    pub async fn note_time(&self) -> Result<()> {
        let Some(boot) = boot().filter(|_| self.read.get_database_backend() == DbBackend::Sqlite)
        else {
            return Ok(());
        };
        self.write(|on| {
            Box::pin(async move {
                use store_clock::Column;
                store_clock::Entity::update_many()
                    .col_expr(Column::SeenAt, Expr::value(steady::now_micros()))
                    .col_expr(Column::SeenWallAt, Expr::value(clock::now_micros()))
                    .filter(Column::Boot.eq(boot))
                    .exec(on)
                    .await
                    .map(drop)
                    .map_err(query(NOTE))
            })
        })
        .await
    }
}

/// How far a server's clock is ahead of the time since this boot, and how long the answer took.
async fn look(read: &DatabaseConnection) -> Result<(i64, i64)> {
    let now = Query::select()
        .expr_as(now_ms(read.get_database_backend()), "now_ms")
        .to_owned();
    let asked_at = steady::since_boot_micros();
    let row = read.query_one(&now).await.map_err(query(LOOK))?;
    let took = steady::since_boot_micros() - asked_at;
    let now_ms: i64 = match row {
        Some(row) => row.try_get("", "now_ms").map_err(query(LOOK))?,
        None => clock::now_micros() / 1_000,
    };
    Ok((now_ms * 1_000 - asked_at - took / 2, took))
}

async fn keep_looking(read: DatabaseConnection, held: Weak<()>) {
    loop {
        sleep(LOOK_EVERY).await;
        if held.strong_count() == 0 {
            return;
        }
        // While the server is away, the time continues by itself.
        if let Ok((ahead, took)) = look(&read).await
            && took <= ANSWERS_WITHIN_US
        {
            steady::set_ahead(ahead);
        }
    }
}

async fn set_by_boot(write: &WriteConnection) -> Result<()> {
    let Some(boot) = boot() else {
        steady::set_ahead(clock::now_micros() - steady::since_boot_micros());
        return Ok(());
    };
    let find = || store_clock::Entity::find_by_id(boot.clone());
    let connection = write.get().await.map_err(StoreError::Connect)?;
    let known = find().one(&connection).await.map_err(query(LOOK))?;
    if let Some(known) = known {
        steady::set_ahead(known.ahead);
        return Ok(());
    }
    let on = write.begin().await.map_err(query(NOTE))?;
    // Another process may have been first.
    let known = find().one(&on).await.map_err(query(LOOK))?;
    let ahead = match known {
        Some(known) => known.ahead,
        None => {
            let latest = store_clock::Entity::find()
                .order_by_desc(store_clock::Column::SeenAt)
                .one(&on)
                .await
                .map_err(query(LOOK))?;
            let wall = clock::now_micros();
            let now = now_after_boot(latest.as_ref(), wall);
            let ahead = now - steady::since_boot_micros();
            let row = store_clock::ActiveModel {
                boot: Set(boot.clone()),
                ahead: Set(ahead),
                seen_at: Set(now),
                seen_wall_at: Set(wall),
            };
            store_clock::Entity::insert(row)
                .exec_without_returning(&on)
                .await
                .map_err(query(NOTE))?;
            ahead
        }
    };
    write.commit(on).await.map_err(query(NOTE))?;
    steady::set_ahead(ahead);
    Ok(())
}

/// The store's time when the first process of a boot opens it.
fn now_after_boot(latest: Option<&store_clock::Model>, wall: i64) -> i64 {
    match latest {
        Some(latest) => latest.seen_at + (wall - latest.seen_wall_at).max(0),
        None => wall,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_continues_after_a_boot_and_never_goes_back() {
        assert_eq!(now_after_boot(None, 1_000), 1_000);
        let latest = store_clock::Model {
            boot: String::new(),
            ahead: 0,
            seen_at: 5_000,
            seen_wall_at: 7_000,
        };
        // Two hours off, as the time of day says.
        assert_eq!(now_after_boot(Some(&latest), 9_000), 7_000);
        // It begins in 1970 again.
        assert_eq!(now_after_boot(Some(&latest), 3), 5_000);
    }
}
