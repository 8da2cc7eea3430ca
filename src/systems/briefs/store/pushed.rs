//! Pages that were pushed to a brief: kept until it asks for them, each key once.

use entity::{JobId, brief, brief_pushed, job};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

use super::{BriefStore, pack};
use crate::clock;
use crate::engine::store::changing::locked;
use crate::engine::store::{Result, query};
use crate::systems::briefs::article::Article;

/// A page as its sender has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PushedPage {
    /// By which it is known.
    pub key: String,
    /// Whether it is the last one of its platform.
    pub ends: bool,
    pub articles: Vec<Article>,
    pub received: u64,
    pub kept: u64,
    pub filtered: u64,
    pub out_of_range: u64,
    pub rejected: u64,
    pub rejected_path: Option<String>,
}

/// What became of a page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pushing {
    Stored(brief_pushed::Model),
    /// Its key is there: it is as it was stored then.
    Known(brief_pushed::Model),
    /// The brief takes no more pages of this platform.
    Ended,
    NoBrief,
}

const PUSH: &str = "store a page that was pushed";

impl BriefStore {
    pub async fn push(&self, job: &JobId, platform: &str, page: &PushedPage) -> Result<Pushing> {
        let row = row_of(job, platform, page)?;
        let write = || {
            let row = row.clone();
            self.0
                .write(move |on| Box::pin(async move { push(on, row).await }))
        };
        self.0.again(write).await
    }

    /// A page by its number, from 1.
    pub async fn pushed(
        &self,
        job: &JobId,
        platform: &str,
        number: i32,
    ) -> Result<Option<brief_pushed::Model>> {
        let key = (job.clone(), platform.to_owned(), number);
        brief_pushed::Entity::find_by_id(key)
            .one(self.0.reader())
            .await
            .map_err(query("look for a page that was pushed"))
    }

    /// The keys of the pages of a platform that begin so.
    pub async fn pushed_keys(
        &self,
        job: &JobId,
        platform: &str,
        beginning: &str,
    ) -> Result<Vec<String>> {
        use brief_pushed::Column;
        use sea_orm::QuerySelect;
        brief_pushed::Entity::find()
            .select_only()
            .column(Column::Batch)
            .filter(Column::JobId.eq(job.clone()))
            .filter(Column::Platform.eq(platform))
            .filter(Column::Batch.starts_with(beginning))
            .into_tuple()
            .all(self.0.reader())
            .await
            .map_err(query("look for pages that were pushed"))
    }
}

async fn push(on: &DatabaseTransaction, mut row: brief_pushed::Model) -> Result<Pushing> {
    use brief_pushed::{Column, Entity};
    // Locked: pages of a platform are numbered one after the other.
    let job = locked(on, job::Entity::find_by_id(row.job_id.clone()));
    let job = job.one(on).await.map_err(query(PUSH))?;
    let brief = brief::Entity::find_by_id(row.job_id.clone()).one(on).await;
    let (Some(job), Some(brief)) = (job, brief.map_err(query(PUSH))?) else {
        return Ok(Pushing::NoBrief);
    };
    let of_platform = || {
        Entity::find()
            .filter(Column::JobId.eq(row.job_id.clone()))
            .filter(Column::Platform.eq(row.platform.clone()))
    };
    let known = of_platform().filter(Column::Batch.eq(row.batch.clone()));
    if let Some(known) = known.one(on).await.map_err(query(PUSH))? {
        return Ok(Pushing::Known(known));
    }
    let last = of_platform().order_by_desc(Column::Number).one(on).await;
    let last = last.map_err(query(PUSH))?;
    let has_ended = last.as_ref().is_some_and(|last| last.ends);
    if job.state.has_ended() || job.cancel_requested || brief.collected_at.is_some() || has_ended {
        return Ok(Pushing::Ended);
    }
    row.number = last.map_or(1, |last| last.number + 1);
    Entity::insert(row.clone().into_active_model())
        .exec_without_returning(on)
        .await
        .map_err(query(PUSH))?;
    Ok(Pushing::Stored(row))
}

fn row_of(job: &JobId, platform: &str, page: &PushedPage) -> Result<brief_pushed::Model> {
    let count = |count: u64| i32::try_from(count).unwrap_or(i32::MAX);
    Ok(brief_pushed::Model {
        job_id: job.clone(),
        platform: platform.to_owned(),
        // Found when it is stored.
        number: 0,
        batch: page.key.clone(),
        ends: page.ends,
        received: count(page.received),
        kept: count(page.kept),
        filtered: count(page.filtered),
        out_of_range: count(page.out_of_range),
        rejected: count(page.rejected),
        rejected_path: page.rejected_path.clone(),
        articles: pack(&page.articles)?,
        created_at: clock::now_micros(),
    })
}
