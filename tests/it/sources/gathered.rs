//! Reads whole plans the way jobs do: slice by slice, with positions that were stored, and now and
//! then with a new reader.

use std::ops::Range;
use std::path::Path;

use audience::systems::labelling::posts::{
    ColumnNames, Moment, Portion, Position, Post, ReadSpec, SliceLimits, Source, TextColumn,
    open_source,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::database::PostRow;

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

    pub(super) fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len() as u64) as usize]
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
        fields: Vec::new(),
        start: moment("2020-01-01"),
        end: moment("2020-12-31 23:59:59"),
        zone: None,
    }
}

pub(super) fn open_sqlite(path: &Path) -> Source {
    open_source(&format!("sqlite://{}", path.display())).unwrap()
}

/// A value as it comes back from the place where jobs keep it.
pub(super) fn restored<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

pub(super) fn owned(row: Post<'_>) -> OwnedRow {
    [row.id, row.s_id, row.author, row.text, row.post_time].map(str::to_owned)
}

/// What one read of a whole plan came across.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) rows: Vec<OwnedRow>,
    pub(super) scanned: u64,
    pub(super) unreadable: u64,
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

/// How slices are read where a table is kept.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// A new reader costs a connection on a server.
    slices_per_reader: u64,
    /// Up to so many bytes for each row of a slice.
    bytes_per_row: u64,
    /// Whether rows without a time may be scanned beyond the limit, with those beside them.
    counts_undated_beyond: bool,
}

pub(super) const IN_A_FILE: Pace = Pace {
    slices_per_reader: 6,
    bytes_per_row: 20,
    counts_undated_beyond: false,
};

pub(super) const ON_A_SERVER: Pace = Pace {
    slices_per_reader: 25,
    bytes_per_row: 400,
    counts_undated_beyond: true,
};

/// Reads everything with slices of any size up to a greatest, and now and then with a new reader.
pub(super) fn gather(
    source: &Source,
    spec: &ReadSpec,
    (portions_wanted, greatest_slice): (u32, u64),
    pace: &Pace,
    numbers: &mut Numbers,
) -> Gathered {
    let mut gathered = Gathered::default();
    for portion in source.plan(spec, portions_wanted).unwrap().portions {
        let portion = restored(&portion);
        gather_portion(
            source,
            spec,
            &portion,
            (greatest_slice, pace),
            numbers,
            &mut gathered,
        );
    }
    gathered
}

fn gather_portion(
    source: &Source,
    spec: &ReadSpec,
    portion: &Portion,
    (greatest_slice, pace): (u64, &Pace),
    numbers: &mut Numbers,
    gathered: &mut Gathered,
) {
    let mut position: Option<Position> = None;
    let mut claims = Vec::new();
    let mut finished = false;
    while !finished {
        let mut reader = source.open(spec, portion, position.as_ref()).unwrap();
        for _ in 0..=numbers.below(pace.slices_per_reader) {
            let rows = 1 + numbers.below(greatest_slice) as u32;
            let bytes = 1 + numbers.below(pace.bytes_per_row * greatest_slice) as usize;
            let before = gathered.rows.len();
            let end = reader
                .read_slice(SliceLimits { rows, bytes }, &mut |row| {
                    gathered.rows.push(owned(row));
                    row.author.len() + row.text.len()
                })
                .unwrap();
            let beyond = match pace.counts_undated_beyond {
                true => end.unreadable.rows,
                false => 0,
            };
            assert!(end.rows_scanned - beyond <= rows.into());
            assert!((gathered.rows.len() - before) as u64 <= end.rows_scanned);
            gathered.scanned += end.rows_scanned;
            gathered.unreadable += end.unreadable.rows;
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

/// Of these posts, those that take part, sorted; `time` is what a text means and how it is
/// published.
pub(super) fn expected(
    posts: &[PostRow],
    spec: &ReadSpec,
    time: impl Fn(&str) -> Option<(Moment, String)>,
) -> Vec<OwnedRow> {
    let mut rows: Vec<OwnedRow> = posts
        .iter()
        .filter_map(|post| {
            let text = match spec.text {
                TextColumn::Author => &post.author,
                TextColumn::Content => &post.content,
                TextColumn::Title => &post.title,
                TextColumn::SAreaId => &post.s_area_id,
            };
            let (moment, shown) = time(post.post_time.as_ref()?)?;
            let in_range = spec.start <= moment && moment <= spec.end;
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

/// A text of a time in UTC.
pub(super) fn in_utc(text: &str) -> Option<(Moment, String)> {
    let moment = Moment::parse(text)?;
    Some((moment, moment.to_string()))
}
