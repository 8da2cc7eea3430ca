//! Old runs are dropped with their plans, and versions that no run refers to any more. Markers stay:
//! they say what is there.

use entity::{pipeline_instance, pipeline_run, pipeline_upload, pipeline_version};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::PipelineStore;
use crate::engine::store::{Result, query};

const ATTEMPTED: &str = "drop what is left of old runs";

impl PipelineStore {
    /// Drops up to `rows` rows of the oldest run that ended before this moment; answers whether
    /// there may be more.
    pub(crate) async fn drop_old_run(&self, before: i64, rows: u64) -> Result<bool> {
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let oldest: Option<String> = pipeline_run::Entity::find()
                        .select_only()
                        .column(pipeline_run::Column::Id)
                        .filter(pipeline_run::Column::EndedAt.lt(before))
                        .order_by_asc(pipeline_run::Column::Id)
                        .into_tuple()
                        .one(on)
                        .await
                        .map_err(query(ATTEMPTED))?;
                    let Some(run) = oldest else {
                        return Ok(false);
                    };
                    if !drop_instances(on, &run, rows).await? {
                        pipeline_run::Entity::delete_by_id(run)
                            .exec(on)
                            .await
                            .map_err(query(ATTEMPTED))?;
                    }
                    Ok(true)
                })
            })
            .await
    }

    /// Drops versions that were stored before this moment and that neither a run nor an upload refers to.
    pub(crate) async fn drop_old_versions(&self, before: i64) -> Result<()> {
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let version = |column: pipeline_version::Column| {
                        Expr::col((pipeline_version::Entity, column))
                    };
                    let run =
                        |column: pipeline_run::Column| Expr::col((pipeline_run::Entity, column));
                    let used = Query::select()
                        .expr(Expr::val(1_i64))
                        .from(pipeline_run::Entity)
                        .and_where(
                            run(pipeline_run::Column::Project)
                                .eq(version(pipeline_version::Column::Project)),
                        )
                        .and_where(
                            run(pipeline_run::Column::Version)
                                .eq(version(pipeline_version::Column::Version)),
                        )
                        .to_owned();
                    let upload = |column: pipeline_upload::Column| {
                        Expr::col((pipeline_upload::Entity, column))
                    };
                    let uploaded = Query::select()
                        .expr(Expr::val(1_i64))
                        .from(pipeline_upload::Entity)
                        .and_where(
                            upload(pipeline_upload::Column::Project)
                                .eq(version(pipeline_version::Column::Project)),
                        )
                        .and_where(
                            upload(pipeline_upload::Column::Version)
                                .eq(version(pipeline_version::Column::Version)),
                        )
                        .to_owned();
                    pipeline_version::Entity::delete_many()
                        .filter(pipeline_version::Column::At.lt(before))
                        .filter(Expr::exists(used).not())
                        .filter(Expr::exists(uploaded).not())
                        .exec(on)
                        .await
                        .map_err(query(ATTEMPTED))
                        .map(drop)
                })
            })
            .await
    }
}

/// Drops the first instances of a run; `false`: there are none.
async fn drop_instances(on: &DatabaseTransaction, run: &str, rows: u64) -> Result<bool> {
    let first: Option<i32> = pipeline_instance::Entity::find()
        .select_only()
        .column(pipeline_instance::Column::No)
        .filter(pipeline_instance::Column::RunId.eq(run))
        .order_by_asc(pipeline_instance::Column::No)
        .into_tuple()
        .one(on)
        .await
        .map_err(query(ATTEMPTED))?;
    let Some(first) = first else {
        return Ok(false);
    };
    // Their numbers have no gaps.
    let end = i64::from(first).saturating_add(i64::try_from(rows).unwrap_or(i64::MAX));
    pipeline_instance::Entity::delete_many()
        .filter(pipeline_instance::Column::RunId.eq(run))
        .filter(pipeline_instance::Column::No.lt(end))
        .exec(on)
        .await
        .map_err(query(ATTEMPTED))?;
    Ok(true)
}
