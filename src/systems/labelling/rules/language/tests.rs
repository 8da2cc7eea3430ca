//! Expressions, their faults with columns, canonical JSON, and texts that are written again.

use super::{FaultCode, canonical, parse, rule_id, write};
use crate::systems::labelling::rules::set::{MatchType, Node};

#[track_caller]
fn faults(text: &str) -> Vec<(FaultCode, u32)> {
    let faults = parse(text).expect_err(text);
    for fault in &faults {
        assert!(!fault.message.is_empty() && !fault.advice.is_empty());
    }
    let known = |fault: &super::Fault| (fault.code, fault.column);
    faults.iter().map(known).collect()
}

#[test]
fn ids_are_those_of_the_canonical_json() {
    let keyword = Node::keyword("拉麵".to_owned(), MatchType::Partially, false);
    assert_eq!(
        canonical("food", &keyword, None),
        r#"["food",{"kind":"keyword","match_type":"partially","text":"拉麵"},null]"#
    );
    assert_eq!(rule_id("food", &keyword, None), "d16c8056366e");
    let tree = parse("拉麵 NEAR/5 (好吃 OR list:brands) AND NOT 廣告").unwrap();
    assert_eq!(rule_id("food", &tree, None), "ad62cc2473cc");
}

#[test]
fn trees_are_what_is_written() {
    for (text, tree) in [
        (
            "拉麵",
            r#"{"kind":"keyword","match_type":"partially","text":"拉麵"}"#,
        ),
        (
            "exactly:a",
            r#"{"kind":"keyword","match_type":"absolutely","text":"a"}"#,
        ),
        (
            "title:raw:word:AI",
            r#"{"in":["title"],"kind":"keyword","match_type":"word","raw":true,"text":"AI"}"#,
        ),
        (
            r#"start:"a \"b\" \\ \n\t:""#,
            r#"{"kind":"keyword","match_type":"start","text":"a \"b\" \\ \n\t:"}"#,
        ),
        (
            "title: raw: word: AI",
            r#"{"in":["title"],"kind":"keyword","match_type":"word","raw":true,"text":"AI"}"#,
        ),
        (
            "author: (list: x)",
            r#"{"in":["author"],"kind":"group","of":[{"kind":"list","list":"x"}]}"#,
        ),
        (r"/a\/b\\/", r#"{"kind":"pattern","pattern":"a/b\\\\"}"#),
        (
            "content:/x/",
            r#"{"in":["content"],"kind":"pattern","pattern":"x"}"#,
        ),
        ("list:brands", r#"{"kind":"list","list":"brands"}"#),
        (
            "author:(list:x)",
            r#"{"in":["author"],"kind":"group","of":[{"kind":"list","list":"x"}]}"#,
        ),
        (
            "2 OF (list:a, list:b,list:c)",
            r#"{"kind":"of","n":2,"of":[{"kind":"list","list":"a"},{"kind":"list","list":"b"},{"kind":"list","list":"c"}]}"#,
        ),
        (
            "list:a　NEAR/3cf　list:b",
            r#"{"kind":"near","n":3,"of":[{"kind":"list","list":"a"},{"kind":"list","list":"b"}],"ordered":true,"unit":"c"}"#,
        ),
        (
            "((list:a AND list:b)) AND NOT list:c",
            r#"{"kind":"and","of":[{"kind":"and","of":[{"kind":"list","list":"a"},{"kind":"list","list":"b"}]},{"kind":"not","of":[{"kind":"list","list":"c"}]}]}"#,
        ),
    ] {
        let parsed = parse(text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
        let mut json = String::new();
        super::write_tree(&mut json, &parsed);
        assert_eq!(json, tree, "{text}");
        let again = parse(&write(&parsed)).unwrap();
        assert_eq!(
            canonical("", &again, None),
            canonical("", &parsed, None),
            "{text}"
        );
    }
}

#[test]
fn faults_have_columns() {
    use FaultCode::{E01, E05, E08};
    let too_many = format!("{}a", "a OR ".repeat(256));
    let deepest = format!("{}a{}", "(".repeat(16), ")".repeat(16));
    let too_deep = format!("b OR ({deepest})");
    assert!(parse(&deepest).is_ok());
    for (text, expected) in [
        ("a AND b OR c", &[(E01, 9)][..]),
        ("a b", &[(E01, 3)]),
        ("NOT a", &[(E05, 1)]),
        ("a OR NOT b", &[(E05, 1)]),
        ("a AND (b OR NOT c)", &[(E05, 8)]),
        ("2 OF (a, NOT b)", &[(E05, 1)]),
        ("a AND NOT (NOT b)", &[(E05, 7)]),
        ("a AND (NOT b AND NOT c)", &[(E05, 8)]),
        ("", &[(E01, 1)]),
        ("()", &[(E01, 2)]),
        ("(a", &[(E01, 1)]),
        ("a)", &[(E01, 2)]),
        ("a, b", &[(E01, 2)]),
        ("(a, b)", &[(E01, 3)]),
        ("a AND", &[(E01, 6)]),
        ("a and b", &[(E01, 3)]),
        ("a ＡＮＤ b", &[(E01, 3)]),
        ("a not b", &[(E01, 3), (E01, 7)]),
        ("a NEAR/1 b NEAR/1 c", &[(E01, 12)]),
        ("a NEAR b", &[(E01, 3)]),
        ("a NEAR/999 b", &[(E08, 3)]),
        ("a NEAR/99999999999 b", &[(E08, 3)]),
        ("a NEAR/5x b", &[(E01, 3)]),
        ("a NEAR/5 (b AND c)", &[(E05, 11)]),
        ("a NEAR/5 title:b", &[(E05, 10)]),
        ("((a NEAR/1 b) NEAR/1 c) NEAR/1 d", &[(E05, 3)]),
        ("名:a", &[(E01, 1)]),
        ("word:foo:a", &[(E01, 6)]),
        ("title:content:a", &[(E01, 7)]),
        ("word:", &[(E01, 1)]),
        ("word: AND a", &[(E01, 1)]),
        ("word:AND", &[(E01, 1)]),
        ("a OR title:NEAR", &[(E01, 6)]),
        ("a OR OF", &[(E01, 6)]),
        ("a OR ［b］", &[(E01, 6), (E01, 8)]),
        ("「拉麵」", &[(E01, 1), (E01, 4)]),
        ("word: word: a", &[(E01, 7)]),
        ("word:(a)", &[(E01, 1)]),
        ("word:/a/", &[(E01, 1)]),
        ("word:list:a", &[(E01, 1)]),
        ("拉*麵", &[(E01, 2)]),
        ("拉麵 AND （好吃）", &[(E01, 8), (E01, 11)]),
        ("“拉麵”", &[(E01, 1), (E01, 4)]),
        ("標題：拉麵，a", &[(E01, 3), (E01, 6)]),
        ("\"a", &[(E01, 1)]),
        ("a AND /b", &[(E01, 7)]),
        ("\"a\\x\"", &[(E01, 3)]),
        ("24/7", &[(E01, 3), (E01, 3)]),
        ("0 OF (a, b)", &[(E01, 1)]),
        ("3 OF (a, b)", &[(E01, 1)]),
        ("a OF b", &[(E01, 3), (E01, 6)]),
        ("NOT NOT a", &[(E01, 5)]),
        (&too_many, &[(E08, 1281)]),
        (&too_deep, &[(E08, 22)]),
        (
            "a b OR * OR (c d",
            &[(E01, 3), (E01, 8), (E01, 13), (E01, 16)],
        ),
    ] {
        assert_eq!(faults(text), expected, "{text}");
    }
}

#[test]
fn hostile_texts_end_with_few_faults() {
    for text in [
        "(".repeat(10_000),
        "(".repeat(4_000_000),
        ")".repeat(4_000_000),
        "a OR ".repeat(1_000_000),
        "NOT ".repeat(1_000_000),
        "1 OF (".repeat(1_000_000),
        "title:(".repeat(1_000_000),
        "a,".repeat(1_000_000),
        "(a,".repeat(1_000_000),
        "word:".repeat(1_000_000),
        "*".repeat(4_000_000),
        "\"\\q".repeat(1_000_000),
    ] {
        let faults = parse(&text).unwrap_err();
        assert!((1..=1_000).contains(&faults.len()), "{}", &text[..6]);
    }
}
