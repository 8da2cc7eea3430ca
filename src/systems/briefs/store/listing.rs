//! Briefs with their jobs, as people list them: what they look for and how far they are, read at once.

use entity::{HistoryState, JobId, JobState, brief, job};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, RelationDef, Select,
};

use super::BriefStore;
use super::brief::{Brief, BriefStatus, Outcome};
use crate::engine::store::{Result, contains, query};

/// Which briefs are listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct BriefFilter {
    /// In the name.
    pub name: Option<String>,
    /// In one of the keywords.
    pub keyword: Option<String>,
    pub platform: Option<String>,
    pub status: Option<BriefStatus>,
    /// Microseconds since 1970, both included.
    pub from: Option<i64>,
    pub to: Option<i64>,
    /// Only those of these queues; `None`: of all.
    pub queues: Option<Vec<String>>,
    /// Only those that come behind the one that was made at this moment and has this id.
    pub before: Option<(i64, JobId)>,
}

/// A brief and its job at one moment.
#[derive(Clone, Debug)]
pub(crate) struct BriefOfJob {
    pub brief: Brief,
    pub job: job::Model,
    pub status: BriefStatus,
}

const LIST: &str = "list briefs";

impl BriefStore {
    pub async fn brief_of_job(&self, id: &JobId) -> Result<Option<BriefOfJob>> {
        let found = joined()
            .filter(brief::Column::JobId.eq(id.clone()))
            .select_also(job::Entity)
            .one(self.0.reader())
            .await
            .map_err(query("look for a brief and its job"))?;
        found.and_then(of_job).transpose()
    }

    /// How many fit, and some of them, newest first.
    pub async fn briefs(
        &self,
        filter: &BriefFilter,
        offset: u64,
        limit: u64,
    ) -> Result<(u64, Vec<BriefOfJob>)> {
        let total = self.selected(filter).count(self.0.reader()).await;
        let found = self
            .selected(filter)
            .order_by_desc(brief::Column::CreatedAt)
            .order_by_desc(brief::Column::JobId)
            .offset(offset)
            .limit(limit)
            .select_also(job::Entity)
            .all(self.0.reader())
            .await
            .map_err(query(LIST))?;
        let briefs = found.into_iter().filter_map(of_job);
        Ok((
            total.map_err(query(LIST))?,
            briefs.collect::<Result<Vec<_>>>()?,
        ))
    }

    fn selected(&self, filter: &BriefFilter) -> Select<brief::Entity> {
        use brief::Column;
        let backend = self.0.reader().get_database_backend();
        let mut select = joined();
        if let Some(name) = &filter.name {
            select = select.filter(contains(backend, name, [Column::Name]));
        }
        if let Some(keyword) = &filter.keyword {
            select = select.filter(contains(backend, keyword, [Column::Keywords]));
        }
        if let Some(platform) = &filter.platform {
            let wanted = format!(",{platform},");
            select = select.filter(contains(backend, &wanted, [Column::Platforms]));
        }
        if let Some(from) = filter.from {
            select = select.filter(job::Column::CreatedAt.gte(from));
        }
        if let Some(to) = filter.to {
            select = select.filter(job::Column::CreatedAt.lte(to));
        }
        if let Some(queues) = &filter.queues {
            select = select.filter(job::Column::Queue.is_in(queues.clone()));
        }
        if let Some((made_at, id)) = &filter.before {
            select = select.filter(behind(*made_at, id));
        }
        match filter.status {
            Some(status) => select.filter(is(status)),
            None => select,
        }
    }
}

fn joined() -> Select<brief::Entity> {
    let to_job: RelationDef = brief::Entity::belongs_to(job::Entity)
        .from(brief::Column::JobId)
        .to(job::Column::Id)
        .into();
    brief::Entity::find()
        .join(JoinType::InnerJoin, to_job)
        .filter(job::Column::History.ne(HistoryState::Dropping))
}

/// Older, or made in the same moment with a smaller id.
fn behind(made_at: i64, id: &JobId) -> Condition {
    use brief::Column;
    let alike = Condition::all()
        .add(Column::CreatedAt.eq(made_at))
        .add(Column::JobId.lt(id.clone()));
    Condition::any()
        .add(Column::CreatedAt.lt(made_at))
        .add(alike)
}

fn of_job((brief, job): (brief::Model, Option<job::Model>)) -> Option<Result<BriefOfJob>> {
    let job = job?;
    let status = BriefStatus::of(&job, &brief);
    Some(Brief::try_from(brief).map(|brief| BriefOfJob { brief, job, status }))
}

/// As [`BriefStatus::of`] has it.
fn is(status: BriefStatus) -> Condition {
    let state = |states: &[JobState]| job::Column::State.is_in(states.to_vec());
    let outcome = |outcome: Outcome| brief::Column::Outcome.eq(outcome.name());
    let active = [JobState::Running, JobState::Parked];
    let succeeded = || Condition::all().add(state(&[JobState::Succeeded]));
    match status {
        BriefStatus::Waiting => Condition::all().add(state(&[JobState::Queued, JobState::Blocked])),
        BriefStatus::Running => Condition::all()
            .add(state(&active))
            .add(brief::Column::CollectedAt.is_null()),
        BriefStatus::Exporting => Condition::all()
            .add(state(&active))
            .add(brief::Column::CollectedAt.is_not_null()),
        BriefStatus::Finished => {
            let is_other = brief::Column::Outcome
                .is_null()
                .or(outcome(Outcome::Finished));
            succeeded().add(is_other)
        }
        BriefStatus::Partial => succeeded().add(outcome(Outcome::Partial)),
        BriefStatus::Failed => Condition::any()
            .add(state(&[JobState::Failed, JobState::Skipped]))
            .add(succeeded().add(outcome(Outcome::Failed))),
        BriefStatus::Canceled => Condition::all().add(state(&[JobState::Cancelled])),
    }
}
