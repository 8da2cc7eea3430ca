//! Filters that people keep under names; nobody sees those of others.

use entity::saved_view as view;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};

use super::{Result, Store, query};

/// Views of all owners.
pub struct SavedViews<'a>(&'a Store);

impl Store {
    pub fn saved_views(&self) -> SavedViews<'_> {
        SavedViews(self)
    }
}

impl SavedViews<'_> {
    /// By their names.
    pub async fn of(&self, who: &str) -> Result<Vec<view::Model>> {
        view::Entity::find()
            .filter(view::Column::Who.eq(who))
            .order_by_asc(view::Column::Name)
            .all(&self.0.read)
            .await
            .map_err(query("read saved views"))
    }

    /// Stores a view in the place of one of the same name. `false`: its owner has so many others.
    pub async fn put(&self, view: view::Model, most: u64) -> Result<bool> {
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let others = view::Entity::find()
                        .filter(view::Column::Who.eq(view.who.clone()))
                        .filter(view::Column::Name.ne(view.name.clone()))
                        .count(on)
                        .await
                        .map_err(query("count saved views"))?;
                    if others >= most {
                        return Ok(false);
                    }
                    let newest = OnConflict::columns([view::Column::Who, view::Column::Name])
                        .update_columns([view::Column::Query, view::Column::At])
                        .to_owned();
                    view::Entity::insert(view.into_active_model())
                        .on_conflict(newest)
                        .exec_without_returning(on)
                        .await
                        .map_err(query("save a view"))?;
                    Ok(true)
                })
            })
            .await
    }

    /// `false`: there was none.
    pub async fn remove(&self, who: &str, name: &str) -> Result<bool> {
        let id = (who.to_owned(), name.to_owned());
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let removed = view::Entity::delete_by_id(id).exec(on).await;
                    let removed = removed.map_err(query("remove a saved view"))?;
                    Ok(removed.rows_affected > 0)
                })
            })
            .await
    }
}
