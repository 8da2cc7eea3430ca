//! Jobs of a task that have ended, for triggers that wait for them.

use entity::{JobState, job};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Map, Value, json};

use super::PipelineStore;
use crate::engine::seam::EndedJob;
use crate::engine::store::{Result, query};
use crate::systems::pipelines::composing::FLOW;

impl PipelineStore {
    /// Those that have ended in this state at this moment or later, oldest first, so many at most.
    pub(crate) async fn ended_jobs(
        &self,
        project: &str,
        task: &str,
        state: JobState,
        since: i64,
        limit: u64,
    ) -> Result<Vec<EndedJob>> {
        let begin = json!({ "project": project, "task": task }).to_string();
        let begin = format!("{},", begin.trim_end_matches('}'));
        let found = job::Entity::find()
            .filter(job::Column::Flow.eq(FLOW))
            .filter(job::Column::State.eq(state))
            .filter(job::Column::EndedAt.gte(since))
            .filter(job::Column::Request.starts_with(&begin))
            .order_by_asc(job::Column::EndedAt)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query("look for jobs that have ended"))?;
        // In SQL a `_` of a name stands for any letter.
        let found = found.into_iter();
        let found = found.filter(|job| job.request.starts_with(&begin));
        let ended = found.filter_map(|job| {
            Some(EndedJob {
                ended_at: job.ended_at?,
                params: params(&job.request),
                id: job.id.to_string(),
            })
        });
        Ok(ended.collect())
    }
}

/// The parameters of an instance. Jobs of earlier versions have those that stand in
/// `day_log(date=2026-11-21,kind=imp)`.
fn params(request: &str) -> Map<String, Value> {
    let request: Value = serde_json::from_str(request).unwrap_or_default();
    if let Some(params) = request["params"].as_object() {
        return params.clone();
    }
    let identity = request["instance"].as_str().unwrap_or_default();
    let inside = identity.split_once('(').map_or("", |(_, inside)| inside);
    let params = inside.trim_end_matches(')').split(',');
    let params = params.filter_map(|param| param.split_once('='));
    params
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_are_those_of_the_instance() {
        let request = json!({ "instance": "day_log(date=2026-11-21,kind=imp=x)" }).to_string();
        let expected = json!({ "date": "2026-11-21", "kind": "imp=x" });
        assert_eq!(Value::Object(params(&request)), expected);
        let request = json!({ "instance": "all", "params": { "n": "1,2" } }).to_string();
        assert_eq!(Value::Object(params(&request)), json!({ "n": "1,2" }));
        assert_eq!(
            params(&json!({ "instance": "all" }).to_string()),
            Map::new()
        );
    }
}
