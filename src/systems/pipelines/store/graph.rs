//! What the graph of a run is drawn from.

use entity::{JobId, JobState, job, pipeline_instance};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, Order, QueryFilter, QueryOrder, QuerySelect};

use super::PipelineStore;
use crate::engine::store::{Result, query};

/// An instance of a run and where its job is.
#[derive(Clone, Debug)]
pub(crate) struct GraphRow {
    pub no: i32,
    pub job: Option<JobId>,
    pub identity: String,
    pub action: String,
    /// A JSON array of numbers.
    pub needs: String,
    /// `None`: there is no job, or it has been dropped.
    pub state: Option<JobState>,
}

impl PipelineStore {
    /// All instances of a run, in the order of its plan, by one statement.
    pub(crate) async fn graph_rows(&self, run: &str) -> Result<Vec<GraphRow>> {
        type Row = (i32, Option<JobId>, String, String, String, Option<JobState>);
        let rows: Vec<Row> = pipeline_instance::Entity::find()
            .select_only()
            .column(pipeline_instance::Column::No)
            .column(pipeline_instance::Column::JobId)
            .column(pipeline_instance::Column::Identity)
            .column(pipeline_instance::Column::Action)
            .column(pipeline_instance::Column::Needs)
            .column(job::Column::State)
            .join(
                JoinType::LeftJoin,
                pipeline_instance::Entity::belongs_to(job::Entity)
                    .from(pipeline_instance::Column::JobId)
                    .to(job::Column::Id)
                    .into(),
            )
            .filter(pipeline_instance::Column::RunId.eq(run))
            .order_by(pipeline_instance::Column::No, Order::Asc)
            .into_tuple()
            .all(self.0.reader())
            .await
            .map_err(query("read the graph of a run"))?;
        let rows = rows.into_iter();
        let rows = rows.map(|(no, job, identity, action, needs, state)| GraphRow {
            no,
            job,
            identity,
            action,
            needs,
            state,
        });
        Ok(rows.collect())
    }
}
