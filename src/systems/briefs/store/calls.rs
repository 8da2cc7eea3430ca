//! Quotas of platforms: calls are taken in blocks before they are made, so that a crash never allows more.

use entity::brief_calls;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use super::BriefStore;
use crate::engine::store::{Result, query};

const TAKE: &str = "take calls of a quota";

impl BriefStore {
    /// Takes up to `block` calls of those that a platform has left on a day; 0: none is left.
    pub async fn take_calls(
        &self,
        platform: &str,
        day: &str,
        block: u64,
        most: u64,
    ) -> Result<u64> {
        let (platform, day) = (platform.to_owned(), day.to_owned());
        let (block, most) = (signed(block), signed(most));
        let write = || {
            let (platform, day) = (platform.clone(), day.clone());
            self.0.write(move |on| {
                Box::pin(async move {
                    use brief_calls::{ActiveModel, Column, Entity};
                    let none = ActiveModel {
                        platform: ActiveValue::Set(platform.clone()),
                        day: ActiveValue::Set(day.clone()),
                        calls: ActiveValue::Set(0),
                    };
                    let is_there = OnConflict::columns([Column::Platform, Column::Day])
                        .do_nothing_on([Column::Platform])
                        .to_owned();
                    Entity::insert(none)
                        .on_conflict(is_there)
                        .exec_without_returning(on)
                        .await
                        .map_err(query(TAKE))?;
                    let key = || {
                        let of_platform = Column::Platform.eq(platform.clone());
                        of_platform.and(Column::Day.eq(day.clone()))
                    };
                    // Less than a block may be left.
                    for part in [block, 1] {
                        let taken = Entity::update_many()
                            .col_expr(Column::Calls, Expr::col(Column::Calls).add(part))
                            .filter(key())
                            .filter(Column::Calls.lte(most - part))
                            .exec(on)
                            .await
                            .map_err(query(TAKE))?;
                        if taken.rows_affected == 1 {
                            return Ok(part.unsigned_abs());
                        }
                    }
                    Ok(0)
                })
            })
        };
        self.0.again(write).await
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
