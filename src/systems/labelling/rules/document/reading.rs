//! The whole of a document in YAML or JSON: its options, lists, filters and labels.

use super::at::At;
use super::draft::{Draft, DraftFilter, DraftLabel, DraftList, DraftRule, ModelKind};
use super::limits;
use super::options::{self, OPTIONS};
use super::rule_forms::{RuleReader, check_keys, fields_of, string_of};
use crate::systems::labelling::rules::finding::Findings;
use crate::systems::labelling::rules::set::FilterAction;

/// Keys of a document beside its options.
const PARTS: [&str; 3] = ["lists", "filters", "labels"];

/// Reads a whole document. `kind`: what its rules are if it does not say.
pub fn draft(root: &At<'_>, kind: ModelKind, findings: &mut Findings) -> Draft {
    if !root.node.is_mapping() {
        root.expected(findings, "a mapping with name, model_type and labels");
        return Draft::default();
    }
    let known: Vec<&str> = OPTIONS.into_iter().chain(PARTS).collect();
    check_keys(root, &known, findings);
    let mut draft = parts(root, kind, findings);
    if let Some(labels) = root.get("labels") {
        draft.labels = read_labels(&labels, draft.options.model_type, findings);
    }
    draft
}

/// Everything but the labels.
pub fn parts(root: &At<'_>, kind: ModelKind, findings: &mut Findings) -> Draft {
    let options = options::read(root, kind, findings);
    let terms = RuleReader {
        kind: ModelKind::MixedModel,
        with_id: false,
    };
    let mut draft = Draft::default();
    if let Some(lists) = root.get("lists") {
        draft.lists = read_lists(&lists, terms, findings);
    }
    if let Some(filters) = root.get("filters") {
        draft.filters = read_filters(&filters, terms, findings);
    }
    draft.options = options;
    draft
}

fn read_lists(at: &At<'_>, terms: RuleReader, findings: &mut Findings) -> Vec<DraftList> {
    if !at.node.is_mapping() {
        at.expected(findings, "a mapping of names to lists of terms");
    }
    let mut lists = Vec::new();
    for (name, list) in at.entries() {
        let Some(elements) = list.elements() else {
            list.expected(findings, "a list of terms");
            continue;
        };
        let mut read = Vec::with_capacity(elements.len());
        for element in elements {
            read.extend(terms.read(&element, findings));
        }
        lists.push(DraftList {
            name: name.to_owned(),
            place: list.place(),
            terms: read,
        });
    }
    lists
}

fn read_filters(at: &At<'_>, terms: RuleReader, findings: &mut Findings) -> Vec<DraftFilter> {
    let Some(elements) = at.elements() else {
        at.expected(findings, "a list of filters, each with cut or drop");
        return Vec::new();
    };
    let mut filters = Vec::new();
    for element in elements {
        filters.extend(read_filter(&element, terms, findings));
    }
    filters
}

/// Several if it names several match types.
fn read_filter(at: &At<'_>, terms: RuleReader, findings: &mut Findings) -> Vec<DraftFilter> {
    if !at.node.is_mapping() {
        at.expected(findings, "a mapping with cut or drop");
        return Vec::new();
    }
    check_keys(at, &["cut", "drop", "in", "note"], findings);
    let (action, looked_for) = match (at.get("cut"), at.get("drop")) {
        (Some(cut), None) => (FilterAction::Cut, cut),
        (None, Some(drop)) => (FilterAction::Drop, drop),
        (Some(_), Some(_)) => {
            at.fault(findings, "a filter with cut and drop", "make two of it");
            return Vec::new();
        }
        (None, None) => {
            at.fault(findings, "a filter without cut and drop", "add one of them");
            return Vec::new();
        }
    };
    let fields = at.get("in").and_then(|fields| fields_of(&fields, findings));
    let note = at
        .get("note")
        .and_then(|note| string_of(&note, findings))
        .map(str::to_owned);
    let rules = terms.read(&looked_for, findings);
    let filters = rules.into_iter().map(|rule| DraftFilter {
        action,
        rule: DraftRule {
            fields: fields.or(rule.fields),
            note: note.clone().or(rule.note),
            place: at.line(),
            ..rule
        },
    });
    filters.collect()
}

/// `{food: [rules]}` or `[{name: food, rules: [rules], except: [rules]}]`.
fn read_labels(at: &At<'_>, kind: ModelKind, findings: &mut Findings) -> Vec<DraftLabel> {
    if at.node.is_null() {
        return Vec::new();
    }
    if let Some(elements) = at.elements() {
        let mut labels = Vec::with_capacity(elements.len());
        for element in elements {
            labels.extend(listed_label(&element, kind, findings));
        }
        return labels;
    }
    if !at.node.is_mapping() {
        let expected = "a list of labels with name and rules, or a mapping of labels to rules";
        at.expected(findings, expected);
    }
    let mut labels = Vec::new();
    for (name, value) in at.entries() {
        labels.push(match value.node.is_mapping() {
            true => {
                check_keys(&value, label_keys(kind, false), findings);
                label(name, &value, kind, findings)
            }
            false => DraftLabel {
                name: name.to_owned(),
                place: value.place(),
                rules: read_rules(&value, kind, true, findings),
                except: Vec::new(),
            },
        });
    }
    labels
}

fn listed_label(at: &At<'_>, kind: ModelKind, findings: &mut Findings) -> Option<DraftLabel> {
    if !at.node.is_mapping() {
        at.expected(findings, "a mapping with name and rules");
        return None;
    }
    check_keys(at, label_keys(kind, true), findings);
    let Some(name) = at.get("name") else {
        at.fault(findings, "a label without name", "add it");
        return None;
    };
    let name = string_of(&name, findings)?;
    Some(label(name, at, kind, findings))
}

fn label_keys(kind: ModelKind, with_name: bool) -> &'static [&'static str] {
    match (kind, with_name) {
        (ModelKind::MixedModel, true) => &["name", "rules", "except"],
        (ModelKind::MixedModel, false) => &["rules", "except"],
        (_, true) => &["name", "rules"],
        (_, false) => &["rules"],
    }
}

fn label(name: &str, at: &At<'_>, kind: ModelKind, findings: &mut Findings) -> DraftLabel {
    let mut rules_of = |key, with_id| match at.get(key) {
        Some(rules) => read_rules(&rules, kind, with_id, findings),
        None => Vec::new(),
    };
    DraftLabel {
        name: name.to_owned(),
        place: at.line(),
        rules: rules_of("rules", true),
        except: rules_of("except", false),
    }
}

fn read_rules(
    at: &At<'_>,
    kind: ModelKind,
    with_id: bool,
    findings: &mut Findings,
) -> Vec<DraftRule> {
    if at.node.is_null() {
        return Vec::new();
    }
    let Some(elements) = at.elements() else {
        at.expected(findings, "a list of rules");
        return Vec::new();
    };
    let reader = RuleReader { kind, with_id };
    let mut rules = Vec::with_capacity(elements.len().min(limits::RULES));
    for element in elements {
        // So many are refused, and not looked at.
        if rules.len() > limits::RULES {
            break;
        }
        rules.extend(reader.read(&element, findings));
    }
    rules
}
