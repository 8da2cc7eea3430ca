//! A set as one table, in CSV or a workbook: a row for each rule, option, element of a list and filter.

mod read;
mod write;

pub(super) use read::TableReader;
pub(super) use write::{TableRow, rows};

/// The columns of the table, in the order in which they are written.
pub(super) const COLUMNS: [&str; 7] = ["part", "label", "text", "match_type", "in", "id", "note"];

/// What a row may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Rule,
    Except,
    List,
    Cut,
    Drop,
    /// A label that has no rules, or has its place in the order before its rules come.
    Label,
    /// In `label` its key, such as `gate.coverage_min`; in `text` its value.
    Option,
}

const PARTS: [(&str, Part); 7] = [
    ("rule", Part::Rule),
    ("except", Part::Except),
    ("list", Part::List),
    ("cut", Part::Cut),
    ("drop", Part::Drop),
    ("label", Part::Label),
    ("option", Part::Option),
];

impl Part {
    fn as_str(self) -> &'static str {
        let known = PARTS.iter().find(|(_, part)| *part == self);
        known.map_or("rule", |(name, _)| *name)
    }

    fn of_name(name: &str) -> Option<Self> {
        let known = PARTS.iter().find(|(known, _)| *known == name);
        known.map(|(_, part)| *part)
    }
}
