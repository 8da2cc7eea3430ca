//! Rules and texts that somebody wrote to do harm: each gets an answer, and a small one.

use super::cases::{row_of, set_of};
use super::fast;
use super::slow::{Edges, Kind, Set, Tree};

const MIB: usize = 1 << 20;

/// More faults than that nobody reads.
const FAULTS_AT_MOST: usize = 1_000;

/// Codes of the faults of an expression; there are some, but not many, and each has its place.
fn codes(text: &str) -> Vec<String> {
    let faults = fast::faults_of_text(text);
    let shown: String = text.chars().take(60).collect();
    assert!(!faults.is_empty(), "{shown}");
    assert!(
        faults.len() <= FAULTS_AT_MOST,
        "{} faults: {shown}",
        faults.len()
    );
    let characters = text.chars().count();
    for fault in &faults {
        assert!(
            (1..=characters + 1).contains(&fault.column),
            "{shown}: {fault:?}"
        );
        assert!(
            fault.message.len() + fault.advice.len() <= 2_000,
            "{shown}: {fault:?}"
        );
    }
    faults.into_iter().map(|fault| fault.code).collect()
}

/// A set with this rule alone, folded as NFKC.
fn set_with(kind: Kind) -> Set {
    let mut set = set_of("N", "a");
    set.labels[0].rules[0].tree = Tree::new(kind);
    set
}

fn keyword(text: impl Into<String>) -> Kind {
    Kind::Keyword {
        text: text.into(),
        edges: Edges::Partially,
        raw: false,
    }
}

/// Codes of what `check` finds in a set with this rule alone.
fn check(kind: Kind) -> Vec<String> {
    fast::check(&set_with(kind))
}

/// Where the rule is found in the content.
fn span(set: &Set, content: String) -> Option<(usize, usize)> {
    let verdict = fast::verdict(set, &row_of(&content));
    let found = verdict.labels[0].rules.first();
    found.map(|(_, found)| found.span)
}

#[test]
fn ten_thousand_brackets_are_too_many_levels() {
    let nested = |count: usize| format!("{}a{}", "(".repeat(count), ")".repeat(count));
    assert!(fast::faults_of_text(&nested(16)).is_empty());
    assert_eq!(codes(&nested(17)), ["E08"]);
    assert!(codes(&nested(10_000)).contains(&"E08".to_owned()));
    codes(&"(".repeat(10_000));
    codes(&")".repeat(10_000));
    codes(&"2 OF (".repeat(10_000));
    codes(&"title:(".repeat(10_000));
    codes(&"(a NEAR/1 ".repeat(10_000));
    codes(&"NOT ".repeat(10_000));
    codes(&"NOT (".repeat(10_000));
}

#[test]
fn a_million_ors_are_too_many_terms() {
    let joined = |count: usize| vec!["a"; count].join(" OR ");
    assert!(fast::faults_of_text(&joined(256)).is_empty());
    assert_eq!(codes(&joined(257)), ["E08"]);
    assert!(codes(&joined(1_000_000)).contains(&"E08".to_owned()));
    codes(&"OR ".repeat(1_000_000));
    codes(&"a ".repeat(1_000_000));
    codes(&format!("1 OF ({})", vec!["a"; 1_000_000].join(", ")));
    codes(&",".repeat(1_000_000));
    codes(&"title:".repeat(1_000_000));
    codes(&"a OR NOT b OR ".repeat(100_000));
    codes(&"\"".repeat(1_000_001));
    codes(&"/".repeat(1_000_001));
    codes(&"\\".repeat(1_000_000).replace('\\', "\"\\"));
}

#[test]
fn a_distance_is_at_most_a_hundred() {
    assert!(fast::faults_of_text("a NEAR/100cf b").is_empty());
    for distance in [
        "101",
        "999",
        "99999999999999999999999999",
        "-1",
        "",
        "x",
        "5fc",
        "5 c",
    ] {
        codes(&format!("a NEAR/{distance} b"));
    }
    codes("a NEAR/1 b NEAR/1 c");
    codes("0 OF (a, b)");
    codes("99999999999999999999999999 OF (a, b)");
}

#[test]
fn operators_are_upper_case_and_half_width() {
    for (text, column) in [
        ("a and b", 3),
        ("a ＡＮＤ b", 3),
        ("（a OR b）", 1),
        ("a OR （b", 6),
        ("title：a", 6),
        ("a，b", 2),
        ("＂a＂", 1),
        ("a* OR b", 2),
    ] {
        let first = &fast::faults_of_text(text)[0];
        assert_eq!(
            (first.code.as_str(), first.column),
            ("E01", column),
            "{text}"
        );
    }
}

#[test]
fn a_keyword_has_at_most_a_thousand_characters_and_one_that_is_left() {
    for character in ["a", " ", "\u{200b}", "拉", "\u{301}", "ﷺ", "\n"] {
        let codes = check(keyword(character.repeat(4 * MIB / character.len())));
        assert!(
            codes.contains(&"E08".to_owned()),
            "{character:?}: {codes:?}"
        );
    }
    assert_eq!(check(keyword("\u{200b}")), ["E03"]);
    assert_eq!(check(keyword("\u{200b}\u{feff}\u{ad}\u{e0020}")), ["E03"]);
    assert_eq!(check(keyword("")), ["E03"]);
    assert!(check(keyword("a".repeat(1_000))).is_empty());
    assert_eq!(check(keyword("a".repeat(1_001))), ["E08"]);
    // Folded it is 18,000 characters long; what was written has few.
    assert!(check(keyword("ﷺ".repeat(1_000))).is_empty());
}

#[test]
fn patterns_are_valid_and_not_too_large_and_match_something() {
    let pattern = |text: &str| Kind::Pattern(text.to_owned());
    for text in [
        "a*", "", "^", "$", "\\b", "(a|)", "(?:)", "a{0}", "(?i)", "x*?", "a?b*",
    ] {
        assert_eq!(check(pattern(text)), ["E04"], "{text}");
    }
    for text in [
        "(",
        "[",
        "a{2",
        "(?<x",
        "\\",
        "*",
        "a{5,2}",
        "(?=a)",
        "\\1",
        "[z-a]",
        "\\p{Nope}",
    ] {
        assert_eq!(check(pattern(text)), ["E04"], "{text}");
    }
    for text in [
        "(a{1000}){1000}",
        "((a{100}){100}){100}",
        "\\w{10000}",
        "(?:\\pL{500}){500}",
    ] {
        assert_eq!(check(pattern(text)), ["E04"], "{text}");
    }
    let deep = format!("{}a{}", "(".repeat(1_900), ")".repeat(1_900));
    assert_eq!(check(pattern(&deep)), ["E04"], "nested too deep");
    let long = "a".repeat(4_001);
    assert_eq!(check(pattern(&long)), ["E08"]);
    assert!(check(pattern(&"a".repeat(4_000))).is_empty());
    for text in ["(a+)+$", "(?:.{0,50}我){3}", "(a|aa)+$", "(.*)(.*)(.*)x"] {
        assert!(check(pattern(text)).is_empty(), "{text}");
    }
}

#[test]
fn patterns_that_backtrack_elsewhere_find_what_is_there() {
    let found = |pattern: &str, content: String| {
        span(&set_with(Kind::Pattern(pattern.to_owned())), content)
    };
    assert_eq!(found("(a+)+$", "a".repeat(MIB)), Some((0, MIB)));
    assert_eq!(found("(a+)+$", "a".repeat(MIB) + "!"), None);
    assert_eq!(found("(?:.{0,50}我){3}", "x".repeat(MIB)), None);
    let me = "x".repeat(200_000) + &"我".repeat(3);
    assert_eq!(found("(?:.{0,50}我){3}", me), Some((199_950, 200_009)));
}

#[test]
fn many_patterns_with_nothing_to_look_for_are_still_right() {
    let mut set = set_with(Kind::Pattern("\\d\\d$".to_owned()));
    let rule = set.labels[0].rules[0].clone();
    for number in 0..50 {
        let mut rule = rule.clone();
        rule.tree.kind = Kind::Pattern(format!("\\w{{{}}}[^\\W\\d]$", number + 1));
        set.labels[0].rules.push(rule);
    }
    let content = "1".repeat(10_000) + " " + &"x".repeat(25);
    let verdict = fast::verdict(&set, &row_of(&content));
    let rules: Vec<usize> = verdict.labels[0]
        .rules
        .iter()
        .map(|(rule, _)| *rule)
        .collect();
    assert_eq!(rules, (1..=24).collect::<Vec<usize>>());
}

#[test]
fn texts_that_grow_when_they_are_folded_keep_their_spans() {
    let ligature = "ﷺ".repeat(100_000);
    let set = set_with(keyword("صلى"));
    assert_eq!(span(&set, ligature.clone()), Some((0, 3)));
    let set = set_with(keyword("x"));
    assert_eq!(span(&set, ligature.clone() + "x"), Some((300_000, 300_001)));
    let set = set_with(keyword("ﷺ".repeat(1_000)));
    assert_eq!(span(&set, ligature), Some((0, 3_000)));
}

#[test]
fn a_megabyte_of_marks_on_one_letter_is_one_character_of_nobody() {
    let marks = "\u{301}\u{323}".repeat(MIB / 4);
    let content = format!("b{marks}a{marks}");
    assert_eq!(span(&set_with(keyword("b")), content.clone()), None);
    // The dot below comes first and joins the letter.
    assert_eq!(
        span(&set_with(keyword("ạ")), content),
        Some((1 + MIB, 1 + MIB + 5))
    );
    let content = "\u{323}".repeat(MIB / 2) + "a";
    assert_eq!(span(&set_with(keyword("a")), content), Some((MIB, MIB + 1)));
    let invisible = "a".to_owned() + &"\u{200b}".repeat(MIB / 3) + "b";
    let whole = invisible.len();
    assert_eq!(span(&set_with(keyword("ab")), invisible), Some((0, whole)));
}

#[test]
fn families_right_to_left_and_unassigned_characters_are_characters() {
    let family = "👨\u{200d}👩\u{200d}👧";
    let content = format!("x{family}y").repeat(10_000);
    assert_eq!(
        span(&set_with(keyword(family)), content.clone()),
        Some((1, 1 + family.len()))
    );
    // Without the joiners, which nobody sees, the mother is within it.
    assert_eq!(span(&set_with(keyword("👩")), content), Some((8, 12)));
    let right_to_left = "\u{202e}שלום\u{202c} a".to_owned();
    assert_eq!(
        span(&set_with(keyword("שלום a")), right_to_left),
        Some((3, 16))
    );
    let unassigned = "\u{378}\u{fdd0}\u{10ffff}".to_owned();
    assert_eq!(
        span(&set_with(keyword("\u{10ffff}")), unassigned),
        Some((5, 9))
    );
}

#[test]
fn fifty_megabytes_of_one_letter_have_a_first_hit() {
    let content = "a".repeat(50 * MIB);
    let set = set_of("", "aa NEAR/100 aa");
    assert_eq!(span(&set, content.clone()), Some((0, 4)));
    let set = set_of("", "aa NEAR/100 b");
    assert_eq!(span(&set, content), None);
}

#[test]
fn a_thousand_hits_of_an_operand_count_and_no_more() {
    let content = "a ".repeat(1_100) + "b";
    // The last hit that counts has 100 others behind it.
    for (rule, wanted) in [
        ("a NEAR/99 b", None),
        ("a NEAR/100 b", Some((1_998, 2_201))),
        ("b NEAR/100 a", Some((1_998, 2_201))),
        ("(x OR a) NEAR/99 b", None),
        ("b NEAR/100 (x OR /a/)", Some((1_998, 2_201))),
    ] {
        assert_eq!(span(&set_of("", rule), content.clone()), wanted, "{rule}");
    }
}
