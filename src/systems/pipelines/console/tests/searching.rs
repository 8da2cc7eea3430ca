//! Searching logs that are written, packed, and longer than what is kept.

use std::sync::atomic::AtomicBool;

use super::*;

fn search(reader: &ConsoleReader, pattern: &Pattern, side: Side, limit: usize) -> Findings {
    let wanted = Wanted {
        side,
        limit,
        first_error: true,
    };
    let found = reader.search(pattern, &wanted, &AtomicBool::new(false));
    found.unwrap().unwrap()
}

fn text(text: &str) -> Pattern {
    Pattern::text(text, false).unwrap()
}

/// Number, offset and text of each line.
fn shown(found: &Findings) -> Vec<(Option<u64>, u64, &str)> {
    let shown = |hit: &'_ Hit| (hit.number, hit.offset);
    let texts = found.hits.iter().map(|hit| hit.excerpt.text.as_str());
    let hits = found.hits.iter().map(shown).zip(texts);
    hits.map(|((number, offset), text)| (number, offset, text))
        .collect()
}

#[test]
fn pages_lead_through_all_lines_that_match_in_both_directions() {
    let log = Log::new();
    let line = |number: u64| format!("\x1b[3{}mline\x1b[0m {number}\n", number % 8);
    let all: String = (1..=100_000).map(line).collect();
    let mut writer = log.writer(64 << 20, &[]);
    writer.push(all.as_bytes(), 1);
    writer.finish(2);
    assert!(all.len() > 1 << 20, "blocks and buffers end within lines");
    let packed = ConsoleReader::open_packed(packed(&log)).unwrap();
    let mut offset = 0;
    let mut expected = Vec::new();
    for number in 1..=100_000 {
        let text = format!("line {number}");
        if text.contains("line 77") {
            expected.push((Some(number), offset, text));
        }
        offset += line(number).len() as u64;
    }
    let expected: Vec<_> = expected
        .iter()
        .map(|(n, o, text)| (*n, *o, text.as_str()))
        .collect();
    for reader in [log.reader(), packed] {
        let total = expected.len() as u64;
        let mut side = Side::Start;
        for page in expected.chunks(100) {
            let found = search(&reader, &text("line 77"), side, 100);
            assert_eq!((found.total, shown(&found)), (total, page.to_vec()));
            side = Side::After(page.last().unwrap().1);
        }
        assert_eq!(search(&reader, &text("line 77"), side, 100).hits, []);
        let mut side = Side::Before(u64::MAX);
        for page in expected.rchunks(100) {
            let found = search(&reader, &text("line 77"), side, 100);
            assert_eq!((found.total, shown(&found)), (total, page.to_vec()));
            let first = &found.hits[0];
            assert_eq!(expected[first.ordinal as usize - 1].1, first.offset);
            side = Side::Before(first.offset);
        }
        assert_eq!(search(&reader, &text("line 77"), side, 100).hits, []);
    }
}

#[test]
fn lines_behind_a_gap_keep_their_numbers_and_nothing_matches_over_it() {
    let log = Log::new();
    let mut writer = log.writer(1 << 20, &[]);
    let all: String = (1..=300_000)
        .map(|number| format!("line {number:06}.\n"))
        .collect();
    for piece in all.as_bytes().chunks(77_777) {
        writer.push(piece, 1);
    }
    let live = log.reader();
    let gap = live.extent().unwrap().gap.unwrap();
    writer.finish(2);
    let packed = ConsoleReader::open_packed(packed(&log)).unwrap();
    let is_kept = |number: u64| {
        let line = (number - 1) * 13..number * 13;
        line.end <= gap.start || line.start >= gap.end
    };
    let cut = [gap.start, gap.end].map(|offset| offset / 13 + 1);
    assert!(
        cut.iter().all(|&number| !is_kept(number)),
        "the gap cuts lines"
    );
    for reader in [live, packed] {
        for wanted in [1, 9_000, 250_000, 300_000] {
            let found = search(
                &reader,
                &text(&format!("line {wanted:06}.")),
                Side::Start,
                10,
            );
            assert_eq!(found.gap, Some(gap.clone()));
            let text = format!("line {wanted:06}.");
            let expected = is_kept(wanted).then_some((Some(wanted), (wanted - 1) * 13, &*text));
            assert_eq!(shown(&found), Vec::from_iter(expected));
        }
        let found = search(&reader, &text("line"), Side::Before(u64::MAX), 3);
        let numbers: Vec<_> = found.hits.iter().map(|hit| hit.number).collect();
        assert_eq!(numbers, [299_998, 299_999, 300_000].map(Some));
        let whole = (1..=300_000).filter(|&number| is_kept(number)).count() as u64;
        let found = search(
            &reader,
            &Pattern::regex(r"^line \d{6}\.$", false).unwrap(),
            Side::Start,
            1,
        );
        assert_eq!(found.total, whole);
        // A line that the gap cuts is two.
        let found = search(
            &reader,
            &Pattern::regex("^", false).unwrap(),
            Side::Start,
            1,
        );
        assert_eq!(found.total, whole + 2);
        let found = search(
            &reader,
            &Pattern::regex("^", false).unwrap(),
            Side::After(gap.end - 1),
            2,
        );
        let first = &found.hits[0];
        assert_eq!((first.number, first.offset), (Some(cut[1]), gap.end));
    }
}

#[test]
fn long_lines_are_searched_in_parts() {
    const MIB: usize = 1 << 20;
    let log = Log::new();
    let mut all = b"first\n".to_vec();
    let colour = b"\x1b[31m";
    // A word over each border at which something could be cut.
    for place in [
        64 << 10,
        MIB - 3,
        MIB,
        MIB + 2,
        MIB + (64 << 10),
        3 * MIB + 1,
    ] {
        all.resize(6 + place, b'.');
        all.extend(b"nee");
        all.extend(colour);
        all.extend(b"dle\xe9\x98\xbf");
    }
    all.extend(b" last\nnext needle\n");
    let mut writer = log.writer(64 << 20, &[]);
    writer.push(&all, 1);
    writer.finish(2);
    let packed = ConsoleReader::open_packed(packed(&log)).unwrap();
    for reader in [log.reader(), packed] {
        let count = |pattern: &str| {
            let found = search(
                &reader,
                &Pattern::regex(pattern, false).unwrap(),
                Side::Start,
                10,
            );
            let numbers = found.hits.iter().map(|hit| hit.number.unwrap());
            numbers.collect::<Vec<_>>()
        };
        assert_eq!(count("needle"), [2, 3]);
        assert_eq!(count("needle阿"), [2]);
        assert_eq!(count("^needle"), [0; 0]);
        assert_eq!(count("^[.]"), [2]);
        assert_eq!(count("needle$"), [3]);
        assert_eq!(count(r"\bneedle\b"), [3]);
        assert_eq!(count(r"阿 last$"), [2]);
        assert_eq!(count(r"[.]{500}"), [2]);
        let found = search(&reader, &text("阿 last"), Side::Start, 10);
        let excerpt = &found.hits[0].excerpt;
        assert!(excerpt.is_cut && excerpt.text.ends_with("needle阿 last"));
        assert_eq!(
            search(&reader, &text("next"), Side::Start, 1).hits[0].offset,
            all.len() as u64 - 12
        );
    }
}

#[test]
fn a_search_ends_when_it_is_stopped() {
    let log = Log::new();
    log.written(&[], &[b"line\n"]);
    let wanted = Wanted {
        side: Side::Start,
        limit: 1,
        first_error: false,
    };
    let found = log
        .reader()
        .search(&text("line"), &wanted, &AtomicBool::new(true));
    assert_eq!(found.unwrap(), None);
}

#[test]
fn a_log_is_searched_while_it_is_written() {
    let log = Log::new();
    let mut writer = log.writer(1 << 20, &[]);
    let writing = std::thread::spawn(move || {
        for first in (0..400_000).step_by(1_000) {
            let lines = first..first + 1_000;
            let text: String = lines.map(|number| format!("line {number:09}.\n")).collect();
            writer.push(text.as_bytes(), 1);
        }
        writer.finish(2).total
    });
    let reader = log.reader();
    loop {
        let is_over = writing.is_finished();
        let found = search(&reader, &text("7."), Side::Before(u64::MAX), 1_000);
        for hit in &found.hits {
            let number = hit.offset / 16;
            assert_eq!(hit.excerpt.text, format!("line {number:09}."));
            assert!(hit.number.is_none_or(|shown| shown == number + 1));
        }
        if is_over {
            assert_eq!(found.hits.last().unwrap().number, Some(399_998));
            break;
        }
    }
    assert_eq!(writing.join().unwrap(), 400_000 * 16);
}
