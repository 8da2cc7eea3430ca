//! Looks at the times of an indexed table without reading it: whether they can be read at all,
//! where they begin and end, how they divide, and about how many there are.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Params, params};

use super::cells::time_of;
use super::scan::source_of;
use super::shape::Order;
use crate::tables::names::in_double_quotes;
use crate::tables::read::moment::Moment;
use crate::tables::read::portion::{Portion, Share};
use crate::tables::read::range::{TextRange, cuts};
use crate::tables::read::source::{ReadPlan, TIMES_CHECKED, TableQuery};

/// How many pieces of the range are sampled for the estimate, and how many rows of each are
/// counted: together about 20 ms, whatever the size of the table.
const SAMPLED_PIECES: u32 = 16;
const ROWS_PER_SAMPLE: u32 = 10_000;

/// The times of a table, and the index on them if there is one.
pub(super) struct Times<'a> {
    connection: &'a Connection,
    query: &'a TableQuery,
    is_indexed: bool,
    column: String,
    from: String,
}

impl<'a> Times<'a> {
    pub(super) fn of(connection: &'a Connection, query: &'a TableQuery, order: &Order) -> Self {
        let mut from = format!("FROM {}", source_of(query));
        let is_indexed = if let Order::Time { index, .. } = order {
            from += &format!(" INDEXED BY {}", in_double_quotes(index));
            true
        } else {
            false
        };
        let column = format!("source.{}", in_double_quotes(&query.time));
        Self {
            connection,
            query,
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
    pub(super) fn divide(&self, wanted: u32, plan: &mut ReadPlan) -> rusqlite::Result<()> {
        if self.has_other_than_text()? {
            plan.warnings.push(format!(
                "`{}`.`{}` is not text in some rows: these are not read",
                self.query.table, self.query.time
            ));
        }
        let [Some(least), Some(greatest)] = self.ends(&TextRange::of(self.query))? else {
            plan.rows_estimate = Some(0);
            return Ok(());
        };
        let (start, end) = (self.query.start, self.query.end);
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
            self.look_up(&sql, params![range.from, range.until], |row| {
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
            if self.look_up(&sql, [], |_| Ok(()))?.is_some() {
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

    fn look_up<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.connection.query_row(sql, parameters, read).optional()
    }
}

/// By how much the rows counted in a piece fall short of all rows in it; `None` if so little of its
/// time was covered that nothing follows for the rest.
fn scale_of_sample(piece: &[Moment], counted: u32, reached: Option<&str>) -> Option<f64> {
    const LEAST_COVERAGE: f64 = 0.001;
    if counted < ROWS_PER_SAMPLE {
        return Some(1.0);
    }
    let covered = Moment::parse(reached?)?.micros() - piece[0].micros();
    let coverage = covered as f64 / (piece[1].micros() - piece[0].micros()) as f64;
    (coverage >= LEAST_COVERAGE).then(|| 1.0 / coverage.min(1.0))
}
