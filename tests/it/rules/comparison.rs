//! The fast matcher says of random rows what the slow evaluator says of them.

use super::random::{Choice, damaged, set_and_rows, smallest};
use super::slow::{self, Row, Set, print};
use super::{cases, fast};

/// How many random sets a run of the tests tries; `AUDIENCE_RULE_SETS` names another number.
const SETS: u64 = 2_000;

fn sets() -> u64 {
    let wanted = std::env::var("AUDIENCE_RULE_SETS").ok();
    wanted.map_or(SETS, |wanted| wanted.parse().unwrap())
}

fn first_seed() -> u64 {
    let wanted = std::env::var("AUDIENCE_RULE_SEED").ok();
    wanted.map_or(0, |wanted| wanted.parse().unwrap())
}

#[test]
fn the_fast_matcher_finds_what_the_specification_says() {
    for (options, rule, content, span) in cases::HITS {
        let set = cases::set_of(options, rule);
        let verdict = fast::verdict(&set, &cases::row_of(content));
        let found = verdict.labels[0].rules.first();
        let found = found.map(|(_, found)| found.span);
        assert_eq!(found, *span, "{options} `{rule}` in {content:?}");
    }
}

#[test]
fn the_language_refuses_what_the_specification_refuses() {
    for (rule, code, column) in cases::FAULTS {
        match fast::faults_of_text(rule).as_slice() {
            [] => assert_eq!(fast::check(&cases::set_of("", rule)), [*code], "{rule}"),
            [fault] => {
                let found = (fault.code.as_str(), fault.column);
                assert_eq!(found, (*code, *column), "{rule}");
            }
            several => panic!("{rule}: {several:?}"),
        }
    }
}

#[test]
fn both_find_the_same_faults_in_random_sets() {
    assert_eq!(first(difference_of_faults), None);
}

#[test]
fn both_read_random_expressions_alike() {
    assert_eq!(first(difference_of_languages), None);
}

#[test]
fn both_say_the_same_of_random_rows() {
    if let Some(difference) = first(difference_of_verdicts) {
        panic!("{difference}");
    }
}

fn first(difference: impl Fn(u64) -> Option<String>) -> Option<String> {
    let mut seeds = first_seed()..first_seed() + sets();
    seeds.find_map(|seed| Some(format!("seed {seed}: {}", difference(seed)?)))
}

pub fn difference_of_faults(seed: u64) -> Option<String> {
    let (set, _) = set_and_rows(seed);
    let wanted = slow::faults(&set);
    let found = fast::check(&set);
    (found != wanted).then(|| format!("{found:?} instead of {wanted:?}\n{}", shown(&set)))
}

/// Expressions as they are printed, then with a character too many or too few.
pub fn difference_of_languages(seed: u64) -> Option<String> {
    let (set, _) = set_and_rows(seed);
    let choice = &mut Choice::of_seed(seed);
    let rules = set.labels.iter().flat_map(|label| &label.rules);
    for rule in rules {
        let text = print(&rule.tree);
        for text in [damaged(&text, choice), text] {
            let fields = rule.fields.as_deref();
            let wanted = slow::parse(&text).map(|tree| slow::canonical("food", &tree, fields));
            let faults = fast::faults_of_text(&text);
            match wanted {
                Ok(wanted) if faults.is_empty() => {
                    let (canonical, id) = fast::canonical("food", &text, fields);
                    if canonical != wanted || id != slow::rule_id(&wanted) {
                        return Some(format!("`{text}`: {canonical} {id} instead of {wanted}"));
                    }
                }
                Err(_) if !faults.is_empty() => {}
                other => return Some(format!("`{text}`: {faults:?} instead of {other:?}")),
            }
        }
    }
    None
}

/// The smallest set and row that are found to show it.
pub fn difference_of_verdicts(seed: u64) -> Option<String> {
    let (set, rows) = set_and_rows(seed);
    if !slow::faults(&set).is_empty() {
        return None;
    }
    let wanted: Vec<_> = rows.iter().map(|row| slow::verdict(&set, row)).collect();
    if fast::verdicts(&set, &rows) == wanted {
        return None;
    }
    let Some(row) = rows.iter().find(|row| differs(&set, row)) else {
        return Some(format!("only after other rows\n{}{rows:?}", shown(&set)));
    };
    let (set, row) = smallest(&set, row, differs);
    Some(format!(
        "\n{}row {row:?}\nslow {:?}\nfast {:?}",
        shown(&set),
        slow::verdict(&set, &row),
        fast::verdict(&set, &row)
    ))
}

fn differs(set: &Set, row: &Row) -> bool {
    fast::verdict(set, row) != slow::verdict(set, row)
}

/// A set as somebody would write it.
fn shown(set: &Set) -> String {
    let rule = |rule: &slow::Rule| {
        let fields = rule.fields.as_ref().map(|fields| format!(" in {fields:?}"));
        format!("`{}`{}", print(&rule.tree), fields.unwrap_or_default())
    };
    let mut text = format!(
        "in {:?}, {:?}, all labels: {}\n",
        set.fields, set.folding, set.all_labels
    );
    for (name, terms) in &set.lists {
        let terms: Vec<String> = terms.iter().map(print).collect();
        text += &format!("list {name}: {terms:?}\n");
    }
    for filter in &set.filters {
        let word = if filter.cut { "cut" } else { "drop" };
        text += &format!("{word} {}\n", rule(&filter.rule));
    }
    for label in &set.labels {
        text += &format!("label {}\n", label.name);
        for of_label in &label.rules {
            text += &format!("  {}\n", rule(of_label));
        }
        for except in &label.except {
            text += &format!("  except {}\n", rule(except));
        }
    }
    text
}
