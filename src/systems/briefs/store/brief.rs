//! A brief as it is stored, and what became of it.

use entity::{JobId, JobState, brief, job};
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement, StatementBuilder};

use super::BriefStore;
use crate::clock;
use crate::engine::store::rows::execute_all;
use crate::engine::store::{BesideSlice, Result, SliceRows, StoreError, query};
use crate::systems::briefs::request::BriefRequest;

/// A brief.
#[derive(Clone, Debug)]
pub(crate) struct Brief {
    pub job: JobId,
    pub request: BriefRequest,
    /// Goes up when the request is changed.
    pub revision: i32,
    /// The number of the export that is made next, or was made last.
    pub stage: i32,
    pub began_at: Option<i64>,
    pub deadline_at: Option<i64>,
    /// When no page was open any more.
    pub collected_at: Option<i64>,
    pub outcome: Option<Outcome>,
    pub message: Option<String>,
    /// Known once it is exported.
    pub articles: Option<i64>,
    pub accounts: Option<i64>,
    pub created_at: i64,
}

/// What became of the pages of a brief, once none is open any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Finished,
    /// Some are missing.
    Partial,
    /// Some are missing, and nothing is stored.
    Failed,
}

/// As callers know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BriefStatus {
    Waiting,
    Running,
    Exporting,
    Finished,
    Partial,
    Failed,
    Canceled,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Finished, Self::Partial, Self::Failed]
            .into_iter()
            .find(|outcome| outcome.name() == name)
    }
}

impl BriefStatus {
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Running,
        Self::Exporting,
        Self::Finished,
        Self::Partial,
        Self::Failed,
        Self::Canceled,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Exporting => "exporting",
            Self::Finished => "finished",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Both rows have to be read at once.
    pub fn of(job: &job::Model, brief: &brief::Model) -> Self {
        match job.state {
            JobState::Queued | JobState::Blocked => Self::Waiting,
            JobState::Running | JobState::Parked => match brief.collected_at {
                None => Self::Running,
                Some(_) => Self::Exporting,
            },
            JobState::Succeeded => match brief.outcome.as_deref().and_then(Outcome::named) {
                Some(Outcome::Partial) => Self::Partial,
                Some(Outcome::Failed) => Self::Failed,
                _ => Self::Finished,
            },
            JobState::Failed | JobState::Skipped => Self::Failed,
            JobState::Cancelled => Self::Canceled,
        }
    }
}

impl TryFrom<brief::Model> for Brief {
    type Error = StoreError;

    fn try_from(row: brief::Model) -> Result<Self> {
        let request = serde_json::from_str(&row.request);
        Ok(Self {
            request: request.map_err(|cause| StoreError::Unstorable { cause })?,
            job: row.job_id,
            revision: row.revision,
            stage: row.stage,
            began_at: row.began_at,
            deadline_at: row.deadline_at,
            collected_at: row.collected_at,
            outcome: row.outcome.as_deref().and_then(Outcome::named),
            message: row.message,
            articles: row.articles,
            accounts: row.accounts,
            created_at: row.created_at,
        })
    }
}

/// The row of a new brief; to be stored with its job. One that is there already stays as it is.
pub(crate) fn new_brief(job: &JobId, request: &BriefRequest) -> Result<SliceRows> {
    let row = row_of(job, request, clock::now_micros())?;
    Ok(SliceRows::of(NewBrief(row)))
}

fn row_of(job: &JobId, request: &BriefRequest, now: i64) -> Result<brief::Model> {
    let written = Searched::of(request)?;
    Ok(brief::Model {
        job_id: job.clone(),
        name: request.job_name.clone(),
        keywords: written.keywords,
        platforms: written.platforms,
        request: written.request,
        revision: 1,
        stage: 1,
        began_at: None,
        deadline_at: None,
        collected_at: None,
        outcome: None,
        message: None,
        articles: None,
        accounts: None,
        created_at: now,
        changed_at: now,
    })
}

/// A request as its columns have it.
pub(super) struct Searched {
    pub keywords: String,
    pub platforms: String,
    pub request: String,
}

impl Searched {
    pub fn of(request: &BriefRequest) -> Result<Self> {
        let text = serde_json::to_string(request);
        Ok(Self {
            keywords: request.keywords.join("\n"),
            platforms: format!(",{},", request.platforms.join(",")),
            request: text.map_err(|cause| StoreError::Unstorable { cause })?,
        })
    }
}

struct NewBrief(brief::Model);

impl BesideSlice for NewBrief {
    fn statements(&self, backend: DbBackend) -> Result<Vec<Statement>> {
        use brief::Column;
        let row = &self.0;
        let stays = OnConflict::column(Column::JobId)
            .do_nothing_on([Column::JobId])
            .to_owned();
        let mut insert = Query::insert();
        insert
            .into_table(brief::Entity)
            .columns([
                Column::JobId,
                Column::Name,
                Column::Keywords,
                Column::Platforms,
                Column::Request,
                Column::Revision,
                Column::Stage,
                Column::CreatedAt,
                Column::ChangedAt,
            ])
            .values_panic([
                row.job_id.as_str().into(),
                row.name.clone().into(),
                row.keywords.clone().into(),
                row.platforms.clone().into(),
                row.request.clone().into(),
                row.revision.into(),
                row.stage.into(),
                row.created_at.into(),
                row.changed_at.into(),
            ])
            .on_conflict(stays);
        Ok(vec![StatementBuilder::build(&insert, &backend)])
    }
}

impl BriefStore {
    pub async fn brief(&self, job: &JobId) -> Result<Option<Brief>> {
        let found = brief::Entity::find_by_id(job.clone())
            .one(self.0.reader())
            .await
            .map_err(query("look for a brief"))?;
        found.map(Brief::try_from).transpose()
    }

    /// Makes sure that a job has its brief: one that came as a step of another flow has none yet.
    pub async fn begin_brief(&self, job: &JobId, request: &BriefRequest) -> Result<()> {
        let row = NewBrief(row_of(job, request, clock::now_micros())?);
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let statements = row.statements(on.get_database_backend())?;
                    let stored = execute_all(on, statements).await;
                    stored.map(drop).map_err(query("store a brief"))
                })
            })
            .await
    }
}
