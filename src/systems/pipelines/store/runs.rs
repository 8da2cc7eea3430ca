//! Runs, their plans, and what has become of them.

use std::collections::BTreeMap;

use entity::{JobId, JobState, RunState, event, job, pipeline_instance, pipeline_run};
use sea_orm::sea_query::{CaseStatement, Condition, Expr, Func, JoinType, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{InstanceKey, PipelineStore};
use crate::engine::store::{Result, ask_together, ended, query, rows};

/// Events of jobs that people are shown.
const SHOWN_EVENTS: [&str; 7] = [
    "job.started",
    "job.succeeded",
    "job.failed",
    "job.cancelled",
    "job.skipped",
    "job.retried",
    "batch.retry",
];

/// What a job waits for because it is away. That a queue is full happens to all jobs of a large run.
const OF_OUTAGES: &str = "{\"reason\":\"waiting for %";

/// The action of instances that only hold others together.
const GROUP: &str = "group";

/// Which runs to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunFilter {
    pub project: Option<String>,
    /// Only those of these projects.
    pub projects: Option<Vec<String>>,
    pub state: Option<RunState>,
    /// Only those whose plan has an instance of this task.
    pub task: Option<String>,
    /// Only those that this trigger has started.
    pub trigger: Option<String>,
    /// Only runs before this one.
    pub before: Option<String>,
}

/// Something that happened to a job of a run.
#[derive(Clone, Debug)]
pub(crate) struct RunEvent {
    pub seq: i64,
    pub at: i64,
    pub job: JobId,
    pub identity: String,
    pub kind: String,
    /// JSON.
    pub data: String,
}

impl PipelineStore {
    pub(crate) async fn run(&self, id: &str) -> Result<Option<pipeline_run::Model>> {
        pipeline_run::Entity::find_by_id(id)
            .one(self.0.reader())
            .await
            .map_err(query("read a run"))
    }

    /// Those of these runs that there are.
    pub(crate) async fn runs_of(&self, ids: &[String]) -> Result<Vec<pipeline_run::Model>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        pipeline_run::Entity::find()
            .filter(pipeline_run::Column::Id.is_in(rows::padded(ids.iter().cloned())))
            .all(self.0.reader())
            .await
            .map_err(query("read runs"))
    }

    pub(crate) async fn run_by_key(&self, key: &str) -> Result<Option<pipeline_run::Model>> {
        pipeline_run::Entity::find()
            .filter(pipeline_run::Column::IdempotencyKey.eq(key))
            .one(self.0.reader())
            .await
            .map_err(query("look for an earlier run"))
    }

    /// Runs newest first.
    pub(crate) async fn runs(
        &self,
        filter: &RunFilter,
        limit: u64,
    ) -> Result<Vec<pipeline_run::Model>> {
        let mut select = pipeline_run::Entity::find()
            .order_by_desc(pipeline_run::Column::Id)
            .limit(limit);
        if let Some(project) = &filter.project {
            select = select.filter(pipeline_run::Column::Project.eq(project.clone()));
        }
        if let Some(projects) = &filter.projects {
            select = select.filter(pipeline_run::Column::Project.is_in(projects.clone()));
        }
        if let Some(state) = filter.state {
            select = select.filter(pipeline_run::Column::State.eq(state));
        }
        if let Some(trigger) = &filter.trigger {
            select = select.filter(pipeline_run::Column::TriggerName.eq(trigger.clone()));
        }
        if let Some(before) = &filter.before {
            select = select.filter(pipeline_run::Column::Id.lt(before.clone()));
        }
        if let Some(task) = &filter.task {
            let mut with_task = Query::select();
            with_task
                .expr(Expr::value(1))
                .from(pipeline_instance::Entity)
                .and_where(
                    Expr::col((pipeline_instance::Entity, pipeline_instance::Column::RunId))
                        .equals((pipeline_run::Entity, pipeline_run::Column::Id)),
                )
                .and_where(pipeline_instance::Column::Task.eq(task.clone()));
            select = select.filter(Expr::exists(with_task.to_owned()));
        }
        select
            .all(self.0.reader())
            .await
            .map_err(query("list runs"))
    }

    /// Runs that have not ended.
    pub(crate) async fn open_runs(&self) -> Result<Vec<pipeline_run::Model>> {
        pipeline_run::Entity::find()
            .filter(pipeline_run::Column::State.eq(RunState::Running))
            .order_by_asc(pipeline_run::Column::Id)
            .all(self.0.reader())
            .await
            .map_err(query("look for runs that have not ended"))
    }

    /// How many runs of a project have not ended.
    pub(crate) async fn count_open_runs(&self, project: &str) -> Result<u64> {
        pipeline_run::Entity::find()
            .filter(pipeline_run::Column::State.is_in([RunState::Queued, RunState::Running]))
            .filter(pipeline_run::Column::Project.eq(project))
            .count(self.0.reader())
            .await
            .map_err(query("count runs that have not ended"))
    }

    /// The instance of a job, by the newest plan that has it.
    pub(crate) async fn instance_of(
        &self,
        job: &JobId,
    ) -> Result<Option<pipeline_instance::Model>> {
        pipeline_instance::Entity::find()
            .filter(pipeline_instance::Column::JobId.eq(job.clone()))
            .order_by_desc(pipeline_instance::Column::RunId)
            .limit(1)
            .one(self.0.reader())
            .await
            .map_err(query("look for the instance of a job"))
    }

    /// The newest job of an instance. Plans of other projects have the name of its own in front.
    pub(crate) async fn latest_job(
        &self,
        project: &str,
        task: &str,
        identity: &str,
    ) -> Result<Option<job::Model>> {
        let names = [identity.to_owned(), format!("{project}/{identity}")];
        let key = InstanceKey::of(project, identity);
        job::Entity::find()
            .join_rev(
                JoinType::InnerJoin,
                pipeline_instance::Entity::belongs_to(job::Entity)
                    .from(pipeline_instance::Column::JobId)
                    .to(job::Column::Id)
                    .into(),
            )
            .filter(pipeline_instance::Column::Task.eq(task))
            .filter(pipeline_instance::Column::Identity.is_in(names))
            .filter(job::Column::Identity.eq(key.as_str()))
            .order_by_desc(pipeline_instance::Column::RunId)
            .limit(1)
            .one(self.0.reader())
            .await
            .map_err(query("look for the job of an instance"))
    }

    /// How many instances of a run there are by state of their jobs, or by action where nothing is
    /// to be done.
    pub(crate) async fn counts(&self, run: &str) -> Result<BTreeMap<String, u64>> {
        const ATTEMPTED: &str = "count the jobs of a run";
        let state = || Expr::col((job::Entity, job::Column::State));
        let action = || Expr::col((pipeline_instance::Entity, pipeline_instance::Column::Action));
        // A group that has succeeded has made nothing.
        let is_group = action().eq(GROUP).and(state().eq(JobState::Succeeded));
        let word = CaseStatement::new()
            .case(is_group, GROUP)
            .finally(Func::coalesce([state(), action()]));
        let select = Query::select()
            .expr_as(word, "word")
            .expr_as(
                Expr::col((pipeline_instance::Entity, pipeline_instance::Column::No)).count(),
                "number",
            )
            .from(pipeline_instance::Entity)
            .join(
                JoinType::LeftJoin,
                job::Entity,
                Expr::col((job::Entity, job::Column::Id))
                    .equals((pipeline_instance::Entity, pipeline_instance::Column::JobId)),
            )
            .and_where(
                Expr::col((pipeline_instance::Entity, pipeline_instance::Column::RunId)).eq(run),
            )
            .group_by_col("word")
            .to_owned();
        let rows = self
            .0
            .reader()
            .query_all(&select)
            .await
            .map_err(query(ATTEMPTED))?;
        let mut counts = BTreeMap::new();
        for row in rows {
            let word: String = row.try_get("", "word").map_err(query(ATTEMPTED))?;
            let number: i64 = row.try_get("", "number").map_err(query(ATTEMPTED))?;
            counts.insert(word, number.unsigned_abs());
        }
        Ok(counts)
    }

    /// Whether a job of a run has not ended: targets are looked at first, which end last. Of a run that
    /// is cancelled only those count that were asked to stop: others belong to other runs, too.
    pub(crate) async fn is_unfinished(&self, run: &pipeline_run::Model) -> Result<bool> {
        Ok(self.has_unfinished(run, true).await? || self.has_unfinished(run, false).await?)
    }

    async fn has_unfinished(&self, run: &pipeline_run::Model, targets: bool) -> Result<bool> {
        let mut of_run = Query::select();
        of_run
            .column(pipeline_instance::Column::JobId)
            .from(pipeline_instance::Entity)
            .and_where(pipeline_instance::Column::RunId.eq(run.id.clone()))
            .and_where(pipeline_instance::Column::JobId.is_not_null());
        if targets {
            of_run.and_where(pipeline_instance::Column::IsTarget.eq(true));
        }
        let mut unfinished = job::Entity::find()
            .filter(job::Column::Id.in_subquery(of_run))
            .filter(job::Column::State.is_not_in(ended()));
        if run.cancel_requested {
            unfinished = unfinished.filter(job::Column::CancelRequested.eq(true));
        }
        let found = unfinished.limit(1).one(self.0.reader()).await;
        Ok(found
            .map_err(query("look for unfinished jobs of a run"))?
            .is_some())
    }

    /// Asks a run to end, and answers the jobs that no other open run needs.
    pub(crate) async fn cancel_run(&self, id: &str) -> Result<Vec<JobId>> {
        let id = id.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    const ATTEMPTED: &str = "cancel a run";
                    let asked = pipeline_run::Entity::update_many()
                        .col_expr(pipeline_run::Column::CancelRequested, Expr::value(true))
                        .filter(pipeline_run::Column::Id.eq(id.clone()))
                        .filter(pipeline_run::Column::State.eq(RunState::Running))
                        .exec(on)
                        .await
                        .map_err(query(ATTEMPTED))?;
                    if asked.rows_affected == 0 {
                        return Ok(Vec::new());
                    }
                    let open = Query::select()
                        .column(pipeline_run::Column::Id)
                        .from(pipeline_run::Entity)
                        .and_where(pipeline_run::Column::State.eq(RunState::Running))
                        .and_where(pipeline_run::Column::CancelRequested.eq(false))
                        .to_owned();
                    let needed = Query::select()
                        .column(pipeline_instance::Column::JobId)
                        .from(pipeline_instance::Entity)
                        .and_where(pipeline_instance::Column::RunId.in_subquery(open))
                        .and_where(pipeline_instance::Column::JobId.is_not_null())
                        .to_owned();
                    let own = Query::select()
                        .column(pipeline_instance::Column::JobId)
                        .from(pipeline_instance::Entity)
                        .and_where(pipeline_instance::Column::RunId.eq(id))
                        .and_where(pipeline_instance::Column::JobId.is_not_null())
                        .to_owned();
                    let jobs: Vec<JobId> = job::Entity::find()
                        .select_only()
                        .column(job::Column::Id)
                        .filter(job::Column::Id.in_subquery(own))
                        .filter(job::Column::Id.not_in_subquery(needed))
                        .filter(job::Column::State.is_not_in(ended()))
                        // What needs others goes first: it must not begin when they end.
                        .order_by_desc(job::Column::Id)
                        .into_tuple()
                        .all(on)
                        .await
                        .map_err(query(ATTEMPTED))?;
                    // Noted with the run's: a run that was asked to end has not ended before they have.
                    ask_together(on, &jobs).await?;
                    Ok(jobs)
                })
            })
            .await
    }

    /// What happened to the jobs of a run after this event, oldest first.
    pub(crate) async fn run_events(
        &self,
        run: &str,
        after: i64,
        limit: u64,
    ) -> Result<Vec<RunEvent>> {
        const ATTEMPTED: &str = "read what happened to the jobs of a run";
        let event = |column: event::Column| Expr::col((event::Entity, column));
        let instance =
            |column: pipeline_instance::Column| Expr::col((pipeline_instance::Entity, column));
        let select = Query::select()
            .expr_as(event(event::Column::Seq), "seq")
            .expr_as(event(event::Column::At), "at")
            .expr_as(event(event::Column::JobId), "job_id")
            .expr_as(event(event::Column::Kind), "kind")
            .expr_as(event(event::Column::Data), "data")
            .expr_as(instance(pipeline_instance::Column::Identity), "identity")
            .from(event::Entity)
            .join(
                JoinType::InnerJoin,
                pipeline_instance::Entity,
                instance(pipeline_instance::Column::JobId)
                    .equals((event::Entity, event::Column::JobId)),
            )
            .and_where(instance(pipeline_instance::Column::RunId).eq(run))
            .and_where(event(event::Column::Seq).gt(after))
            .cond_where(
                Condition::any()
                    .add(event(event::Column::Kind).is_in(SHOWN_EVENTS))
                    .add(
                        event(event::Column::Kind)
                            .eq("job.waiting")
                            .and(event(event::Column::Data).like(OF_OUTAGES)),
                    ),
            )
            .order_by((event::Entity, event::Column::Seq), sea_orm::Order::Asc)
            .limit(limit)
            .to_owned();
        let rows = self
            .0
            .reader()
            .query_all(&select)
            .await
            .map_err(query(ATTEMPTED))?;
        let read = rows.iter().map(|row| {
            Ok(RunEvent {
                seq: row.try_get("", "seq")?,
                at: row.try_get("", "at")?,
                job: row.try_get("", "job_id")?,
                identity: row.try_get("", "identity")?,
                kind: row.try_get("", "kind")?,
                data: row.try_get("", "data")?,
            })
        });
        let read: std::result::Result<_, sea_orm::DbErr> = read.collect();
        read.map_err(query(ATTEMPTED))
    }
}
