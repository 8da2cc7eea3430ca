//! Who wants to learn how a job ends, besides the caller that submitted it.

use std::collections::HashSet;

use entity::{JobId, JobState, job, notification_follow as follow};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, ExprTrait,
    FromQueryResult, QueryFilter, QuerySelect, QueryTrait, Statement,
};
use serde::Serialize;

use super::recording::{EndedJob, of_jobs};
use super::{EndKind, Interest};
use crate::clock;
use crate::engine::store::dropping::parameter;
use crate::engine::store::rows::{self, Column, ColumnType, padded};
use crate::engine::store::{Result, Store, query};

const READ: &str = "look for followers of jobs";

/// Ends that are looked at together.
const AT_ONCE: u64 = 500;

/// Followers of jobs.
pub struct Follows<'a>(&'a Store);

/// An end of a job that has not been noted.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct ReportableEnd {
    pub about: String,
    pub state: JobState,
    pub ended_at: i64,
    pub error: Option<String>,
}

impl Store {
    pub fn follows(&self) -> Follows<'_> {
        Follows(self)
    }

    /// What is known of those who want to learn of ends.
    pub fn interest(&self) -> &Interest {
        &self.interest
    }
}

impl Follows<'_> {
    /// From now on this caller learns how the job ends. An end that is past is not reported again.
    pub async fn add(&self, job: &job::Model, who: &str) -> Result<()> {
        let row = follow::ActiveModel {
            about: Set(job.id.to_string()),
            who: Set(who.to_owned()),
            at: Set(clock::now_micros()),
            told_at: Set(job.ended_at.unwrap_or(0)),
        };
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let known = OnConflict::columns([follow::Column::About, follow::Column::Who])
                        .do_nothing_on([follow::Column::About])
                        .to_owned();
                    let stored = follow::Entity::insert(row)
                        .on_conflict(known)
                        .exec_without_returning(on)
                        .await;
                    stored.map(drop).map_err(query("follow a job"))
                })
            })
            .await?;
        self.0.interest.add_followed(job.id.as_str());
        Ok(())
    }

    /// `false`: the caller did not follow the job.
    pub async fn remove(&self, job: &JobId, who: &str) -> Result<bool> {
        let (job, who) = (job.to_string(), who.to_owned());
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let removed = follow::Entity::delete_by_id((job, who)).exec(on).await;
                    let removed = removed.map_err(query("follow a job no more"))?;
                    Ok(removed.rows_affected > 0)
                })
            })
            .await
    }

    pub async fn has(&self, job: &JobId, who: &str) -> Result<bool> {
        let id = (job.to_string(), who.to_owned());
        let found = follow::Entity::find_by_id(id).one(&self.0.read).await;
        Ok(found.map_err(query(READ))?.is_some())
    }

    /// Those who follow these jobs, as pairs of a job and a follower.
    pub async fn of(&self, about: Vec<String>) -> Result<Vec<(String, String)>> {
        follow::Entity::find()
            .select_only()
            .columns([follow::Column::About, follow::Column::Who])
            .filter(follow::Column::About.is_in(padded(about)))
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query(READ))
    }

    /// Jobs with followers that have not ended.
    pub async fn open(&self) -> Result<HashSet<String>> {
        let unfinished = job::Entity::find()
            .select_only()
            .column(job::Column::Id)
            .filter(
                Expr::col((job::Entity, job::Column::Id))
                    .equals((follow::Entity, follow::Column::About)),
            )
            .filter(job::Column::EndedAt.is_null());
        let unfinished = unfinished.into_query();
        let found: Vec<String> = follow::Entity::find()
            .select_only()
            .column(follow::Column::About)
            .filter(Condition::all().add(Expr::exists(unfinished)))
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query(READ))?;
        Ok(found.into_iter().collect())
    }

    /// Ends before this moment of followed jobs for which nothing was noted: another process had not yet
    /// known of the follower.
    pub async fn unreported(&self, before: i64) -> Result<Vec<ReportableEnd>> {
        let backend = self.0.read.get_database_backend();
        let parameter = parameter(backend, 1);
        let sql = format!(
            "SELECT DISTINCT f.about, j.state, j.ended_at, j.error \
             FROM audience_notification_follow AS f JOIN audience_job AS j ON j.id = f.about \
             WHERE j.ended_at > f.told_at AND j.ended_at < {parameter} \
             AND j.state IN ('succeeded', 'failed') LIMIT {AT_ONCE}"
        );
        let select = Statement::from_sql_and_values(backend, sql, [before.into()]);
        ReportableEnd::find_by_statement(select)
            .all(&self.0.read)
            .await
            .map_err(query(READ))
    }

    /// Notes such ends.
    pub async fn report(&self, ends: Vec<ReportableEnd>) -> Result<()> {
        let ends = ends.into_iter().filter_map(|end| {
            Some(EndedJob {
                job: end.about.parse().ok()?,
                end: EndKind::of(end.state)?,
                at: end.ended_at,
                error: end.error,
                always: true,
            })
        });
        let ends: Vec<EndedJob> = ends.collect();
        if ends.is_empty() {
            return Ok(());
        }
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let statement = of_jobs(on.get_database_backend(), &ends)?;
                    let noted = on.execute_raw(statement).await;
                    noted.map(drop).map_err(query("note ends of jobs"))
                })
            })
            .await
    }
}

#[derive(Serialize)]
struct ToldRow<'a> {
    id: &'a str,
    ended: i64,
}

const TOLD_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("ended", ColumnType::Integer),
];

/// An update that marks these ends as noted; to be executed with their publication.
pub(crate) fn told(backend: DbBackend, ends: &[(String, i64)]) -> Result<Statement> {
    let table = "audience_notification_follow";
    let is_newer = format!("{table}.about = r.id AND {table}.told_at < r.ended");
    let sql = rows::update(backend, table, "told_at = r.ended", &is_newer);
    let rows = ends.iter().map(|(id, ended)| ToldRow { id, ended: *ended });
    let rows: Vec<ToldRow<'_>> = rows.collect();
    rows::statement(backend, &sql, TOLD_COLUMNS, &rows)
}
