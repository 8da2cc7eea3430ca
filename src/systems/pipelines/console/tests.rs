//! Logs that are written, read and packed.

mod line_pages;
mod marks;
mod masks;
mod searching;

use super::packed::PackedLog;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use super::layout::Sizes;
use super::mask::Masker;
use super::*;

/// The same numbers each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit as u64).unwrap()
    }
}

struct Log {
    _temporary: TempDir,
    path: PathBuf,
}

impl Log {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("a.log");
        Self {
            _temporary: temporary,
            path,
        }
    }

    fn writer(&self, cap: u64, secrets: &[&str]) -> ConsoleWriter {
        let secrets = secrets.iter().map(|&secret| secret.to_owned()).collect();
        ConsoleWriter::create(&self.path, &ConsoleOptions { cap, secrets }).unwrap()
    }

    fn reader(&self) -> ConsoleReader {
        ConsoleReader::open(&self.path).unwrap()
    }

    /// What a log shows of these pieces.
    fn written(&self, secrets: &[&str], pieces: &[&[u8]]) -> Vec<u8> {
        let mut writer = self.writer(1 << 20, secrets);
        pieces.iter().for_each(|piece| writer.push(piece, 1));
        let summary = writer.finish(2);
        let all = whole(&self.reader());
        assert_eq!(summary.total, all.len() as u64);
        all
    }
}

/// The text without the gap.
fn whole(reader: &ConsoleReader) -> Vec<u8> {
    let mut all = Vec::new();
    let mut at = 0;
    loop {
        match reader.read(at, 1000).unwrap() {
            Piece::Bytes { offset, bytes } => {
                assert_eq!(offset, at);
                at += bytes.len() as u64;
                all.extend(bytes);
            }
            Piece::Gap { from, to } => {
                assert_eq!(from, at);
                at = to;
            }
            Piece::End { total } => {
                assert_eq!(total, at);
                return all;
            }
        }
    }
}

#[test]
fn the_first_eighth_and_the_end_are_kept_to_the_byte() {
    const CAP: u64 = 1 << 20;
    let Sizes { head, ring } = Sizes::of_cap(CAP);
    assert_eq!((head, ring), (131_072, 917_504));
    let mut numbers = Numbers(1);
    for rounds in [1, 3, 12, 25] {
        let log = Log::new();
        let mut writer = log.writer(CAP, &[]);
        let mut model: Vec<u8> = Vec::new();
        for _ in 0..rounds {
            let size = [10, 5_000, 100_000, 600_000][numbers.below(4)];
            let piece: Vec<u8> = (0..=numbers.below(size))
                .map(|_| b'a' + numbers.below(26) as u8)
                .collect();
            writer.push(&piece, 1);
            model.extend(&piece);
            // A reader that looks meanwhile.
            let reader = log.reader();
            let total = model.len() as u64;
            let extent = reader.extent().unwrap();
            assert_eq!(extent.total, total);
            let kept = total.saturating_sub(ring).max(head);
            assert_eq!(extent.gap, (total > CAP).then_some(head..kept));
            for _ in 0..20 {
                let from = numbers.below(model.len() + 2);
                match reader.read(from as u64, 3_000).unwrap() {
                    Piece::Bytes { offset, bytes } => {
                        assert_eq!(offset, from as u64);
                        assert!(!bytes.is_empty());
                        assert_eq!(bytes, model[from..from + bytes.len()]);
                        assert!(offset < head || total <= CAP || offset >= kept);
                    }
                    Piece::Gap { from: start, to } => {
                        assert_eq!((start, to), (from as u64, kept));
                        assert!(total > CAP && start >= head);
                    }
                    Piece::End { total } => assert!(from as u64 >= total),
                }
            }
        }
        let total = model.len() as u64;
        let summary = writer.finish(2);
        assert_eq!(summary.total, total);
        assert_eq!(summary.digest, xxhash_rust::xxh3::xxh3_64(&model));
        let mut kept = model.clone();
        if total > CAP {
            kept.drain(usize::try_from(head).unwrap()..usize::try_from(total - ring).unwrap());
        }
        assert_eq!(whole(&log.reader()), kept);
        let on_disk: u64 = std::fs::read_dir(log.path.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .sum();
        assert!(on_disk <= CAP + 4096);
        check_packed(&log, &kept);
    }
}

fn packed(log: &Log) -> Vec<u8> {
    let pieces: std::io::Result<Vec<Vec<u8>>> = pack(&log.path).unwrap().collect();
    pieces.unwrap().concat()
}

/// The packed form shows the same.
fn check_packed(log: &Log, kept: &[u8]) {
    let live = log.reader();
    let packed = packed(log);
    let mut unpacked = Vec::new();
    let mut rest = packed.as_slice();
    while !rest.is_empty() {
        match rest.strip_prefix(&0x184D_2A50_u32.to_le_bytes()) {
            Some(skipped) => {
                let (length, behind) = skipped.split_first_chunk().unwrap();
                rest = &behind[u32::from_le_bytes(*length) as usize..];
            }
            None => {
                let mut decoder = lz4_flex::frame::FrameDecoder::new(&mut rest);
                decoder.read_to_end(&mut unpacked).unwrap();
            }
        }
    }
    assert_eq!(unpacked, kept);
    let file = log.path.with_extension("lz4");
    std::fs::write(&file, &packed).unwrap();
    let file = ConsoleReader::open_packed(std::fs::File::open(file).unwrap()).unwrap();
    for reader in [&file, &ConsoleReader::open_packed(packed).unwrap()] {
        assert_eq!(whole(reader), kept);
        assert_eq!(reader.extent().unwrap(), live.extent().unwrap());
        assert_eq!(reader.marks().unwrap(), live.marks().unwrap());
        assert_eq!(reader.progress(), live.progress());
        assert_eq!(reader.samples(), live.samples());
        for lines in [0, 1, 2, 100] {
            assert_eq!(reader.tail(lines).unwrap(), live.tail(lines).unwrap());
        }
    }
}

#[test]
fn a_damaged_packed_log_is_an_error() {
    let log = Log::new();
    log.written(&[], &[b"some text\n".repeat(100).as_slice()]);
    let packed = packed(&log);
    for length in 0..packed.len() {
        assert!(PackedLog::open(packed[..length].to_vec()).is_err());
    }
    for at in 0..packed.len() {
        let mut damaged = packed.clone();
        damaged[at] ^= 0x55;
        // What can still be read is not asked; it must not panic.
        if let Ok(log) = PackedLog::open(damaged) {
            log.fill(3, &mut [0; 100]).ok();
        }
    }
}

#[test]
fn a_reader_that_follows_sees_every_byte_or_a_gap() {
    let log = Log::new();
    let mut writer = log.writer(1 << 20, &[]);
    let reader = log.reader();
    let line = |number: u64| format!("{number:015}\n");
    let writing = std::thread::spawn(move || {
        for first in (0..400_000).step_by(1_000) {
            let text: String = (first..first + 1_000).map(line).collect();
            writer.push(text.as_bytes(), 1);
            if first % 50_000 == 0 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        writer.finish(2).total
    });
    let mut at = 0;
    loop {
        let is_over = writing.is_finished();
        match reader.read(at, 10_000).unwrap() {
            Piece::Bytes { offset, bytes } => {
                assert_eq!(offset, at);
                for (place, byte) in bytes.iter().enumerate() {
                    let offset = offset + place as u64;
                    let expected =
                        line(offset / 16).as_bytes()[usize::try_from(offset % 16).unwrap()];
                    assert_eq!(*byte, expected, "at {offset}");
                }
                at += bytes.len() as u64;
            }
            Piece::Gap { from, to } => {
                assert!(from == at && to > from);
                at = to;
            }
            Piece::End { total } if is_over => {
                assert_eq!(at, total);
                break;
            }
            Piece::End { .. } => std::thread::yield_now(),
        }
    }
    assert_eq!(writing.join().unwrap(), 400_000 * 16);
}

#[test]
fn the_last_lines_are_found() {
    let log = Log::new();
    let text: String = (0..30_000)
        .map(|number| format!("line {number}\n"))
        .collect();
    log.written(&[], &[text.as_bytes(), b"open end"]);
    let reader = log.reader();
    let tail = |lines| {
        let from = usize::try_from(reader.tail(lines).unwrap()).unwrap();
        format!("{text}open end")[from..].to_owned()
    };
    assert_eq!(tail(0), "");
    assert_eq!(tail(1), "open end");
    assert_eq!(tail(3), "line 29998\nline 29999\nopen end");
    assert_eq!(tail(20_000).lines().count(), 20_000);
    assert_eq!(tail(100_000).len(), text.len() + 8);
    log.written(&[], &[b"\n\n\n"]);
    assert_eq!(log.reader().tail(2).unwrap(), 1);
    log.written(&[], &[]);
    assert_eq!(log.reader().tail(2).unwrap(), 0);
}

#[test]
fn a_log_is_replaced_and_removed_with_all_its_files() {
    let log = Log::new();
    let mut writer = log.writer(1 << 20, &[]);
    writer.push(&b"::group::x\n".repeat(200_000), 1);
    writer.finish(2);
    assert_eq!(
        std::fs::read_dir(log.path.parent().unwrap())
            .unwrap()
            .count(),
        4
    );
    assert_eq!(log.written(&[], &[b"new"]), b"new");
    assert!(log.reader().marks().unwrap().is_empty());
    remove_log(&log.path).unwrap();
    remove_log(&log.path).unwrap();
    assert_eq!(
        std::fs::read_dir(log.path.parent().unwrap())
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn a_reader_sees_what_was_written_before_the_end() {
    let log = Log::new();
    let mut writer = log.writer(1 << 20, &[]);
    writer.push(b"one\n", 1);
    let reader = log.reader();
    let bytes = |offset, text: &[u8]| Piece::Bytes {
        offset,
        bytes: text.to_vec(),
    };
    assert_eq!(reader.read(2, 100).unwrap(), bytes(2, b"e\n"));
    assert_eq!(reader.read(4, 100).unwrap(), Piece::End { total: 4 });
    writer.push(b"two\n", 2);
    assert_eq!(reader.read(4, 100).unwrap(), bytes(4, b"two\n"));
    writer.push(&vec![b'x'; 3 << 20], 3);
    // Its names are removed; the reader has them open.
    let mut offset = 8;
    let reader = log.reader();
    let summary = writer.finish(4);
    remove_log(&log.path).unwrap();
    let (mut read, mut dropped) = (offset, 0);
    loop {
        match reader.read(offset, 64 * 1024).unwrap() {
            Piece::Bytes { bytes, .. } => {
                read += bytes.len() as u64;
                offset += bytes.len() as u64;
            }
            Piece::Gap { from, to } => {
                dropped += to - from;
                offset = to;
            }
            Piece::End { .. } => break,
        }
    }
    assert_eq!(read + dropped, summary.total);
    assert_eq!(read, 1 << 20);
}

#[test]
fn when_a_part_was_written_is_known_about() {
    const SECOND: i64 = 1_000_000;
    let log = Log::new();
    let mut writer = log.writer(1 << 20, &[]);
    writer.push(b"0123456789", 5 * SECOND);
    assert_eq!(log.reader().time_at(3), None);
    // For 100,000 seconds; the clock is set back once.
    for second in 6..100_000 {
        let now = if second == 500 { 3 } else { second * SECOND };
        writer.push(b"0123456789", now);
        if second == 1_000 {
            let at = |offset| log.reader().time_at(offset).unwrap() / SECOND;
            assert_eq!([at(0), at(9), at(10), at(4_005)], [5, 5, 6, 405]);
        }
    }
    writer.finish(100_000 * SECOND);
    let reader = log.reader();
    assert!(reader.samples().len() < 1024);
    for second in (5..100_000).step_by(17) {
        let offset = u64::try_from(second - 5).unwrap() * 10;
        let at = reader.time_at(offset).unwrap() / SECOND;
        assert!((second - 256..=second).contains(&at), "{second}: {at}");
    }
    let packed = packed(&log);
    let packed = ConsoleReader::open_packed(packed).unwrap();
    assert_eq!(packed.time_at(70_000), reader.time_at(70_000));
}
