//! What lint finds, by rule.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::systems::prediction::import::workbook::address;

/// Cells that a finding lists.
const CELLS_MAX: usize = 100;

/// A rule that a sheet breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub rule: Rule,
    pub sheet: String,
    /// The first hundred, such as `B7`.
    pub cells: Vec<String>,
    /// All of them.
    pub count: u64,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub advice: &'static str,
}

/// The rules that a program can judge, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    OneDatum,
    Numbers,
    Merges,
    Layout,
    OmittedNames,
    Formulas,
    Objects,
    Units,
    Characters,
    Time,
    Marks,
    SplitData,
    OneTable,
}

impl Rule {
    pub const fn number(self) -> &'static str {
        match self {
            Self::OneDatum => "1-2",
            Self::Numbers => "1-3",
            Self::Merges => "1-4",
            Self::Layout => "1-5",
            Self::OmittedNames => "1-6",
            Self::Formulas => "1-7",
            Self::Objects => "1-8",
            Self::Units => "1-9",
            Self::Characters => "1-10",
            Self::Time => "1-11",
            Self::Marks => "1-13",
            Self::SplitData => "1-14",
            Self::OneTable => "1-15",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::OneDatum => "a cell holds more than one value",
            Self::Numbers => {
                "a number is stored as a text, or with its unit, its commas or a sign such as ▲"
            }
            Self::Merges => "cells are merged",
            Self::Layout => "white space or a line break is there for the looks of a text",
            Self::OmittedNames => {
                "a name is left out because it is that of the row above, or a column has no \
                    heading"
            }
            Self::Formulas => "a cell holds a formula",
            Self::Objects => "the sheet has objects on it",
            Self::Units => "no unit is stated for a column of numbers",
            Self::Characters => "a character depends on the system that shows it",
            Self::Time => "a time is given by the Japanese calendar alone",
            Self::Marks => "a mark stands for a value in a column of numbers",
            Self::SplitData => "a table is split up by an empty row or column",
            Self::OneTable => "the sheet has more than one table",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::OneDatum => "Give each value a cell of its own; add rows or columns for them.",
            Self::Numbers => {
                "Enter the bare number, with - for negative ones, and leave commas and signs \
                    to the format of the cell; state the unit in the heading."
            }
            Self::Merges => "Take the merges apart and write the value into each of the cells.",
            Self::Layout => {
                "Write words without spaces inside, and use the alignment and the width of the \
                    cell."
            }
            Self::OmittedNames => {
                "Write the name into each row, and a heading above each \
                column."
            }
            Self::Formulas => "Paste the values over the formulas.",
            Self::Objects => "Move what they say into cells, or into another file.",
            Self::Units => {
                "State the unit in the heading, such as 金額（千円）, or once as 単位：千円."
            }
            Self::Characters => "Write them out: 1 for ①, 株式会社 for ㈱, m2 for ㎡, 平成 for ㍻.",
            Self::Time => "Use the western year or a date, or add a column with it.",
            Self::Marks => "Leave the cell empty, and say why in a column of its own.",
            Self::SplitData => "Take the empty rows and columns out.",
            Self::OneTable => "Give each table a sheet of its own.",
        }
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.number())
    }
}

/// The findings of a sheet, one for each rule.
pub(super) struct Findings {
    sheet: String,
    by_rule: BTreeMap<Rule, Finding>,
}

impl Findings {
    pub fn of(sheet: &str) -> Self {
        Self {
            sheet: sheet.to_owned(),
            by_rule: BTreeMap::new(),
        }
    }

    pub fn add(&mut self, rule: Rule, (row, column): (u32, u32)) {
        self.add_area(rule, address(row, column));
    }

    /// Adds a cell, or an area such as `A1:H1`.
    pub fn add_area(&mut self, rule: Rule, area: String) {
        let finding = self.entry(rule);
        finding.count += 1;
        if finding.cells.len() < CELLS_MAX {
            finding.cells.push(area);
        }
    }

    /// Adds what has no cells.
    pub fn add_whole(&mut self, rule: Rule, count: u64, message: String) {
        let finding = self.entry(rule);
        finding.count += count;
        finding.message = message;
    }

    fn entry(&mut self, rule: Rule) -> &mut Finding {
        let sheet = &self.sheet;
        self.by_rule.entry(rule).or_insert_with(|| Finding {
            rule,
            sheet: sheet.clone(),
            cells: Vec::new(),
            count: 0,
            message: rule.message().to_owned(),
            advice: rule.advice(),
        })
    }

    pub fn into_sorted(self) -> impl Iterator<Item = Finding> {
        self.by_rule.into_values()
    }
}
