//! Appends what a command writes to its log.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3Default;

use super::add_mask::{AddMaskScanner, RawPiece};
use super::layout::{Record, Sizes, index_path, marks_path, ring_path, write_progress};
use super::marks::{Found, Mark, MarkKind, MarkScanner, Progress};
use super::mask::Masker;
use super::times::Times;

/// Marks of one attempt; a command that writes millions of warnings fills no disk.
const MARKS_MAX: usize = 10_000;
/// Names of folds are cut here.
const NAME_CHARS_MAX: usize = 200;
/// The most that is overwritten in the ring at once: what a reader may lose of its end meanwhile.
const RING_PIECE_BYTES: usize = 256 * 1024;
/// Progress that changes faster is not written each time.
const PROGRESS_EVERY_US: i64 = 100_000;

#[derive(Clone, Debug)]
pub(crate) struct ConsoleOptions {
    /// Bytes that are kept.
    pub cap: u64,
    /// Values that are masked.
    pub secrets: Vec<String>,
}

/// What became of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConsoleSummary {
    /// Bytes of the masked stream.
    pub total: u64,
    /// XXH3 of the masked stream, also of what was dropped.
    pub digest: u64,
    /// Why the log ends before its command did.
    pub error: Option<String>,
}

pub(crate) struct ConsoleWriter {
    scanner: AddMaskScanner,
    stream: MaskedStream,
}

impl ConsoleWriter {
    /// Begins a log; one that is there is replaced.
    pub(crate) fn create(log: &Path, options: &ConsoleOptions) -> io::Result<Self> {
        if let Some(parent) = log.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let head = create_file(log)?;
        for path in [ring_path(log), index_path(log), marks_path(log)] {
            std::fs::remove_file(path).ok();
        }
        Ok(Self {
            scanner: AddMaskScanner::new(),
            stream: MaskedStream {
                masker: Masker::new(&options.secrets),
                masked: Vec::new(),
                marks: MarkScanner::new(),
                found: Vec::new(),
                files: LogFiles::new(log, head, Sizes::of_cap(options.cap)),
                digest: Xxh3Default::new(),
                error: None,
            },
        })
    }

    /// Appends what the command wrote. An error is kept for the summary: a command does not fail
    /// because its log cannot be written.
    pub(crate) fn push(&mut self, piece: &[u8], now: i64) {
        let stream = &mut self.stream;
        self.scanner
            .push(piece, &mut |piece| stream.raw(piece, now));
        stream.flush(now);
    }

    /// A line of the executor itself.
    pub(crate) fn note(&mut self, text: &str, now: i64) {
        let newline = if self.stream.marks.is_at_line_start() {
            ""
        } else {
            "\n"
        };
        self.push(format!("{newline}[audience] {text}\n").as_bytes(), now);
    }

    /// What follows belongs to this script of a list.
    pub(crate) fn begin_script(&mut self, script: &str, now: i64) {
        let line = script.lines().map(str::trim).find(|line| !line.is_empty());
        let name = self.stream.mask_whole(line.unwrap_or_default());
        self.stream.add_script_mark(MarkKind::Script { name }, now);
    }

    pub(crate) fn end_script(&mut self, now: i64) {
        self.stream.add_script_mark(MarkKind::ScriptEnd, now);
    }

    pub(crate) fn finish(mut self, now: i64) -> ConsoleSummary {
        let stream = &mut self.stream;
        self.scanner.finish(&mut |piece| stream.raw(piece, now));
        stream.finish(now)
    }
}

struct MaskedStream {
    masker: Masker,
    /// Masked and not written yet.
    masked: Vec<u8>,
    marks: MarkScanner,
    found: Vec<Found>,
    files: LogFiles,
    digest: Xxh3Default,
    error: Option<io::Error>,
}

impl MaskedStream {
    fn raw(&mut self, piece: RawPiece<'_>, now: i64) {
        match piece {
            RawPiece::Mask(value) => self.masker.add(value),
            // The usual case: nothing is copied.
            RawPiece::Text(text) if self.masker.is_idle() => {
                self.flush(now);
                self.write(text, now);
            }
            RawPiece::Text(text) => self.masker.push(text, &mut self.masked),
        }
    }

    fn flush(&mut self, now: i64) {
        if !self.masked.is_empty() {
            let masked = std::mem::take(&mut self.masked);
            self.write(&masked, now);
            self.masked = masked;
            self.masked.clear();
        }
    }

    fn write(&mut self, text: &[u8], now: i64) {
        if self.error.is_some() {
            return;
        }
        let offset = self.files.total;
        self.marks.push(text, offset, now, &mut self.found);
        let written = self
            .files
            .append(text, now)
            .and_then(|()| self.keep_found(now));
        match written {
            Ok(()) => self.digest.update(text),
            Err(error) => self.error = Some(error),
        }
    }

    fn keep_found(&mut self, now: i64) -> io::Result<()> {
        for found in self.found.drain(..) {
            match found {
                Found::Mark(mark) => self.files.add_mark(&mark)?,
                Found::Progress(progress) => self.files.progress = Some(progress),
            }
        }
        self.files.keep_progress(Some(now))
    }

    fn mask_whole(&self, text: &str) -> String {
        let masked = self.masker.mask_whole(text.as_bytes());
        let masked = String::from_utf8_lossy(&masked);
        masked.chars().take(NAME_CHARS_MAX).collect()
    }

    fn add_script_mark(&mut self, kind: MarkKind, at: i64) {
        let mark = Mark {
            offset: self.files.total,
            at,
            kind,
        };
        if self.error.is_none()
            && let Err(error) = self.files.write_mark(&mark)
        {
            self.error = Some(error);
        }
    }

    fn finish(&mut self, now: i64) -> ConsoleSummary {
        self.masker.finish(&mut self.masked);
        self.flush(now);
        self.marks.finish(self.files.total, now, &mut self.found);
        let kept = self
            .keep_found(now)
            .and_then(|()| self.files.keep_progress(None));
        if let Err(error) = kept {
            self.error.get_or_insert(error);
        }
        ConsoleSummary {
            total: self.files.total,
            digest: self.digest.digest(),
            error: self.error.take().map(|error| error.to_string()),
        }
    }
}

struct LogFiles {
    log: PathBuf,
    head: File,
    sizes: Sizes,
    total: u64,
    /// Among the bytes that `total` counts.
    newlines: u64,
    ring: Option<File>,
    index: Option<File>,
    marks: Option<File>,
    marks_count: usize,
    progress: Option<Progress>,
    progress_kept_at: i64,
    times: Times,
}

impl LogFiles {
    fn new(log: &Path, head: File, sizes: Sizes) -> Self {
        Self {
            log: log.to_owned(),
            head,
            sizes,
            total: 0,
            newlines: 0,
            ring: None,
            index: None,
            marks: None,
            marks_count: 0,
            progress: None,
            progress_kept_at: i64::MIN,
            times: Times::new(),
        }
    }

    fn append(&mut self, text: &[u8], now: i64) -> io::Result<()> {
        if self.times.note(self.total, now) {
            let index = open_lazily(&mut self.index, || create_file(&index_path(&self.log)))?;
            self.times.keep(index)?;
        }
        let room = self.sizes.head.saturating_sub(self.total);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let (head, rest) = text.split_at(text.len().min(room));
        if !head.is_empty() {
            self.head.write_all_at(head, self.total)?;
            self.total += head.len() as u64;
            self.newlines += newlines(head);
        }
        for piece in rest.chunks(RING_PIECE_BYTES) {
            self.append_to_ring(piece)?;
        }
        Ok(())
    }

    fn append_to_ring(&mut self, piece: &[u8]) -> io::Result<()> {
        let after = self.total + piece.len() as u64;
        self.write_record(after)?;
        let ring_bytes = self.sizes.ring;
        let position = (self.total - self.sizes.head) % ring_bytes;
        let to_its_end = usize::try_from(ring_bytes - position).unwrap_or(usize::MAX);
        let (now, wrapped) = piece.split_at(piece.len().min(to_its_end));
        let ring = open_lazily(&mut self.ring, || create_file(&ring_path(&self.log)))?;
        ring.write_all_at(now, position)?;
        if !wrapped.is_empty() {
            ring.write_all_at(wrapped, 0)?;
        }
        self.total = after;
        self.newlines += newlines(piece);
        self.write_record(after)
    }

    fn write_record(&mut self, intent: u64) -> io::Result<()> {
        let record = Record {
            sizes: self.sizes,
            intent,
            total: self.total,
            newlines: self.newlines,
        };
        record.write(self.index()?)
    }

    fn index(&mut self) -> io::Result<&File> {
        open_lazily(&mut self.index, || create_file(&index_path(&self.log)))
    }

    fn add_mark(&mut self, mark: &Mark) -> io::Result<()> {
        self.marks_count += 1;
        match self.marks_count {
            ..MARKS_MAX => self.write_mark(mark),
            MARKS_MAX => self.write_mark(&Mark {
                kind: MarkKind::More,
                ..mark.clone()
            }),
            _ => Ok(()),
        }
    }

    fn write_mark(&mut self, mark: &Mark) -> io::Result<()> {
        let mut line = serde_json::to_vec(mark)?;
        line.push(b'\n');
        let mut marks = open_lazily(&mut self.marks, || create_file(&marks_path(&self.log)))?;
        marks.write_all(&line)
    }

    /// Without a time, in any case.
    fn keep_progress(&mut self, now: Option<i64>) -> io::Result<()> {
        let is_due =
            now.is_none_or(|now| now >= self.progress_kept_at.saturating_add(PROGRESS_EVERY_US));
        if is_due && let Some(progress) = self.progress.take() {
            self.progress_kept_at = progress.at;
            write_progress(self.index()?, &progress)?;
        }
        Ok(())
    }
}

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

fn open_lazily(
    file: &mut Option<File>,
    open: impl FnOnce() -> io::Result<File>,
) -> io::Result<&File> {
    match file {
        Some(file) => Ok(file),
        None => Ok(file.insert(open()?)),
    }
}

/// Only its owner may read a log.
fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600);
    options.open(path)
}
