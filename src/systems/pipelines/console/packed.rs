//! A log in one compressed file.
//!
//! The file is a sequence of gzip members, so that `zcat` shows the log. Each member with text has a
//! block of the stream of at most 256 KiB, so that any offset can be read by unpacking one block. Behind
//! them follow members without text whose extra fields hold the directory (offsets of the blocks, the
//! gap, the marks), and a last one of a fixed size that says where the directory is.

use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::Compression;
use flate2::read::{DeflateDecoder, GzDecoder};
use flate2::write::{DeflateEncoder, GzEncoder};
use serde::{Deserialize, Serialize};

use super::layout::Extent;
use super::marks::{Mark, Progress};
use super::reader::{ConsoleReader, Filled, Piece};
use super::times::Sample;

const BLOCK_BYTES: usize = 256 * 1024;
/// An extra field holds less than 64 KiB.
const DIRECTORY_PIECE_BYTES: usize = 60_000;
/// Fields before the extra field, and what ends a member without text: an empty block, its check, its size.
const MEMBER_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255];
const MEMBER_TAIL: [u8; 10] = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const FIELD_NAME: [u8; 2] = *b"Au";
/// Of a member without text: head, length of the extra field, name and length of the field; tail.
const MEMBER_BYTES: usize = MEMBER_HEAD.len() + 2 + 4 + MEMBER_TAIL.len();
const TRAILER_BYTES: usize = MEMBER_BYTES + 16;
/// A directory that says it is larger is damaged.
const DIRECTORY_BYTES_MAX: u64 = 256 << 20;

/// What a packed log is read from.
pub(crate) trait PackedBytes: Send + Sync {
    fn size(&self) -> io::Result<u64>;
    /// Reads exactly as much as the buffer takes.
    fn fill(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

impl PackedBytes for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn fill(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(buffer, offset)
    }
}

impl PackedBytes for Vec<u8> {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn fill(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let rest = self.get(start..).unwrap_or_default();
        let bytes = rest
            .get(..buffer.len())
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Directory {
    total: u64,
    gap: Option<Range<u64>>,
    #[serde(default)]
    newlines: Option<u64>,
    blocks: Vec<Block>,
    marks: Vec<Mark>,
    progress: Option<Progress>,
    #[serde(default)]
    times: Vec<Sample>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Block {
    /// In the stream.
    offset: u64,
    bytes: u32,
    /// In the packed file.
    at: u64,
    packed_bytes: u32,
}

/// Begins to pack a log that has ended.
pub(crate) fn pack(log: &Path) -> io::Result<Packer> {
    let reader = ConsoleReader::open(log)?;
    let extent = reader.extent()?;
    let directory = Directory {
        total: extent.total,
        gap: extent.gap,
        newlines: extent.newlines,
        blocks: Vec::new(),
        marks: reader.marks()?,
        progress: reader.progress(),
        times: reader.samples(),
    };
    Ok(Packer {
        reader,
        directory,
        offset: 0,
        at: 0,
        is_over: false,
    })
}

/// The pieces of a packed log, one after the other; no piece is large.
pub(crate) struct Packer {
    reader: ConsoleReader,
    directory: Directory,
    /// Of the next block in the stream.
    offset: u64,
    /// Of the next block in the packed file.
    at: u64,
    is_over: bool,
}

impl Iterator for Packer {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let piece = self.next_piece();
        self.is_over |= piece.is_err();
        Some(piece)
    }
}

impl Packer {
    fn next_piece(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.reader.read(self.offset, BLOCK_BYTES)? {
                Piece::Gap { to, .. } => self.offset = to,
                Piece::Bytes { bytes, .. } => return self.pack_block(&bytes),
                Piece::End { .. } => {
                    self.is_over = true;
                    return self.pack_directory();
                }
            }
        }
    }

    fn pack_block(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes)?;
        let packed = encoder.finish()?;
        self.directory.blocks.push(Block {
            offset: self.offset,
            bytes: small(bytes.len())?,
            at: self.at,
            packed_bytes: small(packed.len())?,
        });
        self.offset += bytes.len() as u64;
        self.at += packed.len() as u64;
        Ok(packed)
    }

    fn pack_directory(&self) -> io::Result<Vec<u8>> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        serde_json::to_writer(&mut encoder, &self.directory)?;
        let directory = encoder.finish()?;
        let mut out = Vec::new();
        for piece in directory.chunks(DIRECTORY_PIECE_BYTES) {
            write_member(piece, &mut out)?;
        }
        let mut trailer = [0; 16];
        trailer[..8].copy_from_slice(&self.at.to_le_bytes());
        trailer[8..].copy_from_slice(&(directory.len() as u64).to_le_bytes());
        write_member(&trailer, &mut out)?;
        Ok(out)
    }
}

fn small(bytes: usize) -> io::Result<u32> {
    u32::try_from(bytes).map_err(io::Error::other)
}

/// Adds a gzip member without text, with this in its extra field.
fn write_member(field: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let length = u16::try_from(field.len()).map_err(io::Error::other)?;
    out.extend_from_slice(&MEMBER_HEAD);
    out.extend_from_slice(&(length + 4).to_le_bytes());
    out.extend_from_slice(&FIELD_NAME);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(field);
    out.extend_from_slice(&MEMBER_TAIL);
    Ok(())
}

pub(crate) struct PackedLog {
    bytes: Box<dyn PackedBytes>,
    directory: Directory,
    /// The block that was read last: readers continue where they were.
    latest: Mutex<Option<(u64, Arc<[u8]>)>>,
}

impl PackedLog {
    pub(crate) fn open(bytes: impl PackedBytes + 'static) -> io::Result<Self> {
        let size = bytes.size()?;
        let trailer_at = size.checked_sub(TRAILER_BYTES as u64).ok_or_else(damaged)?;
        let mut trailer = [0; 16];
        read_field(&bytes, trailer_at, &mut trailer)?;
        let number = |range: Range<usize>| {
            let bytes = trailer[range].try_into().map_err(|_| damaged())?;
            Ok::<_, io::Error>(u64::from_le_bytes(bytes))
        };
        let (mut at, length) = (number(0..8)?, number(8..16)?);
        if length > DIRECTORY_BYTES_MAX.min(size) {
            return Err(damaged());
        }
        let mut packed = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        for piece in packed.chunks_mut(DIRECTORY_PIECE_BYTES) {
            read_field(&bytes, at, piece)?;
            at += (MEMBER_BYTES + piece.len()) as u64;
        }
        let directory = DeflateDecoder::new(packed.as_slice()).take(DIRECTORY_BYTES_MAX);
        let directory = serde_json::from_reader(io::BufReader::new(directory))?;
        Ok(Self {
            bytes: Box::new(bytes),
            directory,
            latest: Mutex::default(),
        })
    }

    pub(super) fn extent(&self) -> Extent {
        Extent {
            total: self.directory.total,
            gap: self.directory.gap.clone(),
            newlines: self.directory.newlines,
        }
    }

    pub(super) fn marks(&self) -> &[Mark] {
        &self.directory.marks
    }

    pub(super) fn samples(&self) -> &[Sample] {
        &self.directory.times
    }

    pub(super) fn progress(&self) -> Option<&Progress> {
        self.directory.progress.as_ref()
    }

    pub(super) fn fill(&self, from: u64, buffer: &mut [u8]) -> io::Result<Filled> {
        let Directory {
            total, gap, blocks, ..
        } = &self.directory;
        if from >= *total {
            return Ok(Filled::End { total: *total });
        }
        if let Some(gap) = gap.as_ref().filter(|gap| gap.contains(&from)) {
            return Ok(Filled::Gap { to: gap.end });
        }
        let next = blocks.partition_point(|block| block.offset <= from);
        let block = next.checked_sub(1).and_then(|block| blocks.get(block));
        let block = block.ok_or_else(damaged)?;
        let text = self.unpack(block)?;
        let start = usize::try_from(from - block.offset).map_err(io::Error::other)?;
        let rest = text
            .get(start..)
            .filter(|rest| !rest.is_empty())
            .ok_or_else(damaged)?;
        let bytes = rest.len().min(buffer.len());
        buffer[..bytes].copy_from_slice(&rest[..bytes]);
        Ok(Filled::Bytes(bytes))
    }

    /// How many blocks there are.
    pub(super) fn blocks(&self) -> usize {
        self.directory.blocks.len()
    }

    /// The offset and the bytes of a block. Nothing of it is kept for the next reader.
    pub(super) fn block(&self, no: usize) -> io::Result<(u64, Vec<u8>)> {
        let block = self.directory.blocks.get(no).ok_or_else(damaged)?;
        Ok((block.offset, self.unpack_anew(block)?))
    }

    fn unpack(&self, block: &Block) -> io::Result<Arc<[u8]>> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, text)) = latest
            .as_ref()
            .filter(|(offset, _)| *offset == block.offset)
        {
            return Ok(Arc::clone(text));
        }
        let text: Arc<[u8]> = self.unpack_anew(block)?.into();
        *latest = Some((block.offset, Arc::clone(&text)));
        Ok(text)
    }

    fn unpack_anew(&self, block: &Block) -> io::Result<Vec<u8>> {
        let bytes = block.bytes as usize;
        let packed_bytes = block.packed_bytes as usize;
        if bytes > BLOCK_BYTES || packed_bytes > 2 * BLOCK_BYTES {
            return Err(damaged());
        }
        let mut packed = vec![0; packed_bytes];
        self.bytes.fill(&mut packed, block.at)?;
        let mut text = vec![0; bytes];
        GzDecoder::new(packed.as_slice()).read_exact(&mut text)?;
        Ok(text)
    }
}

/// The extra field of the member without text that begins here.
fn read_field(bytes: &impl PackedBytes, at: u64, field: &mut [u8]) -> io::Result<()> {
    let mut member = vec![0; MEMBER_BYTES + field.len()];
    bytes.fill(&mut member, at)?;
    let mut expected = Vec::with_capacity(member.len());
    let start = MEMBER_HEAD.len() + 6;
    field.copy_from_slice(&member[start..start + field.len()]);
    write_member(field, &mut expected)?;
    if member == expected {
        Ok(())
    } else {
        Err(damaged())
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the packed log is damaged")
}
