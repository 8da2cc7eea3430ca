//! Reads the rows of a table.

use std::collections::HashMap;

use super::{COLUMNS, PARTS, Part};
use crate::systems::labelling::rules::document::limits::{LABELS, LIST_TERMS, RULES};
use crate::systems::labelling::rules::document::{
    self, Draft, DraftFilter, DraftLabel, DraftList, ModelKind, OPTIONS, Places, RuleType,
    did_you_mean, shown,
};
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::forms::row::{RowKind, RowPlaces, RuleColumns, rules};
use crate::systems::labelling::rules::set::{FilterAction, Place};
use crate::yaml::{Content, Entry, Node, Position, Style};

/// Rows of a table: rules, elements of lists, labels and options of the largest set.
const ROWS_MAX: usize = RULES + LIST_TERMS + LABELS + OPTIONS_MAX;

/// Options that are looked at: there are some that are known.
const KEYS_MAX: usize = 100;

/// Options, with a threshold for each label.
const OPTIONS_MAX: usize = 2 * LABELS + 1_000;

/// Fills a draft row by row. The first row names the columns.
pub(in crate::systems::labelling::rules::forms) struct TableReader {
    places: Places,
    /// For each of [`COLUMNS`], where it is.
    columns: Option<[Option<usize>; COLUMNS.len()]>,
    options: Node,
    rows: usize,
    labels: HashMap<String, usize>,
    lists: HashMap<String, usize>,
    draft: Draft,
}

impl TableReader {
    pub fn new(places: Places) -> Self {
        Self {
            places,
            columns: None,
            options: Node::mapping(Position::default(), Vec::new()),
            rows: 0,
            labels: HashMap::new(),
            lists: HashMap::new(),
            draft: Draft::default(),
        }
    }

    /// Takes a row; `number` counts from 1. Cells that are not there are empty.
    pub fn row<S: AsRef<str>>(&mut self, number: u32, cells: &[S], findings: &mut Findings) {
        if cells.iter().all(|cell| cell.as_ref().trim().is_empty()) {
            return;
        }
        let Some(columns) = self.columns else {
            self.header(number, cells, findings);
            return;
        };
        self.rows += 1;
        // So many are refused, and not looked at.
        if self.rows > ROWS_MAX {
            return;
        }
        let at = |column: usize| columns[column].and_then(|index| cells.get(index));
        let [part, label, text, types, fields, id, note] =
            std::array::from_fn(|column| at(column).map_or("", |cell| cell.as_ref()));
        if let Some(index) = (0..cells.len()).find(|index| {
            !columns.contains(&Some(*index)) && !cells[*index].as_ref().trim().is_empty()
        }) {
            let place = self.place(number, index);
            let message = "a cell in a column without a name";
            findings.push(Finding::new(Code::E02, place, message).advise("remove it"));
        }
        let row = RuleColumns {
            text,
            types,
            fields,
            id,
            note,
        };
        let place = self.place(number, columns[0].unwrap_or(0));
        match Part::of_name(part.trim()) {
            Some(part) => self.part(part, number, label, row, findings),
            None => findings.add(Code::E02, || {
                let known: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
                let message = format!("part: found `{}`", shown(part.trim()));
                Finding::new(Code::E02, place, message).advise(did_you_mean(part.trim(), &known))
            }),
        }
    }

    pub fn finish(self, findings: &mut Findings) -> Draft {
        if self.rows > ROWS_MAX {
            let message = format!("more than {ROWS_MAX} rows");
            let finding = Finding::new(Code::E08, self.place(1, 0), message);
            findings.push(finding.advise("make two sets of it"));
        }
        if self.columns.is_none() {
            let place = self.place(1, 0);
            let message = format!("the table is empty; expected {}", COLUMNS.join(","));
            findings.push(Finding::new(Code::E01, place, message));
        }
        let options = document::read_parts(
            &self.options,
            &self.places,
            ModelKind::MixedModel,
            &OPTIONS,
            findings,
        );
        Draft {
            options: options.options,
            ..self.draft
        }
    }

    fn header<S: AsRef<str>>(&mut self, number: u32, cells: &[S], findings: &mut Findings) {
        let mut columns = [None; COLUMNS.len()];
        for (index, cell) in cells.iter().enumerate() {
            let name = cell.as_ref().trim();
            if name.is_empty() {
                continue;
            }
            let column = COLUMNS.iter().position(|known| *known == name);
            let problem = match column {
                None if index == 0 && name.contains([';', '\t']) => {
                    let message = "fields are not separated by commas".to_owned();
                    Some((message, "save it with commas between fields".to_owned()))
                }
                None => {
                    let message = format!("unknown column `{}`", shown(name));
                    Some((message, did_you_mean(name, &COLUMNS)))
                }
                Some(column) if columns[column].is_some() => {
                    let message = format!("the column `{name}` is there twice");
                    Some((message, "keep one".to_owned()))
                }
                Some(column) => {
                    columns[column] = Some(index);
                    None
                }
            };
            if let Some((message, advice)) = problem {
                let place = self.place(number, index);
                findings.push(Finding::new(Code::E02, place, message).advise(advice));
            }
        }
        for (name, column) in COLUMNS.iter().zip(&columns).take(4) {
            if column.is_none() {
                let message = format!("there is no column `{name}`");
                let advice = format!("the first row is {}", COLUMNS.join(","));
                let place = self.place(number, 0);
                findings.push(Finding::new(Code::E02, place, message).advise(advice));
            }
        }
        self.columns = Some(columns);
    }

    fn place(&self, row: u32, column: usize) -> Place {
        let column = u32::try_from(column + 1).unwrap_or(u32::MAX);
        match &self.places {
            Places::Cells(sheet) => Place::Cell {
                sheet: sheet.clone(),
                row,
                column,
            },
            Places::Rows(file) | Places::Lines(file) => Place::Line {
                file: file.clone(),
                line: row,
                column: 0,
            },
            Places::Pointers => Place::Unknown,
        }
    }

    /// The place of a column of a row.
    fn column_place(&self, row: u32, name: &str) -> Place {
        let column = COLUMNS.iter().position(|column| *column == name);
        let index = column.and_then(|column| self.columns.and_then(|columns| columns[column]));
        self.place(row, index.unwrap_or(0))
    }

    fn part(
        &mut self,
        part: Part,
        number: u32,
        label: &str,
        row: RuleColumns<'_>,
        findings: &mut Findings,
    ) {
        let needs_label = !matches!(part, Part::Cut | Part::Drop);
        if needs_label == label.is_empty() {
            let (message, advice) = match needs_label {
                true => (
                    "label: it is empty",
                    "name the label, the list or the option",
                ),
                false => ("label: a filter has none", "remove it"),
            };
            let place = self.column_place(number, "label");
            findings.add(Code::E02, || {
                Finding::new(Code::E02, place, message).advise(advice)
            });
            return;
        }
        match part {
            Part::Option => self.option(number, label, row, findings),
            Part::Label => {
                self.only_text(part, number, row, "", findings);
                self.label(label, number);
            }
            Part::List if row.text.is_empty() && row.types.trim().is_empty() => {
                self.only_text(part, number, row, "", findings);
                self.list(label, number);
            }
            Part::List | Part::Rule | Part::Except | Part::Cut | Part::Drop => {
                self.rule(part, number, label, row, findings);
            }
        }
    }

    fn rule(
        &mut self,
        part: Part,
        number: u32,
        label: &str,
        row: RuleColumns<'_>,
        findings: &mut Findings,
    ) {
        let kind = RowKind {
            with_fields: part != Part::List,
            with_id: part == Part::Rule,
            with_note: part != Part::List,
            untyped: (part != Part::Rule).then_some(RuleType::Expression),
        };
        let read = {
            let column = |name: &str| self.column_place(number, name);
            let places = RowPlaces {
                rule: self.column_place(number, "text"),
                column: &column,
            };
            rules(row, kind, &places, findings)
        };
        match part {
            Part::Rule => {
                let label = self.label(label, number);
                self.draft.labels[label].rules.extend(read);
            }
            Part::Except => {
                let label = self.label(label, number);
                self.draft.labels[label].except.extend(read);
            }
            Part::List => {
                let list = self.list(label, number);
                self.draft.lists[list].terms.extend(read);
            }
            Part::Cut | Part::Drop | Part::Label | Part::Option => {
                let action = match part {
                    Part::Cut => FilterAction::Cut,
                    _ => FilterAction::Drop,
                };
                let filters = read.into_iter().map(|rule| DraftFilter { action, rule });
                self.draft.filters.extend(filters);
            }
        }
    }

    /// A row that has a name and a text at most.
    fn only_text(
        &self,
        part: Part,
        number: u32,
        row: RuleColumns<'_>,
        text: &str,
        findings: &mut Findings,
    ) {
        let cells = [
            ("text", if text.is_empty() { row.text } else { "" }),
            ("match_type", row.types),
            ("in", row.fields),
            ("id", row.id),
            ("note", row.note),
        ];
        for (name, _) in cells.into_iter().filter(|(_, cell)| !cell.is_empty()) {
            findings.add(Code::E02, || {
                let message = format!("{name}: a row of a {} has none", part.as_str());
                let place = self.column_place(number, name);
                Finding::new(Code::E02, place, message).advise("remove it")
            });
        }
    }

    fn label(&mut self, name: &str, number: u32) -> usize {
        if let Some(index) = self.labels.get(name) {
            return *index;
        }
        let index = self.draft.labels.len();
        self.labels.insert(name.to_owned(), index);
        self.draft.labels.push(DraftLabel {
            name: name.to_owned(),
            place: self.column_place(number, "label"),
            rules: Vec::new(),
            except: Vec::new(),
        });
        index
    }

    fn list(&mut self, name: &str, number: u32) -> usize {
        if let Some(index) = self.lists.get(name) {
            return *index;
        }
        let index = self.draft.lists.len();
        self.lists.insert(name.to_owned(), index);
        self.draft.lists.push(DraftList {
            name: name.to_owned(),
            place: self.column_place(number, "label"),
            terms: Vec::new(),
        });
        index
    }

    /// `gate.label_members_min.food` stands for three levels: the name of a label may have points.
    fn option(&mut self, number: u32, key: &str, row: RuleColumns<'_>, findings: &mut Findings) {
        self.only_text(Part::Option, number, row, row.text, findings);
        let column = self.columns.and_then(|columns| columns[2]).unwrap_or(0);
        let position = Position {
            line: number,
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        };
        if self.options.entries().len() > KEYS_MAX {
            findings.add(Code::E08, || {
                let message = format!("more than {KEYS_MAX} options");
                Finding::new(Code::E08, self.column_place(number, "label"), message)
            });
            return;
        }
        let steps: Vec<&str> = match key.split_once('.') {
            Some(("gate", rest)) => std::iter::once("gate").chain(rest.splitn(2, '.')).collect(),
            _ => vec![key],
        };
        let value = Node::scalar(position, row.text.to_owned(), Style::Untyped);
        insert(&mut self.options, &steps, value);
    }
}

/// Puts a value below its keys. One that is there already stays, and the fault shows when they are read.
fn insert(node: &mut Node, steps: &[&str], value: Node) {
    let Some((first, rest)) = steps.split_first() else {
        return;
    };
    let position = value.position;
    let is_inner = !rest.is_empty();
    if is_inner && let Some(inner) = node.get_mut(first).filter(|inner| inner.is_mapping()) {
        insert(inner, rest, value);
        return;
    }
    let value = match is_inner {
        true => {
            let mut inner = Node::mapping(position, Vec::new());
            insert(&mut inner, rest, value);
            inner
        }
        false => value,
    };
    if let Content::Mapping(entries) = &mut node.content {
        let key = Node::scalar(position, (*first).to_owned(), Style::Quoted);
        entries.push(Entry { key, value });
    }
}
