//! A mapping as the rest of the engine uses it.

use crate::systems::prediction::import::values::{
    Conversion, Kind, NullWords, Pattern, fold, without_unit,
};

/// How a workbook becomes rows.
#[derive(Clone, Debug)]
pub(crate) struct Mapping {
    pub name: String,
    pub sheet: SheetChoice,
    pub includes_hidden: bool,
    /// Of CSV and TSV; `None`: detected.
    pub encoding: Option<String>,
    pub null_words: NullWords,
    /// A name of the settings' outputs; `None`: the engine's database.
    pub output: Option<String>,
    pub tables: Vec<Table>,
}

/// Which sheets are read.
#[derive(Clone, Debug)]
pub(crate) enum SheetChoice {
    First,
    /// The first whose folded name has this in it.
    Named(String),
    Matching {
        regex: Pattern,
        each: bool,
    },
    /// From 1.
    Numbered(usize),
}

/// A table of a sheet, and where its rows go.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub into: String,
    /// `None`: a form, which is one row of `meta`.
    pub start: Option<Start>,
    pub after: Option<Pattern>,
    /// Downwards; `None`: as many as the first heading is merged over.
    pub header_rows: Option<u32>,
    pub header_above: u32,
    pub header_fill: bool,
    pub transpose: bool,
    pub end: Option<Pattern>,
    pub blank_rows: u32,
    pub skip_rows: Option<SkipRows>,
    pub skip_columns: Option<Pattern>,
    /// Indices of columns.
    pub fill_down: Vec<usize>,
    pub columns: Vec<Column>,
    pub unpivot: Option<Unpivot>,
    /// Indices of outputs.
    pub key: Vec<usize>,
    pub meta: Vec<Meta>,
}

/// The first heading of a table.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub text: Wildcard,
    /// From 1, in reading order.
    pub nth: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum SkipRows {
    /// Any text column.
    Any(Pattern),
    /// Indices of columns.
    Columns(Vec<(usize, Pattern)>),
}

/// A column that is read from a column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub name: String,
    pub from: HeadingPath,
    pub conversion: Conversion,
}

/// The levels of a heading, from the top.
#[derive(Clone, Debug)]
pub(crate) struct HeadingPath(pub Vec<Wildcard>);

/// A folded text in which `*` stands for anything.
#[derive(Clone, Debug)]
pub(crate) struct Wildcard {
    text: String,
    parts: Vec<String>,
}

/// What is left of the columns as rows.
#[derive(Clone, Debug)]
pub(crate) struct Unpivot {
    pub levels: Vec<Level>,
    /// `None` if a level spreads.
    pub value: Option<(String, Conversion)>,
    pub keeps_nulls: bool,
}

/// A level of the headings of what is left.
#[derive(Clone, Debug)]
pub(crate) enum Level {
    Named {
        name: String,
        conversion: Box<Conversion>,
    },
    /// Each heading is a column of its own.
    Spread(Vec<Spread>),
}

#[derive(Clone, Debug)]
pub(crate) struct Spread {
    pub heading: Wildcard,
    pub name: String,
    pub conversion: Conversion,
}

/// A value of the whole table.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    pub name: String,
    pub place: Place,
    pub conversion: Conversion,
}

#[derive(Clone, Debug)]
pub(crate) enum Place {
    Find(Pattern),
    RightOf(Wildcard),
    Below(Wildcard),
    /// Row and column, from 0.
    Cell {
        row: u32,
        column: u32,
    },
    Sheet(Pattern),
}

/// A column of the rows that come out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output<'t> {
    pub name: &'t str,
    pub kind: Kind,
}

impl Table {
    /// The columns of its rows: those of `columns`, the levels and values of `unpivot`, those of `meta`.
    pub fn outputs(&self) -> Vec<Output<'_>> {
        fn output<'t>(name: &'t str, conversion: &Conversion) -> Output<'t> {
            Output {
                name,
                kind: conversion.kind,
            }
        }
        let columns = self.columns.iter();
        let mut outputs: Vec<_> = columns
            .map(|one| output(&one.name, &one.conversion))
            .collect();
        if let Some(unpivot) = &self.unpivot {
            for level in &unpivot.levels {
                if let Level::Named { name, conversion } = level {
                    outputs.push(output(name, conversion));
                }
            }
            outputs.extend(
                unpivot
                    .values()
                    .map(|(name, conversion)| output(name, conversion)),
            );
        }
        outputs.extend(
            self.meta
                .iter()
                .map(|one| output(&one.name, &one.conversion)),
        );
        outputs
    }
}

impl Unpivot {
    /// The columns that its cells go into.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Conversion)> {
        let spreads = self.levels.iter().flat_map(|level| match level {
            Level::Spread(spreads) => spreads.as_slice(),
            Level::Named { .. } => &[],
        });
        let spreads = spreads.map(|spread| (spread.name.as_str(), &spread.conversion));
        let value = self
            .value
            .iter()
            .map(|(name, conversion)| (name.as_str(), conversion));
        spreads.chain(value)
    }
}

impl HeadingPath {
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self
                .0
                .iter()
                .zip(&other.0)
                .all(|(one, other)| one.parts == other.parts)
    }

    /// Whether these are the levels of a heading; units in brackets need not be named.
    pub fn matches<T: AsRef<str>>(&self, levels: &[T]) -> bool {
        self.0.len() == levels.len()
            && self
                .0
                .iter()
                .zip(levels)
                .all(|(wanted, level)| wanted.matches(level.as_ref()))
    }
}

impl std::fmt::Display for HeadingPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let levels: Vec<&str> = self.0.iter().map(|level| level.text.as_str()).collect();
        f.write_str(&levels.join("/"))
    }
}

impl Wildcard {
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            parts: text.split('*').map(fold).collect(),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is this text, folded, with or without the unit that it has in brackets.
    pub fn matches(&self, text: &str) -> bool {
        self.is(&fold(text)) || without_unit(text).is_some_and(|rest| self.is(&fold(&rest)))
    }

    fn is(&self, folded: &str) -> bool {
        let (Some(first), Some(last)) = (self.parts.first(), self.parts.last()) else {
            return false;
        };
        if self.parts.len() == 1 {
            return folded == first;
        }
        let Some(mut rest) = folded.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in &self.parts[1..self.parts.len() - 1] {
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        // Nothing is not something.
        rest.ends_with(last.as_str()) && !folded.is_empty()
    }
}
