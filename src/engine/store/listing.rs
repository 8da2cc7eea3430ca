//! Lists of jobs, newest first, and how many jobs there are in each state.

use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::{HistoryState, JobId, JobState, job};
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ExprTrait, FromQueryResult, Order, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, StatementBuilder,
};
use tokio::sync::Mutex;

use super::containing::contains;
use super::jobs::Jobs;
use super::unindexed::unindexed;
use super::{Result, query};

/// Jobs that a search for a text looks through at once: a search takes as long with a million jobs as
/// with these.
const LOOKED_THROUGH: u64 = 20_000;

/// What people search.
const SEARCHED: [job::Column; 5] = [
    job::Column::Id,
    job::Column::Title,
    job::Column::Request,
    job::Column::Waiting,
    job::Column::Error,
];

/// Counting takes no more than this share of the time.
const COUNTING_SHARE: u32 = 50;

const LIST: &str = "list jobs";

/// Which jobs to list.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    pub state: Option<JobState>,
    /// Only jobs that have not ended.
    pub is_unfinished: bool,
    pub flow: Option<String>,
    pub queue: Option<String>,
    /// Only jobs that this one started; see the column `starter`.
    pub started_by: Option<String>,
    /// Only jobs of these queues; `None`: of all.
    pub queues: Option<Vec<String>>,
    /// Only jobs older than this one.
    pub before: Option<JobId>,
    /// Only jobs that were made at this moment or later, in microseconds since 1970.
    pub from: Option<i64>,
    /// Only jobs that were made before this moment.
    pub to: Option<i64>,
    /// Only jobs in whose id, title, request, reason or error this text stands, whatever the case of its
    /// letters.
    pub text: Option<String>,
}

/// Some jobs of a list.
#[derive(Debug, Default)]
pub struct JobsFound {
    pub jobs: Vec<job::Model>,
    /// The last job that was looked through, if there may be more behind it.
    pub looked_until: Option<JobId>,
}

/// Jobs of one flow that are in one state, and for which the same can be done.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct JobKind {
    pub flow: String,
    pub state: JobState,
    /// One of them.
    pub newest: JobId,
    jobs: i64,
}

impl JobKind {
    pub fn jobs(&self) -> u64 {
        self.jobs.unsigned_abs()
    }
}

/// How many jobs are in each state.
pub type StateCounts = Vec<(JobState, u64)>;

/// What was counted last. Counting takes the longer the more jobs there are, so it is done the less often.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted(Arc<Mutex<Option<Count>>>);

#[derive(Debug)]
struct Count {
    states: StateCounts,
    believed_until: Instant,
}

impl Jobs<'_> {
    /// Jobs newest first, without those that are being dropped.
    pub async fn page(&self, filter: &JobFilter, limit: u64) -> Result<Vec<job::Model>> {
        Ok(self.search(filter, limit).await?.jobs)
    }

    /// The same. With a text it looks through so many jobs at once, and says how far it has come.
    pub async fn search(&self, filter: &JobFilter, limit: u64) -> Result<JobsFound> {
        let backend = self.0.read.get_database_backend();
        let select = selected(backend, filter).limit(limit);
        let Some(text) = &filter.text else {
            let jobs = select.all(&self.0.read).await.map_err(query(LIST))?;
            return Ok(JobsFound {
                jobs,
                looked_until: None,
            });
        };
        let table = Alias::new("looked_through");
        let window = selected(backend, filter);
        let window = window.limit(LOOKED_THROUGH).into_query();
        let mut found = Query::select();
        found
            .expr(Expr::cust("*"))
            .from_subquery(window, table)
            .cond_where(contains(backend, text, SEARCHED))
            .order_by(job::Column::Id, Order::Desc)
            .limit(limit);
        let statement = StatementBuilder::build(&found, &backend);
        let jobs = job::Model::find_by_statement(statement).all(&self.0.read);
        let jobs = jobs.await.map_err(query(LIST))?;
        let looked_until = match (jobs.len() as u64) < limit {
            true => self.end_of_window(filter).await?,
            false => None,
        };
        Ok(JobsFound { jobs, looked_until })
    }

    /// The last job that a search looks through; `None`: it looks through all that are left.
    async fn end_of_window(&self, filter: &JobFilter) -> Result<Option<JobId>> {
        selected(self.0.read.get_database_backend(), filter)
            .select_only()
            .column(job::Column::Id)
            .offset(LOOKED_THROUGH - 1)
            .limit(1)
            .into_tuple()
            .one(&self.0.read)
            .await
            .map_err(query(LIST))
    }

    /// How many jobs fit, by what can be done with them, of the newest so many. A text is looked for in all
    /// of them.
    pub async fn kinds(&self, filter: &JobFilter, most: u64) -> Result<Vec<JobKind>> {
        let backend = self.0.read.get_database_backend();
        let mut fitting = selected(backend, filter).select_only().columns([
            job::Column::Id,
            job::Column::Flow,
            job::Column::State,
            job::Column::CancelRequested,
        ]);
        // One that never ran cannot run again.
        fitting = fitting.expr_as(
            Expr::cust("CASE WHEN lease_epoch > 0 THEN 1 ELSE 0 END"),
            "has_run",
        );
        if let Some(text) = &filter.text {
            fitting = fitting.filter(contains(backend, text, SEARCHED));
        }
        let fitting = fitting.limit(most).into_query();
        let [flow, state] = ["flow", "state"].map(Alias::new);
        let mut kinds = Query::select();
        kinds
            .columns([flow.clone(), state.clone()])
            .expr_as(Expr::cust("MAX(id)"), Alias::new("newest"))
            .expr_as(Expr::cust("COUNT(*)"), Alias::new("jobs"))
            .from_subquery(fitting, Alias::new("fitting"))
            .group_by_columns([flow, state])
            .group_by_columns(["cancel_requested", "has_run"].map(Alias::new));
        let statement = StatementBuilder::build(&kinds, &backend);
        let kinds = JobKind::find_by_statement(statement).all(&self.0.read);
        kinds.await.map_err(query("count jobs"))
    }

    /// How many jobs are in each state, of these queues or of all. The numbers of all jobs may be a
    /// little old: counting a million takes a while.
    pub async fn counts(&self, queues: Option<&[String]>) -> Result<StateCounts> {
        if queues.is_some() {
            return self.count(queues).await;
        }
        // One caller counts; the others wait for what it finds.
        let mut known = self.0.counted.0.lock().await;
        if let Some(count) = &*known
            && Instant::now() < count.believed_until
        {
            return Ok(count.states.clone());
        }
        let began = Instant::now();
        let states = self.count(None).await?;
        let took = began.elapsed();
        *known = Some(Count {
            states: states.clone(),
            believed_until: Instant::now() + took.min(Duration::from_secs(1)) * COUNTING_SHARE,
        });
        Ok(states)
    }

    async fn count(&self, queues: Option<&[String]>) -> Result<StateCounts> {
        let mut select = job::Entity::find()
            .select_only()
            .column(job::Column::State)
            .expr(job::Column::Id.count())
            .group_by(job::Column::State);
        if let Some(queues) = queues {
            select = select.filter(job::Column::Queue.is_in(queues.to_vec()));
        }
        let counts: Vec<(JobState, i64)> = select
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query("count jobs"))?;
        let counts = counts.into_iter();
        Ok(counts
            .map(|(state, count)| (state, u64::try_from(count).unwrap_or(0)))
            .collect())
    }
}

/// Everything but the text.
fn selected(backend: DbBackend, filter: &JobFilter) -> Select<job::Entity> {
    let mut select = job::Entity::find()
        .filter(job::Column::History.ne(HistoryState::Dropping))
        .order_by_desc(job::Column::Id);
    if let Some(state) = filter.state {
        select = select.filter(job::Column::State.eq(state));
    }
    if filter.is_unfinished {
        let unfinished = JobState::ALL.iter().filter(|state| !state.has_ended());
        select = select.filter(job::Column::State.is_in(unfinished.copied()));
    }
    // Most jobs succeed: of those in another state there are fewer than of a flow, a queue or a starter.
    let is_by_state = filter
        .state
        .is_some_and(|state| state != JobState::Succeeded);
    let column = |column| match is_by_state {
        true => unindexed(backend, column),
        false => column.into_expr(),
    };
    let wanted = [
        (job::Column::Flow, &filter.flow),
        (job::Column::Queue, &filter.queue),
        (job::Column::Starter, &filter.started_by),
    ];
    for (of, value) in wanted {
        if let Some(value) = value {
            select = select.filter(column(of).eq(value.clone()));
        }
    }
    if let Some(queues) = &filter.queues {
        select = select.filter(job::Column::Queue.is_in(queues.clone()));
    }
    if let Some(before) = &filter.before {
        select = select.filter(job::Column::Id.lt(before.clone()));
    }
    // Ids begin with the time at which they were made.
    if let Some(from) = filter.from {
        select = select.filter(job::Column::Id.gte(JobId::first_at(from)));
    }
    if let Some(to) = filter.to {
        select = select.filter(job::Column::Id.lt(JobId::first_at(to)));
    }
    select
}
