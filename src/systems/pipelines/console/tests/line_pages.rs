//! Lines at any place of a log, with their numbers.

use std::sync::atomic::AtomicBool;

use super::*;

/// Offsets, numbers and texts of the lines that are there.
type Lines = Vec<(u64, Option<u64>, String)>;

/// What of a stream is shown after a gap was dropped.
fn model(stream: &[u8], extent: &Extent) -> Lines {
    let mut lines = Vec::new();
    let total = extent.total;
    let kept = match &extent.gap {
        Some(gap) => [0..gap.start, gap.end..total],
        None => [0..total, total..total],
    };
    for part in kept {
        let (start, end) = (part.start as usize, part.end as usize);
        let before = stream[..start]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        let mut at = start;
        for (no, line) in stream[start..end]
            .split_inclusive(|byte| *byte == b'\n')
            .enumerate()
        {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            let text = String::from_utf8(text[..text.len().min(16 * 1024)].to_vec()).unwrap();
            lines.push((at as u64, Some((before + no) as u64 + 1), text));
            at += line.len();
        }
    }
    lines
}

fn lines(
    reader: &ConsoleReader,
    place: LinePlace,
    before: Option<u64>,
    limit: usize,
) -> (Lines, Option<u64>) {
    let wanted = LinesWanted {
        place,
        before,
        limit,
        numbers: true,
    };
    let page = reader
        .lines(&wanted, &AtomicBool::default())
        .unwrap()
        .unwrap();
    let lines = page.lines.into_iter();
    let lines = lines.map(|line| (line.offset, line.number, line.text));
    (lines.collect(), page.next)
}

/// Looks at many places of a log.
fn look(reader: &ConsoleReader, stream: &[u8], numbers: &mut Numbers) {
    let extent = reader.extent().unwrap();
    let all = model(stream, &extent);
    for _ in 0..60 {
        let offset = numbers.below(stream.len() + 10) as u64;
        let limit = 1 + numbers.below(30);
        // What was dropped belongs to the line behind it.
        let within = match &extent.gap {
            Some(gap) if gap.contains(&offset) => gap.end,
            _ => offset,
        };
        let behind = all.partition_point(|(start, ..)| *start <= within);
        let first = behind.saturating_sub(1);
        let (found, next) = lines(reader, LinePlace::From(offset), None, limit);
        assert_eq!(
            found,
            all[first..(first + limit).min(all.len())],
            "from {offset}"
        );
        let expected = all.get(first + limit).map(|(start, ..)| *start);
        // Before the gap the next line begins where nothing is kept.
        assert_eq!(next.is_some(), expected.is_some(), "from {offset}");

        let behind = all.partition_point(|(start, ..)| *start < offset);
        let (found, _) = lines(reader, LinePlace::Last, Some(offset), limit);
        assert_eq!(
            found,
            all[behind.saturating_sub(limit)..behind],
            "before {offset}"
        );

        let number =
            1 + numbers.below(all.last().map_or(1, |last| last.1.unwrap() as usize) + 3) as u64;
        let first = all.partition_point(|(_, own, _)| own.unwrap() < number);
        let (found, _) = lines(reader, LinePlace::Number(number), None, limit);
        assert_eq!(
            found,
            all[first..(first + limit).min(all.len())],
            "number {number}"
        );
    }
}

#[test]
fn lines_are_found_at_any_place_with_their_numbers() {
    let mut numbers = Numbers(7);
    for size in [0, 1, 300, 200_000, 3_000_000] {
        let log = Log::new();
        let mut writer = log.writer(1 << 20, &[]);
        let mut stream = Vec::new();
        while stream.len() < size {
            let longest = [1, 40, 300, 70_000][numbers.below(4)];
            stream.extend((0..numbers.below(longest)).map(|at| b'a' + (at % 26) as u8));
            stream.push(b'\n');
        }
        if numbers.below(2) == 0 {
            stream.extend(b"without an end");
        }
        writer.push(&stream, 1);
        look(&log.reader(), &stream, &mut numbers);
        writer.finish(2);
        let mut packed = Vec::new();
        pack(&log.path)
            .unwrap()
            .for_each(|piece| packed.extend(piece.unwrap()));
        let reader = ConsoleReader::open_packed(packed).unwrap();
        look(&reader, &stream, &mut numbers);
    }
}

#[test]
fn a_line_is_shown_without_what_moves_the_cursor() {
    let log = Log::new();
    let mut writer = log.writer(1 << 20, &[]);
    writer.push(b"\x1b[31mred\x1b[0m\r\n", 1);
    writer.push(&[b'x'; 20_000], 1);
    writer.push(b"\n\n", 1);
    let wanted = LinesWanted {
        place: LinePlace::From(0),
        before: None,
        limit: 10,
        numbers: false,
    };
    let page = log.reader().lines(&wanted, &AtomicBool::default());
    let page = page.unwrap().unwrap();
    let shown: Vec<_> = page
        .lines
        .iter()
        .map(|line| (line.text.len(), line.is_cut, line.number))
        .collect();
    assert_eq!(
        shown,
        [(3, false, None), (16 * 1024, true, None), (0, false, None)]
    );
    assert_eq!((page.lines[0].text.as_str(), page.next), ("red", None));
    let stopped = log.reader().lines(&wanted, &AtomicBool::new(true));
    assert!(stopped.unwrap().is_none());
}
