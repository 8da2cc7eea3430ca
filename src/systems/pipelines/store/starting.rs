//! New runs: stored with their plans and their jobs, all of it or nothing.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use entity::{JobId, job, pipeline_instance, pipeline_run};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};

use super::{InstanceKey, PipelineStore};
use crate::engine::runtime::Runtime;
use crate::engine::store::{Beside, NewJob, Result, Submitted, insertion, query, rows};

/// Keys that are asked for at once.
const AT_ONCE: usize = 512;

/// A run that is to be stored.
#[derive(Clone, Debug)]
pub(crate) struct NewRun {
    pub row: pipeline_run::Model,
    pub instances: Vec<pipeline_instance::Model>,
    pub jobs: Vec<NewJob>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Started {
    New,
    /// A run was stored before under the same idempotency key.
    KeyIsKnown,
}

struct RunRows {
    row: pipeline_run::Model,
    instances: Vec<pipeline_instance::Model>,
    /// The jobs as they were submitted, in the order of their outcomes.
    submitted: Vec<JobId>,
}

impl PipelineStore {
    /// `runtime` begins the jobs.
    pub(crate) async fn start_run(&self, runtime: &Runtime, run: NewRun) -> Result<Started> {
        let NewRun {
            row,
            instances,
            jobs,
        } = run;
        let submitted = jobs.iter().map(|job| job.id.clone()).collect();
        let beside = Arc::new(RunRows {
            row,
            instances,
            submitted,
        });
        let stored = runtime.submit_together(jobs, beside).await?;
        Ok(match stored {
            Some(_) => Started::New,
            None => Started::KeyIsKnown,
        })
    }

    /// The unfinished jobs of these instances, by their keys.
    pub(crate) async fn unfinished(&self, keys: &[InstanceKey]) -> Result<HashMap<String, JobId>> {
        let mut found = HashMap::new();
        for some in keys.chunks(AT_ONCE) {
            let keys = rows::padded(some.iter().map(|key| key.as_str().to_owned()));
            let there: Vec<(Option<String>, JobId)> = job::Entity::find()
                .select_only()
                .column(job::Column::LiveKey)
                .column(job::Column::Id)
                .filter(job::Column::LiveKey.is_in(keys))
                .into_tuple()
                .all(self.0.reader())
                .await
                .map_err(query("look for unfinished jobs"))?;
            found.extend(there.into_iter().filter_map(|(key, job)| Some((key?, job))));
        }
        Ok(found)
    }
}

#[async_trait]
impl Beside for RunRows {
    async fn before(&self, on: &DatabaseTransaction) -> Result<bool> {
        let Some(key) = &self.row.idempotency_key else {
            return Ok(true);
        };
        let known = pipeline_run::Entity::find()
            .filter(pipeline_run::Column::IdempotencyKey.eq(key.clone()))
            .one(on)
            .await
            .map_err(query("look for an earlier run"))?;
        Ok(known.is_none())
    }

    async fn store(&self, on: &DatabaseTransaction, outcomes: &[Submitted]) -> Result<()> {
        const ATTEMPTED: &str = "store a run";
        // Another run may have begun to make the same instances meanwhile.
        let shared: HashMap<&JobId, &JobId> = self
            .submitted
            .iter()
            .zip(outcomes)
            .filter_map(|(submitted, outcome)| match outcome {
                Submitted::Shared(job) => Some((submitted, job)),
                Submitted::New(_) | Submitted::Existing(_) => None,
            })
            .collect();
        let mut instances = self.instances.clone();
        for instance in &mut instances {
            let other = instance.job_id.as_ref().and_then(|job| shared.get(job));
            if let Some(other) = other {
                instance.job_id = Some((*other).clone());
            }
        }
        let backend = sea_orm::ConnectionTrait::get_database_backend(on);
        let mut statements = Vec::new();
        statements.extend(insertion(backend, std::slice::from_ref(&self.row), &[])?);
        statements.extend(insertion(backend, &instances, &[])?);
        let stored = rows::execute_all(on, statements).await;
        stored.map_err(query(ATTEMPTED)).map(drop)
    }
}
