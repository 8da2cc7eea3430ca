//! Looks over the XML in an archive before anything else reads it: what would take much memory is refused.

use std::io::Read;

use memchr::{memchr, memchr2, memchr3};

use super::budget::Budget;
use super::package::{Archive, part_name};
use crate::systems::prediction::import::ImportError;

/// Bytes of the text of a cell, and of a tag in one. Cells of Excel have 32,767 characters.
pub(super) const TEXT_MAX: usize = 1 << 20;

/// Bytes of what else readers take in one piece: programs keep queries of their own in workbooks.
const PIECE_MAX: usize = 16 << 20;

pub(super) const LONG_TEXT: &str = "a cell has more than 1048576 bytes of text";
const LONG_PIECE: &str = "a tag or a text of its XML has more than 16777216 bytes";

/// Elements that readers keep, how many of them a workbook may have, and what is said if it has more.
const KEPT: [(&[u8], u32, &str); 11] = [
    (b"si", 2_000_000, "it has more than 2000000 shared texts"),
    (
        b"mergeCell",
        1_000_000,
        "it has more than 1000000 merged cells",
    ),
    (b"xf", 100_000, "it has more than 100000 formats of cells"),
    (b"numFmt", 100_000, "it has more than 100000 number formats"),
    (b"font", 100_000, "it has more than 100000 fonts"),
    (b"fill", 100_000, "it has more than 100000 fills"),
    (b"border", 100_000, "it has more than 100000 borders"),
    (
        b"definedName",
        100_000,
        "it has more than 100000 names of areas",
    ),
    (
        b"Relationship",
        100_000,
        "it has more than 100000 relations of parts",
    ),
    (b"sheet", 10_000, "it has more than 10000 sheets"),
    (b"table", 10_000, "it has more than 10000 sheets"),
];

/// Elements whose texts are the text of one cell.
const CELLS: [&[u8]; 4] = [b"si", b"c", b"table-cell", b"covered-table-cell"];

/// The longest name that matters, with a prefix.
const NAME_MAX: usize = 64;

/// Refuses an archive whose XML has more of something than a workbook has.
pub(super) fn check(
    format: &'static str,
    archive: &mut Archive,
    budget: Budget,
) -> Result<(), ImportError> {
    let mut scan = Scan::default();
    let mut chunk = vec![0; 1 << 16];
    for index in 0..archive.len() {
        let name = part_name(archive, index).unwrap_or_default();
        let name = name.to_ascii_lowercase();
        let mut is_xml = name.ends_with(".xml") || name.ends_with(".rels");
        let Ok(mut part) = archive.by_index(index) else {
            continue;
        };
        scan.begin();
        // What is wrong with a part its reader says better.
        while let Ok(length @ 1..) = part.read(&mut chunk) {
            let piece = &chunk[..length];
            is_xml |= piece.trim_ascii_start().starts_with(b"<");
            if !is_xml {
                break;
            }
            scan.feed(piece)
                .map_err(|problem| ImportError::NotReadable { format, problem })?;
            budget.check_time()?;
        }
    }
    Ok(())
}

/// Where in a document it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Text,
    /// In the name of a tag, or what stands in place of one.
    Name,
    Tag,
    Quoted(u8),
    /// To these two bytes and `>`.
    Comment,
    Data,
    Instruction,
    /// With so many `<` open in it.
    Declaration(u32),
}

#[derive(Debug, Default)]
pub(super) struct Scan {
    at: At,
    /// Bytes since the tag or the text began.
    piece: usize,
    /// Bytes of the texts of a cell.
    text: usize,
    is_in_cell: bool,
    /// Whether the tag is that of a cell.
    is_cell: bool,
    name: Vec<u8>,
    last: [u8; 2],
    counts: [u32; KEPT.len()],
}

impl Scan {
    /// Goes on with another document.
    fn begin(&mut self) {
        self.turn(At::Text);
        self.is_in_cell = false;
    }

    fn turn(&mut self, at: At) {
        self.at = at;
        self.piece = 0;
        self.last = [0; 2];
    }

    pub fn feed(&mut self, mut rest: &[u8]) -> Result<(), &'static str> {
        while !rest.is_empty() {
            let end = match self.at {
                At::Text => memchr(b'<', rest),
                At::Name => Some(0),
                At::Tag => memchr3(b'"', b'\'', b'>', rest),
                At::Quoted(quote) => memchr(quote, rest),
                At::Comment | At::Data | At::Instruction => memchr(b'>', rest),
                At::Declaration(_) => memchr2(b'<', b'>', rest),
            };
            let length = end.unwrap_or(rest.len());
            self.pass(&rest[..length])?;
            rest = &rest[length..];
            if let Some((byte, after)) = rest.split_first() {
                rest = after;
                self.step(*byte)?;
            }
        }
        Ok(())
    }

    /// Bytes that change nothing.
    fn pass(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        self.piece += bytes.len();
        let (most, problem) = match self.is_in_cell {
            true => (TEXT_MAX, LONG_TEXT),
            false => (PIECE_MAX, LONG_PIECE),
        };
        if self.piece > most {
            return Err(problem);
        }
        if self.is_in_cell && matches!(self.at, At::Text | At::Data) {
            self.text += bytes.len();
            if self.text > TEXT_MAX {
                return Err(LONG_TEXT);
            }
        }
        match bytes {
            [.., one, other] => self.last = [*one, *other],
            [one] => self.last = [self.last[1], *one],
            [] => {}
        }
        Ok(())
    }

    /// A byte that may change where it is.
    fn step(&mut self, byte: u8) -> Result<(), &'static str> {
        match (self.at, byte) {
            (At::Text, _) => {
                self.turn(At::Name);
                self.name.clear();
            }
            (At::Name, _) => return self.in_name(byte),
            (At::Tag, b'>') => {
                if self.last[1] == b'/' && self.is_cell {
                    self.is_in_cell = false;
                }
                self.turn(At::Text);
            }
            (At::Tag, quote) => {
                self.at = At::Quoted(quote);
                return self.pass(&[quote]);
            }
            (At::Quoted(quote), _) => {
                self.at = At::Tag;
                return self.pass(&[quote]);
            }
            (At::Comment, _) if self.last == *b"--" => self.turn(At::Text),
            (At::Data, _) if self.last == *b"]]" => self.turn(At::Text),
            (At::Instruction, _) if self.last[1] == b'?' => self.turn(At::Text),
            (At::Declaration(0), b'>') => self.turn(At::Text),
            (At::Declaration(open), b'>') => self.at = At::Declaration(open - 1),
            (At::Declaration(open), _) => self.at = At::Declaration(open.saturating_add(1)),
            (_, byte) => return self.pass(&[byte]),
        }
        Ok(())
    }

    /// A byte of a name, or the one behind it.
    fn in_name(&mut self, byte: u8) -> Result<(), &'static str> {
        let ends = byte.is_ascii_whitespace()
            || matches!(byte, b'>' | b'/') && !self.name.is_empty()
            || self.name.len() >= NAME_MAX;
        if !ends {
            self.name.push(byte);
            match self.name.as_slice() {
                b"!--" => self.turn(At::Comment),
                b"![CDATA[" => self.turn(At::Data),
                b"?" => self.turn(At::Instruction),
                _ => {}
            }
            return Ok(());
        }
        if self.name.starts_with(b"!") {
            self.turn(At::Declaration(0));
        } else {
            self.element()?;
            self.turn(At::Tag);
        }
        self.feed(&[byte])
    }

    fn element(&mut self) -> Result<(), &'static str> {
        let (is_end, name) = match self.name.split_first() {
            Some((b'/', name)) => (true, name),
            _ => (false, self.name.as_slice()),
        };
        let prefix = memchr(b':', name).map_or(0, |colon| colon + 1);
        let name = &name[prefix..];
        self.is_cell = CELLS.contains(&name);
        if self.is_cell {
            self.is_in_cell = !is_end;
            self.text = 0;
        }
        let kept = KEPT.iter().position(|(kept, _, _)| *kept == name);
        if let Some(kept) = kept.filter(|_| !is_end) {
            let (_, most, problem) = KEPT[kept];
            self.counts[kept] += 1;
            if self.counts[kept] > most {
                return Err(problem);
            }
        }
        Ok(())
    }
}
