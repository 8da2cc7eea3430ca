//! Folds, annotations, plain text.

use super::*;

#[test]
fn folds_and_annotations_are_found_wherever_the_writes_are_cut() {
    let text = b"::group::Build all\nx ::error::no\n::error file=a.c,line=3::broken geheimnis\n::endgroup::\ntravis_fold:start:tests\r\x1b[0Kmore\n:: no\n::warning::old\r\n::progress::42::half way\ntravis_fold:end:tests\r\n::progress::43\n:\nt\n::nonsense::x\n::endgroup::\n::group::open";
    let mut first = None;
    for size in 1..text.len() {
        let log = Log::new();
        let pieces: Vec<&[u8]> = text.chunks(size).collect();
        let written = log.written(&["geheimnis"], &pieces);
        let offset =
            |needle: &str| memchr::memmem::find(&written, needle.as_bytes()).unwrap() as u64;
        let mut marks = log.reader().marks().unwrap();
        marks.iter_mut().for_each(|mark| mark.at = 1);
        let mark = |offset, kind| Mark {
            offset,
            at: 1,
            kind,
        };
        let text = |text: &str| text.to_owned();
        assert_eq!(
            marks[..7],
            [
                mark(
                    0,
                    MarkKind::Fold {
                        name: text("Build all")
                    }
                ),
                mark(
                    offset("::error file"),
                    MarkKind::Error {
                        text: text("broken ***"),
                        place: Some(text("file=a.c,line=3"))
                    }
                ),
                mark(
                    offset("travis_fold:start"),
                    MarkKind::FoldEnd { name: None }
                ),
                mark(
                    offset("travis_fold:start"),
                    MarkKind::Fold {
                        name: text("tests")
                    }
                ),
                mark(
                    offset("::warning"),
                    MarkKind::Warning {
                        text: text("old"),
                        place: None
                    }
                ),
                mark(
                    offset("::progress::43"),
                    MarkKind::FoldEnd {
                        name: Some(text("tests"))
                    }
                ),
                mark(offset("::group::open"), MarkKind::FoldEnd { name: None }),
            ],
            "{size}"
        );
        assert_eq!(marks.len(), 8, "{size}");
        let first = first.get_or_insert_with(|| marks.clone());
        assert_eq!(*first, marks, "{size}");
        let folds = folds(&marks);
        let shown: Vec<(&str, usize, bool)> = folds
            .iter()
            .map(|fold| (fold.name.as_str(), fold.depth, fold.to.is_some()))
            .collect();
        assert_eq!(
            shown,
            [
                ("Build all", 0, true),
                ("tests", 0, true),
                ("open", 0, false)
            ]
        );
        assert_eq!(log.reader().progress().unwrap().percent, 43);
        check_packed(&log, &written);
    }
}

#[test]
fn folds_nest_and_end_with_what_is_around_them() {
    let mark = |offset, kind| Mark {
        offset,
        at: 1,
        kind,
    };
    let fold = |name: &str| MarkKind::Fold {
        name: name.to_owned(),
    };
    let marks = [
        mark(
            0,
            MarkKind::Script {
                name: "one".to_owned(),
            },
        ),
        mark(1, fold("a")),
        mark(2, fold("b")),
        mark(
            3,
            MarkKind::FoldEnd {
                name: Some("a".to_owned()),
            },
        ),
        mark(4, fold("c")),
        mark(5, MarkKind::ScriptEnd),
        mark(6, MarkKind::FoldEnd { name: None }),
        mark(
            6,
            MarkKind::Script {
                name: "two".to_owned(),
            },
        ),
        mark(7, MarkKind::FoldEnd { name: None }),
    ];
    let folds = folds(&marks);
    let shown: Vec<_> = folds
        .iter()
        .map(|fold| (fold.name.as_str(), fold.depth, fold.from, fold.to))
        .collect();
    let expected = [
        ("one", 0, 0, Some(5)),
        ("a", 1, 1, Some(3)),
        ("b", 2, 2, Some(3)),
        ("c", 1, 4, Some(5)),
        ("two", 0, 6, None),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn millions_of_warnings_are_not_all_kept() {
    let log = Log::new();
    log.written(
        &[],
        &[b"::warning::x\n::progress::5::y\n"
            .repeat(30_000)
            .as_slice()],
    );
    let marks = log.reader().marks().unwrap();
    assert_eq!(marks.len(), 10_000);
    assert_eq!(marks.last().unwrap().kind, MarkKind::More);
}

#[test]
fn plain_text_has_no_sequences_wherever_it_is_cut() {
    let text = b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\x1b(Bc\x1bP q\x1b\\d\xff\xfe\xc3\xa4\te\x07\x00f\r\ng\x1b[\x1b[2Kh\x1b]never ended\ni\x1b[38;5\xc3\xa4j\x1b";
    let expected = b"red abcd\xff\xfe\xc3\xa4\tef\r\ngh\ni\xc3\xa4j";
    for size in 1..=text.len() {
        let mut plain = PlainText::default();
        let mut out = Vec::new();
        text.chunks(size)
            .for_each(|piece| plain.push(piece, &mut out));
        assert_eq!(out, expected, "{size}: {}", String::from_utf8_lossy(&out));
    }
}
