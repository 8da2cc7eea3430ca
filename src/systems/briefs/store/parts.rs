//! Parts of pages that came through a topic.

use entity::{JobId, brief_part};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::BriefStore;
use crate::engine::store::{Result, query};
use crate::systems::briefs::article::PageId;

impl BriefStore {
    /// Whether all parts of an attempt at a page are stored in the output.
    pub async fn are_parts_stored(
        &self,
        job: &JobId,
        platform: &str,
        page: PageId,
        attempt: i32,
    ) -> Result<bool> {
        let found = brief_part::Entity::find()
            .filter(brief_part::Column::JobId.eq(job.clone()))
            .filter(brief_part::Column::Platform.eq(platform))
            .filter(brief_part::Column::Sequence.eq(page.sequence as i32))
            .filter(brief_part::Column::Number.eq(page.number as i32))
            .filter(brief_part::Column::Attempt.eq(attempt))
            .all(self.0.reader())
            .await
            .map_err(query("look for parts of a page"))?;
        let parts = found.first().map(|part| part.parts);
        Ok(parts.is_some_and(|parts| found.len() as i64 >= i64::from(parts)))
    }
}
