//! What a consumer of topics asks the engine's database about pages, and notes there.

use std::collections::BTreeMap;

use entity::{JobId, brief_page, brief_part};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::{BriefStore, PageState};
use crate::engine::store::{Result, query};
use crate::systems::briefs::article::PageId;

/// Rows of one statement.
const ROWS_AT_ONCE: usize = 500;

impl BriefStore {
    /// The attempts at which these pages are that wait for being stored; others are not among them.
    pub async fn awaited(
        &self,
        job: &JobId,
        platform: &str,
        pages: &[PageId],
    ) -> Result<BTreeMap<PageId, i32>> {
        let sequences = pages.iter().map(|page| page.sequence as i32);
        let numbers = pages.iter().map(|page| page.number as i32);
        let found = brief_page::Entity::find()
            .filter(brief_page::Column::JobId.eq(job.clone()))
            .filter(brief_page::Column::Platform.eq(platform))
            .filter(brief_page::Column::State.eq(PageState::Fetched.name()))
            .filter(brief_page::Column::Sequence.is_in(sequences))
            .filter(brief_page::Column::Number.is_in(numbers))
            .all(self.0.reader())
            .await
            .map_err(query("look for pages that came through a topic"))?;
        let found = found.into_iter().map(|page| {
            let id = PageId {
                sequence: page.sequence as u32,
                number: page.number as u32,
            };
            (id, page.attempt)
        });
        Ok(found.collect())
    }

    /// Notes parts that are stored in the output; those that are noted already stay as they are.
    pub async fn note_parts(&self, parts: Vec<brief_part::Model>) -> Result<()> {
        use brief_part::Column;
        self.0
            .write(move |on| {
                Box::pin(async move {
                    for parts in parts.chunks(ROWS_AT_ONCE) {
                        let rows = parts
                            .iter()
                            .cloned()
                            .map(IntoActiveModel::into_active_model);
                        let stays = OnConflict::columns([
                            Column::JobId,
                            Column::Platform,
                            Column::Sequence,
                            Column::Number,
                            Column::Attempt,
                            Column::Part,
                        ])
                        .do_nothing_on([Column::JobId])
                        .to_owned();
                        brief_part::Entity::insert_many(rows)
                            .on_conflict(stays)
                            .exec_without_returning(on)
                            .await
                            .map_err(query("note parts of pages"))?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
