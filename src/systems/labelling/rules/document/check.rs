//! Makes the set of a draft, and finds everything that is wrong with it: what has faults is left out of the set, so
//! that the rest can be looked at too.

use std::collections::{HashMap, HashSet};

use super::draft::{Draft, DraftLabel, DraftList, DraftRule, Gate, ModelKind, Written};
use super::limits;
use super::nearest::{did_you_mean, shown};
use crate::systems::labelling::label::rules::label_fault;
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::language::{self, Fault};
use crate::systems::labelling::rules::matching::{self, SetPart};
use crate::systems::labelling::rules::set::{
    Expression, Filter, Label, Node, Place, Rule, RuleSet,
};

/// A document that was read: a set, and what there is to say of it. With an error among the findings the set is
/// not whole.
#[derive(Clone, Debug)]
pub struct Document {
    pub set: RuleSet,
    pub model_type: ModelKind,
    /// Of the model types that were there before.
    pub version: Option<String>,
    pub gate: Option<Gate>,
    pub findings: Findings,
}

/// Makes the set of a draft. `findings` are those of its reader; `name` is what a set without a name is called.
pub fn check(draft: Draft, name: &str, findings: Findings) -> Document {
    let options = &draft.options;
    let set = RuleSet {
        name: options.name.clone().unwrap_or_else(|| name.to_owned()),
        fields: options.fields.unwrap_or_default(),
        normalize: options.normalize,
        variants: options.variants,
        case_sensitive: options.case_sensitive,
        lists: Vec::new(),
        filters: Vec::new(),
        labels: Vec::new(),
        row_labels: options.row_labels,
        exclusive: options.exclusive.unwrap_or(true),
        author_conflict: options.author_conflict,
        gate: options.gate.as_ref().map(Gate::to_json),
    };
    let mut checking = Checking {
        findings,
        set,
        list_places: Vec::new(),
    };
    // What is too large is not looked at.
    let is_too_large = limits::check(&draft, &mut checking.findings);
    let Draft {
        options,
        lists,
        filters,
        labels,
    } = draft;
    if !is_too_large {
        checking.lists(lists);
        for filter in filters {
            let action = filter.action;
            let expression = checking.expression(filter.rule, None);
            let filter = expression.map(|expression| Filter { action, expression });
            checking.set.filters.extend(filter);
        }
        checking.labels(labels);
        checking.gate(options.gate.as_ref());
        checking.parts();
    }
    Document {
        set: checking.set,
        model_type: options.model_type,
        version: options.version,
        gate: options.gate,
        findings: checking.findings,
    }
}

/// Labels that are compared with one that is not known.
const COMPARED: usize = 100;

struct Checking {
    findings: Findings,
    set: RuleSet,
    /// Of the elements of lists, which the set does not keep.
    list_places: Vec<Vec<Place>>,
}

impl Checking {
    fn lists(&mut self, lists: Vec<DraftList>) {
        let mut seen = HashSet::new();
        for list in lists {
            if list.name.is_empty() || list.name.chars().any(char::is_control) {
                let message = format!("list `{}`: no name of a list", shown(&list.name));
                self.findings
                    .push(Finding::new(Code::E02, list.place.clone(), message));
            }
            if !seen.insert(list.name.clone()) {
                let message = format!("list `{}` is given twice", shown(&list.name));
                let finding = Finding::new(Code::E02, list.place.clone(), message);
                self.findings
                    .push(finding.advise("put its terms into the first"));
            }
            let mut terms = Vec::with_capacity(list.terms.len());
            let mut places = Vec::with_capacity(list.terms.len());
            for term in list.terms {
                if let Some(node) = self.node(&term, None) {
                    terms.push(node);
                    places.push(term.place);
                }
            }
            self.set.lists.push((list.name, terms));
            self.list_places.push(places);
        }
    }

    fn labels(&mut self, labels: Vec<DraftLabel>) {
        let mut ids: HashMap<String, Place> = HashMap::new();
        for label in &labels {
            for rule in &label.rules {
                self.given_id(rule, &label.name, &mut ids);
            }
        }
        let mut seen: HashMap<String, Place> = HashMap::with_capacity(labels.len());
        for label in labels {
            let problem = match seen.get(&label.name) {
                Some(_) => Some(format!("label `{}` is given twice", shown(&label.name))),
                None => label_fault(&label.name),
            };
            if let Some(problem) = problem {
                let mut finding =
                    Finding::new(Code::E02, label.place.clone(), problem).of_label(&label.name);
                if let Some(first) = seen.get(&label.name) {
                    finding = finding.advise(format!("put its rules to {first}"));
                }
                self.findings.push(finding);
            }
            seen.entry(label.name.clone())
                .or_insert_with(|| label.place.clone());
            let label = self.label(label, &ids);
            self.set.labels.push(label);
        }
    }

    fn given_id(&mut self, rule: &DraftRule, label: &str, ids: &mut HashMap<String, Place>) {
        let Some(id) = &rule.id else {
            return;
        };
        let Some(first) = ids.get(id) else {
            ids.insert(id.clone(), rule.place.clone());
            return;
        };
        self.findings.add(Code::E07, || {
            let message = format!("the id `{}` is given twice", shown(id));
            let advice = match *first == rule.place {
                true => "give each match type a rule of its own",
                false => "give this rule another one, or none",
            };
            Finding::new(Code::E07, rule.place.clone(), message)
                .advise(advice)
                .of_label(label)
                .of_rule(id)
                .beside(id, first)
        });
    }

    fn label(&mut self, label: DraftLabel, given: &HashMap<String, Place>) -> Label {
        let mut first: HashMap<String, usize> = HashMap::with_capacity(label.rules.len());
        let mut rules: Vec<Rule> = Vec::with_capacity(label.rules.len());
        for rule in label.rules {
            let Some(tree) = self.node(&rule, Some(&label.name)) else {
                continue;
            };
            let computed = language::rule_id(&label.name, &tree, rule.fields);
            // Rules whose labels, trees and fields are the same have one computed id, and no others do.
            if let Some(index) = first.get(&computed) {
                self.twice(&rule, &label.name, &rules[*index]);
                continue;
            }
            first.insert(computed.clone(), rules.len());
            if rule.id.is_none() {
                self.computed_id(&computed, &rule, &label.name, given);
            }
            rules.push(Rule {
                id: rule.id.unwrap_or(computed),
                tree,
                fields: rule.fields,
                note: rule.note,
                place: rule.place,
                text: text_of(rule.written),
            });
        }
        let except = label.except.into_iter();
        let except = except.filter_map(|rule| self.expression(rule, Some(&label.name)));
        Label {
            except: except.collect(),
            name: label.name,
            rules,
        }
    }

    fn twice(&mut self, rule: &DraftRule, label: &str, first: &Rule) {
        self.findings.add(Code::W01, || {
            let message = format!("{} stands twice in {label}", shown(rule.written.text()));
            Finding::new(Code::W01, rule.place.clone(), message)
                .advise("remove it: it counts once")
                .of_label(label)
                .of_rule(&first.id)
                .beside(&first.id, &first.place)
        });
    }

    /// An author may have given the id that another rule has by itself.
    fn computed_id(
        &mut self,
        computed: &str,
        rule: &DraftRule,
        label: &str,
        given: &HashMap<String, Place>,
    ) {
        if let Some(other) = given.get(computed) {
            let message = format!("the id `{computed}` of this rule is given to another");
            let finding = Finding::new(Code::E07, rule.place.clone(), message)
                .advise("give the other one another id")
                .of_label(label)
                .of_rule(computed)
                .beside(computed, other);
            self.findings.push(finding);
        }
    }

    fn expression(&mut self, rule: DraftRule, label: Option<&str>) -> Option<Expression> {
        let tree = self.node(&rule, label)?;
        Some(Expression {
            tree,
            fields: rule.fields,
            place: rule.place,
            text: text_of(rule.written),
            note: rule.note,
        })
    }

    fn node(&mut self, rule: &DraftRule, label: Option<&str>) -> Option<Node> {
        match &rule.written {
            Written::Keyword {
                text,
                match_type,
                raw,
            } => Some(Node::keyword(text.clone(), *match_type, *raw)),
            Written::Pattern(pattern) => Some(Node::pattern(pattern.clone())),
            Written::Expression(text) => match language::parse(text) {
                Ok(tree) => Some(tree),
                Err(faults) => {
                    for fault in faults {
                        self.fault(fault, &rule.place, label, rule.id.as_deref());
                    }
                    None
                }
            },
        }
    }

    fn fault(&mut self, fault: Fault, place: &Place, label: Option<&str>, id: Option<&str>) {
        let code = Code::of_fault(fault.code);
        self.findings.add(code, || Finding {
            label: label.map(str::to_owned),
            rule: id.map(str::to_owned),
            column: Some(fault.column),
            ..Finding::new(code, place.clone(), fault.message).advise(fault.advice)
        });
    }

    fn gate(&mut self, gate: Option<&Gate>) {
        let Some(gate) = gate else {
            return;
        };
        let members = gate.label_members_min.iter().map(|(label, _)| label);
        let precision = gate.precision_min.iter().map(|(label, _)| label);
        let members = members.map(|label| ("label_members_min", label));
        let named = members.chain(precision.map(|label| ("precision_min", label)));
        let labels: HashSet<&str> = self.set.labels.iter().map(|l| l.name.as_str()).collect();
        for (key, label) in named.filter(|(_, label)| !labels.contains(label.as_str())) {
            self.findings.add(Code::E02, || {
                let message = format!("gate.{key}: there is no label `{}`", shown(label));
                let known: Vec<&str> = labels.iter().copied().take(COMPARED).collect();
                let advice = did_you_mean(label, &known);
                Finding::new(Code::E02, Place::Unknown, message).advise(advice)
            });
        }
    }

    /// What only shows when the set is looked at as a whole: folding, patterns, lists.
    fn parts(&mut self) {
        for found in matching::check(&self.set) {
            let place = self.place_of(found.part);
            let code = Code::of_fault(found.fault.code);
            let is_expression = place.is_expression;
            self.findings.add(code, || Finding {
                label: place.label,
                rule: place.id,
                column: is_expression.then_some(found.fault.column),
                ..Finding::new(code, place.place, found.fault.message).advise(found.fault.advice)
            });
        }
    }
}

/// Where a part of a set is from.
struct PartPlace {
    label: Option<String>,
    id: Option<String>,
    place: Place,
    /// A rule in a pair or a mapping is a text without syntax.
    is_expression: bool,
}

impl Checking {
    fn place_of(&self, part: SetPart) -> PartPlace {
        match part {
            SetPart::List { list, term } => PartPlace {
                label: None,
                id: None,
                place: self
                    .list_places
                    .get(list)
                    .and_then(|terms| terms.get(term))
                    .cloned()
                    .unwrap_or_default(),
                is_expression: false,
            },
            SetPart::Filter(filter) => {
                Self::place_of_expression(None, &self.set.filters[filter].expression)
            }
            SetPart::Rule { label, rule } => {
                let label = &self.set.labels[label];
                let rule = &label.rules[rule];
                PartPlace {
                    label: Some(label.name.clone()),
                    id: Some(rule.id.clone()),
                    place: rule.place.clone(),
                    is_expression: !is_plain(&rule.tree),
                }
            }
            SetPart::Except { label, except } => {
                let label = &self.set.labels[label];
                Self::place_of_expression(Some(&label.name), &label.except[except])
            }
        }
    }

    fn place_of_expression(label: Option<&str>, expression: &Expression) -> PartPlace {
        PartPlace {
            label: label.map(str::to_owned),
            id: None,
            place: expression.place.clone(),
            is_expression: !is_plain(&expression.tree),
        }
    }
}

/// Whether a rule is one keyword or pattern, whatever form it is written in.
fn is_plain(tree: &Node) -> bool {
    tree.match_type() != "expression"
}

fn text_of(written: Written) -> String {
    match written {
        Written::Keyword { text, .. } | Written::Pattern(text) | Written::Expression(text) => text,
    }
}
