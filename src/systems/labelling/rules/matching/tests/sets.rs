//! Sets of several rules: fields, first hits, parts, lists, excepts, filters, all true rules.

use super::super::samples::{empty_set, filter, label, terms};
use super::super::{Compiled, FoldedHit, Outcome, Row, Scratch, Verdict, check};
use crate::systems::labelling::label::rules::{Normalize, RowLabels};
use crate::systems::labelling::rules::language::FaultCode;
use crate::systems::labelling::rules::set::{Field, Fields, FilterAction, RuleSet, Variants};

/// Labels of a row with outcome and `match_meta`.
fn found(set: &RuleSet, row: Row<'_>) -> Vec<(u16, Outcome, String)> {
    let compiled = Compiled::of(set).unwrap();
    let mut scratch = compiled.scratch();
    let mut verdict = Verdict::default();
    // A row before must leave nothing behind.
    let other = Row::default().with(Field::Content, Some("拉麵 好吃 ａ\u{301} 廣告"));
    compiled.find_with_rules(other, &mut scratch, &mut verdict);
    compiled.find(row, &mut scratch, &mut verdict);
    let labels = verdict.labels.clone();
    labels
        .iter()
        .map(|label| {
            let meta = compiled.meta(row, &mut scratch, &label.reported);
            (label.reported.label, label.outcome, meta)
        })
        .collect()
}

fn content(text: &str) -> Row<'_> {
    Row::default().with(Field::Content, Some(text))
}

#[track_caller]
fn parts(set: &RuleSet, row: Row<'_>) -> String {
    let all = found(set, row);
    let meta: serde_json::Value = serde_json::from_str(&all[0].2).unwrap();
    meta["parts"].to_string()
}

#[test]
fn meta_has_the_members_of_the_specification() {
    let mut set = empty_set();
    set.labels = vec![label("food", &["拉麵"], &[])];
    let all = found(&set, content("吃拉麵"));
    assert_eq!(
        all[0].2,
        r#"{"rule":"拉麵","match_type":"partially","span":[3,9],"id":"d16c8056366e","field":"content","parts":[["content",3,9]]}"#
    );
}

#[test]
fn fields_come_in_their_order_and_inner_ones_replace_outer_ones() {
    let mut set = empty_set();
    set.fields = Fields::one(Field::Content).with(Field::Title);
    set.labels = vec![label("a", &["拉麵 AND title:好吃"], &[])];
    let row = content("好吃的拉麵").with(Field::Title, Some("真好吃"));
    assert_eq!(parts(&set, row), r#"[["content",9,15],["title",3,9]]"#);
    assert_eq!(found(&set, content("好吃的拉麵")).len(), 0);
    // A field before a bracket, and one inside it.
    set.labels = vec![label("a", &["content:(拉麵 AND title:好吃)"], &[])];
    assert_eq!(found(&set, row).len(), 1);
    let other = Row::default().with(Field::Title, Some("好吃拉麵"));
    assert_eq!(found(&set, other).len(), 0);
    // NOT: no hit in any of its fields.
    set.labels = vec![label("a", &["拉麵 AND NOT 真"], &[])];
    assert_eq!(found(&set, row).len(), 0);
    set.labels = vec![label("a", &["拉麵 AND NOT content:真"], &[])];
    assert_eq!(found(&set, row).len(), 1);
}

#[test]
fn parts_are_the_first_hits_of_operands() {
    let mut set = empty_set();
    for (rule, text, expected) in [
        ("a AND b", "b a", r#"[["content",2,3],["content",0,1]]"#),
        (
            "(a AND b) AND c",
            "c b a",
            r#"[["content",2,3],["content",0,1]]"#,
        ),
        (
            "x OR (a AND b)",
            "b a x",
            r#"[["content",2,3],["content",0,1]]"#,
        ),
        ("x OR (a AND b)", "x b a", r#"[["content",0,1]]"#),
        (
            "2 OF (a, b, c)",
            "c a",
            r#"[["content",2,3],["content",0,1]]"#,
        ),
        ("a AND NOT z", "a", r#"[["content",0,1]]"#),
        ("a NEAR/3 b", "b x a", r#"[["content",0,5]]"#),
    ] {
        set.labels = vec![label("l", &[rule], &[])];
        assert_eq!(parts(&set, content(text)), expected, "{rule} on {text}");
    }
}

#[test]
fn the_first_hit_is_the_least_by_place_then_the_longest_then_as_written() {
    let mut set = empty_set();
    for (rules, text, expected) in [
        (&["好吃", "拉"][..], "拉麵好吃", 1),
        (&["拉", "拉麵"], "拉麵", 1),
        (&["拉麵", "start:拉麵", "/拉麵/"], "拉麵", 0),
        (&["/拉.*/", "拉麵"], "拉麵店", 0),
        (&["end:店", "word:拉"], "拉麵店", 1),
    ] {
        set.labels = vec![label("l", rules, &[])];
        let compiled = Compiled::of(&set).unwrap();
        let mut verdict = Verdict::default();
        compiled.find(content(text), &mut compiled.scratch(), &mut verdict);
        assert_eq!(
            verdict.labels[0].reported.rule, expected,
            "{rules:?} on {text}"
        );
    }
}

#[test]
fn lists_are_terms_with_several_texts() {
    let mut set = empty_set();
    set.lists = vec![
        (
            "brands".to_owned(),
            terms(&["一蘭", "/u-?don/", "list:more"]),
        ),
        ("more".to_owned(), terms(&["word:AI", "raw:Xy"])),
    ];
    for (rule, text, expected) in [
        ("list:brands", "吃UDON", Some("[[\"content\",3,7]]")),
        ("list:brands", "said AI了", Some("[[\"content\",5,7]]")),
        ("list:brands", "xy Xy", Some("[[\"content\",3,5]]")),
        ("list:brands", "xy", None),
        (
            "list:brands NEAR/1 好",
            "一蘭真好",
            Some("[[\"content\",0,12]]"),
        ),
        (
            "list:brands NEAR/0f 好",
            "好udon好",
            Some("[[\"content\",3,10]]"),
        ),
        ("好 AND NOT list:brands", "好u-don", None),
    ] {
        set.labels = vec![label("l", &[rule], &[])];
        let all = found(&set, content(text));
        assert_eq!(
            all.len(),
            usize::from(expected.is_some()),
            "{rule} on {text}"
        );
        if let Some(expected) = expected {
            assert_eq!(parts(&set, content(text)), expected, "{rule} on {text}");
        }
    }
}

#[test]
fn row_labels_choose_after_excepts() {
    let mut set = empty_set();
    set.labels = vec![
        label("a", &["拉麵"], &["x AND y", "徵才 OR 求職"]),
        label("b", &["麵"], &[]),
        label("c", &["拉"], &[]),
    ];
    set.row_labels = RowLabels::First;
    let outcomes = |set: &RuleSet, text: &str| -> Vec<Outcome> {
        let all = found(set, content(text));
        all.iter().map(|(_, outcome, _)| *outcome).collect()
    };
    use Outcome::{Given, Matched};
    let excepted = |except, start, end| {
        let field = Field::Content;
        let hit = FoldedHit { field, start, end };
        Outcome::Excepted { except, hit }
    };
    assert_eq!(outcomes(&set, "拉麵"), [Given, Matched, Matched]);
    assert_eq!(
        outcomes(&set, "拉麵徵才"),
        [excepted(1, 6, 12), Given, Matched]
    );
    set.row_labels = RowLabels::All;
    assert_eq!(
        outcomes(&set, "拉麵徵才x y"),
        [excepted(0, 12, 13), Given, Given]
    );
}

#[test]
fn filters_act_in_the_order_written() {
    let mut set = empty_set();
    set.labels = vec![label("a", &["start:拉麵", "NEVER_THERE"], &[])];
    let cut = |text| filter(FilterAction::Cut, text);
    let drop = |text| filter(FilterAction::Drop, text);
    let span = |set: &RuleSet, text: &str| -> Option<String> {
        let all = found(set, content(text));
        let meta: serde_json::Value = serde_json::from_str(&all.first()?.2).unwrap();
        Some(meta["span"].to_string())
    };
    set.filters = vec![cut("\"re:\""), cut("/^轉/")];
    assert_eq!(span(&set, "re:RE:轉拉麵"), Some("[9,15]".to_owned()));
    assert_eq!(span(&set, "轉re:拉麵"), None);
    set.filters = vec![cut("/^轉/"), cut("\"re:\""), drop("\"\\n\""), cut("x")];
    assert_eq!(span(&set, "轉re:拉麵xre:"), Some("[6,12]".to_owned()));
    assert_eq!(span(&set, "轉re:拉麵re:x"), None);
    // What is seen of a cut part is a line feed, which stands for all of it.
    set.filters = vec![cut("/<[a-z]+>/")];
    set.labels = vec![label("a", &["\"拉\\n麵\"", "/麵\\n\\n店/"], &[])];
    assert_eq!(span(&set, "的拉<b>麵"), Some("[3,12]".to_owned()));
    assert_eq!(span(&set, "麵<b><i>店"), Some("[0,12]".to_owned()));
    set.filters = vec![cut("b"), cut("/<\\n>/")];
    assert_eq!(span(&set, "的拉<b>麵"), Some("[3,12]".to_owned()));
    // What is cut is the folded text: of a character that became several, each is a hit.
    set.normalize = Normalize::Nfkc;
    set.labels = vec![label("a", &["\"拉\\n\\n麵\"", "/拉\\ni麵/"], &[])];
    set.filters = vec![cut("/[fi]/")];
    assert_eq!(span(&set, "拉ﬁ麵"), Some("[0,9]".to_owned()));
    set.filters = vec![cut("f")];
    assert_eq!(span(&set, "拉ﬁ麵"), Some("[0,9]".to_owned()));
    // Nothing is put in another order again.
    set.labels = vec![label("a", &["\"\u{323}ï\""], &[])];
    set.filters = vec![cut("/\\b\\x{323}/")];
    assert_eq!(span(&set, "🏽\u{307}\u{323}\u{323}ï"), None);
}

#[test]
fn all_true_rules_are_found_once_each() {
    let mut set = empty_set();
    set.fields = Fields::one(Field::Content).with(Field::Title);
    set.labels = vec![
        label(
            "a",
            &["拉麵", "word:麵", "拉 AND 麵", "end:店", "no"],
            &["店"],
        ),
        label("b", &["拉麵", "/麵.店/", "/[0-9]+/", "拉 NEAR/3 店"], &[]),
    ];
    let compiled = Compiled::of(&set).unwrap();
    let mut scratch = compiled.scratch();
    let mut verdict = Verdict::default();
    let row = content("拉麵老店").with(Field::Title, Some("拉麵 拉麵"));
    for _ in 0..3 {
        compiled.find_with_rules(row, &mut scratch, &mut verdict);
        let mut rules: Vec<_> = verdict
            .true_rules
            .iter()
            .map(|found| (found.label, found.rule, found.hit.field))
            .collect();
        rules.sort_unstable();
        use Field::{Content, Title};
        assert_eq!(
            rules,
            [
                (0, 0, Title),
                (0, 1, Title),
                (0, 2, Title),
                (0, 3, Content),
                (1, 0, Title),
                (1, 1, Content),
                (1, 3, Content)
            ]
        );
    }
}

#[test]
fn patterns_see_texts_before_lower_casing_and_places_agree() {
    let mut set = empty_set();
    set.variants = Variants::Han;
    set.labels = vec![label("a", &[r"/\p{Lu}麵[麵-麵]/", "x NEAR/0c /k+z/"], &[])];
    // The Kelvin sign and the dotted I are longer than their lower case.
    assert_eq!(parts(&set, content("İİ A麵面")), r#"[["content",5,12]]"#);
    assert_eq!(
        parts(&set, content("İx\u{212a}\u{212a}z")),
        r#"[["content",2,10]]"#
    );
    let both = |set: &mut RuleSet, text: &str| {
        let insensitive = found(set, content(text)).len();
        set.case_sensitive = true;
        let sensitive = found(set, content(text)).len();
        set.case_sensitive = false;
        (insensitive, sensitive)
    };
    set.labels = vec![label("a", &["/Ra?men/"], &[])];
    assert_eq!(both(&mut set, "rAmen"), (1, 0));
    // Ignoring case is that of patterns: the long s is an s.
    set.labels = vec![label("a", &["/soup/"], &[])];
    assert_eq!(both(&mut set, "ſoup"), (1, 0));
}

#[test]
fn faults_of_a_set_are_found_all_at_once() {
    let mut set = empty_set();
    set.normalize = Normalize::Nfkc;
    set.lists = vec![
        ("a".to_owned(), terms(&["list:b", "title:x"])),
        ("b".to_owned(), terms(&["list:a", "/(/"])),
        ("c".to_owned(), terms(&["list:c", "list:none"])),
    ];
    set.filters = vec![filter(FilterAction::Cut, "a AND b")];
    let long = "拉".repeat(1_001);
    let long_pattern = format!("/{}/", "a".repeat(4_001));
    set.labels = vec![label(
        "l",
        &[
            "\"\u{200b}\"",
            "x OR \"\"",
            &long,
            &long_pattern,
            r"/\w{1000}{1000}/",
            "/^$/",
            "ok",
        ],
        &["list:d"],
    )];
    use FaultCode::{E03, E04, E05, E06, E08};
    let codes: Vec<FaultCode> = check(&set).iter().map(|fault| fault.fault.code).collect();
    assert_eq!(
        codes,
        [
            E06, E05, E06, E04, E06, E06, E05, E03, E03, E08, E08, E04, E04, E06
        ]
    );
    let columns: Vec<u32> = check(&set).iter().map(|fault| fault.fault.column).collect();
    assert_eq!(columns[8], 6);
}

#[test]
fn a_scratch_is_used_for_many_rows() {
    let mut set = empty_set();
    set.labels = vec![label("a", &["拉麵 AND 好吃", "word:b"], &[])];
    let compiled = Compiled::of(&set).unwrap();
    let mut scratch: Scratch = compiled.scratch();
    let mut verdict = Verdict::default();
    for round in 0..1_000 {
        let text = ["拉麵", "好吃", "拉麵好吃", "", "ab", "a b"][round % 6];
        compiled.find(content(text), &mut scratch, &mut verdict);
        assert_eq!(
            verdict.labels.len(),
            [0, 0, 1, 0, 0, 1][round % 6],
            "{text}"
        );
        compiled.find(Row::default(), &mut scratch, &mut verdict);
        assert_eq!(verdict.labels.len(), 0);
    }
}
