//! Looks at the times of an indexed table without reading it: whether they can be read at all,
//! where they begin and end, how they divide, and about how many there are.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Params, params};

use super::cells::clock_of;
use super::ranges::{Ranges, Scale};
use super::scan::{CellKinds, source_of};
use super::shape::Order;
use crate::tables::names::in_double_quotes;
use crate::tables::read::first_times::{FirstTime, TIMES_CHECKED, strange};
use crate::tables::read::key::{Key, KeyRange};
use crate::tables::read::moment::Moment;
use crate::tables::read::portion::{Portion, Share};
use crate::tables::read::range::{TextRange, cuts};
use crate::tables::read::row::lossy;
use crate::tables::read::source::{ReadPlan, TableQuery};

/// How many pieces of the range are sampled for the estimate, and how many rows of each are
/// counted: together about 20 ms, whatever the size of the table.
const SAMPLED_PIECES: u32 = 16;
const ROWS_PER_SAMPLE: u32 = 10_000;

/// The times of a table, and the index on them if there is one.
pub(super) struct Times<'a> {
    connection: &'a Connection,
    query: &'a TableQuery,
    kinds: CellKinds,
    is_indexed: bool,
    column: String,
    from: String,
}

impl<'a> Times<'a> {
    pub(super) fn of(
        connection: &'a Connection,
        query: &'a TableQuery,
        order: &Order,
        kinds: CellKinds,
    ) -> Self {
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
            kinds,
            is_indexed,
            column,
            from,
        }
    }

    /// What the column holds if that is not times. Only a few cells are looked at: with an index
    /// the ends of what could be times, else the first ones.
    pub(super) fn strange(&self) -> rusqlite::Result<Option<String>> {
        if self.is_indexed {
            let all = TextRange::of_all_times();
            let ends = self.ends(&KeyRange::of_text(all.from, all.until))?;
            if ends.iter().flatten().any(|end| end.moment.is_some()) {
                return Ok(None);
            }
        }
        let Self { column, from, .. } = self;
        let sql = format!("SELECT {column} {from} WHERE {column} IS NOT NULL LIMIT ?1");
        let mut statement = self.connection.prepare(&sql)?;
        strange(statement.query_map([TIMES_CHECKED], |row| {
            let cell = row.get_ref(0)?;
            let is_readable = clock_of(cell, self.kinds.takes_numbers).is_some();
            Ok(match cell {
                ValueRef::Text(text) => FirstTime::of_text(&lossy(text), is_readable),
                _ if is_readable => FirstTime::Readable,
                cell => {
                    let kind = cell.data_type().to_string().to_lowercase();
                    FirstTime::Strange(format!("values of type {kind}"))
                }
            })
        })?)
    }

    /// Fills in the portions, by equal time between the first and the last row of the range, and
    /// what else can be said about them.
    pub(super) fn divide(&self, wanted: u32, plan: &mut ReadPlan) -> rusqlite::Result<()> {
        let ranges = Ranges::of(self.query, self.kinds);
        plan.rows_estimate = Some(0);
        for (scale, range) in &ranges.main {
            self.divide_range(*scale, range, wanted, plan)?;
        }
        for range in ranges.other_forms {
            if self.holds_any(&range)? {
                let KeyRange { from, until } = range;
                plan.portions.push(Portion(Share::Cells { from, until }));
                plan.time_ordered = false;
                plan.rows_estimate = None;
            }
        }
        Ok(())
    }

    fn divide_range(
        &self,
        scale: Scale,
        range: &KeyRange,
        wanted: u32,
        plan: &mut ReadPlan,
    ) -> rusqlite::Result<()> {
        let [Some(least), Some(greatest)] = self.ends(range)? else {
            return Ok(());
        };
        let (start, end) = match scale {
            Scale::Text => self.query.range_of_clock(),
            Scale::Seconds | Scale::Milliseconds => (self.query.start, self.query.end),
        };
        let first = least.moment.map_or(start, |first| first.max(start));
        let last = greatest.moment.map_or(end, |last| last.min(end));
        let estimate = self.estimate(scale, first, last)?;
        plan.rows_estimate = plan
            .rows_estimate
            .zip(estimate)
            .map(|(before, rows)| before + rows);
        // Rows that count in two ways, or are written in two, are not in one order.
        plan.time_ordered &= plan.portions.is_empty();
        plan.time_ordered &= scale != Scale::Text || !self.has_slashes(range)?;
        let cuts = cuts(first, last, wanted);
        let none = std::iter::once(None);
        let ends: Vec<Option<Moment>> = none
            .clone()
            .chain(cuts.into_iter().map(Some))
            .chain(none)
            .collect();
        for pair in ends.windows(2) {
            plan.portions.push(Portion(match scale {
                Scale::Text => {
                    let [from, until] = [pair[0], pair[1]].map(|cut| Some(cut?.to_string()));
                    Share::Times { from, until }
                }
                Scale::Seconds | Scale::Milliseconds => {
                    let key = |cut: Option<Moment>, end: &Key| {
                        cut.map_or_else(|| end.clone(), |cut| scale.key(cut))
                    };
                    Share::Cells {
                        from: key(pair[0], &range.from),
                        until: key(pair[1], &range.until),
                    }
                }
            }));
        }
        Ok(())
    }

    /// The least and the greatest cell of a range.
    fn ends(&self, range: &KeyRange) -> rusqlite::Result<[Option<End>; 2]> {
        let Self { column, from, .. } = self;
        // One end at a time: SQLite looks one up, but scans for both at once.
        let end = |direction: &str| {
            let sql = format!(
                "SELECT {column} {from} WHERE {column} >= ?1 AND {column} < ?2
                 ORDER BY {column} {direction} LIMIT 1"
            );
            self.look_up(&sql, params![range.from, range.until], |row| {
                Ok(End {
                    moment: clock_of(row.get_ref(0)?, self.kinds.takes_numbers),
                })
            })
        };
        Ok([end("ASC")?, end("DESC")?])
    }

    fn holds_any(&self, range: &KeyRange) -> rusqlite::Result<bool> {
        Ok(self.first_of(range)?.is_some())
    }

    fn first_of(&self, range: &KeyRange) -> rusqlite::Result<Option<Vec<u8>>> {
        let Self { column, from, .. } = self;
        let sql = format!(
            "SELECT {column} {from} WHERE {column} >= ?1 AND {column} < ?2
             ORDER BY {column} LIMIT 1"
        );
        self.look_up(&sql, params![range.from, range.until], |row| {
            Ok(match row.get_ref(0)? {
                ValueRef::Text(text) => text.to_owned(),
                _ => Vec::new(),
            })
        })
    }

    /// Whether some texts of the range are written with slashes. Within a year these stand behind
    /// those without.
    fn has_slashes(&self, range: &KeyRange) -> rusqlite::Result<bool> {
        // More years than these there are only among texts that are no times.
        const YEARS_MAX: usize = 10_000;
        let mut rest = range.clone();
        for _ in 0..YEARS_MAX {
            let Some(text) = self.first_of(&rest)? else {
                return Ok(false);
            };
            let year = String::from_utf8_lossy(&text[..text.len().min(4)]);
            let (from, until) = (format!("{year}/"), format!("{year}/~"));
            let with_slashes = KeyRange::of_text(from, until.as_str());
            let in_range = range.contains(ValueRef::Text(until.as_bytes()));
            if in_range && self.holds_any(&with_slashes)? {
                return Ok(true);
            }
            // Behind all texts that begin like this one.
            rest.from = Key::Text(format!("{year}~"));
        }
        Ok(true)
    }

    /// About how many rows lie between two moments: counts the first rows of each piece of the
    /// time between and takes the rest of the piece for as dense.
    fn estimate(&self, scale: Scale, first: Moment, last: Moment) -> rusqlite::Result<Option<u64>> {
        let Self { column, from, .. } = self;
        let sql = format!(
            "SELECT count(*), max(time) FROM
             (SELECT {column} AS time {from} WHERE {column} >= ?1 AND {column} < ?2
              ORDER BY {column} LIMIT ?3)"
        );
        let mut bounds = vec![first];
        bounds.extend(cuts(first, last, SAMPLED_PIECES));
        // The whole second behind the last one, as numbers may tell no more than these apart.
        bounds.extend(Moment::from_micros(last.micros() + 1_000_000));
        let mut rows = 0;
        for piece in bounds.windows(2) {
            let parameters = params![scale.key(piece[0]), scale.key(piece[1]), ROWS_PER_SAMPLE];
            let (counted, reached) = self.connection.query_row(&sql, parameters, |row| {
                let reached = clock_of(row.get_ref(1)?, self.kinds.takes_numbers);
                Ok((row.get(0)?, reached))
            })?;
            let Some(scale) = scale_of_sample(piece, counted, reached) else {
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

/// One end of a range.
struct End {
    /// `None` if what stands there is no time.
    moment: Option<Moment>,
}

/// By how much the rows counted in a piece fall short of all rows in it; `None` if so little of its
/// time was covered that nothing follows for the rest.
fn scale_of_sample(piece: &[Moment], counted: u32, reached: Option<Moment>) -> Option<f64> {
    const LEAST_COVERAGE: f64 = 0.001;
    if counted < ROWS_PER_SAMPLE {
        return Some(1.0);
    }
    let covered = reached?.micros() - piece[0].micros();
    let coverage = covered as f64 / (piece[1].micros() - piece[0].micros()) as f64;
    (coverage >= LEAST_COVERAGE).then(|| 1.0 / coverage.min(1.0))
}
