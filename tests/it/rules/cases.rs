//! The cases of the specification: what a rule finds in a content, or where its fault is.

use super::slow::{self, Filter, Folding, Label, Row, Rule, Set};

/// Folding and filters before the rule (`N`, `H`, `cut …`, `drop …`), the rule, the content, the
/// span of the hit.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    Option<(usize, usize)>,
);

pub const HITS: &[Case] = &[
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
    (r"cut /#\S+/", "拉麵", "拉#x\n麵 拉麵", Some((10, 16))),
    ("cut [廣告]", "拉麵", "拉[廣告]麵", None),
    ("cut \"RE:\"", "start:拉麵", "re:拉麵", Some((3, 9))),
    ("cut 不抽獎|drop 抽獎", "拉麵", "不抽獎拉麵", Some((9, 15))),
];

/// A rule, the code of its fault and the column, or 0 where the place is the whole rule.
pub const FAULTS: &[(&str, &str, usize)] = &[
    ("a AND b OR c", "E01", 9),
    ("a b", "E01", 3),
    ("NOT a", "E05", 1),
    ("a OR NOT b", "E05", 1),
    ("/a*/", "E04", 0),
];

/// The set of a case: one label with one rule that looks at contents.
pub fn set_of(options: &str, rule: &str) -> Set {
    let parsed = |text: &str| Rule {
        tree: slow::parse(text).unwrap(),
        fields: None,
    };
    let filter = |option: &str| {
        let (word, expression) = option.split_once(' ')?;
        Some(Filter {
            cut: word == "cut",
            rule: parsed(expression),
        })
    };
    Set {
        fields: vec![2],
        folding: Folding {
            nfkc: options == "N",
            han: options == "H",
            case_sensitive: false,
        },
        lists: Vec::new(),
        filters: options.split('|').filter_map(filter).collect(),
        labels: vec![Label {
            name: "food".to_owned(),
            rules: vec![parsed(rule)],
            except: Vec::new(),
        }],
        all_labels: true,
    }
}

pub fn row_of(content: &str) -> Row {
    [None, None, Some(content.to_owned()), None]
}

#[test]
fn the_slow_evaluator_finds_what_the_specification_says() {
    for (options, rule, content, span) in HITS {
        let set = set_of(options, rule);
        assert!(slow::faults(&set).is_empty(), "{rule}");
        let verdict = slow::verdict(&set, &row_of(content));
        let found = verdict.labels[0].rules.first();
        let found = found.map(|(_, found)| found.span);
        assert_eq!(found, *span, "{options} `{rule}` in {content:?}");
    }
}

#[test]
fn the_slow_evaluator_refuses_what_the_specification_refuses() {
    for (rule, code, column) in FAULTS {
        match slow::parse(rule) {
            Err(fault) => assert_eq!((fault.code, fault.column), (*code, *column), "{rule}"),
            Ok(_) => assert_eq!(slow::faults(&set_of("", rule)), [*code], "{rule}"),
        }
    }
}

#[test]
fn the_slow_evaluator_makes_the_ids_of_the_specification() {
    for (rule, id) in [
        ("拉麵", "d16c8056366e"),
        (
            "拉麵 NEAR/5 (好吃 OR list:brands) AND NOT 廣告",
            "ad62cc2473cc",
        ),
    ] {
        let tree = slow::parse(rule).unwrap();
        assert_eq!(slow::rule_id(&slow::canonical("food", &tree, None)), id);
    }
}
