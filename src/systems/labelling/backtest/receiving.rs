//! Rows of a source on their way to both sets.

use crate::engine::seam::StepError;
use crate::systems::labelling::label::{GroupMap, Place};
use crate::systems::labelling::posts::{Post, without_mark};
use crate::systems::labelling::rules::backtest::{BacktestRow, Tally};
use crate::systems::labelling::rules::matching::Row;
use crate::systems::labelling::rules::preview::RowKey;

/// Which rows take part, and whose they are.
pub(in crate::systems::labelling) struct Receiving<'r> {
    groups: &'r GroupMap,
    seed: u64,
    /// Of a sample: rows behind this one do not count.
    last: Option<RowKey>,
    source_author: String,
    refused: Option<StepError>,
}

impl<'r> Receiving<'r> {
    pub fn new(groups: &'r GroupMap, seed: u64, last: Option<RowKey>) -> Self {
        Self {
            groups,
            seed,
            last,
            source_author: String::new(),
            refused: None,
        }
    }

    /// Has a row labelled by both sets if it takes part, as labelling it would decide. Returns its bytes.
    pub fn receive(&mut self, tally: &mut Tally<'_>, post: &Post<'_>, texts: Row<'_>) -> usize {
        let bytes = post.id.len() + post.author.len();
        if let Some(last) = self.last
            && RowKey::of_row(self.seed, post.id) > last
        {
            return bytes;
        }
        let group = match self.groups.place(post.s_id) {
            Place::Group(group) | Place::Other(group) => group,
            Place::Skipped => return bytes,
            Place::Refused => {
                self.refused.get_or_insert_with(|| refusal(post.s_id));
                return bytes;
            }
        };
        self.source_author.clear();
        self.source_author.push_str(post.s_id);
        self.source_author.push('_');
        self.source_author.push_str(post.author.trim());
        tally.receive(&BacktestRow {
            id: post.id,
            post_time: without_mark(post.post_time),
            source_author: &self.source_author,
            group,
            texts,
        });
        bytes
    }

    /// Why the rows cannot be labelled.
    pub fn refused(&mut self) -> Result<(), StepError> {
        self.refused.take().map_or(Ok(()), Err)
    }
}

fn refusal(s_id: &str) -> StepError {
    let reason = format!("s_id `{s_id}` is in no group, and the setting `unmapped` is `fail`");
    let refused = StepError::refused(reason);
    refused.logged_as("an s_id is in no group, and the setting `unmapped` is `fail`")
}
