//! Looks at the times of an indexed table without reading it: whether they can be read at all,
//! where they begin and end, how they divide, and about how many there are.

use rusqlite::{Connection, OptionalExtension, Params, params, types::Type};

use crate::sqlite::quoted;

use super::{
    cells::time_of,
    shape::{Order, source_of},
};
use crate::systems::labelling::posts::{
    Moment, Plan, Portion, ReadSpec, TIMES_CHECKED,
    portion::Share,
    range::{TextRange, cuts},
};

/// How many pieces of the range are sampled for the estimate, and how many rows of each are
/// counted: together about 20 ms, whatever the size of the table.
const SAMPLED_PIECES: u32 = 16;
const ROWS_PER_SAMPLE: u32 = 10_000;

/// The times of a table, and the index on them if there is one.
pub(super) struct Times<'a> {
    connection: &'a Connection,
    spec: &'a ReadSpec,
    is_indexed: bool,
    column: String,
    from: String,
}

impl<'a> Times<'a> {
    pub(super) fn of(connection: &'a Connection, spec: &'a ReadSpec, order: &Order) -> Self {
        let mut from = format!("FROM {}", source_of(spec));
        let is_indexed = if let Order::Time { index, .. } = order {
            from += &format!(" INDEXED BY {}", quoted(index));
            true
        } else {
            false
        };
        let column = format!("source.{}", quoted(&spec.columns.post_time));
        Self {
            connection,
            spec,
            is_indexed,
            column,
            from,
        }
    }

    /// What the column holds if that is not times. Only a few cells are looked at: with an index
    /// the ends of what could be times, else the first ones.
    pub(super) fn strange(&self) -> rusqlite::Result<Option<String>> {
        if self.is_indexed {
            let ends = self.ends(&TextRange::of_all_times())?;
            if ends
                .iter()
                .flatten()
                .any(|text| Moment::parse(text).is_some())
            {
                return Ok(None);
            }
        }
        let Self { column, from, .. } = self;
        let sql = format!("SELECT {column} {from} WHERE {column} IS NOT NULL LIMIT ?1");
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([TIMES_CHECKED])?;
        let mut strange = None;
        while let Some(row) = rows.next()? {
            let cell = row.get_ref(0)?;
            if time_of(cell).and_then(Moment::parse).is_some() {
                return Ok(None);
            }
            strange.get_or_insert_with(|| match cell.data_type() {
                Type::Text => "text of another form".to_owned(),
                other => format!("values of type {}", other.to_string().to_lowercase()),
            });
        }
        Ok(strange)
    }

    /// Fills in the portions, by equal time between the first and the last row of the range, and
    /// what else can be said about them.
    pub(super) fn divide(&self, wanted: u32, plan: &mut Plan) -> rusqlite::Result<()> {
        if self.has_other_than_text()? {
            plan.warnings.push(format!(
                "`{}`.`{}` is not text in some rows: these are not read",
                self.spec.table, self.spec.columns.post_time
            ));
        }
        let [Some(least), Some(greatest)] = self.ends(&TextRange::of(self.spec))? else {
            plan.rows_estimate = Some(0);
            return Ok(());
        };
        let (start, end) = (self.spec.start, self.spec.end);
        let first = Moment::parse(&least).map_or(start, |first| first.max(start));
        let last = Moment::parse(&greatest).map_or(end, |last| last.min(end));
        let cuts = cuts(first, last, wanted)
            .into_iter()
            .map(|cut| Some(cut.to_string()));
        let ends: Vec<Option<String>> = std::iter::once(None)
            .chain(cuts)
            .chain(std::iter::once(None))
            .collect();
        let share = |pair: &[Option<String>]| {
            Portion(Share::Times {
                from: pair[0].clone(),
                until: pair[1].clone(),
            })
        };
        plan.portions = ends.windows(2).map(share).collect();
        plan.rows_estimate = self.estimate(first, last)?;
        Ok(())
    }

    /// The least and the greatest text of a range.
    fn ends(&self, range: &TextRange) -> rusqlite::Result<[Option<String>; 2]> {
        let Self { column, from, .. } = self;
        // One end at a time: SQLite looks one up, but scans for both at once.
        let end = |direction: &str| {
            let sql = format!(
                "SELECT {column} {from} WHERE {column} >= ?1 AND {column} < ?2
                 ORDER BY {column} {direction} LIMIT 1"
            );
            self.query(&sql, params![range.from, range.until], |row| {
                Ok(String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned())
            })
        };
        Ok([end("ASC")?, end("DESC")?])
    }

    /// Numbers sort before all text, blobs behind it, and so neither is ever in a range.
    fn has_other_than_text(&self) -> rusqlite::Result<bool> {
        let Self { column, from, .. } = self;
        for condition in ["< ''", ">= x''"] {
            let sql = format!("SELECT 1 {from} WHERE {column} {condition} LIMIT 1");
            if self.query(&sql, [], |_| Ok(()))?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// About how many rows lie between two moments: counts the first rows of each piece of the
    /// time between and takes the rest of the piece for as dense.
    fn estimate(&self, first: Moment, last: Moment) -> rusqlite::Result<Option<u64>> {
        let Self { column, from, .. } = self;
        let sql = format!(
            "SELECT count(*), max(time) FROM
             (SELECT {column} AS time {from} WHERE {column} >= ?1 AND {column} < ?2
              ORDER BY {column} LIMIT ?3)"
        );
        let mut bounds = vec![first];
        bounds.extend(cuts(first, last, SAMPLED_PIECES));
        bounds.extend(Moment::from_micros(last.micros() + 1));
        let mut rows = 0;
        for piece in bounds.windows(2) {
            let parameters = params![piece[0].to_string(), piece[1].to_string(), ROWS_PER_SAMPLE];
            let (counted, reached): (u32, Option<String>) =
                self.connection
                    .query_row(&sql, parameters, |row| row.try_into())?;
            let Some(scale) = scale_of_sample(piece, counted, reached.as_deref()) else {
                return Ok(None);
            };
            rows += (f64::from(counted) * scale) as u64;
        }
        Ok(Some(rows))
    }

    fn query<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.connection.query_row(sql, parameters, read).optional()
    }
}

/// By how much the rows counted in a piece fall short of all rows in it; `None` if so little of its
/// time was covered that the rest cannot be told.
fn scale_of_sample(piece: &[Moment], counted: u32, reached: Option<&str>) -> Option<f64> {
    const LEAST_COVERAGE: f64 = 0.001;
    if counted < ROWS_PER_SAMPLE {
        return Some(1.0);
    }
    let covered = Moment::parse(reached?)?.micros() - piece[0].micros();
    let coverage = covered as f64 / (piece[1].micros() - piece[0].micros()) as f64;
    (coverage >= LEAST_COVERAGE).then(|| 1.0 / coverage.min(1.0))
}
