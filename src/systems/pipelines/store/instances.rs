//! Instances of a run, with the jobs that make them.

use entity::{JobState, job, pipeline_instance};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::PipelineStore;
use crate::engine::store::{Result, query};

/// Which instances of a run to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct InstanceFilter {
    /// Only those whose jobs are in this state.
    pub state: Option<JobState>,
    pub task: Option<String>,
    /// Only those behind this place of the plan.
    pub after: Option<i32>,
}

impl PipelineStore {
    /// Instances of a run in the order of its plan.
    pub(crate) async fn instances(
        &self,
        run: &str,
        filter: &InstanceFilter,
        limit: u64,
    ) -> Result<Vec<(pipeline_instance::Model, Option<job::Model>)>> {
        const ATTEMPTED: &str = "list the jobs of a run";
        let mut wanted = Condition::all().add(pipeline_instance::Column::RunId.eq(run));
        if let Some(after) = filter.after {
            wanted = wanted.add(pipeline_instance::Column::No.gt(after));
        }
        if let Some(task) = &filter.task {
            wanted = wanted.add(pipeline_instance::Column::Task.eq(task.clone()));
        }
        if let Some(state) = filter.state {
            let in_state = job::Entity::find()
                .select_only()
                .column(job::Column::Id)
                .filter(job::Column::State.eq(state));
            let in_state = sea_orm::QueryTrait::into_query(in_state);
            wanted = wanted.add(pipeline_instance::Column::JobId.in_subquery(in_state));
        }
        let instances = pipeline_instance::Entity::find()
            .filter(wanted)
            .order_by_asc(pipeline_instance::Column::No)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query(ATTEMPTED))?;
        let ids = instances
            .iter()
            .filter_map(|instance| instance.job_id.clone());
        let jobs = job::Entity::find()
            .filter(job::Column::Id.is_in(ids))
            .all(self.0.reader())
            .await
            .map_err(query(ATTEMPTED))?;
        let mut jobs: std::collections::HashMap<_, _> =
            jobs.into_iter().map(|job| (job.id.clone(), job)).collect();
        let with_jobs = instances.into_iter().map(|instance| {
            let job = instance.job_id.as_ref().and_then(|id| jobs.remove(id));
            (instance, job)
        });
        Ok(with_jobs.collect())
    }
}
