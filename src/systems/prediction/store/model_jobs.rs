//! Jobs that have not ended and need a version of a model.

use entity::{JobId, JobState, job, step};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::Value;

use super::PredictionStore;
use crate::engine::store::{Result, query};

/// The kinds of steps that ask models, whatever system they are from.
const KINDS: [&str; 2] = ["predict", "label"];

impl PredictionStore {
    /// A job that needs this version.
    pub(crate) async fn job_with_model(&self, model: &str, version: i32) -> Result<Option<JobId>> {
        let states = JobState::ALL.iter().copied();
        let unfinished = states.filter(|state| !state.has_ended());
        let jobs = Query::select()
            .column(job::Column::Id)
            .from(job::Entity)
            .and_where(job::Column::State.is_in(unfinished))
            .to_owned();
        let steps: Vec<(JobId, String)> = step::Entity::find()
            .select_only()
            .columns([step::Column::JobId, step::Column::Params])
            .filter(step::Column::Kind.is_in(KINDS))
            .filter(step::Column::JobId.in_subquery(jobs))
            .into_tuple()
            .all(self.engine().reader())
            .await
            .map_err(query("look for jobs that need a version of a model"))?;
        let mut needing = steps.into_iter().filter(|(_, params)| {
            let params: Value = serde_json::from_str(params).unwrap_or_default();
            names(&params, model, version)
        });
        Ok(needing.next().map(|(job, _)| job))
    }
}

/// Whether parameters name the version, wherever they do.
fn names(params: &Value, model: &str, version: i32) -> bool {
    match params {
        Value::Object(members) => {
            let is_any = |keys: [&str; 2], wanted: &Value| {
                let mut keys = keys.iter();
                keys.any(|key| members.get(*key) == Some(wanted))
            };
            let is_named = is_any(["model", "name"], &model.into())
                && is_any(["version", "model_version"], &version.into());
            is_named || members.values().any(|value| names(value, model, version))
        }
        Value::Array(values) => values.iter().any(|value| names(value, model, version)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_name_a_version_wherever_they_do() {
        for (params, expected) in [
            (
                json!({ "model": "churn", "model_version": 3, "batch": 10 }),
                true,
            ),
            (json!({ "model": { "name": "churn", "version": 3 } }), true),
            (
                json!({ "steps": [{ "model": "churn", "version": 3 }] }),
                true,
            ),
            (json!({ "model": "churn", "version": 4 }), false),
            (json!({ "model": "other", "version": 3 }), false),
            (json!({ "model": null }), false),
        ] {
            assert_eq!(names(&params, "churn", 3), expected, "{params}");
        }
    }
}
