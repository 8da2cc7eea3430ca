//! A log in one compressed file.
//!
//! The file is a sequence of LZ4 frames, so that `lz4cat` shows the log. Each frame has a block of the
//! stream of at most 256 KiB, so that any offset can be read by unpacking one block. Behind them follow
//! frames that are skipped by others: one with the directory (offsets of the blocks, the gap, the
//! marks), and a last one of a fixed size that says where the directory is.
//!
//! LZ4 and not gzip, which packs to half of the size: a search unpacks the whole log, and takes
//! several times as long as `grep` where unpacking does not keep up with it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use lz4_flex::block::decompress_into;
use lz4_flex::frame::{BlockSize, FrameDecoder, FrameEncoder, FrameInfo};
use serde::{Deserialize, Serialize};

use super::layout::Extent;
use super::marks::{Mark, Progress};
use super::reader::{ConsoleReader, Filled, Piece};
use super::times::Sample;

const BLOCK_BYTES: usize = 256 * 1024;
/// What a frame of one block has before the block: magic number, description, its check, and the size of
/// the block, whose highest bit says that it is not packed.
const FRAME_HEAD_BYTES: usize = 11;
const IS_PLAIN: u32 = 1 << 31;
/// Of a frame that is skipped; the length of what it holds follows.
const SKIPPED: [u8; 4] = 0x184D_2A50_u32.to_le_bytes();
const SKIPPED_HEAD_BYTES: usize = SKIPPED.len() + 4;
const TRAILER_BYTES: usize = 16;
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
        let packed = frame(bytes)?;
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
        let directory = frame(&serde_json::to_vec(&self.directory)?)?;
        let mut trailer = [0; TRAILER_BYTES];
        trailer[..8].copy_from_slice(&self.at.to_le_bytes());
        trailer[8..].copy_from_slice(&(directory.len() as u64).to_le_bytes());
        let mut out = Vec::new();
        write_skipped(&directory, &mut out)?;
        write_skipped(&trailer, &mut out)?;
        Ok(out)
    }
}

/// A frame with a check of its text.
fn frame(text: &[u8]) -> io::Result<Vec<u8>> {
    let info = FrameInfo::new()
        .block_size(BlockSize::Max256KB)
        .content_checksum(true);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(text)?;
    Ok(encoder.finish()?)
}

fn small(bytes: usize) -> io::Result<u32> {
    u32::try_from(bytes).map_err(io::Error::other)
}

/// Adds a frame that others skip.
fn write_skipped(field: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    out.extend_from_slice(&SKIPPED);
    out.extend_from_slice(&small(field.len())?.to_le_bytes());
    out.extend_from_slice(field);
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
        let trailer_bytes = (SKIPPED_HEAD_BYTES + TRAILER_BYTES) as u64;
        let trailer_at = size.checked_sub(trailer_bytes).ok_or_else(damaged)?;
        let trailer = read_skipped(&bytes, trailer_at, TRAILER_BYTES)?;
        let number = |range: Range<usize>| {
            let bytes = trailer[range].try_into().map_err(|_| damaged())?;
            Ok::<_, io::Error>(u64::from_le_bytes(bytes))
        };
        let (at, length) = (number(0..8)?, number(8..16)?);
        if length > DIRECTORY_BYTES_MAX.min(size) {
            return Err(damaged());
        }
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let packed = read_skipped(&bytes, at, length)?;
        let directory = FrameDecoder::new(packed.as_slice()).take(DIRECTORY_BYTES_MAX);
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
        unpack_frame(&packed, &mut text).ok_or_else(damaged)?;
        Ok(text)
    }
}

/// Unpacks a frame of one block, whose text is as long as `text`. The check of the text is left to other
/// programs: it would take as long as unpacking does.
fn unpack_frame(frame: &[u8], text: &mut [u8]) -> Option<()> {
    let (head, rest) = frame.split_at_checked(FRAME_HEAD_BYTES)?;
    let size = u32::from_le_bytes(*head.last_chunk()?);
    let block = rest.get(..(size & !IS_PLAIN) as usize)?;
    if size & IS_PLAIN == 0 {
        let bytes = decompress_into(block, text).ok()?;
        return (bytes == text.len()).then_some(());
    }
    (block.len() == text.len()).then(|| text.copy_from_slice(block))
}

/// What the skipped frame holds that begins here, which is so long.
fn read_skipped(bytes: &impl PackedBytes, at: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; SKIPPED_HEAD_BYTES + length];
    bytes.fill(&mut frame, at)?;
    let mut head = Vec::with_capacity(SKIPPED_HEAD_BYTES);
    write_skipped(&[], &mut head)?;
    head[SKIPPED.len()..].copy_from_slice(&small(length)?.to_le_bytes());
    match frame.starts_with(&head) {
        true => Ok(frame.split_off(SKIPPED_HEAD_BYTES)),
        false => Err(damaged()),
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the packed log is damaged")
}
