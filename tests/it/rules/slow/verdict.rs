//! What a set says about a row.

use super::evaluation::{First, Place, Texts, first};
use super::folding::Text;
use super::hits::{Hit, compiled, hits};
use super::{Fields, Folding, Kind, Row, Rule, Set, Tree};

#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The number of the filter that dropped the row.
    pub dropped: Option<usize>,
    /// One a label; empty for a row that was dropped.
    pub labels: Vec<LabelVerdict>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LabelVerdict {
    pub outcome: Outcome,
    /// The number of the rule that is reported.
    pub reported: Option<usize>,
    /// All true rules, in the order written.
    pub rules: Vec<(usize, Found)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    Given,
    Matched,
    /// By this `except`, the first that is true.
    Excepted(usize),
    No,
}

/// A hit in bytes of the original.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub field: usize,
    pub span: (usize, usize),
    pub parts: Vec<(usize, usize, usize)>,
}

/// The set has no faults: see [`faults`].
pub fn verdict(set: &Set, row: &Row) -> Verdict {
    let mut texts: Texts = row
        .each_ref()
        .map(|field| field.as_ref().map(|text| Text::fold(text, set.folding)));
    for (number, filter) in set.filters.iter().enumerate() {
        let fields = fields_of(&filter.rule, set);
        if filter.cut {
            cut(&filter.rule.tree, &fields, &mut texts, set);
        } else if first(&filter.rule.tree, &fields, &texts, set).is_some() {
            return Verdict {
                dropped: Some(number),
                labels: Vec::new(),
            };
        }
    }
    let mut is_given = false;
    let labels = set.labels.iter().map(|label| {
        let of_rule = |rule: &Rule| first(&rule.tree, &fields_of(rule, set), &texts, set);
        let found: Vec<(usize, First)> = label
            .rules
            .iter()
            .enumerate()
            .filter_map(|(number, rule)| Some((number, of_rule(rule)?)))
            .collect();
        let reported = found.iter().min_by_key(|(_, first)| first.order());
        let mut excepts = label.except.iter();
        let outcome = if found.is_empty() {
            Outcome::No
        } else if let Some(except) = excepts.position(|except| of_rule(except).is_some()) {
            Outcome::Excepted(except)
        } else if is_given && !set.all_labels {
            Outcome::Matched
        } else {
            is_given = true;
            Outcome::Given
        };
        LabelVerdict {
            outcome,
            reported: reported.map(|(number, _)| *number),
            rules: found
                .iter()
                .map(|(number, first)| (*number, in_bytes(first, &texts)))
                .collect(),
        }
    });
    Verdict {
        dropped: None,
        labels: labels.collect(),
    }
}

fn fields_of(rule: &Rule, set: &Set) -> Fields {
    rule.fields.clone().unwrap_or_else(|| set.fields.clone())
}

/// Cuts the hits of a term, the leftmost, longest ones.
fn cut(term: &Tree, around: &[usize], texts: &mut Texts, set: &Set) {
    let fields = term.fields.as_deref().unwrap_or(around);
    if let Kind::Group(inner) = &term.kind {
        return cut(inner, fields, texts, set);
    }
    for field in fields {
        if let Some(text) = &mut texts[*field] {
            let mut taken: Vec<Hit> = Vec::new();
            for hit in hits(term, text, set) {
                if taken.last().is_none_or(|last| hit.0 >= last.1) {
                    taken.push(hit);
                }
            }
            text.cut(&taken);
        }
    }
}

fn in_bytes(first: &First, texts: &Texts) -> Found {
    let span = |(field, start, end): Place| {
        let text = texts[field].as_ref().expect("there is a hit in it");
        let (from, to) = text.span(start, end);
        (field, from, to)
    };
    let (field, from, to) = span(first.place);
    Found {
        field,
        span: (from, to),
        parts: first.parts.iter().map(|part| span(*part)).collect(),
    }
}

/// Codes of what is wrong in a set whose expressions could be read; sorted, each once.
pub fn faults(set: &Set) -> Vec<&'static str> {
    let mut codes = Vec::new();
    let of_labels = set.labels.iter().flat_map(|label| {
        let rules = label.rules.iter().chain(&label.except);
        rules.map(|rule| &rule.tree)
    });
    let of_lists = set.lists.iter().flat_map(|(_, terms)| terms);
    let of_filters = set.filters.iter().map(|filter| &filter.rule.tree);
    for tree in of_labels.chain(of_lists).chain(of_filters) {
        faults_of(tree, set, &mut codes);
    }
    for (name, _) in &set.lists {
        if names_itself(name, name, set, set.lists.len()) {
            codes.push("E06");
        }
    }
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn faults_of(tree: &Tree, set: &Set, codes: &mut Vec<&'static str>) {
    match &tree.kind {
        Kind::Keyword { text, .. } => {
            if Text::fold(text, set.folding).letters.is_empty() {
                codes.push("E03");
            }
        }
        Kind::Pattern(pattern) => {
            if !is_valid(pattern, set.folding) {
                codes.push("E04");
            }
        }
        Kind::List(name) => {
            if set.lists.iter().all(|(list, _)| list != name) {
                codes.push("E06");
            }
        }
        Kind::Not(inner) | Kind::Group(inner) => faults_of(inner, set, codes),
        Kind::And(operands) | Kind::Or(operands) | Kind::AtLeast(_, operands) => {
            for operand in operands {
                faults_of(operand, set, codes);
            }
        }
        Kind::Near { left, right, .. } => {
            faults_of(left, set, codes);
            faults_of(right, set, codes);
        }
    }
}

fn is_valid(pattern: &str, folding: Folding) -> bool {
    let parsed = regex_syntax::parse(pattern);
    let can_be_empty = parsed.is_ok_and(|hir| hir.properties().minimum_len() == Some(0));
    !can_be_empty && compiled(pattern, folding).is_some()
}

fn names_itself(list: &str, wanted: &str, set: &Set, steps: usize) -> bool {
    let terms = set.lists.iter().filter(|(name, _)| name == list);
    steps > 0
        && terms.flat_map(|(_, terms)| terms).any(|term| {
            matches!(&term.kind, Kind::List(name)
                if name == wanted || names_itself(name, wanted, set, steps - 1))
        })
}
