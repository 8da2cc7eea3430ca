//! Texts of rows that a job has published, for people who judge them.

use std::sync::Arc;

use entity::JobId;
use tokio::task::spawn_blocking;

use super::error::ExplainError;
use crate::systems::labelling::asked_rules::ReadyRules;
use crate::systems::labelling::rules::preview::PreviewRow;
use crate::systems::labelling::{Labelling, LabellingError};

/// A row by its id and its time, as they are published.
#[derive(Clone, Debug)]
pub(in crate::systems::labelling) struct WantedTexts {
    pub id: String,
    pub time: String,
}

/// The rules of a job, and its rows in the order asked for; `None`: the source does not have it any more.
pub(in crate::systems::labelling) struct TextsFound {
    pub rules: ReadyRules,
    pub rows: Vec<Option<Arc<PreviewRow>>>,
}

impl Labelling {
    pub(in crate::systems::labelling) async fn texts_of(
        &self,
        job: &JobId,
        wanted: Vec<WantedTexts>,
    ) -> Result<TextsFound, ExplainError> {
        let of_job = self.explained_job(job).await?;
        let work = spawn_blocking(move || -> Result<TextsFound, ExplainError> {
            let rows = wanted.iter().map(|row| {
                let spec = &of_job.params.read;
                of_job.source.row(spec, &row.id, &row.time)
            });
            Ok(TextsFound {
                rows: rows.collect::<Result<_, _>>()?,
                rules: of_job.rules,
            })
        });
        work.await.map_err(|_| LabellingError::ThreadLost)?
    }
}
