//! Cuts the rows of a portion into slices.
//!
//! ```text
//!             ┌─► along the times ──► a time with more rows than a slice may have ──┐
//! mark ─► ────┤        ▲                                                           ▼
//!             │        └────────────── all its rows are read ──────────── of one time, by id
//!             └─► in full order (there is no index on the time)
//! ```
//!
//! Along the times slices end where the time changes, so that rows of one time are gathered
//! before they are visited. In the order of ids they end behind any row.

use std::mem;

use super::dialect::ReadServer;
use super::packed::{PackedRow, PackedRows, compared, read_time};
use super::same_time::SameTimeRows;
use super::select::{Select, Selection};
use super::time_kind::TextEquality;
use crate::tables::read::completeness::Completeness;
use crate::tables::read::error::ReadError;
use crate::tables::read::moment::{MomentText, ZoneReader};
use crate::tables::read::portion::{Reached, ServerMark, ServerRow};
use crate::tables::read::row::{Row, RowCells, lossy};
use crate::tables::read::slice::{OpenSlice, SliceEnd, SliceLimits};
use crate::tables::read::source::{Reader, TableQuery};
use crate::tables::server::{LentSession, ServerSession};
use crate::tables::session::Purpose;

pub(super) struct ServerReader<S: ReadServer> {
    query: TableQuery,
    completeness: Completeness,
    cursor: Cursor<S>,
}

impl<S: ReadServer> ServerReader<S> {
    /// Continues where an earlier reader ended; its first query runs over the session.
    pub(super) fn new(
        options: S::Options,
        session: ServerSession<S>,
        query: TableQuery,
        select: Select,
        reached: Option<Reached>,
    ) -> Result<Self, ReadError> {
        let (mark, completeness) = match reached {
            None => (None, Completeness::of_ordered_rows()),
            Some(Reached::Server { mark, completeness }) => (mark, completeness),
            Some(_) => return Err(ReadError::ForeignPosition { table: query.table }),
        };
        let rest = select.rest::<S>(mark.as_ref());
        let stream =
            Stream::start(session, &select, rest).map_err(ReadError::unreadable(&query.table))?;
        Ok(Self {
            cursor: Cursor {
                options,
                table: query.table.clone(),
                zone: ZoneReader::new(query.zone),
                select,
                stream,
                group: SameTimeRows::default(),
                mark,
            },
            query,
            completeness,
        })
    }
}

impl<S: ReadServer> Reader for ServerReader<S> {
    fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(Row<'_>) -> usize,
    ) -> Result<SliceEnd, ReadError> {
        let Self {
            query,
            completeness,
            cursor,
        } = self;
        let mut slice = OpenSlice::new(limits, query, completeness, visit);
        let finished = cursor.read(&mut slice)?;
        let mark = cursor.mark.clone();
        Ok(slice.end(finished, |completeness| Reached::Server {
            mark,
            completeness,
        }))
    }
}

/// A query while its rows arrive.
struct Stream<S: ReadServer> {
    rows: PackedRows,
    session: LentSession<S>,
    in_full_order: bool,
    skip: Option<Skip>,
    /// The time whose rows these are, if they are of one time.
    of_time: Option<String>,
}

/// The row with which a stream begins, and how often that was read already.
struct Skip {
    time: String,
    row: ServerRow,
}

impl<S: ReadServer> Stream<S> {
    fn start(
        session: ServerSession<S>,
        select: &Select,
        selection: Selection,
    ) -> sqlx::Result<Self> {
        let (sql, times) = (selection.sql, select.times);
        let (parcels, session) = session.stream(async move |connection, outbox| {
            S::stream(connection, sql, times, outbox).await
        })?;
        Ok(Self {
            rows: PackedRows::new(parcels),
            session,
            in_full_order: selection.in_full_order,
            skip: selection.skip.map(|(time, row)| Skip { time, row }),
            of_time: selection.of_time,
        })
    }
}

impl Skip {
    /// Whether the row had been read before the stream began.
    fn covers(&mut self, time: &str, id: &[u8], equality: TextEquality) -> bool {
        let is_same_time = equality.holds(self.time.as_bytes(), time.as_bytes());
        let covers = self.row.times_seen > 0 && is_same_time && self.row.id == id;
        self.row.times_seen -= u64::from(covers);
        covers
    }
}

enum Gathered {
    Group,
    /// The rows are more than a slice may have, and more of them probably follow.
    TooMuch,
    End,
}

/// How far a portion has been read, and how to read on.
struct Cursor<S: ReadServer> {
    options: S::Options,
    table: String,
    zone: ZoneReader,
    select: Select,
    stream: Stream<S>,
    group: SameTimeRows,
    mark: Option<ServerMark>,
}

impl<S: ReadServer> Cursor<S> {
    /// Fills a slice; returns whether the portion has no more rows.
    fn read(&mut self, slice: &mut OpenSlice<'_>) -> Result<bool, ReadError> {
        let mut room = MomentText::default();
        while !slice.is_full() {
            match self.gather(slice.limits(), &mut room)? {
                Gathered::Group | Gathered::TooMuch
                    if !slice.has_room_for(self.group.rows, self.group.bytes.len()) =>
                {
                    return Ok(false);
                }
                Gathered::Group => self.hand_out(slice, &mut room)?,
                Gathered::TooMuch => self.read_by_id(&mut room)?,
                Gathered::End => {
                    if let Some(time) = self.stream.of_time.take() {
                        self.mark = Some(ServerMark { time, row: None });
                        let rest = self.select.rest::<S>(self.mark.as_ref());
                        self.start(rest)?;
                    } else {
                        slice.add_unreadable(mem::take(&mut self.group.unreadable_behind));
                        slice.add_unreadable(mem::take(&mut self.group.unreadable));
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Collects the rows of the time that is next, or the row that is next in full order.
    fn gather(
        &mut self,
        limits: SliceLimits,
        room: &mut MomentText,
    ) -> Result<Gathered, ReadError> {
        let Self {
            stream,
            group,
            select,
            table,
            zone,
            ..
        } = self;
        loop {
            if !stream.in_full_order && group.exceeds(limits) {
                return Ok(Gathered::TooMuch);
            }
            if group.is_whole {
                return Ok(Gathered::Group);
            }
            let Some(row) = stream.rows.peek().map_err(ReadError::unreadable(table))? else {
                group.is_whole = group.rows > 0;
                return Ok(if group.is_whole {
                    Gathered::Group
                } else {
                    Gathered::End
                });
            };
            let length = row.bytes.len();
            if !row.takes_part(select.nullable) {
                if read_time(row.time, select.times, zone, room).is_none() {
                    group.count_unreadable(&row);
                }
                stream.rows.step_over(length);
                continue;
            }
            if group.rows > 0 && select.equality.holds(row.time, &group.time) {
                group.push(&row);
                stream.rows.step_over(length);
                continue;
            }
            if read_time(row.time, select.times, zone, room).is_none() {
                // Such a row may stand among those of one time if their collation says so.
                group.count_unreadable(&row);
                stream.rows.step_over(length);
                continue;
            }

            if group.rows > 0 {
                group.is_whole = true;
                continue;
            }
            if let Some(skip) = &mut stream.skip {
                let time = compared(row.time, select.times, room);
                if skip.covers(time, row.key, select.equality) {
                    stream.rows.step_over(length);
                    continue;
                }
                stream.skip = None;
            }
            let behind = mem::take(&mut group.unreadable_behind);
            group.unreadable.add(behind);
            group.time.extend_from_slice(row.time);
            group.push(&row);
            group.is_whole = stream.in_full_order;
            stream.rows.step_over(length);
        }
    }

    fn hand_out(
        &mut self,
        slice: &mut OpenSlice<'_>,
        room: &mut MomentText,
    ) -> Result<(), ReadError> {
        let (group, times) = (&mut self.group, self.select.times);
        slice.add_unreadable(mem::take(&mut group.unreadable));
        let Some(time) = read_time(&group.time, times, &mut self.zone, room) else {
            return Ok(());
        };
        let mut rest = &*group.bytes;
        let mut last_id: &[u8] = &[];
        while let Some(row) =
            PackedRow::first_of(rest).map_err(ReadError::unreadable(&self.table))?
        {
            rest = &rest[row.bytes.len()..];
            last_id = row.key;
            if slice.admit_at(time.moment) {
                let cells: RowCells<'_> = row.cells().map(lossy).collect();
                slice.keep(Row {
                    time: time.text,
                    cells: &cells,
                    nulls: row.nulls,
                });
            }
        }
        let last_id = self.stream.in_full_order.then_some(last_id);
        let time = compared(&group.time, times, room);
        remember(&mut self.mark, time, last_id, self.select.equality);
        group.clear();
        Ok(())
    }

    /// Reads the time whose rows were being gathered in the order of its ids. Without an index
    /// all rows are in that order already.
    fn read_by_id(&mut self, room: &mut MomentText) -> Result<(), ReadError> {
        let group = &mut self.group;
        let time = compared(&group.time, self.select.times, room).to_owned();
        let unreadable = mem::take(&mut group.unreadable);
        group.clear();
        // Those before this time are not read again, those behind it are.
        group.unreadable = unreadable;
        self.start(self.select.of_one_time::<S>(&time, None))
    }

    fn start(&mut self, selection: Selection) -> Result<(), ReadError> {
        let has_ended = self.stream.rows.has_ended();
        let session = match self.stream.session.take_back(has_ended) {
            Some(session) => session,
            None => ServerSession::open(&self.options, Purpose::Read)
                .map_err(ReadError::not_connected(&self.table))?,
        };
        self.stream = Stream::start(session, &self.select, selection)
            .map_err(ReadError::unreadable(&self.table))?;
        Ok(())
    }
}

/// Moves the mark behind a whole time or, in full order, behind a row of it.
fn remember(mark: &mut Option<ServerMark>, time: &str, id: Option<&[u8]>, equality: TextEquality) {
    let mark = mark.get_or_insert_with(|| ServerMark {
        time: String::new(),
        row: None,
    });
    let is_same_time = equality.holds(mark.time.as_bytes(), time.as_bytes());
    let row = mark.row.take().filter(|_| is_same_time);
    mark.row = id.map(|id| match row {
        Some(row) if row.id == id => ServerRow {
            times_seen: row.times_seen + 1,
            ..row
        },
        _ => ServerRow {
            id: id.to_owned(),
            times_seen: 1,
        },
    });
    mark.time.clear();
    mark.time.push_str(time);
}
