//! What is wrong with a cell, in a code for programs and a sentence for people.

use serde::{Serialize, Serializer};

use crate::systems::prediction::import::mapping::Table;
use crate::systems::prediction::import::values::{Bound, Conversion, Fault, Kind};

/// A problem and its cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// `実績表!F9`; of what is missing the name of its sheet.
    pub cell: String,
    /// Where the rows go.
    pub table: String,
    pub column: Option<String>,
    pub code: Code,
    /// What stands in the cell.
    pub text: String,
    pub message: String,
}

/// The kind of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Code {
    Value(Fault),
    MergedNumber,
    DuplicateKey,
    Required,
    MissingColumn,
    MissingTable,
    /// What is wrong with the text of a file itself.
    Undecodable,
    OpenQuote,
}

/// Characters of a cell's text that a problem repeats.
const TEXT_MAX: usize = 200;

impl Code {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Value(Fault::NotANumber) => "not_a_number",
            Self::Value(Fault::NotAnInteger) => "not_an_integer",
            Self::Value(Fault::NotADate) => "not_a_date",
            Self::Value(Fault::NotABoolean) => "not_a_boolean",
            Self::Value(Fault::ErrorValue) => "error_value",
            Self::Value(Fault::NoFormulaValue) => "no_formula_value",
            Self::Value(Fault::UnitMismatch) => "unit_mismatch",
            Self::Value(Fault::OutOfRange) => "out_of_range",
            Self::Value(Fault::NotAllowed) => "not_allowed",
            Self::Value(Fault::OutsideEra) => "outside_era",
            Self::Value(Fault::PartialDate) => "partial_date",
            Self::MergedNumber => "merged_number",
            Self::DuplicateKey => "duplicate_key",
            Self::Required => "required",
            Self::MissingColumn => "missing_column",
            Self::MissingTable => "missing_table",
            Self::Undecodable => "undecodable",
            Self::OpenQuote => "open_quote",
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The beginning of a text that may be long.
pub(crate) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(TEXT_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Why a row is left out that lacks a value which it needs; `output` is its place among the outputs.
pub(super) fn lacking(table: &Table, output: usize) -> String {
    let outputs = table.outputs();
    let name = outputs.get(output).map_or("", |output| output.name);
    if table.key.contains(&output) {
        format!("no value for key {name}")
    } else {
        format!("no value for the required column {name}")
    }
}

/// What is wrong with a value, in a sentence.
pub(crate) fn sentence(fault: Fault, text: &str, conversion: &Conversion) -> String {
    let text = shortened(text);
    let unit = conversion
        .unit
        .as_ref()
        .map_or("", |unit| unit.text.as_str());
    match fault {
        Fault::NotANumber => format!("`{text}` is not a number"),
        Fault::NotAnInteger => format!("`{text}` is not a whole number"),
        Fault::NotADate => match conversion.kind {
            Kind::Date => format!("`{text}` is not a date with its day"),
            Kind::Datetime => format!("`{text}` is not a date with its day and time"),
            Kind::Month => format!("`{text}` is not a month of a year"),
            _ => format!("`{text}` is not a year"),
        },
        Fault::NotABoolean => format!(
            "`{text}` is neither yes nor no; expected a mark such as \
            ○ or ×"
        ),
        Fault::ErrorValue => format!("the cell holds the error {text}"),
        Fault::NoFormulaValue => "the cell holds a formula whose value was not stored; open \
            the workbook in a spreadsheet program and save it"
            .to_owned(),
        Fault::UnitMismatch if unit.is_empty() => format!(
            "`{text}` has another unit than its \
            heading"
        ),
        Fault::UnitMismatch => format!(
            "`{text}` has another unit than the column, which is in \
            {unit}"
        ),
        Fault::OutOfRange => format!("`{text}` is not {}", range(conversion)),
        Fault::NotAllowed if conversion.one_of.is_empty() => {
            let pattern = conversion.like.as_ref().or(conversion.matching.as_ref());
            let pattern = pattern.map_or("", |pattern| pattern.as_str());
            format!("`{text}` does not look like `{pattern}`")
        }
        Fault::NotAllowed => {
            let known: Vec<&str> = conversion
                .one_of
                .iter()
                .take(20)
                .map(String::as_str)
                .collect();
            format!(
                "`{text}` is not allowed; expected one of {}",
                known.join(", ")
            )
        }
        Fault::OutsideEra => format!(
            "`{text}` is outside of its era; it was taken as it is \
            counted"
        ),
        Fault::PartialDate => format!("`{text}` is incomplete; its first day was taken"),
    }
}

fn range(conversion: &Conversion) -> String {
    let shown = |bound: &Bound| match bound {
        Bound::Number(number) => number.to_string(),
        Bound::Text(text) => text.clone(),
    };
    match (&conversion.min, &conversion.max) {
        (Some(min), Some(max)) => format!("from {} to {}", shown(min), shown(max)),
        (Some(min), None) => format!("at least {}", shown(min)),
        (None, Some(max)) => format!("at most {}", shown(max)),
        (None, None) => "in its range".to_owned(),
    }
}
