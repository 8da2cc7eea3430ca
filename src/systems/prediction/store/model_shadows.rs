//! How often answers of versions in the shadow differed.

use entity::model_shadow::{self, Column};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use super::PredictionStore;
use crate::engine::store::{Result, query};

const NOTE: &str = "note how a version in the shadow answers";

impl PredictionStore {
    /// The pairs that were compared last come first.
    pub(crate) async fn model_shadows(&self, model: &str) -> Result<Vec<model_shadow::Model>> {
        model_shadow::Entity::find()
            .filter(Column::Model.eq(model))
            .order_by_desc(Column::NotedAt)
            .all(self.engine().reader())
            .await
            .map_err(query("read how versions in the shadow answer"))
    }

    /// Adds what was counted since the last time.
    pub(crate) async fn add_model_shadows(&self, counted: Vec<model_shadow::Model>) -> Result<()> {
        let add = || {
            let counted = counted.clone();
            self.engine().write_soon(move |on| {
                Box::pin(async move {
                    for more in counted {
                        add(on, more).await?;
                    }
                    Ok(())
                })
            })
        };
        self.engine().again(add).await
    }
}

async fn add(on: &DatabaseTransaction, more: model_shadow::Model) -> Result<()> {
    let sum = |column: Column, by: i64| Expr::col(column).add(by);
    let added = model_shadow::Entity::update_many()
        .col_expr(Column::Compared, sum(Column::Compared, more.compared))
        .col_expr(Column::Different, sum(Column::Different, more.different))
        .col_expr(
            Column::OtherLabel,
            sum(Column::OtherLabel, more.other_label),
        )
        .col_expr(Column::Failed, sum(Column::Failed, more.failed))
        .col_expr(Column::Dropped, sum(Column::Dropped, more.dropped))
        .col_expr(Column::NotedAt, Expr::value(more.noted_at))
        .filter(Column::Model.eq(&more.model))
        .filter(Column::Version.eq(more.version))
        .filter(Column::ShadowVersion.eq(more.shadow_version))
        .exec(on)
        .await
        .map_err(query(NOTE))?;
    if added.rows_affected > 0 {
        return Ok(());
    }
    let stored = model_shadow::Entity::insert(more.into_active_model());
    let stored = stored.exec_without_returning(on).await;
    stored.map(drop).map_err(query(NOTE))
}
