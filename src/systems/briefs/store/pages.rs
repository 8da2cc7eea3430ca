//! Sequences and pages of a platform, as they are read.

use std::collections::BTreeMap;

use entity::{JobId, brief_page, brief_platform, brief_sequence};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::BriefStore;
use crate::engine::store::{Result, query};
use crate::systems::briefs::adapter::Next;

/// How far a page has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PageState {
    /// It is to be asked for.
    Open,
    /// Its articles are kept, and not stored yet.
    Fetched,
    Done,
    Failed,
    /// The request does not ask for it any more, or its sequence ended in front of it.
    Dropped,
}

impl PageState {
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::Fetched,
        Self::Done,
        Self::Failed,
        Self::Dropped,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Fetched => "fetched",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }

    /// `None`: another version of the program has stored it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What an answer says of the pages behind it, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PageNext {
    Unknown,
    Pages(u64),
    Cursor(BTreeMap<String, Value>),
    End,
}

impl From<Next> for PageNext {
    fn from(next: Next) -> Self {
        match next {
            Next::Unknown => Self::Unknown,
            Next::Pages(pages) => Self::Pages(pages),
            Next::Cursor(cursors) => Self::Cursor(cursors),
            Next::End => Self::End,
        }
    }
}

impl BriefStore {
    /// In the order of the request.
    pub async fn platforms(&self, job: &JobId) -> Result<Vec<brief_platform::Model>> {
        brief_platform::Entity::find()
            .filter(brief_platform::Column::JobId.eq(job.clone()))
            .order_by_asc(brief_platform::Column::No)
            .all(self.0.reader())
            .await
            .map_err(query("look for the platforms of a brief"))
    }

    pub async fn sequences(
        &self,
        job: &JobId,
        platform: &str,
    ) -> Result<Vec<brief_sequence::Model>> {
        brief_sequence::Entity::find()
            .filter(brief_sequence::Column::JobId.eq(job.clone()))
            .filter(brief_sequence::Column::Platform.eq(platform))
            .order_by_asc(brief_sequence::Column::No)
            .all(self.0.reader())
            .await
            .map_err(query("look for the sequences of a brief"))
    }

    /// All pages of a platform, in their order.
    pub async fn pages(&self, job: &JobId, platform: &str) -> Result<Vec<brief_page::Model>> {
        brief_page::Entity::find()
            .filter(brief_page::Column::JobId.eq(job.clone()))
            .filter(brief_page::Column::Platform.eq(platform))
            .order_by_asc(brief_page::Column::Sequence)
            .order_by_asc(brief_page::Column::Number)
            .all(self.0.reader())
            .await
            .map_err(query("look for the pages of a brief"))
    }
}
