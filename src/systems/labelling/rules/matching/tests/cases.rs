//! The cases of the specification, one by one.

use super::super::samples::{empty_set, filter, label};
use super::super::{CompileError, Compiled, Row, Verdict};
use crate::systems::labelling::label::rules::Normalize;
use crate::systems::labelling::rules::language::{FaultCode, parse};
use crate::systems::labelling::rules::set::{Field, FilterAction, Variants};

/// Folding (N, H), rule, text and span.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    Option<(usize, usize)>,
);

const CASES: [Case; 39] = [
    ("", "拉麵", "想吃拉麵", Some((6, 12))),
    ("", "start:RE", "re: ok", Some((0, 2))),
    ("", "start:RE", "a re", None),
    ("", "end:嗎", "好嗎?", None),
    ("", "absolutely:好", "好 ", None),
    ("", "word:AI", "said AI了", Some((5, 7))),
    ("", "word:AI", "AI_1", None),
    ("", "word:麵", "拉麵店", Some((3, 6))),
    ("", "Σας", "σαΣ", Some((0, 6))),
    ("", "i", "İ", Some((0, 2))),
    ("", "abc", "ＡＢＣ", None),
    ("N", "abc", "ＡＢＣ", Some((0, 9))),
    ("N", "拉麵", "拉\u{200b}麵\u{200b}", Some((0, 9))),
    ("N", "ガ", "ｶﾞ", Some((0, 6))),
    ("N", "e", "e\u{301}", None),
    ("N", "f", "ﬁ", Some((0, 3))),
    ("H", "拉面", "拉麵", Some((0, 6))),
    ("H", "乾", "幹", Some((0, 3))),
    ("H", "raw:乾", "幹乾", Some((3, 6))),
    ("N", "raw:a", "ａa", Some((3, 4))),
    ("", "/拉麵.{0,2}店/", "拉麵老店", Some((0, 12))),
    ("H", "/[麵飯]店/", "饭店", Some((0, 6))),
    ("", "/ok$/", "OK\n", None),
    ("", "拉麵 AND 好吃", "好吃拉麵", Some((0, 6))),
    ("", "拉麵 AND NOT 麵", "拉麵", None),
    ("", "拉麵 AND NOT 廣告", "拉麵", Some((0, 6))),
    ("", "拉麵 OR 麵", "拉麵", Some((0, 6))),
    ("", "2 OF (a, b, c)", "c a", Some((0, 1))),
    ("", "2 OF (a, b, c)", "a a", None),
    ("", "拉麵 NEAR/2 推", "拉麵真的推", Some((0, 15))),
    ("", "拉麵 NEAR/1 推", "拉麵真的推", None),
    ("", "ramen NEAR/1 good", "good, hot ramen", Some((0, 15))),
    ("", "ramen NEAR/1f good", "good hot ramen", None),
    ("", "ramen NEAR/5c good", "good, hot ramen", None),
    ("", "ramen NEAR/6c good", "good, hot ramen", Some((0, 15))),
    ("", "aa NEAR/9 aa", "aaa", None),
    ("", "aa NEAR/0c aa", "aaaa", Some((0, 4))),
    ("", "(a OR b) NEAR/0f (c OR d)", "b,d", Some((0, 3))),
    ("", "(a NEAR/1f b) NEAR/1f c", "a b x c", Some((0, 7))),
];

/// Filters, text and span of `拉麵` or of the rule given.
type Filtered = (
    &'static str,
    &'static [(FilterAction, &'static str)],
    &'static str,
    Option<(usize, usize)>,
);

const FILTERED: [Filtered; 4] = [
    (
        "拉麵",
        &[(FilterAction::Cut, r"/#\S+/")],
        "拉#x\n麵 拉麵",
        Some((10, 16)),
    ),
    ("拉麵", &[(FilterAction::Cut, "[廣告]")], "拉[廣告]麵", None),
    (
        "start:拉麵",
        &[(FilterAction::Cut, "\"RE:\"")],
        "re:拉麵",
        Some((3, 9)),
    ),
    (
        "拉麵",
        &[(FilterAction::Cut, "不抽獎"), (FilterAction::Drop, "抽獎")],
        "不抽獎拉麵",
        Some((9, 15)),
    ),
];

#[test]
fn the_cases_of_the_specification() {
    for (folding, rule, text, expected) in CASES {
        let mut set = empty_set();
        if folding.contains('N') {
            set.normalize = Normalize::Nfkc;
        }
        if folding.contains('H') {
            set.variants = Variants::Han;
        }
        set.labels = vec![label("a", &[rule], &[])];
        assert_eq!(
            span(&Compiled::of(&set).unwrap(), text),
            expected,
            "{rule} on {text:?}"
        );
    }
    for (rule, filters, text, expected) in FILTERED {
        let mut set = empty_set();
        let of_set = filters.iter().map(|(action, term)| filter(*action, term));
        set.filters = of_set.collect();
        set.labels = vec![label("a", &[rule], &[])];
        assert_eq!(
            span(&Compiled::of(&set).unwrap(), text),
            expected,
            "{rule} on {text:?}"
        );
    }
    for (text, code, column) in [
        ("a AND b OR c", FaultCode::E01, 9),
        ("a b", FaultCode::E01, 3),
        ("NOT a", FaultCode::E05, 1),
        ("a OR NOT b", FaultCode::E05, 1),
    ] {
        let faults = parse(text).unwrap_err();
        let found: Vec<_> = faults
            .iter()
            .map(|fault| (fault.code, fault.column))
            .collect();
        assert_eq!(found, [(code, column)], "{text}");
    }
    let mut set = empty_set();
    set.labels = vec![label("a", &["/a*/"], &[])];
    let Err(CompileError::Faults(faults)) = Compiled::of(&set) else {
        panic!("a pattern that matches nothing was accepted");
    };
    assert_eq!(faults[0].fault.code, FaultCode::E04);
}

fn span(compiled: &Compiled, text: &str) -> Option<(usize, usize)> {
    let row = Row::default().with(Field::Content, Some(text));
    let mut scratch = compiled.scratch();
    let mut verdict = Verdict::default();
    compiled.find(row, &mut scratch, &mut verdict);
    let found = verdict.labels.first()?;
    let reason = compiled.reason(row, &mut scratch, &found.reported);
    Some((reason.hit.start, reason.hit.end))
}
