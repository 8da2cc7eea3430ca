//! Rules that another one makes useless: of their label, of an earlier label, or an `except`.

use super::about;
use super::covers::{Cover, CoverTexts, Covered, Covers, Owner};
use crate::systems::labelling::label::rules::RowLabels;
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::folding::Folding;
use crate::systems::labelling::rules::language::{shown, write};
use crate::systems::labelling::rules::set::{
    Expression, Fields, FilterAction, Keyword, Label, MatchType, Node, NodeKind, Rule, RuleSet,
};

pub(super) fn find(set: &RuleSet, findings: &mut Findings) {
    let folding = Folding::of(set);
    let mut rules = rule_covers(set, folding);
    let mut vetoes = Vetoes::of(set, folding);
    for (label_number, label) in set.labels.iter().enumerate() {
        for (number, rule) in label.rules.iter().enumerate() {
            let place = At {
                set,
                label,
                label_number,
                rule,
                number,
                folding,
            };
            place.find(&mut rules, &mut vetoes, findings);
        }
    }
}

/// Plain keywords that are not raw.
fn rule_covers(set: &RuleSet, folding: Folding) -> Covers {
    let mut texts = CoverTexts::default();
    for (label, of_label) in set.labels.iter().enumerate() {
        for (rule, of_rule) in of_label.rules.iter().enumerate() {
            let fields = of_rule.fields.unwrap_or(set.fields);
            if let Some((keyword, fields)) = plain(&of_rule.tree, fields)
                && !keyword.raw
            {
                let cover = Cover {
                    label,
                    rule,
                    match_type: keyword.match_type,
                    fields,
                };
                texts.add(folding.keyword(&keyword.text), cover);
            }
        }
    }
    texts.build()
}

/// What takes labels away: the terms of each `except`, one of which is enough, and of each drop.
struct Vetoes {
    excepts: Covers,
    drops: Covers,
}

impl Vetoes {
    fn of(set: &RuleSet, folding: Folding) -> Self {
        let mut excepts = CoverTexts::default();
        for (label, of_label) in set.labels.iter().enumerate() {
            for (number, except) in of_label.except.iter().enumerate() {
                add_alternatives(&mut excepts, except, (label, number), set.fields, folding);
            }
        }
        let mut drops = CoverTexts::default();
        for (number, filter) in set.filters.iter().enumerate() {
            if filter.action == FilterAction::Drop {
                add_alternatives(
                    &mut drops,
                    &filter.expression,
                    (0, number),
                    set.fields,
                    folding,
                );
            }
        }
        Self {
            excepts: excepts.build(),
            drops: drops.build(),
        }
    }
}

fn add_alternatives(
    texts: &mut CoverTexts,
    expression: &Expression,
    (label, rule): (usize, usize),
    fields: Fields,
    folding: Folding,
) {
    let fields = expression.fields.unwrap_or(fields);
    let alternatives: Vec<&Node> = match &expression.tree.kind {
        NodeKind::Or(operands) => operands.iter().collect(),
        _ => vec![&expression.tree],
    };
    for (keyword, fields) in alternatives
        .into_iter()
        .filter_map(|node| plain(node, fields))
    {
        if !keyword.raw {
            let match_type = keyword.match_type;
            let cover = Cover {
                label,
                rule,
                match_type,
                fields,
            };
            texts.add(folding.keyword(&keyword.text), cover);
        }
    }
}

/// The keyword that a tree is, and its fields.
fn plain(node: &Node, fields: Fields) -> Option<(&Keyword, Fields)> {
    match &node.kind {
        NodeKind::Keyword(keyword) => Some((keyword, node.fields.unwrap_or(fields))),
        _ => None,
    }
}

/// Keywords without which a tree is not true: all of them have to be there.
fn needed<'n>(node: &'n Node, fields: Fields, found: &mut Vec<(&'n Keyword, Fields)>) {
    let fields = node.fields.unwrap_or(fields);
    match &node.kind {
        NodeKind::Keyword(keyword) => found.push((keyword, fields)),
        NodeKind::And(operands) => {
            for operand in operands {
                needed(operand, fields, found);
            }
        }
        NodeKind::Near(near) => {
            needed(&near.left, fields, found);
            needed(&near.right, fields, found);
        }
        NodeKind::Group(inner) => needed(inner, fields, found),
        NodeKind::AtLeast { count, operands } if *count as usize == operands.len() => {
            for operand in operands {
                needed(operand, fields, found);
            }
        }
        NodeKind::Pattern(_)
        | NodeKind::List(_)
        | NodeKind::Or(_)
        | NodeKind::Not(_)
        | NodeKind::AtLeast { .. } => {}
    }
}

/// A rule and where it is in its set.
struct At<'s> {
    set: &'s RuleSet,
    label: &'s Label,
    label_number: usize,
    rule: &'s Rule,
    number: usize,
    folding: Folding,
}

impl At<'_> {
    fn find(&self, rules: &mut Covers, vetoes: &mut Vetoes, findings: &mut Findings) {
        let mut keywords = Vec::new();
        let fields = self.rule.fields.unwrap_or(self.set.fields);
        needed(&self.rule.tree, fields, &mut keywords);
        let texts: Vec<String> = keywords
            .iter()
            .map(|(keyword, _)| self.folding.keyword(&keyword.text))
            .collect();
        let needed: Vec<Covered<'_>> = keywords
            .iter()
            .zip(&texts)
            .filter(|(_, text)| !text.is_empty())
            .map(|((keyword, fields), text)| Covered {
                text,
                match_type: keyword.match_type,
                fields: *fields,
            })
            .collect();
        self.subsumed(&needed, rules, findings);
        self.never_the_reason(&needed, rules, findings);
        self.taken_away(&needed, vetoes, findings);
    }

    fn subsumed(&self, needed: &[Covered<'_>], rules: &mut Covers, findings: &mut Findings) {
        let owner = Owner::Label(self.label_number);
        let found = needed.iter().find_map(|covered| {
            rules.find(*covered, owner, |cover| {
                cover.rule != self.number && !(cover.rule > self.number && self.is_equal(cover))
            })
        });
        let Some(cover) = found else {
            return;
        };
        let other = &self.label.rules[cover.rule];
        findings.add(Code::W02, || {
            let message = format!("{} is covered by {}", name(self.rule), name(other));
            let finding = Finding::new(Code::W02, Default::default(), message);
            about(finding, self.label, self.rule)
                .advise("remove it")
                .beside(&other.id, &other.place)
        });
    }

    fn never_the_reason(
        &self,
        needed: &[Covered<'_>],
        rules: &mut Covers,
        findings: &mut Findings,
    ) {
        if self.set.row_labels != RowLabels::First {
            return;
        }
        let owner = Owner::Before(self.label_number);
        let found = needed.iter().find_map(|covered| {
            rules.find(*covered, owner, |cover| {
                self.set.labels[cover.label].except.is_empty()
            })
        });
        let Some(cover) = found else {
            return;
        };
        let label = &self.set.labels[cover.label];
        let other = &label.rules[cover.rule];
        findings.add(Code::W03, || {
            let (label, rule) = (&label.name, name(self.rule));
            let (message, advice) = match self.is_equal(&cover) {
                true => (
                    format!("{rule} contradicts the same rule of {label}, which comes first"),
                    "keep it in one of the labels",
                ),
                false => (
                    format!(
                        "{rule} is never the reason: {} of {label} comes first",
                        name(other)
                    ),
                    "remove it, or put its label before",
                ),
            };
            let finding = Finding::new(Code::W03, Default::default(), message);
            about(finding, self.label, self.rule)
                .advise(advice)
                .beside(&other.id, &other.place)
        });
    }

    fn taken_away(&self, needed: &[Covered<'_>], vetoes: &mut Vetoes, findings: &mut Findings) {
        let owner = Owner::Label(self.label_number);
        let except = needed
            .iter()
            .find_map(|covered| vetoes.excepts.find(*covered, owner, |_| true));
        // A drop looks at texts of which less is cut, so that edges may be others.
        let drop = |covered: &Covered<'_>| {
            vetoes.drops.find(*covered, Owner::Label(0), |cover| {
                cover.match_type == MatchType::Partially
            })
        };
        let (what, expression) = match except {
            Some(except) => ("except", &self.label.except[except.rule]),
            None => match needed.iter().find_map(drop) {
                Some(drop) => ("drop", &self.set.filters[drop.rule].expression),
                None => return,
            },
        };
        findings.add(Code::W04, || {
            let message = format!(
                "whenever {} is true, {what} {} is true too",
                name(self.rule),
                shown(&expression.text)
            );
            let finding = Finding::new(Code::W04, Default::default(), message);
            let advice = format!("remove it, or narrow the {what}");
            about(finding, self.label, self.rule)
                .advise(advice)
                .beside("", &expression.place)
        });
    }

    /// Whether a keyword says the same as this rule: each of them covers the other.
    fn is_equal(&self, cover: &Cover) -> bool {
        let fields = self.rule.fields.unwrap_or(self.set.fields);
        let Some((keyword, fields)) = plain(&self.rule.tree, fields) else {
            return false;
        };
        let other = &self.set.labels[cover.label].rules[cover.rule].tree;
        let NodeKind::Keyword(other) = &other.kind else {
            return false;
        };
        !keyword.raw
            && keyword.match_type == cover.match_type
            && fields == cover.fields
            && self.folding.keyword(&keyword.text) == self.folding.keyword(&other.text)
    }
}

/// `拉麵 partially`, or an expression.
fn name(rule: &Rule) -> String {
    match rule.tree.match_type() {
        "expression" => shown(&write(&rule.tree)),
        match_type => format!("{} {match_type}", shown(term(&rule.tree))),
    }
}

/// The text of a keyword or a pattern.
fn term(tree: &Node) -> &str {
    match &tree.kind {
        NodeKind::Keyword(keyword) => &keyword.text,
        NodeKind::Pattern(pattern) => pattern,
        _ => "",
    }
}
