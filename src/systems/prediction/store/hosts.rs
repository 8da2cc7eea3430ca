//! Hosts that scrapes ask: one process at a time.

use entity::scrape_host::{self, Column};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, Insert, QueryFilter};

use super::PredictionStore;
use crate::clock::steady;
use crate::engine::store::{Owner, Result, query};

const HOLD: &str = "take a turn at a host";

/// When a host was asked last, and when it wants to be asked again, by the steady clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AskedHost {
    pub ended: Option<i64>,
    pub not_before: Option<i64>,
}

impl AskedHost {
    /// The same, so many microseconds later.
    pub(crate) fn later(self, by: i64) -> Self {
        let later = |at: i64| at.saturating_add(by);
        Self {
            ended: self.ended.map(later),
            not_before: self.not_before.map(later),
        }
    }
}

impl PredictionStore {
    /// Takes a host for so many microseconds, or keeps it; `None`: another process has it. One whose process is
    /// known to have ended is free at once.
    pub(crate) async fn hold_host(
        &self,
        host: &str,
        owner: &Owner,
        lease: i64,
    ) -> Result<Option<AskedHost>> {
        let found = scrape_host::Entity::find_by_id(host.to_owned())
            .one(self.0.reader())
            .await
            .map_err(query(HOLD))?;
        let own = owner.to_string();
        let dead = found.as_ref().and_then(|found| {
            let is_dead = !found.holder.is_empty()
                && found.holder != own
                && Owner::stored(found.holder.clone()).is_dead();
            is_dead.then(|| found.holder.clone())
        });
        let (host, is_new) = (host.to_owned(), found.is_none());
        self.0
            .write_soon(move |on| {
                Box::pin(async move {
                    if is_new {
                        let free = scrape_host::ActiveModel {
                            name: Set(host.clone()),
                            holder: Set(String::new()),
                            until_at: Set(0),
                            ended_at: Set(None),
                            not_before: Set(None),
                        };
                        let unless_there =
                            OnConflict::new().do_nothing_on([Column::Name]).to_owned();
                        Insert::one(free)
                            .on_conflict(unless_there)
                            .exec_without_returning(on)
                            .await
                            .map_err(query(HOLD))?;
                    }
                    let now = steady::now_micros();
                    let mut may = Condition::any()
                        .add(Column::Holder.is_in(["", own.as_str()]))
                        .add(Column::UntilAt.lt(now));
                    if let Some(dead) = dead {
                        may = may.add(Column::Holder.eq(dead));
                    }
                    let taken = scrape_host::Entity::update_many()
                        .col_expr(Column::Holder, Expr::value(own))
                        .col_expr(Column::UntilAt, Expr::value(now.saturating_add(lease)))
                        .filter(Column::Name.eq(&host))
                        .filter(may)
                        .exec(on)
                        .await
                        .map_err(query(HOLD))?;
                    if taken.rows_affected != 1 {
                        return Ok(None);
                    }
                    let held = scrape_host::Entity::find_by_id(host).one(on).await;
                    let held = held.map_err(query(HOLD))?;
                    Ok(held.map(|held| AskedHost {
                        ended: held.ended_at,
                        not_before: held.not_before,
                    }))
                })
            })
            .await
    }

    /// Lets others ask a host; `asked`: if it was asked.
    pub(crate) async fn release_host(
        &self,
        host: &str,
        owner: &Owner,
        asked: Option<AskedHost>,
    ) -> Result<()> {
        let (host, own) = (host.to_owned(), owner.to_string());
        self.0
            .write_soon(move |on| {
                Box::pin(async move {
                    let mut update = scrape_host::Entity::update_many()
                        .col_expr(Column::Holder, Expr::value(""))
                        .filter(Column::Name.eq(host))
                        .filter(Column::Holder.eq(own));
                    if let Some(asked) = asked {
                        update = update
                            .col_expr(Column::EndedAt, Expr::value(asked.ended))
                            .col_expr(Column::NotBefore, Expr::value(asked.not_before));
                    }
                    let released = update.exec(on).await;
                    released.map(drop).map_err(query("end a turn at a host"))
                })
            })
            .await
    }

    /// Forgets hosts that nobody holds, and that were not asked since.
    pub(crate) async fn forget_hosts(&self, before: i64) -> Result<()> {
        self.0
            .write_soon(move |on| {
                Box::pin(async move {
                    let forgotten = scrape_host::Entity::delete_many()
                        .filter(Column::Holder.eq(""))
                        .filter(Column::EndedAt.lt(before))
                        .filter(
                            Condition::any()
                                .add(Column::NotBefore.is_null())
                                .add(Column::NotBefore.lt(before)),
                        )
                        .exec(on)
                        .await;
                    forgotten.map(drop).map_err(query("forget hosts"))
                })
            })
            .await
    }
}
