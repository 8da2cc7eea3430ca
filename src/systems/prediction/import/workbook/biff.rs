//! Records of xls files (BIFF8), and the values in them.

use super::cfb::{u16_at, u32_at};

/// A record, with what continues it.
pub(super) struct Record<'s> {
    pub kind: u16,
    pub data: &'s [u8],
    /// Of a table of texts, which is the only one that continues where characters are.
    pub continued: Vec<&'s [u8]>,
}

const CONTINUE: u16 = 0x003C;

/// The records of a stream from a place on, up to one that is cut off.
pub(super) fn records(stream: &[u8], from: usize) -> impl Iterator<Item = Record<'_>> {
    let mut rest = stream.get(from..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (kind, data) = take(&mut rest)?;
        let mut continued = Vec::new();
        while u16_at(rest, 0) == Some(CONTINUE)
            && let Some((_, data)) = take(&mut rest)
        {
            continued.push(data);
        }
        Some(Record {
            kind,
            data,
            continued,
        })
    })
}

fn take<'s>(rest: &mut &'s [u8]) -> Option<(u16, &'s [u8])> {
    let kind = u16_at(rest, 0)?;
    let length = usize::from(u16_at(rest, 2)?);
    let data = rest.get(4..4 + length)?;
    *rest = &rest[4 + length..];
    Some((kind, data))
}

/// The bytes of a record and of what continues it, one after the other.
pub(super) struct Pieces<'s> {
    piece: &'s [u8],
    rest: std::vec::IntoIter<&'s [u8]>,
}

impl<'s> Pieces<'s> {
    pub fn of(record: &Record<'s>, from: usize) -> Self {
        Self {
            piece: record.data.get(from..).unwrap_or_default(),
            rest: record.continued.clone().into_iter(),
        }
    }

    fn next_piece(&mut self) -> Option<()> {
        while self.piece.is_empty() {
            self.piece = self.rest.next()?;
        }
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        self.next_piece()?;
        let (first, rest) = self.piece.split_first()?;
        self.piece = rest;
        Some(*first)
    }

    pub fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    fn skip(&mut self, mut bytes: usize) -> Option<()> {
        while bytes > 0 {
            self.next_piece()?;
            let here = bytes.min(self.piece.len());
            self.piece = &self.piece[here..];
            bytes -= here;
        }
        Some(())
    }

    /// A text of so many characters. Where it is continued, its width is said again.
    pub fn text(&mut self, length: u16) -> Option<String> {
        let flags = self.byte()?;
        let runs = if flags & 8 != 0 { self.u16()? } else { 0 };
        let extra = if flags & 4 != 0 { self.u32()? } else { 0 };
        let mut is_wide = flags & 1 != 0;
        let mut units = Vec::new();
        while units.len() < usize::from(length) {
            if self.piece.is_empty() {
                self.next_piece()?;
                is_wide = self.byte()? & 1 != 0;
            }
            units.push(if is_wide {
                self.u16()?
            } else {
                self.byte()?.into()
            });
        }
        self.skip(usize::from(runs) * 4 + extra as usize)?;
        Some(String::from_utf16_lossy(&units))
    }
}

/// A number that is packed into four bytes.
pub(super) fn packed_number(packed: u32) -> f64 {
    let number = if packed & 2 != 0 {
        f64::from((packed as i32) >> 2)
    } else {
        f64::from_bits(u64::from(packed & !3) << 32)
    };
    if packed & 1 != 0 {
        number / 100.0
    } else {
        number
    }
}

pub(super) const fn error_code(code: u8) -> &'static str {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        0x2A => "#N/A",
        _ => "#ERROR!",
    }
}

pub(super) fn double_at(data: &[u8], at: usize) -> Option<f64> {
    let bits = u64::from(u32_at(data, at)?) | u64::from(u32_at(data, at + 4)?) << 32;
    Some(f64::from_bits(bits))
}

/// What the format of a number shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    Number,
    Date,
    Duration,
}

impl Shows {
    /// Formats that every file has, those of Japan among them.
    pub const fn of_number(format: u16) -> Self {
        match format {
            14..=22 | 27..=36 | 45 | 47 | 50..=58 => Self::Date,
            46 => Self::Duration,
            _ => Self::Number,
        }
    }

    /// By the letters of its first part that are neither quoted, escaped nor in brackets.
    pub fn of_text(format: &str) -> Self {
        let mut characters = format.chars();
        let mut bracket = String::new();
        let (mut is_quoted, mut is_bracketed) = (false, false);
        while let Some(character) = characters.next() {
            match character {
                '"' => is_quoted = !is_quoted,
                _ if is_quoted => {}
                '\\' | '_' | '*' => drop(characters.next()),
                ';' => break,
                '[' => {
                    is_bracketed = true;
                    bracket.clear();
                }
                ']' => {
                    is_bracketed = false;
                    let is_time = bracket
                        .chars()
                        .all(|c| matches!(c.to_ascii_lowercase(), 'h' | 'm' | 's'));
                    if is_time && !bracket.is_empty() {
                        return Self::Duration;
                    }
                }
                _ if is_bracketed => bracket.push(character),
                'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => return Self::Date,
                _ => {}
            }
        }
        Self::Number
    }
}
