//! What processes have to agree on about sessions of browsers: the key that seals them, and which
//! have been ended.

use std::collections::HashMap;

use entity::{secret, session};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait, ExprTrait, Insert};

use super::changing::insert_unless_there;
use super::{Result, Store, query};

/// The sessions of all tokens.
pub struct Sessions<'a>(&'a Store);

impl Store {
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }
}

impl Sessions<'_> {
    /// The secret of this name. If there is none yet, `made` becomes it.
    pub async fn secret(&self, name: &'static str, made: String) -> Result<String> {
        const ATTEMPTED: &str = "read a secret";
        let known = secret::Entity::find_by_id(name).one(&self.0.read).await;
        if let Some(known) = known.map_err(query(ATTEMPTED))? {
            return Ok(known.value);
        }
        let stored = self.0.write(move |on| {
            Box::pin(async move {
                let row = secret::ActiveModel {
                    name: Set(name.to_owned()),
                    value: Set(made),
                };
                insert_unless_there(on, row, secret::Column::Name, ATTEMPTED).await
            })
        });
        stored.await?;
        let known = secret::Entity::find_by_id(name).one(&self.0.read).await;
        let known = known.map_err(query(ATTEMPTED))?;
        let missing = || query(ATTEMPTED)(DbErr::RecordNotFound(name.to_owned()));
        known.map(|known| known.value).ok_or_else(missing)
    }

    /// How often the sessions of an owner were ended.
    pub async fn generation(&self, owner: &str) -> Result<i64> {
        let found = session::Entity::find_by_id(owner).one(&self.0.read).await;
        let found = found.map_err(query("read whether sessions were ended"))?;
        Ok(found.map_or(0, |row| row.generation))
    }

    /// How often the sessions of each owner were ended; those that are not named never were.
    pub async fn generations(&self) -> Result<HashMap<String, i64>> {
        let all = session::Entity::find().all(&self.0.read).await;
        let all = all.map_err(query("read which sessions were ended"))?;
        let all = all.into_iter().map(|row| (row.owner, row.generation));
        Ok(all.collect())
    }

    /// Ends all sessions of an owner.
    pub async fn end(&self, owner: String) -> Result<()> {
        let ended = self.0.write(move |on| {
            Box::pin(async move {
                let row = session::ActiveModel {
                    owner: Set(owner),
                    generation: Set(1),
                };
                let generation = (session::Entity, session::Column::Generation);
                let next = OnConflict::column(session::Column::Owner)
                    .value(session::Column::Generation, Expr::col(generation).add(1))
                    .to_owned();
                Insert::one(row)
                    .on_conflict(next)
                    .exec_without_returning(on)
                    .await
                    .map_err(query("end sessions"))?;
                Ok(())
            })
        });
        ended.await
    }
}
