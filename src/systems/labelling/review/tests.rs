//! Samples that can be drawn again, and estimates calculated by hand.

use super::*;
use crate::systems::labelling::rules::preview::RowKey;

fn facts<'r>(id: &'r str, label: &'r str, time: &'r str) -> RowFacts<'r> {
    RowFacts {
        id,
        group: "a",
        label,
        rule: "r",
        time,
    }
}

#[test]
fn of_each_stratum_the_rows_with_the_least_hashes_are_drawn() {
    let ids: Vec<String> = (0..500).map(|no| no.to_string()).collect();
    let label = |no: usize| ["food", "tea"][usize::from(no.is_multiple_of(5))];
    let drawn = |order: &mut dyn Iterator<Item = usize>| {
        let mut draw = Draw::new(vec![By::Label, By::Month], 7, 42);
        for no in order {
            let time = format!("2020-0{}-01 00:00:00", no % 2 + 1);
            draw.take(facts(&ids[no], label(no), &time), || no);
        }
        draw.finish()
    };
    let strata = drawn(&mut (0..500));
    assert_eq!(drawn(&mut (0..500).rev()), strata, "in any order");
    let values: Vec<Vec<String>> = strata
        .iter()
        .map(|stratum| stratum.values.clone())
        .collect();
    let expected = [
        ["food", "2020-01"],
        ["food", "2020-02"],
        ["tea", "2020-01"],
        ["tea", "2020-02"],
    ];
    assert_eq!(
        values,
        expected.map(|values| values.map(str::to_owned).to_vec())
    );
    assert_eq!(strata.iter().map(|stratum| stratum.rows).sum::<u64>(), 500);
    for stratum in strata {
        let month = stratum.values[1].ends_with('2');
        let mut all: Vec<(RowKey, usize)> = (0..500)
            .filter(|no| label(*no) == stratum.values[0] && (no % 2 == 1) == month)
            .map(|no| (RowKey::of_row(42, &ids[no]), no))
            .collect();
        all.sort();
        let least: Vec<usize> = all.into_iter().take(7).map(|(_, no)| no).collect();
        let found: Vec<usize> = stratum.drawn.iter().map(|drawn| drawn.row).collect();
        assert_eq!(found, least);
    }
}

#[test]
fn a_small_stratum_is_drawn_as_a_whole_and_none_of_none() {
    let mut draw = Draw::new(vec![], 50, 1);
    draw.take(facts("1", "food", "2020"), || ());
    assert_eq!(draw.finish()[0].drawn.len(), 1);
    let mut none = Draw::new(vec![By::Rule], 0, 1);
    none.take(facts("1", "food", "2020"), || ());
    let strata = none.finish();
    assert_eq!((strata[0].rows, strata[0].drawn.len()), (1, 0));
}

#[test]
fn most_people_decide_and_a_tie_is_unsure() {
    use Verdict::{Right, Unsure, Wrong};
    for (said, expected) in [
        (&[][..], None),
        (&[Right], Some(Right)),
        (&[Right, Wrong], Some(Unsure)),
        (&[Right, Wrong, Wrong], Some(Wrong)),
        (&[Right, Unsure, Unsure], Some(Unsure)),
        (&[Right, Right, Wrong, Wrong, Unsure], Some(Unsure)),
        (&[Right, Right, Wrong, Unsure], Some(Right)),
    ] {
        assert_eq!(majority(said.iter().copied()), expected, "{said:?}");
    }
}

fn stratum(rows: u64, right: u64, wrong: u64) -> JudgedStratum {
    JudgedStratum { rows, right, wrong }
}

fn near(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 1e-6,
        "{found} instead of {expected}"
    );
}

#[test]
fn of_one_stratum_the_interval_is_that_of_the_textbook() {
    // 8 of 10: 0.490 to 0.943.
    let found = Precision::of(&[stratum(1_000, 8, 2)]).unwrap();
    near(found.precision, 0.8);
    near(found.lower, 0.490_162_47);
    near(found.upper, 0.943_317_8);
    near(found.not_judged, 0.0);
    // All right: the upper end is 1.
    let found = Precision::of(&[stratum(10, 50, 0)]).unwrap();
    near(found.upper, 1.0);
    near(found.lower, 50.0 / (50.0 + 3.841_458_82));
}

#[test]
fn strata_weigh_as_much_as_their_rows() {
    // p = 0.9 · 1 + 0.1 · 0.5; n = 1 ÷ (0.81 ÷ 10 + 0.01 ÷ 10).
    let strata = [
        stratum(900, 10, 0),
        stratum(100, 5, 5),
        stratum(1_000, 0, 0),
    ];
    let found = Precision::of(&strata).unwrap();
    near(found.precision, 0.95);
    near(found.not_judged, 0.5);
    let (n, z) = (1.0 / 0.082, 3.841_458_82_f64);
    let middle = (0.95 + z / (2.0 * n)) / (1.0 + z / n);
    near((found.lower + found.upper) / 2.0, middle);
    assert_eq!(Precision::of(&[stratum(10, 0, 0)]), None);
    assert_eq!(Precision::of(&[]), None);
}
