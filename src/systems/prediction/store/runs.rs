//! Runs of scrapes, as people look at them, and what is kept of them.

use std::collections::HashMap;

use entity::{JobId, scrape_page, scrape_problem, scrape_run};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::PredictionStore;
use crate::engine::store::{Result, query};

/// Rows that are removed in one transaction.
const AT_ONCE: u64 = 2_000;

const LIST: &str = "list runs of a scrape";
const REMOVE: &str = "remove a run of a scrape";

/// Which runs are listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunFilter {
    pub scrape: String,
    /// Only runs that ended before this one.
    pub before: Option<String>,
}

impl PredictionStore {
    /// Newest first.
    pub(crate) async fn runs(
        &self,
        filter: &RunFilter,
        limit: u64,
    ) -> Result<Vec<scrape_run::Model>> {
        let mut wanted = Condition::all().add(scrape_run::Column::Scrape.eq(&filter.scrape));
        if let Some(before) = &filter.before {
            let Some(before) = self.run(before).await? else {
                return Ok(Vec::new());
            };
            let same_moment = Condition::all()
                .add(scrape_run::Column::At.eq(before.at))
                .add(scrape_run::Column::Id.lt(before.id));
            let behind = scrape_run::Column::At.lt(before.at);
            wanted = wanted.add(Condition::any().add(behind).add(same_moment));
        }
        scrape_run::Entity::find()
            .filter(wanted)
            .order_by_desc(scrape_run::Column::At)
            .order_by_desc(scrape_run::Column::Id)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query(LIST))
    }

    pub(crate) async fn run(&self, id: &str) -> Result<Option<scrape_run::Model>> {
        scrape_run::Entity::find_by_id(id.to_owned())
            .one(self.0.reader())
            .await
            .map_err(query("look for a run of a scrape"))
    }

    /// In the order in which they ended.
    pub(crate) async fn runs_of_job(&self, job: &JobId) -> Result<Vec<scrape_run::Model>> {
        scrape_run::Entity::find()
            .filter(scrape_run::Column::JobId.eq(job.clone()))
            .order_by_asc(scrape_run::Column::At)
            .all(self.0.reader())
            .await
            .map_err(query("look for the runs of a job"))
    }

    /// The newest run of a scrape that fetched something.
    pub(crate) async fn last_run(&self, scrape: &str) -> Result<Option<scrape_run::Model>> {
        scrape_run::Entity::find()
            .filter(scrape_run::Column::Scrape.eq(scrape))
            .filter(scrape_run::Column::ReplayOf.is_null())
            .order_by_desc(scrape_run::Column::At)
            .one(self.0.reader())
            .await
            .map_err(query(LIST))
    }

    /// The same of all scrapes.
    pub(crate) async fn last_runs(&self) -> Result<HashMap<String, scrape_run::Model>> {
        let newest = scrape_run::Entity::find()
            .select_only()
            .column(scrape_run::Column::Scrape)
            .column_as(scrape_run::Column::At.max(), "at")
            .filter(scrape_run::Column::ReplayOf.is_null())
            .group_by(scrape_run::Column::Scrape)
            .into_tuple::<(String, i64)>()
            .all(self.0.reader())
            .await
            .map_err(query(LIST))?;
        let mut wanted = Condition::any();
        for (scrape, at) in &newest {
            let one = Condition::all()
                .add(scrape_run::Column::Scrape.eq(scrape))
                .add(scrape_run::Column::At.eq(*at));
            wanted = wanted.add(one);
        }
        if newest.is_empty() {
            return Ok(HashMap::new());
        }
        let found = scrape_run::Entity::find()
            .filter(wanted)
            .filter(scrape_run::Column::ReplayOf.is_null())
            .all(self.0.reader())
            .await
            .map_err(query(LIST))?;
        let found = found.into_iter().map(|run| (run.scrape.clone(), run));
        Ok(found.collect())
    }

    /// Runs whose pages are kept, of days from `from` to `to` (`YYYY-MM-DD`, both included), those that were
    /// fetched first before the others.
    pub(crate) async fn kept_runs(
        &self,
        scrape: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<Vec<scrape_run::Model>> {
        let mut found = scrape_run::Entity::find()
            .filter(scrape_run::Column::Scrape.eq(scrape))
            .filter(scrape_run::Column::RawUntil.is_not_null())
            .order_by_asc(scrape_run::Column::BeganAt)
            .order_by_asc(scrape_run::Column::Id);
        if let Some(from) = from {
            found = found.filter(scrape_run::Column::Day.gte(from));
        }
        if let Some(to) = to {
            found = found.filter(scrape_run::Column::Day.lte(to));
        }
        found.all(self.0.reader()).await.map_err(query(LIST))
    }

    /// In their order.
    pub(crate) async fn pages(&self, run: &str) -> Result<Vec<scrape_page::Model>> {
        scrape_page::Entity::find()
            .filter(scrape_page::Column::RunId.eq(run))
            .order_by_asc(scrape_page::Column::No)
            .all(self.0.reader())
            .await
            .map_err(query("list the pages of a run"))
    }

    pub(crate) async fn page(&self, run: &str, no: i32) -> Result<Option<scrape_page::Model>> {
        scrape_page::Entity::find_by_id((run.to_owned(), no))
            .one(self.0.reader())
            .await
            .map_err(query("look for a page"))
    }

    /// In the order of the pages, behind this number.
    pub(crate) async fn run_problems(
        &self,
        run: &str,
        after: i32,
        limit: u64,
    ) -> Result<Vec<scrape_problem::Model>> {
        scrape_problem::Entity::find()
            .filter(scrape_problem::Column::RunId.eq(run))
            .filter(scrape_problem::Column::No.gt(after))
            .order_by_asc(scrape_problem::Column::No)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query("list the problems of a run"))
    }

    /// Runs whose pages were to be kept until this moment.
    pub(crate) async fn runs_to_clear(&self, now: i64, limit: u64) -> Result<Vec<String>> {
        scrape_run::Entity::find()
            .select_only()
            .column(scrape_run::Column::Id)
            .filter(scrape_run::Column::RawUntil.lte(now))
            .limit(limit)
            .into_tuple()
            .all(self.0.reader())
            .await
            .map_err(query("look for old pages"))
    }

    /// Runs that ended before this moment and have no pages any more.
    pub(crate) async fn old_runs(&self, before: i64, limit: u64) -> Result<Vec<String>> {
        scrape_run::Entity::find()
            .select_only()
            .column(scrape_run::Column::Id)
            .filter(scrape_run::Column::At.lt(before))
            .filter(scrape_run::Column::RawUntil.is_null())
            .limit(limit)
            .into_tuple()
            .all(self.0.reader())
            .await
            .map_err(query("look for old runs"))
    }

    /// Runs of a job, by the pages that it has noted: one that was cancelled between fetching and writing has
    /// nothing else.
    pub(crate) async fn runs_with_pages(&self, job: &JobId) -> Result<Vec<String>> {
        let (first, last) = (job.to_string(), format!("{job}~"));
        scrape_page::Entity::find()
            .select_only()
            .column(scrape_page::Column::RunId)
            .distinct()
            .filter(scrape_page::Column::RunId.between(first, last))
            .into_tuple()
            .all(self.0.reader())
            .await
            .map_err(query("look for pages of a job"))
    }

    /// Notes that the pages of a run, whose file was dropped, are not kept any more.
    pub(crate) async fn forget_pages(&self, run: &str) -> Result<()> {
        const FORGET: &str = "forget pages";
        let run = run.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    scrape_page::Entity::delete_many()
                        .filter(scrape_page::Column::RunId.eq(&run))
                        .exec(on)
                        .await
                        .map_err(query(FORGET))?;
                    let nothing = Expr::value(None::<i64>);
                    scrape_run::Entity::update_many()
                        .col_expr(scrape_run::Column::RawUntil, nothing.clone())
                        .col_expr(scrape_run::Column::RawEpoch, nothing)
                        .filter(scrape_run::Column::Id.eq(run))
                        .exec(on)
                        .await
                        .map(drop)
                        .map_err(query(FORGET))
                })
            })
            .await
    }

    /// Removes a run with its problems; its pages are forgotten before.
    pub(crate) async fn remove_run(&self, id: &str) -> Result<()> {
        loop {
            let some = self.run_problems(id, 0, AT_ONCE).await?;
            let Some(last) = some.last().map(|last| last.no) else {
                break;
            };
            let id = id.to_owned();
            self.0
                .write(move |on| {
                    Box::pin(async move {
                        let removed = scrape_problem::Entity::delete_many()
                            .filter(scrape_problem::Column::RunId.eq(id))
                            .filter(scrape_problem::Column::No.lte(last))
                            .exec(on)
                            .await;
                        removed.map(drop).map_err(query(REMOVE))
                    })
                })
                .await?;
        }
        let id = id.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let removed = scrape_run::Entity::delete_by_id(id).exec(on).await;
                    removed.map(drop).map_err(query(REMOVE))
                })
            })
            .await
    }
}
