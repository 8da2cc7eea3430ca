use super::*;

fn keyword(text: &str) -> Keyword {
    Keyword::parse(text).unwrap()
}

fn fault(text: &str) -> String {
    Keyword::parse(text).unwrap_err().to_string()
}

fn fulfilled(keywords: &[&str], text: &str) -> Vec<usize> {
    let keywords: Vec<Keyword> = keywords.iter().map(|text| keyword(text)).collect();
    let matcher = Matcher::new(&keywords);
    matcher.fulfilled(&matcher.find(&fold(text))).collect()
}

#[test]
fn blanks_mean_and_and_bars_mean_or() {
    let read = keyword("防晒 敏感肌|油皮 -广告");
    assert_eq!(read.groups, [vec!["防晒"], vec!["敏感肌", "油皮"]]);
    assert_eq!(read.excluded, ["广告"]);
    assert_eq!(read.queries(), ["防晒 敏感肌", "防晒 油皮"]);
}

#[test]
fn quotation_marks_keep_blanks() {
    let read = keyword("\"SPF 50\"|防晒 -\"抽奖 活动\"|广告");
    assert_eq!(read.groups, [vec!["SPF 50", "防晒"]]);
    assert_eq!(read.excluded, ["抽奖 活动", "广告"]);
    assert_eq!(read.queries(), ["SPF 50", "防晒"]);
}

#[test]
fn a_dash_within_a_term_is_a_part_of_it() {
    assert_eq!(keyword("a-b").groups, [vec!["a-b"]]);
}

#[test]
fn a_query_is_asked_once() {
    assert_eq!(keyword("a|a b").queries(), ["a b"]);
}

#[test]
fn faults_name_their_column() {
    for (text, expected) in [
        ("", "column 1: expected a term to look for"),
        ("　 ", "column 1: expected a term to look for"),
        (
            "-a -b",
            "column 1: there are only exclusions; expected a term to look for, too",
        ),
        (
            "a \"b c",
            "column 3: a quotation mark is opened and not closed",
        ),
        (
            "a ||b",
            "column 3: an alternative is empty; expected a term before `|`",
        ),
        (
            "a|",
            "column 3: an alternative is empty; expected a term behind `|`",
        ),
        (
            "a |b",
            "column 3: an alternative is empty; expected a term before `|`",
        ),
        ("a - b", "column 4: expected a term behind `-`"),
        (
            "\u{200B}",
            "column 1: expected a term with something to look for",
        ),
        ("a\0", "column 2: a control character cannot be looked for"),
    ] {
        assert_eq!(fault(text), expected, "{text:?}");
    }
    let long = "好".repeat(101);
    assert_eq!(
        fault(&long),
        "column 101: expected at most 100 characters, found 101"
    );
    assert_eq!(
        fault("a|b c|d e|f g|h i|j"),
        "column 1: its alternatives make more than 16 combinations; write them as several keywords"
    );
}

#[test]
fn texts_are_compared_without_width_and_case() {
    assert_eq!(fulfilled(&["spf５０"], "ＳＰＦ50 的防晒"), [0]);
    assert_eq!(fulfilled(&["a b", "\"a b\""], "b a"), [0]);
    assert_eq!(fulfilled(&["防晒 -广告", "防晒"], "防晒 广告"), [1]);
    assert_eq!(fulfilled(&["晒|霜", "防晒霜", "口红"], "防晒霜"), [0, 1]);
    assert_eq!(fulfilled(&["'; DROP TABLE x"], "'; drop table x"), [0]);
}

#[test]
fn exclusions_of_one_keyword_are_its_own() {
    let keywords = [keyword("a -x"), keyword("b")];
    let matcher = Matcher::new(&keywords);
    let found = matcher.find("a b x");
    assert!(matcher.is_excluded(0, &found));
    assert!(!matcher.is_excluded(1, &found));
    assert_eq!(matcher.fulfilled(&found).collect::<Vec<_>>(), [1]);
}

#[test]
fn joined_keywords_are_told_apart_although_they_hold_commas() {
    let all = ["a,b", "a", "b", "防晒", "防晒霜"].map(str::to_owned);
    for numbers in [
        vec![],
        vec![1],
        vec![1, 2],
        vec![0, 1, 2],
        vec![1, 2, 3, 4],
        vec![4],
        vec![0, 1, 2, 3, 4],
    ] {
        let joined: Vec<&str> = numbers.iter().map(|no: &usize| all[*no].as_str()).collect();
        assert_eq!(numbers_of(&joined.join(","), &all), numbers, "{joined:?}");
    }
    assert_eq!(numbers_of("b", &all), [2]);
    assert!(numbers_of("c", &all).is_empty());
    assert!(numbers_of("b,a", &all).is_empty());
}
