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

use super::{
    engine::Engine,
    link::{LentLink, Link},
    packed::{Packed, PackedRows, moment_of},
    select::{Query, Select},
    shape::TimeKind,
    unreadable,
};
use crate::systems::labelling::posts::{
    Moment, ReadSpec, Reader, Row, SliceEnd, SliceLimits, SourceError, lossy,
    moment::MomentText,
    portion::{Reached, ServerMark, ServerRow},
    slice::{Completeness, Slice},
};

pub(super) struct ServerReader<E: Engine> {
    spec: ReadSpec,
    completeness: Completeness,
    place: Place<E>,
}

impl<E: Engine> ServerReader<E> {
    /// Goes on from where an earlier reader ended; its first query runs over the link.
    pub(super) fn new(
        options: E::Options,
        link: Link<E>,
        spec: ReadSpec,
        select: Select,
        reached: Option<Reached>,
    ) -> Result<Self, SourceError> {
        let (mark, completeness) = match reached {
            None => (None, Completeness::of_ordered_rows()),
            Some(Reached::Server { mark, completeness }) => (mark, completeness),
            Some(_) => return Err(SourceError::ForeignPosition { table: spec.table }),
        };
        let query = select.rest::<E>(mark.as_ref());
        let stream = Stream::start(link, &select, query).map_err(unreadable(&spec.table))?;
        Ok(Self {
            place: Place {
                options,
                table: spec.table.clone(),
                select,
                stream,
                group: Group::default(),
                mark,
            },
            spec,
            completeness,
        })
    }
}

impl<E: Engine> Reader for ServerReader<E> {
    fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(Row<'_>) -> usize,
    ) -> Result<SliceEnd, SourceError> {
        let Self {
            spec,
            completeness,
            place,
        } = self;
        let mut slice = Slice::new(limits, spec, completeness, visit);
        let finished = place.read(&mut slice)?;
        let mark = place.mark.clone();
        Ok(slice.end(finished, |completeness| Reached::Server {
            mark,
            completeness,
        }))
    }
}

/// A query while its rows arrive.
struct Stream<E: Engine> {
    rows: PackedRows,
    link: LentLink<E>,
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

impl<E: Engine> Stream<E> {
    fn start(link: Link<E>, select: &Select, query: Query) -> sqlx::Result<Self> {
        let (parcels, link) = link.stream(query.sql, select.times)?;
        Ok(Self {
            rows: PackedRows::new(parcels),
            link,
            in_full_order: query.in_full_order,
            skip: query.skip.map(|(time, row)| Skip { time, row }),
            of_time: query.of_time,
        })
    }
}

impl Skip {
    /// Whether the row had been read before the stream began.
    fn covers(&mut self, time: &str, id: &[u8]) -> bool {
        let covers = self.row.times_seen > 0 && self.time == time && self.row.id == id;
        self.row.times_seen -= u64::from(covers);
        covers
    }
}

/// Rows that are handed out together, because they share a time and have no order.
#[derive(Default)]
struct Group {
    /// As packed; the time of all.
    time: Vec<u8>,
    moment: Option<Moment>,
    rows: u32,
    bytes: Vec<u8>,
    /// Whether no more rows belong to it.
    is_whole: bool,
    /// Rows without a time that came before it, and behind it.
    undated: u32,
    undated_behind: u32,
}

impl Group {
    fn push(&mut self, row: &Packed<'_>) {
        self.rows += 1;
        self.bytes.extend_from_slice(row.bytes);
    }

    fn clear(&mut self) {
        *self = Self {
            time: mem::take(&mut self.time),
            bytes: mem::take(&mut self.bytes),
            undated: self.undated_behind,
            ..Self::default()
        };
        self.time.clear();
        self.bytes.clear();
        // What a huge row took is not kept.
        self.bytes.shrink_to(1 << 20);
    }

    /// A single row is always handed out, however large.
    fn exceeds(&self, limits: SliceLimits) -> bool {
        self.rows > 1 && (self.rows > limits.rows || self.bytes.len() > limits.bytes)
    }
}

enum Gathered {
    Group,
    /// The group has more than a slice may have, and probably goes on.
    TooMuch,
    End,
}

/// How far a portion has been read, and how to read on.
struct Place<E: Engine> {
    options: E::Options,
    table: String,
    select: Select,
    stream: Stream<E>,
    group: Group,
    mark: Option<ServerMark>,
}

impl<E: Engine> Place<E> {
    /// Fills a slice; answers whether the portion has no more rows.
    fn read(&mut self, slice: &mut Slice<'_>) -> Result<bool, SourceError> {
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
                        let rest = self.select.rest::<E>(self.mark.as_ref());
                        self.start(rest)?;
                    } else {
                        slice.count_undated(mem::take(&mut self.group.undated_behind));
                        slice.count_undated(mem::take(&mut self.group.undated));
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
    ) -> Result<Gathered, SourceError> {
        let Self {
            stream,
            group,
            select,
            table,
            ..
        } = self;
        loop {
            if !stream.in_full_order && group.exceeds(limits) {
                return Ok(Gathered::TooMuch);
            }
            if group.is_whole {
                return Ok(Gathered::Group);
            }
            let Some(row) = stream.rows.peek().map_err(unreadable(table))? else {
                group.is_whole = group.rows > 0;
                return Ok(if group.is_whole {
                    Gathered::Group
                } else {
                    Gathered::End
                });
            };
            let length = row.bytes.len();
            if group.rows > 0 && row.time == group.time {
                group.push(&row);
                stream.rows.step_over(length);
                continue;
            }
            let Some(moment) = moment_of(row.time, select.times) else {
                // Such a row may stand among those of one time if their collation says so.
                group.undated_behind = group.undated_behind.saturating_add(1);
                stream.rows.step_over(length);
                continue;
            };
            if group.rows > 0 {
                group.is_whole = true;
                continue;
            }
            if let Some(skip) = &mut stream.skip {
                if skip.covers(shown(row.time, moment, select.times, room), row.id) {
                    stream.rows.step_over(length);
                    continue;
                }
                stream.skip = None;
            }
            group.undated = group
                .undated
                .saturating_add(mem::take(&mut group.undated_behind));
            group.time.extend_from_slice(row.time);
            group.moment = Some(moment);
            group.push(&row);
            group.is_whole = stream.in_full_order;
            stream.rows.step_over(length);
        }
    }

    fn hand_out(
        &mut self,
        slice: &mut Slice<'_>,
        room: &mut MomentText,
    ) -> Result<(), SourceError> {
        let group = &mut self.group;
        slice.count_undated(group.undated);
        let Some(moment) = group.moment else {
            return Ok(());
        };
        let time = shown(&group.time, moment, self.select.times, room);
        let mut rest = &*group.bytes;
        let mut last_id: &[u8] = &[];
        while let Some(row) = Packed::first_of(rest).map_err(unreadable(&self.table))? {
            rest = &rest[row.bytes.len()..];
            last_id = row.id;
            if slice.admit_at(moment) {
                slice.keep(Row {
                    id: &lossy(row.id),
                    s_id: &lossy(row.s_id),
                    author: &lossy(row.author),
                    text: &lossy(row.text),
                    post_time: time,
                });
            }
        }
        let last_id = self.stream.in_full_order.then_some(last_id);
        remember(&mut self.mark, time, last_id);
        group.clear();
        Ok(())
    }

    /// Reads the time whose rows were being gathered in the order of its ids. Without an index
    /// all rows are in that order already.
    fn read_by_id(&mut self, room: &mut MomentText) -> Result<(), SourceError> {
        let group = &mut self.group;
        let Some(moment) = group.moment else {
            return Ok(());
        };
        let time = shown(&group.time, moment, self.select.times, room).to_owned();
        let undated = group.undated;
        group.clear();
        // Those before this time are not read again, those behind it are.
        group.undated = undated;
        self.start(self.select.of_one_time::<E>(&time, None))
    }

    fn start(&mut self, query: Query) -> Result<(), SourceError> {
        let has_ended = self.stream.rows.has_ended();
        let link = match self.stream.link.take_back(has_ended) {
            Some(link) => link,
            None => Link::new(&self.options).map_err(|cause| SourceError::Connect {
                table: self.table.clone(),
                cause: cause.into(),
            })?,
        };
        self.stream = Stream::start(link, &self.select, query).map_err(unreadable(&self.table))?;
        Ok(())
    }
}

/// Moves the mark behind a whole time or, in full order, behind a row of it.
fn remember(mark: &mut Option<ServerMark>, time: &str, id: Option<&[u8]>) {
    let mark = mark.get_or_insert_with(|| ServerMark {
        time: String::new(),
        row: None,
    });
    let row = mark.row.take().filter(|_| mark.time == time);
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

/// A packed time as rows show it.
fn shown<'a>(time: &'a [u8], moment: Moment, times: TimeKind, room: &'a mut MomentText) -> &'a str {
    match times {
        TimeKind::Text => str::from_utf8(time).unwrap_or_default(),
        TimeKind::Stamp | TimeKind::Zoned | TimeKind::Day => moment.text(room),
    }
}
