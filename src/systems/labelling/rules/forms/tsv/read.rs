//! Reads a tree of TSV files.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::line::{COLUMNS, columns};
use super::{LABELS, SET_FILE, Tree};
use crate::systems::labelling::rules::document::limits::RULES;
use crate::systems::labelling::rules::document::{
    self, Draft, DraftLabel, DraftRule, ModelKind, OPTIONS, Places, RuleType, did_you_mean,
};
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::forms::label_files::label_of;
use crate::systems::labelling::rules::forms::row::{RowKind, RowPlaces, rules, unquoted};
use crate::systems::labelling::rules::forms::text::text_of;
use crate::systems::labelling::rules::set::Place;
use crate::yaml::{Content, Node};

/// What the files of a tree say.
pub fn read(tree: &Tree, findings: &mut Findings) -> Draft {
    let set_file = tree.iter().find(|(path, _)| path == SET_FILE);
    let (mut draft, order) = match set_file {
        Some((path, bytes)) => read_set(path, bytes, findings),
        None => (Draft::default(), None),
    };
    let kind = draft.options.model_type;
    let mut files = LabelTexts::default();
    for (path, bytes) in tree {
        if path != SET_FILE {
            files.add(path, bytes, findings);
        }
    }
    let names = files.in_order(order, findings);
    let mut count = 0;
    for (name, place) in names {
        if count > RULES {
            break;
        }
        let mut label = DraftLabel {
            place: place.unwrap_or_else(|| whole(&format!("{LABELS}{name}.tsv"))),
            name,
            rules: Vec::new(),
            except: Vec::new(),
        };
        if let Some((path, bytes)) = files.rules.get(&label.name) {
            label.rules = read_label(path, bytes, kind, true, findings);
        }
        if let Some((path, bytes)) = files.except.get(&label.name) {
            label.except = read_label(path, bytes, kind, false, findings);
        }
        count += label.rules.len() + label.except.len();
        draft.labels.push(label);
    }
    draft
}

/// The rules of a file with one in each line.
pub(in crate::systems::labelling::rules::forms) fn read_label(
    path: &str,
    bytes: &[u8],
    kind: ModelKind,
    with_id: bool,
    findings: &mut Findings,
) -> Vec<DraftRule> {
    let Some(text) = text_of_file(path, bytes, findings) else {
        return Vec::new();
    };
    let file: Arc<str> = path.into();
    let mut read = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        // So many are refused, and not looked at.
        if read.len() > RULES {
            break;
        }
        let place = Place::Line {
            file: Arc::clone(&file),
            line: u32::try_from(index + 1).unwrap_or(u32::MAX),
            column: 0,
        };
        read.extend(read_line(line, place, kind, with_id, findings));
    }
    read
}

fn read_line(
    line: &str,
    place: Place,
    kind: ModelKind,
    with_id: bool,
    findings: &mut Findings,
) -> Vec<DraftRule> {
    // Lines of a rule model are patterns, whatever stands in them.
    if kind == ModelKind::RuleModel {
        let pattern = RuleType::Pattern.written(line);
        return vec![DraftRule::new(pattern, place)];
    }
    let mut row = match columns(line) {
        Ok(row) => row,
        Err((message, advice)) => {
            findings.add(Code::E01, || {
                Finding::new(Code::E01, place, message).advise(advice)
            });
            return Vec::new();
        }
    };
    let note = match row.note.starts_with('"') {
        true => unquoted(row.note),
        false => None,
    };
    if let Some(note) = &note {
        row.note = note;
    }
    let is_mixed = kind == ModelKind::MixedModel;
    let row_kind = RowKind {
        with_fields: is_mixed,
        with_id: with_id && is_mixed,
        with_note: is_mixed,
        untyped: None,
    };
    let column = |name: &str| match &place {
        Place::Line { file, line: at, .. } => Place::Line {
            file: Arc::clone(file),
            line: *at,
            column: start_of(line, name),
        },
        other => other.clone(),
    };
    let places = RowPlaces {
        rule: place.clone(),
        column: &column,
    };
    rules(row, row_kind, &places, findings)
}

/// The character that a column begins with, from 1.
fn start_of(line: &str, name: &str) -> u32 {
    let index = COLUMNS.iter().position(|column| *column == name);
    let before = line.split('\t').take(index.unwrap_or(0));
    let characters: usize = before.map(|column| column.chars().count() + 1).sum();
    u32::try_from(characters + 1).unwrap_or(u32::MAX)
}

/// Labels in their order with the places of their names, if `set.yaml` says it.
type Order = Option<Vec<(String, Place)>>;

fn read_set(path: &str, bytes: &[u8], findings: &mut Findings) -> (Draft, Order) {
    let Some(text) = text_of_file(path, bytes, findings) else {
        return (Draft::default(), None);
    };
    let root = match document::parse_yaml(text) {
        Ok(root) => root,
        Err(fault) => {
            findings.push(document::syntax_fault(path, &fault));
            return (Draft::default(), None);
        }
    };
    let places = Places::Lines(path.into());
    let known: Vec<&str> = OPTIONS
        .into_iter()
        .chain(["lists", "filters", "labels"])
        .collect();
    let draft = document::read_parts(&root, &places, ModelKind::MixedModel, &known, findings);
    let order = root
        .get("labels")
        .and_then(|labels| order(labels, path, findings));
    (draft, order)
}

fn order(labels: &Node, path: &str, findings: &mut Findings) -> Order {
    let place = |node: &Node| Place::Line {
        file: path.into(),
        line: node.position.line,
        column: node.position.column,
    };
    let mut fault = |node: &Node| {
        let message = "labels: expected a list of the names of labels; their rules are files";
        findings.push(Finding::new(Code::E02, place(node), message));
    };
    let Content::List(elements) = &labels.content else {
        fault(labels);
        return None;
    };
    let mut order = Vec::with_capacity(elements.len());
    for element in elements {
        match element.text() {
            Some(name) => order.push((name.to_owned(), place(element))),
            None => fault(element),
        }
    }
    Some(order)
}

/// The files of labels by the names of the labels.
#[derive(Default)]
struct LabelTexts<'t> {
    rules: HashMap<String, (&'t str, &'t [u8])>,
    except: HashMap<String, (&'t str, &'t [u8])>,
}

impl<'t> LabelTexts<'t> {
    fn add(&mut self, path: &'t str, bytes: &'t [u8], findings: &mut Findings) {
        let name = path.strip_prefix(LABELS).unwrap_or_default();
        let stem = name.strip_suffix(".tsv").filter(|stem| !stem.contains('/'));
        let (files, stem) = match stem.map(|stem| (stem, stem.strip_suffix(".except"))) {
            Some((_, Some(stem))) => (&mut self.except, stem),
            Some((stem, None)) => (&mut self.rules, stem),
            None => {
                let message = format!("unknown file; expected {SET_FILE} and {LABELS}<label>.tsv");
                findings.add(Code::E02, || {
                    Finding::new(Code::E02, whole(path), message).advise("remove or rename it")
                });
                return;
            }
        };
        let Some(label) = label_of(stem) else {
            let message = "the name is no text in UTF-8";
            findings.push(Finding::new(Code::E02, whole(path), message));
            return;
        };
        if let Some((first, _)) = files.insert(label, (path, bytes)) {
            let message = format!("two files of one label: the other is {first}");
            findings.push(Finding::new(Code::E02, whole(path), message));
        }
    }

    /// All labels with the places of their names: as `set.yaml` lists them, else sorted.
    fn in_order(&self, order: Order, findings: &mut Findings) -> Vec<(String, Option<Place>)> {
        let mut found: Vec<&String> = self.rules.keys().chain(self.except.keys()).collect();
        found.sort_unstable();
        found.dedup();
        let Some(order) = order else {
            return found.into_iter().map(|name| (name.clone(), None)).collect();
        };
        let listed: HashSet<&str> = order.iter().map(|(name, _)| name.as_str()).collect();
        let known: Vec<&str> = listed.iter().copied().take(COMPARED).collect();
        for name in &found {
            if !listed.contains(name.as_str()) {
                let file = self.rules.get(*name).or_else(|| self.except.get(*name));
                let path = file.map_or("", |(path, _)| *path);
                findings.add(Code::E02, || {
                    let message = format!("label `{name}` is not among the labels of {SET_FILE}");
                    let finding = Finding::new(Code::E02, whole(path), message);
                    finding.advise(match known.len() {
                        0 => "add it there".to_owned(),
                        _ => format!("add it there, or {}", did_you_mean(name, &known)),
                    })
                });
            }
        }
        for (name, place) in &order {
            if !self.rules.contains_key(name) && !self.except.contains_key(name) {
                let message = format!("label `{name}` has no file");
                let finding = Finding::new(Code::E02, place.clone(), message);
                findings.push(finding.advise(format!("add {LABELS}{name}.tsv")));
            }
        }
        let order = order.into_iter();
        order.map(|(name, place)| (name, Some(place))).collect()
    }
}

/// Labels that are compared with one that is not known.
const COMPARED: usize = 100;

/// The text of a file, or a finding.
pub(in crate::systems::labelling::rules::forms) fn text_of_file<'b>(
    path: &str,
    bytes: &'b [u8],
    findings: &mut Findings,
) -> Option<&'b str> {
    let text = text_of(path, bytes);
    text.map_err(|finding| findings.push(*finding)).ok()
}

fn whole(path: &str) -> Place {
    Place::Line {
        file: path.into(),
        line: 1,
        column: 0,
    }
}
