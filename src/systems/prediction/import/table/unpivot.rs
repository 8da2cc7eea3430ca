//! Columns that become rows: which of them belong to one row, and what their headings mean.

use std::borrow::Cow;
use std::collections::HashMap;

use super::header::Heading;
use super::layout::{Field, Plan};
use super::problem::{Code, Problem, lacking, sentence};
use crate::systems::prediction::import::mapping::{Level, Unpivot};
use crate::systems::prediction::import::values::{
    Cell, Conversion, Kind, Value, fold, without_unit,
};

/// The fields that become one row.
#[derive(Debug)]
pub(super) struct Group {
    /// The values of the levels that are columns.
    pub levels: Vec<Value>,
    /// For each value column the field that it is read from.
    pub fields: Vec<Option<Field>>,
    /// The first of them.
    pub first: u32,
    /// Whether a level that is required has no value.
    pub is_left_out: bool,
}

/// What is left of the headings, in groups that differ in their levels.
pub(super) fn groups(plan: &mut Plan<'_>, unpivot: &Unpivot) -> Vec<Group> {
    let values = unpivot.values().count();
    let mut groups: Vec<Group> = Vec::new();
    let mut by_levels: HashMap<Vec<String>, usize> = HashMap::new();
    let mut is_found = vec![false; values];
    for index in 0..plan.header.headings.len() {
        let heading = &plan.header.headings[index];
        if plan.is_read[index] || heading.path.is_empty() {
            continue;
        }
        if let Some(pattern) = plan
            .table
            .skip_columns
            .as_ref()
            .filter(|pattern| heading.path.iter().any(|level| pattern.finds(level)))
        {
            let why = format!("its heading matches skip_columns `{}`", pattern.as_str());
            let cell = plan.view.name(heading.lowest, heading.field);
            plan.is_read[index] = true;
            plan.skipped.push(super::Skipped { cell, why });
            continue;
        }
        let levels = levels_of(heading, unpivot.levels.len());
        let Some(value) = value_of(unpivot, &levels) else {
            continue;
        };
        plan.is_read[index] = true;
        is_found[value] = true;
        let named = unpivot.levels.iter().zip(&levels);
        let named = named.filter_map(|(level, text)| match level {
            Level::Named { conversion, .. } => Some(fold(&label(text, conversion))),
            Level::Spread(_) => None,
        });
        let mut key: Vec<String> = named.collect();
        if unpivot.value.is_some() {
            // Without a spread each column is a row of its own.
            key.push(heading.field.to_string());
        }
        let group = match by_levels.get(&key) {
            // A second column for one value is a row of its own.
            Some(group) if groups[*group].fields[value].is_none() => *group,
            _ => {
                let group = new_group(plan, unpivot, index, &levels, values);
                groups.push(group);
                by_levels.insert(key, groups.len() - 1);
                groups.len() - 1
            }
        };
        groups[group].fields[value] = Some(Field::of(heading));
        if let Some((name, conversion)) = unpivot.values().nth(value) {
            let heading = &plan.header.headings[index];
            plan.check_unit(heading, name, conversion);
        }
    }
    for (at, (name, _)) in unpivot
        .values()
        .enumerate()
        .filter(|(at, _)| !is_found[*at])
    {
        let wanted = spread_heading(unpivot, at).unwrap_or("what `columns` leaves over");
        plan.missing(name, wanted);
    }
    groups
}

fn new_group(
    plan: &mut Plan<'_>,
    unpivot: &Unpivot,
    index: usize,
    levels: &[String],
    values: usize,
) -> Group {
    let heading = &plan.header.headings[index];
    let mut group = Group {
        levels: Vec::new(),
        fields: vec![None; values],
        first: heading.field,
        is_left_out: false,
    };
    let first_level = plan.table.columns.len();
    for (level, text) in unpivot.levels.iter().zip(levels) {
        let Level::Named { name, conversion } = level else {
            continue;
        };
        let label = label(text, conversion);
        let converted = conversion.convert(Cell::Text(&label), None, plan.nulls);
        let is_needed =
            conversion.required || plan.table.key.contains(&(first_level + group.levels.len()));
        let fault = converted.fault.or(converted.note);
        let code = match fault {
            Some(fault) => Some(Code::Value(fault)),
            None if is_needed && converted.value.is_null() => Some(Code::Required),
            None => None,
        };
        if is_needed && converted.value.is_null() && !group.is_left_out {
            group.is_left_out = true;
            plan.skipped.push(super::Skipped {
                cell: plan.view.name(heading.lowest, heading.field),
                why: lacking(plan.table, first_level + group.levels.len()),
            });
        }
        if let Some(code) = code {
            let message = match fault {
                Some(fault) => sentence(fault, text, conversion),
                None => format!("the heading has no level for the column {name}"),
            };
            let record = level_record(heading, text, plan.header.records.start);
            plan.problems.push(Problem {
                cell: plan.view.name(record, heading.field),
                table: plan.table.into.clone(),
                column: Some(name.clone()),
                code,
                text: text.clone(),
                message,
            });
        }
        group.levels.push(converted.value);
    }
    group
}

/// A level as a value: without the unit that it has in brackets, unless it is nothing else.
fn label<'t>(text: &'t str, conversion: &Conversion) -> Cow<'t, str> {
    if conversion.kind == Kind::Raw {
        return Cow::Borrowed(text);
    }
    match without_unit(text) {
        Some(rest) if !fold(&rest).is_empty() => Cow::Owned(rest),
        _ => Cow::Borrowed(text),
    }
}

/// The record of the header that holds a level's text.
fn level_record(heading: &Heading, text: &str, first: u32) -> u32 {
    let at = heading.levels.iter().position(|level| level == text);
    at.and_then(|at| u32::try_from(at).ok())
        .map_or(heading.lowest, |at| first + at)
}

/// The texts of as many levels as are wanted: those that differ, else those that there are.
fn levels_of(heading: &Heading, wanted: usize) -> Vec<String> {
    let full = heading.levels.iter().all(|level| !fold(level).is_empty());
    let mut levels = if heading.path.len() != wanted && heading.levels.len() == wanted && full {
        heading.levels.clone()
    } else {
        heading.path.clone()
    };
    levels.resize(wanted, String::new());
    levels
}

/// Which value column a heading goes into; `None` of one that is not spread.
fn value_of(unpivot: &Unpivot, levels: &[String]) -> Option<usize> {
    if unpivot.value.is_some() {
        return Some(0);
    }
    let spread = unpivot
        .levels
        .iter()
        .zip(levels)
        .find_map(|(level, text)| match level {
            Level::Spread(spreads) => Some((spreads, text)),
            Level::Named { .. } => None,
        });
    let (spreads, text) = spread?;
    spreads
        .iter()
        .position(|spread| spread.heading.matches(text))
}

fn spread_heading(unpivot: &Unpivot, value: usize) -> Option<&str> {
    let mut spreads = unpivot.levels.iter().filter_map(|level| match level {
        Level::Spread(spreads) => Some(spreads),
        Level::Named { .. } => None,
    });
    Some(spreads.next()?.get(value)?.heading.as_str())
}
