//! Prediction jobs, as people look at them.

use entity::{JobId, prediction};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder, Statement,
    StatementBuilder,
};

use super::PredictionStore;
use crate::engine::store::{BesideSlice, Result, insertion, query};

/// How far a job has got, stored in the transaction that ends a slice.
#[derive(Clone, Debug)]
pub(crate) struct PredictionRow(pub prediction::Model);

impl BesideSlice for PredictionRow {
    fn statements(&self, backend: DbBackend) -> Result<Vec<Statement>> {
        let mut delete = Query::delete();
        delete
            .from_table(prediction::Entity)
            .and_where(Expr::col(prediction::Column::Id).eq(self.0.id.as_str()));
        let insert = insertion(backend, std::slice::from_ref(&self.0), &[])?;
        let delete = StatementBuilder::build(&delete, &backend);
        Ok([delete].into_iter().chain(insert).collect())
    }
}

impl PredictionStore {
    /// Those of a job, the newest first: one that was started over has several, and so has one of another
    /// flow with several steps of this kind.
    pub(crate) async fn predictions_of_job(&self, job: &JobId) -> Result<Vec<prediction::Model>> {
        prediction::Entity::find()
            .filter(prediction::Column::JobId.eq(job.clone()))
            .order_by_desc(prediction::Column::StartedAt)
            .order_by_desc(prediction::Column::Id)
            .all(self.0.reader())
            .await
            .map_err(query("find the predictions of a job"))
    }
}
