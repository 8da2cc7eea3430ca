//! Work that one process at a time does for all that share the database, such as sending.

use entity::duty;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, Insert,
    QueryFilter,
};

use super::leases::now_ms;
use super::owner::Owner;
use super::{Result, Store, query};

const HOLD: &str = "take over a duty";

/// Duties, by their names.
pub struct Duties<'a>(&'a Store);

impl Store {
    pub fn duties(&self) -> Duties<'_> {
        Duties(self)
    }
}

impl Duties<'_> {
    /// Takes a duty, or keeps it, for so long; `false`: another process has it. One whose process
    /// is known to have ended is free at once.
    pub async fn hold(&self, name: &str, owner: &Owner, ms: i64) -> Result<bool> {
        let found = duty::Entity::find_by_id(name).one(&self.0.read).await;
        let found = found.map_err(query(HOLD))?;
        let is_free = found.as_ref().is_some_and(|duty| {
            duty.owner != owner.to_string() && Owner::stored(duty.owner.clone()).is_dead()
        });
        let (name, owner) = (name.to_owned(), owner.to_string());
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let backend = on.get_database_backend();
                    if found.is_none() {
                        let free = duty::ActiveModel {
                            name: Set(name.clone()),
                            owner: Set(String::new()),
                            until_ms: Set(0),
                        };
                        Insert::one(free)
                            .on_conflict(
                                OnConflict::new()
                                    .do_nothing_on([duty::Column::Name])
                                    .to_owned(),
                            )
                            .exec_without_returning(on)
                            .await
                            .map_err(query(HOLD))?;
                    }
                    let mut may = Condition::any()
                        .add(duty::Column::Owner.eq(owner.clone()))
                        .add(Expr::col(duty::Column::UntilMs).lt(now_ms(backend)));
                    if let Some(before) = found.filter(|_| is_free) {
                        may = may.add(duty::Column::Owner.eq(before.owner));
                    }
                    let taken = duty::Entity::update_many()
                        .col_expr(duty::Column::Owner, Expr::value(owner.clone()))
                        .col_expr(duty::Column::UntilMs, now_ms(backend).add(ms))
                        .filter(duty::Column::Name.eq(name))
                        .filter(may)
                        .exec(on)
                        .await
                        .map_err(query(HOLD))?;
                    Ok(taken.rows_affected == 1)
                })
            })
            .await
    }

    /// Gives a duty up so that another process can take it at once.
    pub async fn leave(&self, name: &str, owner: &Owner) -> Result<()> {
        let (name, owner) = (name.to_owned(), owner.to_string());
        self.0
            .write(move |on| {
                Box::pin(async move {
                    duty::Entity::update_many()
                        .col_expr(duty::Column::UntilMs, Expr::value(0_i64))
                        .filter(duty::Column::Name.eq(name))
                        .filter(duty::Column::Owner.eq(owner))
                        .exec(on)
                        .await
                        .map_err(query("give up a duty"))?;
                    Ok(())
                })
            })
            .await
    }
}
