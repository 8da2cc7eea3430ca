//! What holds for every kind of source: each row that takes part is visited exactly once, wherever
//! slices end and readers die.

mod every_row_once;

use std::path::Path;

use rusqlite::Connection;

use super::*;

/// A row that outlives its reader: id, s_id, author, text, post_time.
pub(super) type OwnedRow = [String; 5];

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
        start: moment("2020-01-01"),
        end: moment("2020-12-31 23:59:59"),
    }
}

pub(super) fn open_sqlite(path: &Path) -> Arc<dyn Source> {
    open_source(&format!("sqlite://{}", path.display())).unwrap()
}

pub(super) fn owned(row: Row<'_>) -> OwnedRow {
    [row.id, row.s_id, row.author, row.text, row.post_time].map(str::to_owned)
}

/// A value as it comes back from the place where jobs keep it.
fn restored<T: Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// What one read of a whole plan came across.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) rows: Vec<OwnedRow>,
    pub(super) scanned: u64,
    pub(super) undated: u64,
    /// For each slice that knew up to when its portion was complete: the moment, and which rows of
    /// that portion had not been visited by then.
    claims: Vec<(Moment, std::ops::Range<usize>)>,
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
        gather_portion(
            source,
            spec,
            &restored(&portion),
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
    let mut position = None;
    let mut claims = Vec::new();
    let mut finished = false;
    while !finished {
        let mut reader = source.open(spec, portion, position.as_ref()).unwrap();
        for _ in 0..=numbers.below(6) {
            let rows = 1 + numbers.below(greatest_slice) as u32;
            let bytes = 1 + numbers.below(20 * greatest_slice) as usize;
            let before = gathered.rows.len();
            let end = reader
                .read_slice(SliceLimits { rows, bytes }, &mut |row| {
                    gathered.rows.push(owned(row));
                    row.author.len() + row.text.len()
                })
                .unwrap();
            assert!(end.rows_scanned <= rows.into());
            assert!((gathered.rows.len() - before) as u64 <= end.rows_scanned);
            gathered.scanned += end.rows_scanned;
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

/// The rows that take part, by a plain SELECT.
pub(super) fn selected_plainly(connection: &Connection, spec: &ReadSpec) -> Vec<OwnedRow> {
    let columns = &spec.columns;
    let names = [
        &columns.id,
        &columns.s_id,
        &columns.author,
        columns.text(spec.text),
        &columns.post_time,
    ];
    let cells = names
        .map(|name| format!("CAST(\"{name}\" AS TEXT)"))
        .join(", ");
    let sql = format!(
        "SELECT {cells} FROM \"{}\" WHERE typeof(\"{}\") = 'text'",
        spec.table.replace('"', "\"\""),
        columns.post_time
    );
    let mut statement = connection.prepare(&sql).unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut taking_part = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let cell = |column| {
            let cell = row.get_ref_unwrap(column);
            Some(String::from_utf8_lossy(cell.as_bytes_or_null().unwrap()?).into_owned())
        };
        if let (Some(id), Some(s_id), Some(author), Some(text), Some(post_time)) =
            (cell(0), cell(1), cell(2), cell(3), cell(4))
            && Moment::parse(&post_time)
                .is_some_and(|moment| spec.start <= moment && moment <= spec.end)
        {
            taking_part.push([id, s_id, author, text, post_time]);
        }
    }
    taking_part.sort();
    taking_part
}
