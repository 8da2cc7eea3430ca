//! The rows that a preview is to look at.

use std::sync::Arc;

use serde::Serialize;

use super::error::PreviewError;
use crate::systems::labelling::label::{GroupMap, Place};
use crate::systems::labelling::posts::{Post, ReadPlan, ReadSpec, Source};
use crate::systems::labelling::rules::matching::Row;
use crate::systems::labelling::rules::preview::{PreviewRow, RowTexts};

/// A part of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(in crate::systems::labelling) struct SampleAsked {
    pub rows: u64,
    pub seed: u64,
}

/// Which rows, and of which source.
pub(in crate::systems::labelling) struct RowsAsked {
    /// As the settings name it, or what a user calls it.
    pub source_name: String,
    pub source: Source,
    pub spec: ReadSpec,
    /// `None`: all of the range.
    pub sample: Option<SampleAsked>,
    pub groups: GroupMap,
}

impl RowsAsked {
    /// The same for whoever asks for the same rows.
    pub(super) fn key(&self) -> String {
        let parts = (&self.source_name, &self.spec, &self.sample);
        serde_json::to_string(&parts).expect("texts and numbers can always be written")
    }

    pub(super) fn plan(&self, spec: &ReadSpec) -> Result<ReadPlan, PreviewError> {
        let plan = self.source.plan(spec, 1);
        plan.map_err(|cause| PreviewError::of_source(&self.source_name, cause))
    }

    /// A row as it is kept.
    pub(super) fn row(
        &self,
        post: &Post<'_>,
        fields: Row<'_>,
    ) -> Result<Arc<PreviewRow>, PreviewError> {
        let group = match self.groups.place(post.s_id) {
            Place::Group(group) | Place::Other(group) => Some(group),
            Place::Skipped => None,
            Place::Refused => return Err(PreviewError::RefusedId(post.s_id.to_owned())),
        };
        let texts = RowTexts {
            id: post.id,
            s_id: post.s_id,
            author: post.author,
            post_time: post.post_time,
            fields,
        };
        Ok(PreviewRow::new(texts, group))
    }
}
