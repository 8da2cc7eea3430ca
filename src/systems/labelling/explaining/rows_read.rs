//! Reads the rows of a source that an explanation is about, as far as there is time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::ExplainError;
use crate::systems::labelling::incremental::LedgerOf;
use crate::systems::labelling::posts::{
    Moment, Post, ReadSpec, SliceLimits, Source, Written, without_mark,
};
use crate::systems::labelling::rules::matching::Row;
use crate::systems::labelling::rules::preview::{PreviewRow, RowTexts};

/// How long rows are looked for.
const TIME: Duration = Duration::from_secs(5);

/// Rows of a person.
pub(super) const ROWS_MAX: usize = 1_000;

/// How far around its time a row is looked for. A clock that is set back shows the same time for two moments.
const AROUND_SECONDS: i64 = 1;
const AROUND_REPEATED_SECONDS: i64 = 3_700;

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

    /// The rows that a ledger notes, as far as they are still there.
    pub fn noted_rows(&self, spec: &ReadSpec, ledger: LedgerOf) -> Result<RowsFound, ExplainError> {
        let until = Instant::now() + TIME;
        let mut found = RowsFound {
            rows: Vec::new(),
            is_cut: ledger.cut,
        };
        // Those that are read first are the ones that come first.
        let mut noted = ledger.rows;
        noted.sort_by(|one, other| other.post_time.cmp(&one.post_time));
        for entry in noted {
            if Instant::now() >= until {
                found.is_cut = true;
                break;
            }
            found
                .rows
                .extend(self.row(spec, &entry.id, &entry.post_time)?);
        }
        Ok(found)
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
                let far = match spec.zone().repeats_hours() {
                    true => AROUND_REPEATED_SECONDS,
                    false => AROUND_SECONDS,
                };
                let around = |seconds: i64| {
                    let micros = moment.micros().saturating_add(seconds * 1_000_000);
                    Moment::from_micros(micros)
                };
                ReadSpec {
                    start: around(-far).map_or(spec.start, |start| start.max(spec.start)),
                    end: around(far).map_or(spec.end, |end| end.min(spec.end)),
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
