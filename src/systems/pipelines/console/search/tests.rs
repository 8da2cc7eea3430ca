//! What matches, and what is shown of it.

use std::io;
use std::sync::atomic::AtomicBool;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::super::layout::Extent;
use super::super::plain::PlainText;
use super::super::reader::Filled;
use super::pass::search;
use super::*;

const START: Wanted = Wanted {
    side: Side::Start,
    limit: 1_000,
    first_error: true,
};

/// Searches a text that is read in pieces of this size.
fn in_pieces(text: &[u8], bytes: usize, pattern: &Pattern) -> Findings {
    let fill = |from: u64, buffer: &mut [u8]| -> io::Result<Filled> {
        let rest = &text[usize::try_from(from).unwrap()..];
        let count = rest.len().min(bytes).min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(Filled::Bytes(count))
    };
    let extent = Extent::whole(text.len() as u64);
    let found = search(fill, &extent, pattern, &START, &AtomicBool::new(false));
    found.unwrap().unwrap()
}

fn numbers(text: &str, pattern: &Pattern) -> Vec<u64> {
    let found = in_pieces(text.as_bytes(), 1 << 20, pattern);
    assert_eq!(found.total, found.hits.len() as u64);
    found.hits.iter().map(|hit| hit.number.unwrap()).collect()
}

fn regex(pattern: &str) -> Pattern {
    Pattern::regex(pattern, false).unwrap()
}

#[test]
fn expressions_match_within_lines() {
    for (pattern, text, expected) in [
        ("b", "a\nb\nab\n", vec![2, 3]),
        ("^b", "a\nb\nab", vec![2]),
        (r"\Ab\z", "b\nb\nab", vec![1, 2]),
        ("(?-m)^b$", "a\nb\nab", vec![2]),
        ("a$", "a\r\na\nab\n", vec![1, 2]),
        // A progress bar: each part begins at the left.
        ("^20%$", "10%\r20%\r30%\n20\n", vec![1]),
        ("10.*30", "10%\r20%\r30%\n", vec![1]),
        ("^$", "\n\na\n\n", vec![1, 2, 4]),
        ("^$", "", vec![]),
        ("x*", "a\n\nb", vec![1, 2, 3]),
        ("[^x]*b", "a\nb\nx\n", vec![2]),
        (r"(?s)a.*b", "a\nb\nab\n", vec![3]),
        (r"a\s*b", "a\nb\na b\n", vec![3]),
        (r"a\s*$", "a \n\nb\n", vec![1]),
        (r"a|x\ny", "x\ny\na\n", vec![3]),
        (
            r"\bwort\b",
            "wörter\nwort\nein wort\nworte\nöwort",
            vec![2, 3],
        ),
        (r"\Bort", "wort\nort\n", vec![1]),
        (r"\b", "a\n\n-\n", vec![1]),
        ("(?i)STRASSE", "strasse\n", vec![1]),
        (r"(?-u)\xff", "a\n", vec![]),
        (r"\w阿", "a阿\n阿\n", vec![1]),
    ] {
        assert_eq!(
            numbers(text, &regex(pattern)),
            expected,
            "{pattern} in {text:?}"
        );
    }
}

#[test]
fn texts_are_found_as_they_are_or_in_any_case() {
    let log = "Fehler (1)\nFEHLER (1)\nfehler\nÄRGER\n";
    let find = |text: &str, ignores_case| numbers(log, &Pattern::text(text, ignores_case).unwrap());
    assert_eq!(find("Fehler (1)", false), [1]);
    assert_eq!(find("fehler (1)", true), [1, 2]);
    assert_eq!(find("ehler", false), [1, 3]);
    assert_eq!(find("ärger", true), [4]);
    assert_eq!(find("ärger", false), [0; 0]);
}

#[test]
fn sequences_do_not_separate_what_they_colour() {
    let log = "a \x1b[1;31mer\x1b[0mror\nplain error\n\x1b]0;error\x07title\n\x1b[31merr\nor\n";
    let found = in_pieces(
        log.as_bytes(),
        1 << 20,
        &Pattern::text("error", false).unwrap(),
    );
    let hits = found.hits.iter();
    let hits: Vec<_> = hits
        .map(|hit| (hit.number, hit.offset, &*hit.excerpt.text))
        .collect();
    assert_eq!(
        hits,
        [(Some(1), 0, "a error"), (Some(2), 19, "plain error")]
    );
    assert_eq!(found.hits[0].excerpt.matched, 2..7);
}

#[test]
fn patterns_that_cannot_be_searched_for_are_named() {
    let error = |found: Result<Pattern, PatternError>| found.unwrap_err();
    assert_eq!(error(Pattern::text("", false)), PatternError::Empty);
    assert_eq!(error(Pattern::text("a\nb", false)), PatternError::Newline);
    assert_eq!(error(Pattern::regex(r"a\nb", false)), PatternError::Newline);
    assert_eq!(
        error(Pattern::regex(&"a".repeat(1 << 20), false)),
        PatternError::TooLong(1 << 20)
    );
    assert_eq!(
        error(Pattern::regex(r"(\w{1000}){1000}", false)),
        PatternError::TooLarge
    );
    let unclosed = error(Pattern::regex("a(b", false)).to_string();
    assert_eq!(unclosed, "invalid expression: unclosed group");
}

/// The same numbers each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from((self.0 >> 33) % limit as u64).unwrap()
    }

    fn one_of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

#[test]
fn a_pass_finds_what_line_by_line_would_be_found() {
    let parts = [
        "a", "b", "\n", " ", "\x1b[1m", "\x1b[", "ab", "阿", "x", "\t", "\x1b]a", "\x07",
    ];
    let patterns = [
        "a",
        "ab",
        "a+b",
        "^a",
        "b$",
        "^(a|b)*$",
        r"\bab\b",
        r"a\B",
        "[^a]",
        "^[^a]*$",
        "阿",
        r"\w\s\w",
        "a.*b",
        "b.*a$",
        "(a|b)*x",
        r"\ba.*b\b",
        "(?i)AB",
        r"\s$",
        "a{2,3}",
        "x?",
    ];
    let built = patterns.map(|pattern| {
        let syntax = syntax::Config::new().multi_line(true);
        let alone = Regex::builder().syntax(syntax).build(pattern).unwrap();
        (pattern, regex(pattern), alone)
    });
    let mut dice = Numbers(1);
    for _ in 0..200 {
        let length = dice.below(120);
        let text: String = (0..length).map(|_| dice.one_of(&parts)).collect();
        let mut expected_lines = Vec::new();
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            let mut plain = Vec::new();
            let body = line.strip_suffix('\n').unwrap_or(line);
            PlainText::default().push_without_sequences(body.as_bytes(), &mut plain);
            expected_lines.push((offset, String::from_utf8(plain).unwrap()));
            offset += line.len() as u64;
        }
        for (pattern, in_log, alone) in &built {
            let lines = expected_lines.iter().zip(1..);
            let matching = lines.filter(|((_, line), _)| alone.is_match(line));
            let expected: Vec<_> = matching
                .map(|((offset, line), no)| (no, *offset, line))
                .collect();
            for bytes in [1, 2 + dice.below(20), 1 << 20] {
                let found = in_pieces(text.as_bytes(), bytes, in_log);
                let shown = |hit: &'_ Hit| (hit.number.unwrap(), hit.offset);
                let texts = found.hits.iter().map(|hit| &hit.excerpt.text);
                let shown = found.hits.iter().map(shown).zip(texts);
                let shown: Vec<_> = shown
                    .map(|((no, offset), line)| (no, offset, line))
                    .collect();
                assert_eq!(
                    shown, expected,
                    "{pattern} in {text:?}, {bytes} bytes at once"
                );
            }
        }
    }
}

#[test]
fn lines_that_say_that_something_failed_are_known() {
    for line in [
        "::error::out of seats",
        "::error file=a.sql,line=7::out of seats",
        "2026-11-21 03:31:07 ERROR worker-3 lost",
        "[2026-11-21] FATAL: the database system is shutting down",
        "error[E0308]: mismatched types",
        "src/a.c:3:5: error: expected ';'",
        "fatal: not a git repository",
        "ValueError: invalid literal",
        "java.io.IOException: broken pipe",
        "::error::no rows",
        "curl: (6) error: no such host",
        "Traceback (most recent call last):",
        "thread 'main' panicked at src/main.rs:1:1:",
        "test result: FAILED. 1 passed; 2 failed",
        "3 failed, 5 passed in 0.1s",
        "level=error msg=x",
        r#"{"level": "error", "msg": "x"}"#,
        "2026/11/21 [error] 7#7: *1 open() failed",
        "npm ERR! code 1",
        "make: *** [Makefile:3: all] Error 2",
        "sh: 1: nope: not found\nsh: nope: command not found",
        "cat: x: No such file or directory",
        "Killed",
        "Segmentation fault (core dumped)",
        "\x1b[31mERR\x1b[0mOR colour",
    ] {
        let found = in_pieces(
            format!("ok\n{line}\n").as_bytes(),
            1 << 20,
            &Pattern::errors(),
        );
        assert_eq!(found.total, 1, "{line}");
        assert_eq!(found.first_error.as_ref(), found.hits.first());
    }
    for line in [
        "0 errors, 0 warnings",
        "error: none",
        "errors: 0",
        "\"error\": null",
        "error: null, rows: 7",
        "INFO last error: timeout, tried again",
        "level=info msg=\"error: gone\"",
        "terror film: a film",
        "no failures",
        "0 failed",
        "mirror://host",
        "WARNING: 3 failed before",
    ] {
        assert_eq!(numbers(line, &Pattern::errors()), [0; 0], "{line}");
    }
}

#[test]
fn the_first_error_is_found_beside_another_search() {
    let log = "one\nrows: 1\n::error::no rows\nrows: 2\nERROR\n";
    for bytes in [3, 1 << 20] {
        let found = in_pieces(
            log.as_bytes(),
            bytes,
            &Pattern::text("rows: ", false).unwrap(),
        );
        assert_eq!(found.total, 2);
        let error = found.first_error.unwrap();
        assert_eq!((error.number, error.offset), (Some(3), 12));
        assert_eq!(error.excerpt.text, "::error::no rows");
    }
}

#[test]
fn of_a_long_line_what_is_around_the_match_is_shown() {
    let line = format!("{}needle{}", "阿".repeat(300), "é".repeat(400));
    let found = in_pieces(
        line.as_bytes(),
        1 << 20,
        &Pattern::text("needle", false).unwrap(),
    );
    let excerpt = &found.hits[0].excerpt;
    let expected = format!("{}needle{}", "阿".repeat(200), "é".repeat(300));
    assert_eq!((&excerpt.text, &excerpt.matched), (&expected, &(200..206)));
    assert!(excerpt.is_cut);
    let found = in_pieces(line.as_bytes(), 1 << 20, &regex(".+"));
    assert_eq!(found.hits[0].excerpt.matched, 0..500);
    let bytes = b"a\xffb needle \xe9\x98\r\n";
    let found = in_pieces(bytes, 1 << 20, &Pattern::text("needle", false).unwrap());
    let excerpt = &found.hits[0].excerpt;
    assert_eq!(excerpt.text, "a\u{fffd}b needle \u{fffd}");
    assert_eq!((&excerpt.matched, excerpt.is_cut), (&(4..10), false));
}
