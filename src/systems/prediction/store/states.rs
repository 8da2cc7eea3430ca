//! What is known of scrapes between their runs: freshness, and what runs wait for.

use std::collections::HashMap;

use entity::{JobId, scrape_state, scrape_waiting};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::PredictionStore;
use crate::clock;
use crate::engine::store::notifications::{self, NewNotification};
use crate::engine::store::rows::padded;
use crate::engine::store::{Result, query};

const READ: &str = "read how fresh scrapes are";
const NOTE: &str = "note how fresh a scrape is";

impl PredictionStore {
    /// By name.
    pub(crate) async fn scrape_states(&self) -> Result<HashMap<String, scrape_state::Model>> {
        let found = scrape_state::Entity::find()
            .all(self.0.reader())
            .await
            .map_err(query(READ))?;
        let found = found.into_iter().map(|state| (state.name.clone(), state));
        Ok(found.collect())
    }

    pub(crate) async fn scrape_state(&self, name: &str) -> Result<Option<scrape_state::Model>> {
        scrape_state::Entity::find_by_id(name.to_owned())
            .one(self.0.reader())
            .await
            .map_err(query(READ))
    }

    /// From now on it is to be fresh, unless that is known.
    pub(crate) async fn begin_scrape(&self, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.0
            .write(move |on| Box::pin(async move { begin(on, name).await }))
            .await
    }

    /// Forgets all that is known of a scrape that was removed.
    pub(crate) async fn end_scrape(&self, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let removed = scrape_state::Entity::delete_by_id(name).exec(on).await;
                    removed.map(drop).map_err(query(NOTE))
                })
            })
            .await
    }

    /// Notes that a scrape is stale which was last fresh at `fresh_at`, with what people learn of it. `false`:
    /// it is not any more, or another process has noted it.
    pub(crate) async fn note_stale(
        &self,
        name: &str,
        fresh_at: Option<i64>,
        notification: NewNotification,
    ) -> Result<bool> {
        let name = name.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let fresh = match fresh_at {
                        Some(at) => scrape_state::Column::FreshAt.eq(at),
                        None => scrape_state::Column::FreshAt.is_null(),
                    };
                    let noted = scrape_state::Entity::update_many()
                        .col_expr(
                            scrape_state::Column::StaleAt,
                            Expr::value(clock::now_micros()),
                        )
                        .filter(scrape_state::Column::Name.eq(name))
                        .filter(scrape_state::Column::StaleAt.is_null())
                        .filter(fresh)
                        .exec(on)
                        .await
                        .map_err(query(NOTE))?;
                    let is_noted = noted.rows_affected == 1;
                    if is_noted {
                        notifications::note(on, vec![notification]).await?;
                    }
                    Ok(is_noted)
                })
            })
            .await
    }

    /// A scrape counts as fresh again whose definition says so now.
    pub(crate) async fn unmark_stale(&self, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let noted = scrape_state::Entity::update_many()
                        .col_expr(scrape_state::Column::StaleAt, Expr::value(None::<i64>))
                        .filter(scrape_state::Column::Name.eq(name))
                        .exec(on)
                        .await;
                    noted.map(drop).map_err(query(NOTE))
                })
            })
            .await
    }

    /// What these jobs wait for.
    pub(crate) async fn scrapes_waiting(
        &self,
        jobs: &[JobId],
    ) -> Result<Vec<scrape_waiting::Model>> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        scrape_waiting::Entity::find()
            .filter(scrape_waiting::Column::JobId.is_in(padded(jobs.iter().cloned())))
            .all(self.0.reader())
            .await
            .map_err(query("look for what runs of scrapes wait for"))
    }
}

async fn begin(on: &DatabaseTransaction, name: String) -> Result<()> {
    let row = scrape_state::ActiveModel {
        name: Set(name),
        digest: Set(None),
        remembered: Set(None),
        since_at: Set(clock::now_micros()),
        fresh_at: Set(None),
        stale_at: Set(None),
    };
    let unless_there = OnConflict::column(scrape_state::Column::Name)
        .do_nothing_on([scrape_state::Column::Name])
        .to_owned();
    let begun = scrape_state::Entity::insert(row)
        .on_conflict(unless_there)
        .exec_without_returning(on)
        .await;
    begun.map(drop).map_err(query(NOTE))
}
