//! Reads whole plans the way jobs do: slice by slice, with positions that were stored, and now and
//! then with a new reader.

use std::ops::Range;

use audience::systems::labelling::posts::{
    ColumnNames, Moment, Portion, Position, ReadSpec, Row, SliceLimits, Source, TextColumn,
};
use serde::{Serialize, de::DeserializeOwned};

use super::database::Post;

/// A row that outlives its reader: id, s_id, author, text, post_time.
pub(super) type OwnedRow = [String; 5];

pub(super) const EVERYTHING: SliceLimits = SliceLimits {
    rows: u32::MAX,
    bytes: usize::MAX,
};

/// Small pseudo-random numbers (xorshift), the same in every run.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

pub(super) fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

/// The whole of 2020, authors matched.
pub(super) fn spec(table: &str) -> ReadSpec {
    ReadSpec {
        table: table.to_owned(),
        columns: ColumnNames::default(),
        text: TextColumn::Author,
        start: moment("2020-01-01"),
        end: moment("2020-12-31 23:59:59"),
    }
}

/// A value as it comes back from the place where jobs keep it.
pub(super) fn restored<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

pub(super) fn owned(row: Row<'_>) -> OwnedRow {
    [row.id, row.s_id, row.author, row.text, row.post_time].map(str::to_owned)
}

/// What one read of a whole plan came across.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) rows: Vec<OwnedRow>,
    pub(super) undated: u64,
    /// For each slice that knew up to when its portion was complete: the moment, and which rows of
    /// that portion had not been visited by then.
    claims: Vec<(Moment, Range<usize>)>,
}

impl Gathered {
    pub(super) fn sorted_rows(mut self) -> Vec<OwnedRow> {
        self.rows.sort();
        self.rows
    }

    /// Nothing that was visited later belongs before a moment that was said to be complete.
    pub(super) fn assert_claims_hold(&self) {
        for (complete_to, later) in &self.claims {
            for row in &self.rows[later.clone()] {
                assert!(
                    moment(&row[4]) > *complete_to,
                    "{row:?} came after {complete_to}"
                );
            }
        }
    }
}

/// Reads everything with slices of any size up to a greatest, and now and then with a new reader.
pub(super) fn gather(
    source: &dyn Source,
    spec: &ReadSpec,
    (portions_wanted, greatest_slice): (u32, u64),
    numbers: &mut Numbers,
) -> Gathered {
    let mut gathered = Gathered::default();
    for portion in source.plan(spec, portions_wanted).unwrap().portions {
        let portion = restored(&portion);
        gather_portion(
            source,
            spec,
            &portion,
            greatest_slice,
            numbers,
            &mut gathered,
        );
    }
    gathered
}

fn gather_portion(
    source: &dyn Source,
    spec: &ReadSpec,
    portion: &Portion,
    greatest_slice: u64,
    numbers: &mut Numbers,
    gathered: &mut Gathered,
) {
    let mut position: Option<Position> = None;
    let mut claims = Vec::new();
    let mut finished = false;
    while !finished {
        let mut reader = source.open(spec, portion, position.as_ref()).unwrap();
        for _ in 0..=numbers.below(25) {
            let rows = 1 + numbers.below(greatest_slice) as u32;
            let bytes = 1 + numbers.below(400 * greatest_slice) as usize;
            let end = reader
                .read_slice(SliceLimits { rows, bytes }, &mut |row| {
                    gathered.rows.push(owned(row));
                    row.author.len() + row.text.len()
                })
                .unwrap();
            // Rows without a time are only counted, with those beside them.
            assert!(end.rows_scanned - end.rows_undated <= rows.into());
            gathered.undated += end.rows_undated;
            claims.extend(end.complete_to.map(|to| (to, gathered.rows.len())));
            position = Some(restored(&end.position));
            finished = end.finished;
            if finished {
                break;
            }
        }
    }
    let end = gathered.rows.len();
    gathered
        .claims
        .extend(claims.into_iter().map(|(to, from)| (to, from..end)));
}

/// Of these posts, those that take part, sorted. Times that a server keeps as such are handed out
/// in one form.
pub(super) fn expected(posts: &[Post], spec: &ReadSpec, times_are_text: bool) -> Vec<OwnedRow> {
    let mut rows: Vec<OwnedRow> = posts
        .iter()
        .filter_map(|post| {
            let text = match spec.text {
                TextColumn::Author => &post.author,
                TextColumn::Content => &post.content,
                TextColumn::Title => &post.title,
                TextColumn::SAreaId => &post.s_area_id,
            };
            let post_time = post.post_time.clone()?;
            let moment = Moment::parse(&post_time)?;
            let in_range = spec.start <= moment && moment <= spec.end;
            let shown = if times_are_text {
                post_time
            } else {
                moment.to_string()
            };
            let row = [
                post.id.clone()?,
                post.s_id.clone()?,
                post.author.clone()?,
                text.clone()?,
                shown,
            ];
            in_range.then_some(row)
        })
        .collect();
    rows.sort();
    rows
}
