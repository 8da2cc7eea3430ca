//! Compares the matcher with `contains`, `starts_with`, `ends_with` and `==` on folded strings.

use std::cmp::Reverse;

use unicode_normalization::UnicodeNormalization;

use super::super::*;

const ALPHABET: &[&str] = &[
    "a", "A", "b", "B", "i", "İ", "Σ", "σ", "ς", "ß", "ẞ", "k", "\u{212a}", "Ⱥ", "ǅ", "美", "儀",
    "王", "Ａ", "ａ", "ｶ", "ﾞ", "カ", "ガ", "か", "\u{3099}", "e", "é", "\u{301}", "\u{323}",
    "\u{345}", "😀", "'", " ", "-", "\u{1112}", "\u{1161}", "\u{11ab}", "한", "㈱", "ﬁ",
    "\u{3000}",
];

/// A small generator: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    /// Few letters for one case, so that rules and texts meet; which ones changes.
    fn letters(&mut self) -> Vec<&'static str> {
        let count = 2 + self.below(6);
        (0..count)
            .map(|_| ALPHABET[self.below(ALPHABET.len())])
            .collect()
    }

    fn text(&mut self, letters: &[&str], longest: usize) -> String {
        let length = self.below(longest + 1);
        (0..length)
            .map(|_| letters[self.below(letters.len())])
            .collect()
    }

    fn set(&mut self, letters: &[&str]) -> RuleSet {
        let mut set = RuleSet::empty("random", RuleKind::KeywordModel);
        set.case_sensitive = self.below(2) == 0;
        set.normalize = [Normalize::None, Normalize::Nfkc][self.below(2)];
        set.row_labels = [RowLabels::First, RowLabels::All][self.below(2)];
        for label in 0..1 + self.below(4) {
            let rules = (0..self.below(6)).map(|_| self.rule(letters)).collect();
            let name = label.to_string();
            set.labels.push(LabelRules { name, rules });
        }
        set
    }

    fn rule(&mut self, letters: &[&str]) -> Rule {
        use MatchType::{Absolutely, End, Partially, Start};
        let first = letters[self.below(letters.len())];
        let text = format!("{first}{}", self.text(letters, 3));
        Rule::Keyword(text, [Partially, Start, End, Absolutely][self.below(4)])
    }
}

fn fold(set: &RuleSet, text: &str) -> String {
    let normalised = match set.normalize {
        Normalize::None => text.to_owned(),
        Normalize::Nfkc => text.nfkc().collect(),
    };
    if set.case_sensitive {
        normalised
    } else {
        normalised.to_lowercase()
    }
}

/// Where a rule first occurs in a text, both folded.
fn occurrence(rule: &str, match_type: MatchType, text: &str) -> Option<(usize, usize)> {
    let (start, matches) = match match_type {
        MatchType::Partially => (text.find(rule).unwrap_or(0), text.contains(rule)),
        MatchType::Start => (0, text.starts_with(rule)),
        MatchType::End => (text.len().saturating_sub(rule.len()), text.ends_with(rule)),
        MatchType::Absolutely => (0, text == rule),
    };
    matches.then_some((start, start + rule.len()))
}

/// Label, rule and folded span of what should be found.
fn expected(set: &RuleSet, text: &str) -> Vec<(usize, usize, (usize, usize))> {
    let text = fold(set, text);
    let mut found = Vec::new();
    for (label, of_label) in set.labels.iter().enumerate() {
        let rules = of_label.rules.iter().enumerate();
        let occurrences = rules.filter_map(|(index, rule)| {
            let folded = fold(set, rule.text());
            Some((occurrence(&folded, rule.match_type()?, &text)?, index))
        });
        let best = occurrences.min_by_key(|((start, end), rule)| (*start, Reverse(*end), *rule));
        found.extend(best.map(|(span, rule)| (label, rule, span)));
    }
    if set.row_labels == RowLabels::First {
        found.truncate(1);
    }
    found
}

/// Which original characters gave the folded bytes, when every character is folded by itself.
fn original_span(set: &RuleSet, text: &str, (start, end): (usize, usize)) -> (usize, usize) {
    let mut folded = 0;
    let mut touched = Vec::new();
    for (index, c) in text.char_indices() {
        let length = fold(set, &c.to_string()).len();
        if folded < end && start < folded + length {
            touched.push((index, index + c.len_utf8()));
        }
        folded += length;
    }
    (touched[0].0, touched[touched.len() - 1].1)
}

/// The two small sigmas are as long as each other, and parts of a text see other neighbours than
/// the whole.
fn same_sigmas(text: &str) -> String {
    text.replace('ς', "σ")
}

fn compare(set: &RuleSet, matcher: &Matcher, scratch: &mut Scratch, text: &str) {
    let mut hits = Vec::new();
    matcher.find(text, scratch, &mut hits);
    let expected = expected(set, text);
    let found: Vec<_> = hits
        .iter()
        .map(|hit| (usize::from(hit.label), hit.rule as usize))
        .collect();
    let rules: Vec<_> = expected
        .iter()
        .map(|(label, rule, _)| (*label, *rule))
        .collect();
    assert_eq!(found, rules, "{text:?} in {set:#?}");
    for (hit, (_, _, span)) in hits.iter().zip(&expected) {
        if set.normalize == Normalize::None {
            let original = original_span(set, text, *span);
            assert_eq!((hit.start, hit.end), original, "{text:?} in {set:#?}");
        }
        let parts = [
            &text[..hit.start],
            &text[hit.start..hit.end],
            &text[hit.end..],
        ];
        let [before, within, behind] = parts.map(|part| same_sigmas(&fold(set, part)));
        let whole = same_sigmas(&fold(set, text));
        assert_eq!(
            format!("{before}{within}{behind}"),
            whole,
            "{text:?} in {set:#?}"
        );
        let covers = before.len() <= span.0 && span.1 <= before.len() + within.len();
        assert!(covers, "{hit:?} of {text:?} in {set:#?}");
    }
}

#[test]
fn the_matcher_finds_what_the_plainest_search_finds() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..4_000 {
        let letters = numbers.letters();
        let set = numbers.set(&letters);
        let matcher = Matcher::compile(&set, &Allowance::default()).unwrap();
        let mut scratch = matcher.scratch();
        for _ in 0..12 {
            let text = numbers.text(&letters, 10);
            compare(&set, &matcher, &mut scratch, &text);
        }
    }
}

#[test]
fn the_matcher_finds_in_long_texts_what_the_plainest_search_finds() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for _ in 0..60 {
        let letters = numbers.letters();
        let mut set = numbers.set(&letters);
        let matcher = Matcher::compile(&set, &Allowance::default()).unwrap();
        // Nothing of the long part matches: the interesting part comes late.
        let text = "z0 ".repeat(20_000) + &numbers.text(&letters, 30);
        compare(&set, &matcher, &mut matcher.scratch(), &text);
        set.labels.push(LabelRules {
            name: "whole".to_owned(),
            rules: vec![Rule::Keyword(text.clone(), MatchType::Absolutely)],
        });
        let matcher = Matcher::compile(&set, &Allowance::default()).unwrap();
        compare(&set, &matcher, &mut matcher.scratch(), &text);
    }
}
