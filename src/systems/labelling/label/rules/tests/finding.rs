use serde_json::json;

use super::super::*;
use super::{Allowance, all_labels, find, keywords, metas, one_keyword, patterns};

#[test]
fn a_match_type_says_where_a_keyword_stands() {
    let cases = [
        ("partially", "ab", "xabx", true),
        ("partially", "ab", "axb", false),
        ("start", "ab", "abx", true),
        ("start", "ab", "xab", false),
        ("start", "ab", "xabab", false),
        ("end", "ab", "xab", true),
        ("end", "ab", "abx", false),
        ("end", "ab", "abxab", true),
        ("absolutely", "ab", "ab", true),
        ("absolutely", "ab", "abab", false),
        ("exactly", "ab", "AB", true),
        ("absolutely", "ab", " ab", false),
        ("partially", " ab", "x ab", true),
        ("partially", " ab", "xab", false),
        ("partially", "ab", "", false),
        ("absolutely", "美儀", "美儀", true),
        ("end", "美儀", "王美儀", true),
    ];
    for (match_type, rule, text, expected) in cases {
        let hits = find(&one_keyword(rule, match_type), text);
        assert_eq!(
            !hits.is_empty(),
            expected,
            "{rule:?} {match_type} in {text:?}"
        );
    }
}

#[test]
fn case_is_ignored_unless_the_set_is_case_sensitive() {
    let mut set = one_keyword("KatRina", "partially");
    assert_eq!(find(&set, "xKATRINAx").len(), 1);
    set.case_sensitive = true;
    assert_eq!(find(&set, "xKATRINAx").len(), 0);
    assert_eq!(find(&set, "xKatRinax").len(), 1);
}

#[test]
fn full_width_forms_are_folded_only_if_the_set_asks_for_it() {
    let mut set = one_keyword("ABC", "absolutely");
    assert_eq!(find(&set, "ＡＢＣ").len(), 0);
    set.normalize = Normalize::Nfkc;
    assert_eq!(find(&set, "ＡＢＣ").len(), 1);
}

#[test]
fn a_row_gets_the_first_label_or_all() {
    let body = json!({
        "female": [["美", "partially"]],
        "empty": [],
        "male": [["王", "start"]],
        "full": [["王美", "absolutely"]],
    });
    let set = keywords(&body);
    let first = [r#"female {"rule":"美","match_type":"partially","span":[3,6]}"#];
    assert_eq!(metas(&set, "王美"), first);
    let all = [
        r#"female {"rule":"美","match_type":"partially","span":[3,6]}"#,
        r#"male {"rule":"王","match_type":"start","span":[0,3]}"#,
        r#"full {"rule":"王美","match_type":"absolutely","span":[0,6]}"#,
    ];
    assert_eq!(metas(&all_labels(set), "王美"), all);
}

#[test]
fn the_leftmost_then_longest_then_earliest_rule_is_reported() {
    let cases = [
        (json!([["b", "partially"], ["a", "partially"]]), "xab", "a"),
        (
            json!([["a", "partially"], ["abc", "partially"]]),
            "xabc",
            "abc",
        ),
        (
            json!([["bcd", "partially"], ["abcd", "partially"], ["a", "end"]]),
            "abcda",
            "abcd",
        ),
        (json!([["A", "end"], ["a", "partially"]]), "a", "A"),
        (json!([["a", "partially"], ["A", "absolutely"]]), "a", "a"),
        (
            json!([["ab", "partially"], ["abc", "absolutely"]]),
            "abc",
            "abc",
        ),
        (json!([["c", "partially"], ["bc", "end"]]), "abc", "bc"),
    ];
    for (rules, text, expected) in cases {
        let set = keywords(&json!({ "label": rules }));
        let hit = find(&set, text)[0];
        let rule = &set.labels[0].rules[hit.rule as usize];
        assert_eq!(rule.text(), expected, "{rules} in {text:?}");
    }
}

#[test]
fn a_span_covers_whole_characters_of_the_text_as_it_was_given() {
    let cases = [
        // Rule, text, what the span covers without and with NFKC.
        ("i", "xİx", Some("İ"), Some("İ")),
        ("x", "İİx", Some("x"), Some("x")),
        ("k", "ab\u{212a}c", Some("\u{212a}"), Some("\u{212a}")),
        ("ßb", "ẞẞB", Some("ẞB"), Some("ẞB")),
        ("ⱥ", "xȺ", Some("Ⱥ"), Some("Ⱥ")),
        ("bc", "ＡＢＣ", None, Some("ＢＣ")),
        ("ガ", "あｶﾞﾗ", None, Some("ｶﾞ")),
        ("カ", "あｶﾞ", None, None),
        ("ラ", "ｶﾞﾗ", None, Some("ﾗ")),
        (
            "한",
            "x\u{1112}\u{1161}\u{11ab}",
            None,
            Some("\u{1112}\u{1161}\u{11ab}"),
        ),
        ("株", "㈱社", None, Some("㈱")),
        ("é", "ae\u{301}", None, Some("e\u{301}")),
        (
            "減肥茶",
            "買減\u{200b}肥\u{feff}茶\u{200b}!",
            None,
            Some("減\u{200b}肥\u{feff}茶"),
        ),
        (
            "減\u{ad}肥茶",
            "\u{200b}減肥\u{2060}茶",
            None,
            Some("減肥\u{2060}茶"),
        ),
        (
            "é",
            "\u{200b}e\u{200b}\u{301}\u{200b}",
            None,
            Some("e\u{200b}\u{301}"),
        ),
        (
            "k",
            "\u{fe0f}\u{212a}\u{fe0f}",
            Some("\u{212a}"),
            Some("\u{212a}"),
        ),
        ("q", "q\u{307}ｚ", Some("q"), Some("q")),
        ("ΟΔΟΣ", "Ⱥ ΟΔΟΣ.", Some("ΟΔΟΣ"), Some("ΟΔΟΣ")),
    ];
    for (rule, text, plain, nfkc) in cases {
        let mut set = one_keyword(rule, "partially");
        for (normalize, expected) in [(Normalize::None, plain), (Normalize::Nfkc, nfkc)] {
            set.normalize = normalize;
            let hits = find(&set, text);
            let found = hits.first().map(|hit| &text[hit.start..hit.end]);
            assert_eq!(found, expected, "{rule:?} in {text:?}, {normalize:?}");
        }
    }
}

#[test]
fn patterns_do_not_see_what_is_not_seen_either() {
    for pattern in ["減肥+茶", "減\u{200b}肥+\u{200d}茶"] {
        let mut set = patterns(&json!({ "diet": [pattern] }));
        let text = "喝\u{200b}減\u{200b}肥肥茶\u{feff}";
        assert!(find(&set, text).is_empty());
        set.normalize = Normalize::Nfkc;
        let hit = find(&set, text)[0];
        assert_eq!(&text[hit.start..hit.end], "減\u{200b}肥肥茶");
    }
}

#[test]
fn a_final_sigma_is_folded_as_in_the_whole_text() {
    let set = one_keyword("ΟΔΟΣ", "partially");
    assert_eq!(find(&set, "ΟΔΟΣ").len(), 1);
    assert_eq!(find(&set, "ΟΔΟΣ'Α").len(), 0);
    assert_eq!(find(&set, "οδος").len(), 1);
    assert_eq!(find(&set, "οδοσ").len(), 0);
}

#[test]
fn one_text_can_be_a_rule_of_several_labels_and_types() {
    let set = all_labels(keywords(&json!({
        "a": [["x", "start"], ["X", "end"]],
        "b": [["x", "absolutely"]],
        "c": [["x", "partially,end"]],
    })));
    let labels = |text| {
        find(&set, text)
            .iter()
            .map(|hit| (hit.label, hit.rule))
            .collect::<Vec<_>>()
    };
    assert_eq!(labels("x"), [(0, 0), (1, 0), (2, 0)]);
    assert_eq!(labels("yx"), [(0, 1), (2, 0)]);
    assert_eq!(labels("yxy"), [(2, 0)]);
}

#[test]
fn a_long_text_is_searched_to_its_end() {
    let text = format!("{}İ美儀", "王Σ'".repeat(100_000));
    let set = all_labels(keywords(&json!({
        "far": [["美儀", "end"]],
        "whole": [[text.as_str(), "absolutely"]],
        "near": [["王", "start"]],
    })));
    let near = set.labels[2].rules[0].text().len();
    let end = text.len();
    let spans: Vec<_> = find(&set, &text)
        .iter()
        .map(|hit| (hit.start, hit.end))
        .collect();
    assert_eq!(spans, [(end - 6, end), (0, end), (0, near)]);
}

#[test]
fn many_nested_keywords_are_found_in_linear_time() {
    let rules: Vec<_> = (1..2_000)
        .map(|length| json!(["a".repeat(length), "partially"]))
        .collect();
    let set = all_labels(keywords(
        &json!({ "nested": rules, "never": [["b", "partially"]] }),
    ));
    // Visiting every occurrence would be 8,000,000,000 steps.
    let hits = find(&set, &"a".repeat(4_000_000));
    assert_eq!((hits[0].start, hits[0].end), (0, 1_999));
}

#[test]
fn a_scratch_is_clean_for_every_row() {
    let set = all_labels(keywords(
        &json!({ "a": [["x", "partially"]], "b": [["y", "end"]] }),
    ));
    let matcher = Matcher::compile(&set, &Allowance::default()).unwrap();
    let (mut scratch, mut hits) = (matcher.scratch(), Vec::new());
    for (text, expected) in [
        ("xy", 2),
        ("", 0),
        ("x", 1),
        ("yx", 1),
        ("zzz", 0),
        ("xy", 2),
    ] {
        matcher.find(text, &mut scratch, &mut hits);
        assert_eq!(hits.len(), expected, "{text:?}");
    }
}

#[test]
fn a_pattern_is_searched_anywhere() {
    let set = all_labels(patterns(&json!({
        "a": ["媽+", r"^\d{3}$", r"\bmom\b"],
        "b": ["儀(?-i:X)", "王"],
    })));
    let cases: [(&str, &[&str]); 6] = [
        (
            "我媽媽",
            &[r#"a {"rule":"媽+","match_type":"pattern","span":[3,9]}"#],
        ),
        (
            "123",
            &[r#"a {"rule":"^\\d{3}$","match_type":"pattern","span":[0,3]}"#],
        ),
        ("1234", &[]),
        (
            "我 MOM 王",
            &[
                r#"a {"rule":"\\bmom\\b","match_type":"pattern","span":[4,7]}"#,
                r#"b {"rule":"王","match_type":"pattern","span":[8,11]}"#,
            ],
        ),
        ("儀x", &[]),
        (
            "儀X",
            &[r#"b {"rule":"儀(?-i:X)","match_type":"pattern","span":[0,4]}"#],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(metas(&set, text), expected, "{text:?}");
    }
}

#[test]
fn the_leftmost_then_earliest_pattern_is_reported() {
    let many = (0..300).map(|number| format!("x{number}y"));
    let rules: Vec<_> = many
        .chain(["b".into(), r"\bc".into(), "b.".into(), "a".into()])
        .collect();
    let set = patterns(&json!({ "label": rules }));
    for (text, rule, span) in [
        ("x299yx7y", 299, (0, 5)),
        ("x7yx299y", 7, (0, 3)),
        ("zbc", 300, (1, 2)),
        ("王 c b a", 301, (4, 5)),
        ("ab", 303, (0, 1)),
    ] {
        let hit = find(&set, text)[0];
        assert_eq!((hit.rule, (hit.start, hit.end)), (rule, span), "{text:?}");
    }
}

#[test]
fn a_pattern_sees_the_normalised_text_and_reports_the_original() {
    let mut set = patterns(&json!({ "label": ["^b*", "ＢＣ"] }));
    set.normalize = Normalize::Nfkc;
    assert_eq!(
        metas(&set, "ＢＢ"),
        [r#"label {"rule":"^b*","match_type":"pattern","span":[0,6]}"#]
    );
    assert_eq!(
        metas(&set, "ｶﾞＢ"),
        [r#"label {"rule":"^b*","match_type":"pattern","span":[0,0]}"#]
    );
    let mut set = patterns(&json!({ "label": ["$", "ガ."] }));
    set.normalize = Normalize::Nfkc;
    assert_eq!(
        metas(&set, "ｱｶﾞＢ"),
        [r#"label {"rule":"ガ.","match_type":"pattern","span":[3,12]}"#]
    );
    assert_eq!(
        metas(&set, "ｱ"),
        [r#"label {"rule":"$","match_type":"pattern","span":[3,3]}"#]
    );
}

#[test]
fn patterns_are_case_sensitive_if_the_set_is() {
    let mut set = patterns(&json!({ "label": ["mom"] }));
    assert_eq!(find(&set, "MOM").len(), 1);
    set.case_sensitive = true;
    assert_eq!(find(&set, "MOM").len(), 0);
}

#[test]
fn threads_share_a_matcher() {
    fn shared<T: Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<Matcher>();
    sent::<Scratch>();
}
