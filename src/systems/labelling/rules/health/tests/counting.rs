//! What is counted, and that bytes hold all of it.

use super::super::{Counts, CountsFault, LabelCounts, LabelFound, Pairs, RuleCounts};
use crate::systems::labelling::label::rules::RowLabels;
use crate::systems::labelling::rules::matching::samples::{empty_set, filter, label};
use crate::systems::labelling::rules::matching::{Compiled, Row, Verdict};
use crate::systems::labelling::rules::set::{Field, FilterAction, RuleSet};

pub(super) fn set() -> RuleSet {
    let mut set = empty_set();
    set.row_labels = RowLabels::First;
    set.filters = vec![filter(FilterAction::Drop, "抽獎")];
    set.labels = vec![
        label("food", &["拉麵", "好吃", "麵 AND 湯"], &["徵才"]),
        label("tea", &["茶", "好喝"], &[]),
        label("car", &["車"], &[]),
    ];
    set
}

/// The rows of two groups, in turn.
pub(super) fn counted(set: &RuleSet, texts: &[&str]) -> Counts {
    let compiled = Compiled::of(set).unwrap();
    let (mut scratch, mut verdict) = (compiled.scratch(), Verdict::default());
    let mut counts = Counts::new(set, 2);
    for (text, place) in texts.iter().zip(0..) {
        let row = Row::default().with(Field::Content, Some(text));
        compiled.find_with_rules(row, &mut scratch, &mut verdict);
        counts.receive(place % 2, &verdict);
    }
    counts
}

pub(super) const TEXTS: [&str; 8] = [
    "拉麵好吃",      // food: two rules
    "拉麵抽獎",      // dropped
    "好喝的茶,拉麵", // food given, tea matched
    "徵才:拉麵店",   // food taken away
    "徵才:拉麵和茶", // food taken away, tea given
    "麵和湯",        // food
    "天氣",          // nothing
    "茶",            // tea
];

#[test]
fn rows_labels_and_rules_are_counted() {
    let counts = counted(&set(), &TEXTS);
    assert_eq!((counts.received, counts.dropped), (8, 1));
    assert_eq!(
        (counts.covered, counts.overlapping, counts.labelled),
        (5, 1, 5)
    );
    let label = |matched, given, excepted| LabelCounts {
        matched,
        given,
        excepted,
    };
    assert_eq!(
        counts.labels,
        [label(3, 3, 2), label(3, 2, 0), label(0, 0, 0)]
    );
    assert_eq!(counts.pairs.in_order(), Some(vec![((0, 1), 1)]));
    let rule = |hits, first, unique| RuleCounts {
        hits,
        first,
        unique,
    };
    assert_eq!(
        counts.of_rules(0),
        [rule(4, 2, 1), rule(1, 0, 0), rule(1, 1, 1)]
    );
    assert_eq!(counts.of_rules(1), [rule(3, 2, 2), rule(1, 1, 0)]);
    assert_eq!(counts.rule(2, 0), rule(0, 0, 0));
    let [even, odd] = &counts.groups[..] else {
        panic!("two groups")
    };
    assert_eq!((even.received, even.covered, even.labelled), (4, 3, 3));
    assert_eq!((odd.received, odd.covered, odd.labelled), (4, 2, 2));
    assert_eq!(even.given, [(0, 2), (1, 1)].into());
    assert_eq!(odd.given, [(0, 1), (1, 1)].into());
}

#[test]
fn slices_add_up_whether_as_counts_or_as_bytes() {
    let whole = counted(&set(), &TEXTS);
    let (front, back) = (counted(&set(), &TEXTS[..4]), counted(&set(), &TEXTS[4..]));
    let mut sum = front.clone();
    sum.add(&back);
    assert_eq!(sum, whole);
    let mut read = Counts::new(&set(), 2);
    read.add_bytes(&back.to_bytes()).unwrap();
    read.add_bytes(&front.to_bytes()).unwrap();
    assert_eq!(read, whole);
    assert_eq!(read.to_bytes(), whole.to_bytes());
    let mut flat = Counts::of_bytes(&front.to_bytes()).unwrap();
    flat.add_bytes(&back.to_bytes()).unwrap();
    assert_eq!(flat.to_bytes(), whole.to_bytes());
    sum.clear();
    assert_eq!(sum, Counts::new(&set(), 2));
}

#[test]
fn counts_of_another_set_and_damaged_ones_are_refused() {
    let bytes = counted(&set(), &TEXTS).to_bytes();
    let mut other = Counts::new(&set(), 3);
    let fault = other.add_bytes(&bytes).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "expected counts of 3 groups, found those of 2"
    );
    for length in 0..bytes.len() {
        let mut counts = Counts::new(&set(), 2);
        let fault = counts.add_bytes(&bytes[..length]).unwrap_err();
        assert_eq!(fault, CountsFault::Damaged, "{length}");
    }
}

#[test]
fn matchers_that_know_one_rule_a_label_are_counted_too() {
    let mut counts = Counts::of_labels([2, 1], 0);
    let found = |label, rule, is_given| LabelFound {
        label,
        rule,
        is_given,
    };
    counts.receive_found(0, &[found(0, Some(1), true), found(1, None, false)]);
    counts.receive_found(0, &[]);
    assert_eq!(
        (counts.received, counts.covered, counts.overlapping),
        (2, 1, 1)
    );
    assert_eq!(counts.rule(0, 1).first, 1);
    assert_eq!(counts.rule(1, 0).first, 0);
}

#[test]
fn too_many_pairs_are_not_known_in_whatever_order_they_come() {
    let pair = |number: usize| ((number / 1000) as u16, (1000 + number % 1000) as u16);
    let (mut pairs, mut few) = (Pairs::default(), Pairs::default());
    for number in 0..Pairs::MAX {
        let (one, other) = pair(number);
        pairs.add(other, one, 1);
    }
    assert_eq!(pairs.in_order().unwrap().len(), Pairs::MAX);
    few.add(0, 65_000, 1);
    let mut sum = few.clone();
    sum.add_all(&pairs);
    pairs.add_all(&few);
    assert_eq!(pairs.in_order(), None);
    assert_eq!(sum, pairs);
}
