//! Rules that look at the columns of a table: 1-2, 1-3, 1-6, 1-9 and 1-13.

use super::finding::{Findings, Rule};
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::outline::{Profile, TableOutline, profiles};
use crate::systems::prediction::import::table::View;
use crate::systems::prediction::import::values::{
    Cell, Kind, WrittenDate, WrittenNumber, clean, fold,
};
use crate::systems::prediction::import::workbook::Budget;

/// Headings of numbers that have no unit.
const UNITLESS: [&str; 12] = [
    "年",
    "月",
    "日",
    "番号",
    "コード",
    "順位",
    "年度",
    "no",
    "no.",
    "id",
    "№",
    "code",
];

pub(super) fn judge(
    view: &View<'_>,
    table: &TableOutline,
    is_text: bool,
    budget: Budget,
    found: &mut Findings,
) -> Result<(), ImportError> {
    let profiles = profiles(view, table, budget)?;
    let has_unit = states_unit(view);
    for profile in &profiles {
        if profile.heading.path.is_empty() {
            found.add(
                Rule::OmittedNames,
                (table.header.start, profile.heading.field),
            );
        }
        let is_counted = profile.kind.is_number();
        if is_counted && profile.heading.unit.is_none() && !has_unit && !is_unitless(profile) {
            found.add(Rule::Units, (profile.heading.lowest, profile.heading.field));
        }
    }
    // Texts in the columns in front of the first numbers name the row.
    let names = profiles
        .iter()
        .take_while(|profile| !profile.kind.is_number())
        .count();
    for row in table.body.clone() {
        // Looked for once in a row.
        let mut is_filled = None;
        for (at, profile) in profiles.iter().enumerate() {
            budget.check_time()?;
            let place = (row, profile.heading.field);
            let found_here = view.at(row, profile.heading.field);
            if !found_here.is_first(place.0, place.1) {
                continue;
            }
            match found_here.cell {
                cell if cell.is_blank() => {
                    let names_row = at < names && profile.kind == Kind::Text && profile.is_a_name();
                    if names_row
                        && row > table.body.start
                        && *is_filled.get_or_insert_with(|| has_values(view, table, row))
                    {
                        found.add(Rule::OmittedNames, place);
                    }
                }
                Cell::Text(text) => judge_text(text, profile, is_text, place, found),
                _ => {}
            }
        }
    }
    Ok(())
}

fn judge_text(
    text: &str,
    profile: &Profile,
    is_text: bool,
    place: (u32, u32),
    found: &mut Findings,
) {
    let normal = clean(text);
    if matches!(normal.as_ref(), "〃" | "同上") {
        found.add(Rule::OmittedNames, place);
        return;
    }
    if has_several(text, &normal) {
        found.add(Rule::OneDatum, place);
        return;
    }
    if !profile.kind.is_number() {
        return;
    }
    match WrittenNumber::parse(text) {
        // All of a CSV is text: what a program reads as a number is one.
        Some(_) if is_text && text.parse::<f64>().is_ok() => {}
        Some(_) => found.add(Rule::Numbers, place),
        None => found.add(Rule::Marks, place),
    }
}

/// Two numbers, or lines of their own.
fn has_several(text: &str, normal: &str) -> bool {
    let lines = text.lines().filter(|line| {
        line.chars()
            .any(|c| c.is_ascii_digit() || ('０'..='９').contains(&c))
    });
    if lines.count() > 1 {
        return true;
    }
    if WrittenNumber::parse(text).is_some()
        || WrittenDate::parse(text).is_some()
        || normal.contains([':', '-', '~'])
    {
        return false;
    }
    // 12 (34), 12人／5人
    let Some((first, second)) = normal.split_once(['(', '/', '、', ';']) else {
        return false;
    };
    let is_number = |text: &str| WrittenNumber::parse(text.trim_end_matches(')')).is_some();
    is_number(first) && is_number(second)
}

/// Whether a row has anything in it.
fn has_values(view: &View<'_>, table: &TableOutline, row: u32) -> bool {
    let mut columns = table.columns.clone();
    columns.any(|column| !view.at(row, column).cell.is_blank())
}

/// Whether the sheet says its unit anywhere: （単位：千円）.
fn states_unit(view: &View<'_>) -> bool {
    view.grid
        .iter()
        .take(2000)
        .any(|(_, _, _, cell)| matches!(cell, Cell::Text(text) if fold(text).contains("単位")))
}

fn is_unitless(profile: &Profile) -> bool {
    let lowest = profile
        .heading
        .path
        .last()
        .map(|level| fold(level).to_lowercase());
    lowest.is_none_or(|name| {
        UNITLESS
            .iter()
            .any(|word| name == *word || name.ends_with(word))
    })
}
