//! The ends of runs.

use std::collections::BTreeMap;

use entity::{JobState, RunState, job, pipeline_instance, pipeline_run};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Value, json};

use super::PipelineStore;
use super::statuses::due_at_end;
use crate::clock;
use crate::engine::store::notifications::{NewNotification, note};
use crate::engine::store::{Result, query};
use crate::systems::pipelines::composing::FLOW;

const END: &str = "end a run";

impl PipelineStore {
    /// Ends a run; `false`: it had ended.
    pub(crate) async fn end_run(
        &self,
        id: &str,
        state: RunState,
        counts: &BTreeMap<String, u64>,
    ) -> Result<bool> {
        let (id, counts) = (id.to_owned(), counts.clone());
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let now = clock::now_micros();
                    let ended = pipeline_run::Entity::update_many()
                        // MariaDB computes with what stands before it.
                        .col_expr(pipeline_run::Column::StatusDue, due_at_end(now))
                        .col_expr(pipeline_run::Column::State, Expr::value(state))
                        .col_expr(
                            pipeline_run::Column::Counts,
                            Expr::value(json!(counts).to_string()),
                        )
                        .col_expr(pipeline_run::Column::EndedAt, Expr::value(now))
                        .filter(pipeline_run::Column::Id.eq(id.clone()))
                        .filter(
                            pipeline_run::Column::State
                                .is_in([RunState::Queued, RunState::Running]),
                        )
                        .exec(on)
                        .await
                        .map_err(query(END))?;
                    if ended.rows_affected == 0 {
                        return Ok(false);
                    }
                    note_end(on, &id, state, &counts).await?;
                    Ok(true)
                })
            })
            .await
    }
}

/// Lets those who want to know learn how a run has ended.
async fn note_end(
    on: &DatabaseTransaction,
    id: &str,
    state: RunState,
    counts: &BTreeMap<String, u64>,
) -> Result<()> {
    let kind = match state {
        RunState::Succeeded => "run.finished",
        RunState::Failed => "run.failed",
        RunState::Queued | RunState::Running | RunState::Cancelled => return Ok(()),
    };
    let run = pipeline_run::Entity::find_by_id(id).one(on).await;
    let Some(run) = run.map_err(query(END))? else {
        return Ok(());
    };
    let error = match state {
        RunState::Failed => first_failure(on, id).await?,
        _ => None,
    };
    let counted = counts.iter().filter(|(_, count)| **count > 0);
    let figures = counted.map(|(word, count)| (word.clone(), Value::from(*count)));
    let noted = NewNotification {
        kind,
        about: run.id,
        flow: FLOW.to_owned(),
        name: Some(match run.trigger_name {
            Some(trigger) => format!("{}/{trigger}", run.project),
            None => run.project,
        }),
        started_by: run.started_by,
        data: json!({
            "state": state.as_str(),
            "error": error,
            "figures": figures.collect::<serde_json::Map<_, _>>(),
        }),
        ..NewNotification::default()
    };
    note(on, vec![noted]).await
}

/// Why the first of its jobs has failed, with the name of that.
async fn first_failure(on: &DatabaseTransaction, run: &str) -> Result<Option<String>> {
    let of_run = Query::select()
        .column(pipeline_instance::Column::JobId)
        .from(pipeline_instance::Entity)
        .and_where(pipeline_instance::Column::RunId.eq(run))
        .to_owned();
    let failed: Option<(Option<String>, Option<String>)> = job::Entity::find()
        .select_only()
        .columns([job::Column::Title, job::Column::Error])
        .filter(job::Column::Id.in_subquery(of_run))
        .filter(job::Column::State.eq(JobState::Failed))
        .order_by_asc(job::Column::EndedAt)
        .limit(1)
        .into_tuple()
        .one(on)
        .await
        .map_err(query(END))?;
    Ok(failed.and_then(|(title, error)| match title {
        Some(title) => Some(format!("{title}: {}", error?)),
        None => error,
    }))
}
