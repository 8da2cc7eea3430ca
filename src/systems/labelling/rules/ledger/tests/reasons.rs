//! Why all rows have to be labelled anew, and what is looked for otherwise.

use crate::systems::labelling::label::rules::{AuthorConflict, Normalize, RowLabels};
use crate::systems::labelling::rules::ledger::{FullRun, compare};
use crate::systems::labelling::rules::matching::samples::{
    empty_set, expression, filter, label, terms,
};
use crate::systems::labelling::rules::set::{FilterAction, RuleSet};

/// What is done to a set between two runs.
type Edit = fn(&mut RuleSet);

fn base() -> RuleSet {
    let mut set = empty_set();
    set.lists = vec![
        ("l".to_owned(), terms(&["x"])),
        ("m".to_owned(), terms(&["list:l"])),
        ("f".to_owned(), terms(&["y"])),
    ];
    set.filters = vec![filter(FilterAction::Drop, "list:f")];
    set.labels = vec![
        label("food", &["a", "b", "c AND list:m"], &["z"]),
        label("tea", &["t", "word:u"], &[]),
    ];
    set
}

/// The texts of what is looked for after an edit.
fn looked_for(edit: impl FnOnce(&mut RuleSet)) -> Result<Vec<String>, Vec<FullRun>> {
    let mut edited = base();
    edit(&mut edited);
    let changes = compare(&base(), &edited)?;
    let rules = changes.looked_for.labels.into_iter();
    Ok(rules
        .flat_map(|label| label.rules)
        .map(|rule| rule.text)
        .collect())
}

#[test]
fn what_sets_need_in_common_is_said() {
    let cases: [(Edit, FullRun); 8] = [
        (
            |set| set.labels[0] = label("food", &["title:a"], &[]),
            FullRun::Fields,
        ),
        (|set| set.normalize = Normalize::Nfkc, FullRun::Folding),
        (|set| set.filters.clear(), FullRun::Filters),
        (|set| set.lists[2].1 = terms(&["v"]), FullRun::Filters),
        (|set| set.row_labels = RowLabels::First, FullRun::RowLabels),
        (|set| set.exclusive = false, FullRun::Exclusive),
        (
            |set| set.author_conflict = AuthorConflict::KeepAll,
            FullRun::AuthorConflict,
        ),
        (|set| set.labels.swap(0, 1), FullRun::LabelOrder),
    ];
    for (edit, expected) in cases {
        assert_eq!(looked_for(edit), Err(vec![expected]));
    }
}

#[test]
fn only_what_changed_is_looked_for() {
    let cases: [(Edit, &[&str]); 8] = [
        (|_| {}, &[]),
        (
            |set| set.labels[0] = label("food", &["a", "c AND list:m"], &["z"]),
            &[],
        ),
        (
            |set| set.labels[0] = label("food", &["a", "d", "b", "c AND list:m"], &["z"]),
            &["d"],
        ),
        (
            |set| set.labels[0] = label("food", &["b", "a", "c AND list:m"], &["z"]),
            &["b", "a", "c AND list:m"],
        ),
        (|set| set.lists[0].1 = terms(&["w"]), &["c AND list:m"]),
        (|set| set.labels[1].except = vec![expression("v")], &["v"]),
        (|set| set.labels[1].rules[0].id = "t-1".to_owned(), &["t"]),
        (
            |set| set.labels.insert(1, label("new", &["n"], &[])),
            &["n"],
        ),
    ];
    for (edit, expected) in cases {
        let expected: Vec<String> = expected.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(looked_for(edit), Ok(expected));
    }
}
