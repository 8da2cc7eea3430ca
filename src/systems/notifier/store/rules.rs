//! Rules that were put over HTTP.

use entity::notification_rule as rule;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, IntoActiveModel, QueryOrder};

use super::NotificationStore;
use crate::engine::store::{Result, query};

impl NotificationStore {
    pub async fn rules(&self) -> Result<Vec<rule::Model>> {
        rule::Entity::find()
            .order_by_asc(rule::Column::Name)
            .all(self.0.reader())
            .await
            .map_err(query("look for rules of notifications"))
    }

    pub async fn put_rule(&self, new: rule::Model) -> Result<()> {
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let newest = OnConflict::column(rule::Column::Name)
                        .update_columns([
                            rule::Column::Definition,
                            rule::Column::ChangedBy,
                            rule::Column::At,
                        ])
                        .to_owned();
                    let stored = rule::Entity::insert(new.into_active_model())
                        .on_conflict(newest)
                        .exec_without_returning(on)
                        .await;
                    stored
                        .map(drop)
                        .map_err(query("store a rule of notifications"))
                })
            })
            .await
    }

    /// `false`: there was none.
    pub async fn remove_rule(&self, name: &str) -> Result<bool> {
        let name = name.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let removed = rule::Entity::delete_by_id(name).exec(on).await;
                    let removed = removed.map_err(query("remove a rule of notifications"))?;
                    Ok(removed.rows_affected > 0)
                })
            })
            .await
    }
}
