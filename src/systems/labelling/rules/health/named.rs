//! What reports call the labels, rules and groups that counts number, and what the counts can tell of them.

use crate::systems::labelling::label::rules as old;
use crate::systems::labelling::rules::language::rule_id;
use crate::systems::labelling::rules::set::{MatchType, Node, RuleSet};

/// Labels and rules in the order of the set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedSet {
    pub labels: Vec<String>,
    /// By label; none of a model.
    pub rules: Vec<Vec<NamedRule>>,
    pub known: Known,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRule {
    pub id: String,
    /// As it was written.
    pub text: String,
}

/// What a matcher tells of a row. Reports leave out what is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// All matched labels, and not only the given one.
    pub all_labels: bool,
    /// The reported rule of a label.
    pub reported_rules: bool,
    /// All true rules, and not only the reported one.
    pub all_rules: bool,
}

impl Default for Known {
    /// Everything, as of a mixed model.
    fn default() -> Self {
        Self {
            all_labels: true,
            reported_rules: true,
            all_rules: true,
        }
    }
}

impl NamedSet {
    pub fn of(set: &RuleSet) -> Self {
        let rule = |rule: &crate::systems::labelling::rules::set::Rule| NamedRule {
            id: rule.id.clone(),
            text: rule.text.clone(),
        };
        let rules = set.labels.iter();
        Self {
            labels: set.labels.iter().map(|label| label.name.clone()).collect(),
            rules: rules
                .map(|label| label.rules.iter().map(rule).collect())
                .collect(),
            known: Known::default(),
        }
    }

    /// Of a keyword model or a rule model: their matchers stop at the first true rule of a label, and at the
    /// first label if rows get one only.
    pub fn of_keywords_or_patterns(set: &old::RuleSet) -> Self {
        let rules = set.labels.iter().map(|label| {
            let rules = label.rules.iter();
            rules.map(|rule| named(&label.name, rule)).collect()
        });
        Self {
            labels: set.labels.iter().map(|label| label.name.clone()).collect(),
            rules: rules.collect(),
            known: Known {
                all_labels: set.row_labels == old::RowLabels::All,
                reported_rules: true,
                all_rules: false,
            },
        }
    }

    /// Of a model, which has scores and no rules.
    pub fn of_model(labels: Vec<String>, row_labels: old::RowLabels) -> Self {
        Self {
            rules: labels.iter().map(|_| Vec::new()).collect(),
            labels,
            known: Known {
                all_labels: row_labels == old::RowLabels::All,
                reported_rules: false,
                all_rules: false,
            },
        }
    }

    pub fn rule_count(&self) -> usize {
        self.rules.iter().map(Vec::len).sum()
    }

    /// How many rules each label has, as counts are made by.
    pub fn rules_of_labels(&self) -> impl Iterator<Item = usize> {
        self.rules.iter().map(Vec::len)
    }
}

/// Its id is the one that it would have in a mixed model.
fn named(label: &str, rule: &old::Rule) -> NamedRule {
    let node = match rule {
        old::Rule::Keyword(text, match_type) => {
            let match_type = match match_type {
                old::MatchType::Partially => MatchType::Partially,
                old::MatchType::Start => MatchType::Start,
                old::MatchType::End => MatchType::End,
                old::MatchType::Absolutely => MatchType::Absolutely,
            };
            Node::keyword(text.clone(), match_type, false)
        }
        old::Rule::Pattern(pattern) => Node::pattern(pattern.clone()),
    };
    NamedRule {
        id: rule_id(label, &node, None),
        text: rule.text().to_owned(),
    }
}
