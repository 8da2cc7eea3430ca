//! Small sets for tests.

use crate::systems::labelling::label::rules::{AuthorConflict, Normalize, RowLabels};
use crate::systems::labelling::rules::language::{parse, rule_id};
use crate::systems::labelling::rules::set::{
    Expression, Field, Fields, Filter, FilterAction, Label, Node, Place, Rule, RuleSet, Variants,
};

/// A set that looks at contents.
pub fn empty_set() -> RuleSet {
    RuleSet {
        name: "test".to_owned(),
        fields: Fields::one(Field::Content),
        normalize: Normalize::None,
        variants: Variants::None,
        case_sensitive: false,
        lists: Vec::new(),
        filters: Vec::new(),
        labels: Vec::new(),
        row_labels: RowLabels::All,
        exclusive: true,
        author_conflict: AuthorConflict::default(),
        gate: None,
    }
}

pub fn rule(label: &str, text: &str) -> Rule {
    let tree = parse(text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    Rule {
        id: rule_id(label, &tree, None),
        tree,
        fields: None,
        note: None,
        place: Place::Unknown,
        text: text.to_owned(),
    }
}

pub fn label(name: &str, rules: &[&str], except: &[&str]) -> Label {
    Label {
        name: name.to_owned(),
        rules: rules.iter().map(|text| rule(name, text)).collect(),
        except: except.iter().map(|text| expression(text)).collect(),
    }
}

pub fn expression(text: &str) -> Expression {
    Expression {
        tree: parse(text).unwrap_or_else(|faults| panic!("{text}: {faults:?}")),
        fields: None,
        note: None,
        place: Place::Unknown,
        text: text.to_owned(),
    }
}

pub fn filter(action: FilterAction, text: &str) -> Filter {
    Filter {
        action,
        expression: expression(text),
    }
}

pub fn terms(texts: &[&str]) -> Vec<Node> {
    texts.iter().map(|text| parse(text).unwrap()).collect()
}
