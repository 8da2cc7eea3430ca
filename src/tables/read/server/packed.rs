//! How rows travel from the thread that streams them: as tuples of PostgreSQL's binary COPY.
//!
//! ```text
//! row      number of fields (2 bytes, big-endian), fields
//! field    length (4 bytes, big-endian), so many bytes; of NULL -1, and none
//! fields   time, and the wanted columns
//! time     of typed columns: microseconds since 2000 (8 bytes, big-endian); of text and numbers,
//!          and for what cannot be read: text
//! ```

use std::iter;

use tokio::sync::mpsc::Receiver;

use super::time_kind::TimeKind;
use crate::tables::read::moment::{LocalTime, Moment, MomentText, ReadTime, ZoneReader};
use crate::tables::read::row::Nulls;
use crate::tables::read::source::Nullable;
use crate::tables::server::Parcel;

const MICROS_TO_2000: i64 = 946_684_800_000_000;

/// One row in its packed form.
pub(super) struct PackedRow<'a> {
    pub(super) time: &'a [u8],
    /// The first of the wanted columns; empty if it is NULL.
    pub(super) key: &'a [u8],
    /// Whether none of them is NULL, nor the time.
    pub(super) is_whole: bool,
    /// Which of them are.
    pub(super) nulls: Nulls,
    has_time: bool,
    columns: usize,
    /// All of them, with their lengths.
    cells: &'a [u8],
    /// All of the row.
    pub(super) bytes: &'a [u8],
}

impl<'a> PackedRow<'a> {
    /// The row that the bytes begin with; `None` if it continues behind them.
    pub(super) fn first_of(bytes: &'a [u8]) -> sqlx::Result<Option<Self>> {
        let mut rest = bytes;
        let Some(fields) = take(&mut rest, 2) else {
            return Ok(None);
        };
        let fields = i16::from_be_bytes([fields[0], fields[1]]);
        if fields < 2 {
            return Err(sqlx::Error::Protocol(format!("a row of {fields} fields")));
        }
        let Some(time) = take_field(&mut rest)? else {
            return Ok(None);
        };
        let cells = rest;
        let Some(key) = take_field(&mut rest)? else {
            return Ok(None);
        };
        let mut nulls = Nulls::default();
        if key.is_none() {
            nulls.add(0);
        }
        let columns = usize::from(fields.unsigned_abs()) - 1;
        for place in 1..columns {
            match take_field(&mut rest)? {
                Some(Some(_)) => {}
                Some(None) => nulls.add(place),
                None => return Ok(None),
            }
        }
        Ok(Some(Self {
            time: time.unwrap_or_default(),
            key: key.unwrap_or_default(),
            is_whole: time.is_some() && nulls.is_empty(),
            nulls,
            has_time: time.is_some(),
            columns,
            cells: &cells[..cells.len() - rest.len()],
            bytes: &bytes[..bytes.len() - rest.len()],
        }))
    }

    /// Whether nothing of it is NULL that may not be.
    pub(super) fn takes_part(&self, nullable: Nullable) -> bool {
        self.is_whole || self.has_time && nullable.admits(self.columns, self.nulls)
    }

    /// The wanted columns; NULL is empty.
    pub(super) fn cells(&self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.cells;
        // They have been looked at by `first_of`.
        iter::from_fn(move || Some(take_field(&mut rest).ok().flatten()?.unwrap_or_default()))
    }
}

/// The length of a field that is NULL.
pub(super) const NULL: i32 = -1;

/// Takes a field off the front, which may be NULL; `None`: it continues behind these bytes.
fn take_field<'a>(rest: &mut &'a [u8]) -> sqlx::Result<Option<Option<&'a [u8]>>> {
    let Some(length) = take(rest, 4) else {
        return Ok(None);
    };
    let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
    if length == NULL {
        return Ok(Some(None));
    }
    let length = usize::try_from(length)
        .map_err(|_| sqlx::Error::Protocol(format!("a field of {length} bytes")))?;
    Ok(take(rest, length).map(Some))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(taken)
}

/// What a packed time means, if that can be read.
pub(super) fn read_time<'t>(
    time: &'t [u8],
    times: TimeKind,
    zone: &mut ZoneReader,
    room: &'t mut MomentText,
) -> Option<ReadTime<'t>> {
    match times {
        TimeKind::Text => zone.read(str::from_utf8(time).ok()?, room),
        TimeKind::Number => zone.show(moment_of_number(str::from_utf8(time).ok()?)?, room),
        TimeKind::Stamp | TimeKind::Day => zone.read_clock(micros_of(time)?, room),
        TimeKind::Zoned => zone.show(Moment::from_micros(micros_of(time)?)?, room),
    }
}

/// A packed time as the server compares it.
pub(super) fn compared<'t>(time: &'t [u8], times: TimeKind, room: &'t mut MomentText) -> &'t str {
    match times {
        TimeKind::Text | TimeKind::Number => str::from_utf8(time).unwrap_or_default(),
        TimeKind::Stamp | TimeKind::Day | TimeKind::Zoned => {
            LocalTime::at(micros_of(time).unwrap_or_default()).text(room)
        }
    }
}

/// A packed time that cannot be read, for people.
pub(super) fn named(time: &[u8]) -> String {
    match <[u8; 8]>::try_from(time).map(i64::from_be_bytes) {
        Ok(i64::MAX) => "infinity".to_owned(),
        Ok(i64::MIN) => "-infinity".to_owned(),
        Ok(_) if !time.is_ascii() => "a time before the year 0 or after 9999".to_owned(),
        _ => String::from_utf8_lossy(time).into_owned(),
    }
}

/// Since 1970.
fn micros_of(time: &[u8]) -> Option<i64> {
    let micros = i64::from_be_bytes(time.try_into().ok()?);
    let micros = micros.checked_add(MICROS_TO_2000)?;
    Moment::from_micros(micros).map(Moment::micros)
}

/// The moment of a decimal number.
pub(super) fn moment_of_number(number: &str) -> Option<Moment> {
    match number.parse() {
        Ok(integer) => Moment::of_integer(integer),
        Err(_) => Moment::of_real(number.parse().ok()?),
    }
}

/// A moment as a packed time.
pub(super) fn packed_time(moment: Moment) -> [u8; 8] {
    (moment.micros() - MICROS_TO_2000).to_be_bytes()
}

/// The rows of a stream, one after the other.
pub(super) struct PackedRows {
    parcels: Receiver<Parcel>,
    /// What has arrived and is not used up, from `at` on.
    bytes: Vec<u8>,
    at: usize,
    has_ended: bool,
}

impl PackedRows {
    pub(super) fn new(parcels: Receiver<Parcel>) -> Self {
        Self {
            parcels,
            bytes: Vec::new(),
            at: 0,
            has_ended: false,
        }
    }

    /// The row that is next; it stays so until it is stepped over.
    pub(super) fn peek(&mut self) -> sqlx::Result<Option<PackedRow<'_>>> {
        while PackedRow::first_of(&self.bytes[self.at..])?.is_none() {
            if self.has_ended {
                return Ok(None);
            }
            self.receive()?;
        }
        PackedRow::first_of(&self.bytes[self.at..])
    }

    /// Goes behind a row of so many bytes.
    pub(super) fn step_over(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    fn receive(&mut self) -> sqlx::Result<()> {
        match self.parcels.blocking_recv() {
            Some(Parcel::Bytes(arrived)) => {
                self.bytes.drain(..self.at);
                self.at = 0;
                if self.bytes.is_empty() {
                    // Also gives back the room that a huge row took.
                    self.bytes = arrived;
                } else {
                    self.bytes.extend_from_slice(&arrived);
                }
            }
            Some(Parcel::End) => self.has_ended = true,
            Some(Parcel::Failed(cause)) => return Err(cause),
            None => return Err(sqlx::Error::WorkerCrashed),
        }
        Ok(())
    }
}
