//! The matcher of the program, asked in the words of the slow evaluator.

use audience::systems::labelling::label::rules::{AuthorConflict, Normalize, RowLabels};
use audience::systems::labelling::rules::language;
use audience::systems::labelling::rules::matching::{
    self, Allowance, Compiled, Row as FastRow, Span,
};
use audience::systems::labelling::rules::set as fast;
use tokio_util::sync::CancellationToken;

use super::slow::verdict::{Found, LabelVerdict, Outcome, Verdict};
use super::slow::{Kind, Row, Rule, Set, Tree, print};

const FIELDS: [fast::Field; 4] = [
    fast::Field::Author,
    fast::Field::Title,
    fast::Field::Content,
    fast::Field::SAreaId,
];

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub code: String,
    pub column: usize,
    pub message: String,
    pub advice: String,
}

pub fn faults_of_text(text: &str) -> Vec<Fault> {
    let faults = language::parse(text).err().unwrap_or_default();
    faults
        .into_iter()
        .map(|fault| Fault {
            code: fault.code.as_str().to_owned(),
            column: usize::try_from(fault.column).unwrap(),
            message: fault.message,
            advice: fault.advice,
        })
        .collect()
}

/// Canonical JSON and id of an expression.
pub fn canonical(label: &str, text: &str, of_fields: Option<&[usize]>) -> (String, String) {
    let tree = language::parse(text).unwrap();
    let of_fields = of_fields.map(fields);
    (
        language::canonical(label, &tree, of_fields),
        language::rule_id(label, &tree, of_fields),
    )
}

/// Codes of what is wrong in a set; sorted, each once.
pub fn check(set: &Set) -> Vec<String> {
    let faults = matching::check(&rule_set(set));
    let mut codes: Vec<String> = faults
        .iter()
        .map(|fault| fault.fault.code.as_str().to_owned())
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

pub fn verdict(set: &Set, row: &Row) -> Verdict {
    verdicts(set, std::slice::from_ref(row)).remove(0)
}

/// One matcher with the same buffers for all rows.
pub fn verdicts(set: &Set, rows: &[Row]) -> Vec<Verdict> {
    // A busy machine may take longer than a request may.
    let unbounded = Allowance::until(CancellationToken::new());
    let compiled = Compiled::of_within(&rule_set(set), &unbounded).unwrap();
    let mut scratch = compiled.scratch();
    let mut all = matching::Verdict::default();
    let mut labels_alone = matching::Verdict::default();
    let verdict = |row: &Row| {
        let texts = FIELDS
            .iter()
            .zip(row)
            .fold(FastRow::default(), |texts, (field, text)| {
                texts.with(*field, text.as_deref())
            });
        compiled.find(texts, &mut scratch, &mut labels_alone);
        compiled.find_with_rules(texts, &mut scratch, &mut all);
        assert_eq!(labels_alone.dropped, all.dropped, "without rules");
        assert_eq!(labels_alone.labels, all.labels, "without rules");
        let mut labels: Vec<LabelVerdict> = Vec::new();
        if all.dropped.is_none() {
            let nothing = LabelVerdict {
                outcome: Outcome::No,
                reported: None,
                rules: Vec::new(),
            };
            labels = vec![nothing; set.labels.len()];
        }
        for label in &all.labels {
            let number = usize::from(label.reported.label);
            labels[number].reported = Some(label.reported.rule as usize);
            labels[number].outcome = match label.outcome {
                matching::Outcome::Given => Outcome::Given,
                matching::Outcome::Matched => Outcome::Matched,
                matching::Outcome::Excepted { except, .. } => Outcome::Excepted(except),
            };
        }
        for found in &all.true_rules {
            let reason = compiled.reason(texts, &mut scratch, found);
            let place = |span: &Span| (span.field.index(), span.start, span.end);
            let (field, start, end) = place(&reason.hit);
            let mut parts: Vec<_> = reason.parts.iter().map(place).collect();
            if parts.is_empty() {
                parts.push((field, start, end));
            }
            let found_there = Found {
                field,
                span: (start, end),
                parts,
            };
            let rules = &mut labels[usize::from(found.label)].rules;
            rules.push((found.rule as usize, found_there));
        }
        for label in &mut labels {
            label.rules.sort_by_key(|(rule, _)| *rule);
        }
        Verdict {
            dropped: all.dropped.as_ref().map(|dropped| dropped.filter),
            labels,
        }
    };
    rows.iter().map(verdict).collect()
}

fn rule_set(set: &Set) -> fast::RuleSet {
    let lists = set.lists.iter().map(|(name, terms)| {
        let terms = terms.iter().map(node).collect();
        (name.clone(), terms)
    });
    let filters = set.filters.iter().map(|filter| fast::Filter {
        action: if filter.cut {
            fast::FilterAction::Cut
        } else {
            fast::FilterAction::Drop
        },
        expression: expression(&filter.rule),
    });
    let labels = set.labels.iter().map(|label| fast::Label {
        name: label.name.clone(),
        rules: label.rules.iter().enumerate().map(rule).collect(),
        except: label.except.iter().map(expression).collect(),
    });
    fast::RuleSet {
        name: "compared".to_owned(),
        fields: fields(&set.fields),
        normalize: if set.folding.nfkc {
            Normalize::Nfkc
        } else {
            Normalize::None
        },
        variants: if set.folding.han {
            fast::Variants::Han
        } else {
            fast::Variants::None
        },
        case_sensitive: set.folding.case_sensitive,
        lists: lists.collect(),
        filters: filters.collect(),
        labels: labels.collect(),
        row_labels: if set.all_labels {
            RowLabels::All
        } else {
            RowLabels::First
        },
        exclusive: true,
        author_conflict: AuthorConflict::default(),
        gate: None,
    }
}

fn rule((number, rule): (usize, &Rule)) -> fast::Rule {
    fast::Rule {
        id: format!("rule-{number}"),
        tree: node(&rule.tree),
        fields: rule.fields.as_deref().map(fields),
        note: None,
        place: fast::Place::Unknown,
        text: print(&rule.tree),
    }
}

fn expression(rule: &Rule) -> fast::Expression {
    fast::Expression {
        tree: node(&rule.tree),
        fields: rule.fields.as_deref().map(fields),
        note: None,
        place: fast::Place::Unknown,
        text: print(&rule.tree),
    }
}

/// Plain rules as documents make them, everything else as an expression.
fn node(tree: &Tree) -> fast::Node {
    match &tree.kind {
        Kind::Keyword { text, edges, raw } if tree.fields.is_none() => {
            let match_type = fast::MatchType::of_name(edges.name()).unwrap();
            fast::Node::keyword(text.clone(), match_type, *raw)
        }
        Kind::Pattern(pattern) if tree.fields.is_none() => fast::Node::pattern(pattern.clone()),
        _ => language::parse(&print(tree)).unwrap(),
    }
}

fn fields(numbers: &[usize]) -> fast::Fields {
    numbers.iter().map(|number| FIELDS[*number]).collect()
}
