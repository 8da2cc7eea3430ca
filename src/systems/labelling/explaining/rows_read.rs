//! Reads the rows of a source that an explanation is about, as far as there is time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::ExplainError;
use crate::systems::labelling::posts::{
    Moment, Post, ReadSpec, SliceLimits, Source, Written, without_mark,
};
use crate::systems::labelling::rules::matching::Row;
use crate::systems::labelling::rules::preview::{PreviewRow, RowTexts};

/// How long rows are looked for.
const TIME: Duration = Duration::from_secs(5);

/// Rows of a person.
pub(super) const ROWS_MAX: usize = 1_000;

/// A clock may show the same time for two moments an hour apart.
const AROUND_SECONDS: i64 = 3_700;

const SLICE: SliceLimits = SliceLimits {
    rows: 4_096,
    bytes: 1 << 20,
};

/// Rows that were found, and whether there may be more.
pub(super) struct RowsFound {
    pub rows: Vec<Arc<PreviewRow>>,
    pub is_cut: bool,
}

/// A source of the settings.
#[derive(Clone)]
pub(super) struct NamedSource {
    pub name: String,
    pub source: Source,
}

impl NamedSource {
    /// The rows of a person, in the order in which they are read.
    pub fn rows_of(
        &self,
        spec: &ReadSpec,
        (s_id, author): (&str, &str),
    ) -> Result<RowsFound, ExplainError> {
        self.rows(spec, ROWS_MAX, &|post| {
            post.s_id == s_id && post.author.trim() == author
        })
    }

    /// The row with this id, which has this time.
    pub fn row(
        &self,
        spec: &ReadSpec,
        id: &str,
        time: &str,
    ) -> Result<Option<Arc<PreviewRow>>, ExplainError> {
        let moment = Written::parse(without_mark(time));
        let moment = moment.and_then(|time| time.in_zone(spec.zone()));
        let spec = match moment {
            Some(moment) => {
                let around = |seconds: i64| {
                    let micros = moment.micros().saturating_add(seconds * 1_000_000);
                    Moment::from_micros(micros)
                };
                ReadSpec {
                    start: around(-AROUND_SECONDS)
                        .map_or(spec.start, |start| start.max(spec.start)),
                    end: around(AROUND_SECONDS).map_or(spec.end, |end| end.min(spec.end)),
                    ..spec.clone()
                }
            }
            None => spec.clone(),
        };
        let found = self.rows(&spec, 1, &|post| post.id == id)?;
        Ok(found.rows.into_iter().next())
    }

    fn rows(
        &self,
        spec: &ReadSpec,
        most: usize,
        is_wanted: &dyn Fn(&Post<'_>) -> bool,
    ) -> Result<RowsFound, ExplainError> {
        let until = Instant::now() + TIME;
        let failed = |cause| ExplainError::of_source(&self.name, cause);
        let mut rows = Vec::new();
        let mut visit = |post: Post<'_>, fields: Row<'_>| {
            if rows.len() > most || !is_wanted(&post) {
                return 0;
            }
            let texts = RowTexts {
                id: post.id,
                s_id: post.s_id,
                author: post.author,
                post_time: post.post_time,
                fields,
            };
            let row = PreviewRow::new(texts, None);
            let bytes = row.bytes();
            // One more than is wanted shows that there are more.
            rows.push(row);
            bytes
        };
        let mut is_cut = false;
        let plan = self.source.plan(spec, 1).map_err(failed)?;
        'portions: for portion in &plan.portions {
            let mut reader = self.source.open(spec, portion, None).map_err(failed)?;
            loop {
                let slice = reader.read_rows(SLICE, &mut visit).map_err(failed)?;
                if slice.finished {
                    break;
                }
                if Instant::now() >= until {
                    is_cut = true;
                    break 'portions;
                }
            }
        }
        is_cut |= rows.len() > most;
        rows.truncate(most);
        Ok(RowsFound { rows, is_cut })
    }
}
