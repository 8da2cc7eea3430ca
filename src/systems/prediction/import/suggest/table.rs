//! Drafts a table with headings.

use super::draft::DraftTable;
use super::names::{Taken, column, unique};
use super::yaml::scalar;
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::mapping::Wildcard;
use crate::systems::prediction::import::outline::{Profile, TableOutline, profiles};
use crate::systems::prediction::import::table::View;
use crate::systems::prediction::import::values::{
    Cell, Kind, Unit, WrittenDate, clean, fold, without_unit,
};
use crate::systems::prediction::import::workbook::Budget;

/// Columns whose headings are times, from which on they become rows.
const TIMES_MIN: usize = 3;

/// Rows from the statement of a unit to the table that it is for.
const NEAR: u32 = 5;

/// What a level of headings is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Time {
    Year,
    Month,
    /// 4月
    MonthOfYear,
    Date,
}

pub(super) fn draft(
    view: &View<'_>,
    outline: &TableOutline,
    import: &str,
    budget: Budget,
    taken: &mut Taken,
) -> Result<Option<DraftTable>, ImportError> {
    let profiles = profiles(view, outline, budget)?;
    let first = profiles.first();
    let Some(heading) = first.and_then(|first| first.heading.whole.first()) else {
        return Ok(None);
    };
    let mut draft = DraftTable {
        into: unique(import.to_owned(), taken),
        ..DraftTable::default()
    };
    start(view, outline, heading, budget, &mut draft)?;
    if outline.header.len() > 1 {
        draft
            .keys
            .push(("header_rows", outline.header.len().to_string()));
    }
    let stated = stated_unit(view, outline, budget)?;
    let mut names = Taken::default();
    let times = time_columns(&profiles);
    let mut gaps = Vec::new();
    for (index, profile) in profiles.iter().enumerate() {
        let is_passed_over = !times.is_empty() && has_total(profile);
        if times.contains(&index) || profile.heading.path.is_empty() || is_passed_over {
            continue;
        }
        let name = column(&profile.heading.path, &mut names);
        let is_first = index < 3 && profile.kind == Kind::Text;
        if profile.is_a_name()
            && is_first
            && !profiles[..index]
                .iter()
                .any(|before| before.kind.is_number())
        {
            gaps.push(scalar(&name));
        }
        draft
            .columns
            .push((name, described(profile, stated.as_deref())));
    }
    totals(view, outline, &profiles, &times, budget, &mut draft)?;
    if outline.has_notes {
        let end = scalar("^(\\(?注|※|資料|出典|備考)");
        draft.keys.push(("end", end));
    }
    if !gaps.is_empty() {
        draft
            .keys
            .push(("fill_down", format!("[{}]", gaps.join(", "))));
    }
    if !times.is_empty() {
        unpivot(&profiles, &times, &mut names, &mut draft);
    }
    let is_table = !draft.columns.is_empty() || !draft.unpivot.is_empty();
    Ok(is_table.then_some(draft))
}

/// The first heading, and which of those with this text it is.
fn start(
    view: &View<'_>,
    outline: &TableOutline,
    heading: &str,
    budget: Budget,
    draft: &mut DraftTable,
) -> Result<(), ImportError> {
    let text = wanted(heading);
    let wildcard = Wildcard::new(&text);
    let mut nth = 0;
    for (_, row, column, cell) in view.grid.iter() {
        budget.check_time()?;
        let is_hidden = view
            .grid
            .merges
            .at(row, column)
            .is_some_and(|merge| !merge.is_first(row, column));
        if !is_hidden && !cell.is_blank() && wildcard.matches(&cell.shown()) {
            nth += 1;
        }
        if (row, column) == (outline.header.start, outline.columns.start) {
            break;
        }
    }
    let start = match nth {
        0 | 1 => scalar(&text),
        nth => format!("{{text: {}, nth: {nth}}}", scalar(&text)),
    };
    draft.keys.push(("start", start));
    Ok(())
}

/// A heading as a mapping names it: folded, without its unit unless it is nothing else, its own stars as
/// anything.
fn wanted(heading: &str) -> String {
    let named = without_unit(heading).map(|rest| fold(&rest));
    named
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| fold(heading))
}

/// `from`, and the type if it is not text. `stated` is the unit that the sheet states.
fn described(profile: &Profile, stated: Option<&str>) -> String {
    let levels: Vec<String> = profile
        .heading
        .path
        .iter()
        .map(|level| wanted(level))
        .collect();
    let has_slash = levels.iter().any(|level| level.contains('/'));
    let mut text = if has_slash {
        let levels: Vec<String> = levels.iter().map(|level| scalar(level)).collect();
        format!("from: [{}]", levels.join(", "))
    } else {
        format!("from: {}", scalar(&levels.join("/")))
    };
    if profile.kind != Kind::Text {
        text.push_str(&format!(", type: {}", profile.kind.name()));
    }
    // Bare numbers beside percentages are shares already: a unit would make them a hundredth.
    let unit = profile
        .unit
        .as_ref()
        .filter(|unit| unit.scale == 0 && profile.kind.is_number());
    let own = unit.map(|unit| unit.text.as_str());
    let stated = stated.filter(|_| profile.kind.is_number() && profile.heading.unit.is_none());
    if let Some(unit) = own.or(stated) {
        text.push_str(&format!(", unit: {}", scalar(unit)));
    }
    text
}

/// The unit that the sheet states for its first table: （単位：千円） above it.
fn stated_unit(
    view: &View<'_>,
    outline: &TableOutline,
    budget: Budget,
) -> Result<Option<String>, ImportError> {
    let mut stated = None;
    let first = outline.header.start;
    for (_, row, _, cell) in view.grid.iter().take_while(|(_, row, _, _)| *row < first) {
        budget.check_time()?;
        if let Cell::Text(text) = cell
            && fold(text).contains("単位")
            && let Some(unit) = Unit::stated(text)
        {
            stated = Some((row, unit));
        }
    }
    // Another table in between is the one that it is for.
    let near = stated.filter(|(row, _)| first - row <= NEAR);
    Ok(near.map(|(_, unit)| unit.text))
}

fn is_total(text: &str) -> bool {
    let text = fold(text);
    text.ends_with('計') && text.chars().count() < 20
}

/// Whether a heading says that its column adds up others.
fn has_total(profile: &Profile) -> bool {
    profile.heading.path.iter().any(|level| is_total(level))
}

/// Rows and columns that add up others.
fn totals(
    view: &View<'_>,
    outline: &TableOutline,
    profiles: &[Profile],
    times: &[usize],
    budget: Budget,
    draft: &mut DraftTable,
) -> Result<(), ImportError> {
    let texts = profiles.iter().filter(|profile| profile.kind == Kind::Text);
    let mut has_rows = false;
    for profile in texts {
        for row in outline.body.clone() {
            budget.check_time()?;
            let cell = view.at(row, profile.heading.field).cell;
            has_rows |= matches!(cell, Cell::Text(text) if is_total(&clean(text)));
            if has_rows {
                break;
            }
        }
        if has_rows {
            break;
        }
    }
    if has_rows {
        draft.keys.push(("skip_rows", "\"計$\"".to_owned()));
    }
    if !times.is_empty() && profiles.iter().any(has_total) {
        draft.keys.push(("skip_columns", "\"計$\"".to_owned()));
    }
    Ok(())
}

/// The columns of numbers below headings that are all times; none if they are few.
fn time_columns(profiles: &[Profile]) -> Vec<usize> {
    let timed = profiles.iter().enumerate().filter(|(_, profile)| {
        let levels = &profile.heading.path;
        profile.kind.is_number()
            && !levels.is_empty()
            && levels.iter().all(|level| time(level).is_some())
    });
    let timed: Vec<usize> = timed.map(|(index, _)| index).collect();
    let Some(first) = timed.first() else {
        return timed;
    };
    // All have to be of the same levels.
    let levels = |index: usize| -> Vec<Option<Time>> {
        profiles[index]
            .heading
            .path
            .iter()
            .map(|level| time(level))
            .collect()
    };
    let is_alike = timed.iter().all(|index| levels(*index) == levels(*first));
    if timed.len() >= TIMES_MIN && is_alike {
        timed
    } else {
        Vec::new()
    }
}

fn time(level: &str) -> Option<Time> {
    let text = fold(level);
    if let Some(month) = text.strip_suffix('月')
        && month
            .parse()
            .is_ok_and(|month: u32| (1..=12).contains(&month))
    {
        return Some(Time::MonthOfYear);
    }
    let date = WrittenDate::parse(level)?;
    Some(match (date.month, date.day) {
        (_, Some(_)) => Time::Date,
        (Some(_), None) => Time::Month,
        (None, None) => Time::Year,
    })
}

fn unpivot(profiles: &[Profile], times: &[usize], names: &mut Taken, draft: &mut DraftTable) {
    let first = &profiles[times[0]];
    let mut levels = Vec::new();
    for level in &first.heading.path {
        let (name, kind) = match time(level) {
            Some(Time::Date) => ("date", "type: date"),
            Some(Time::Month) => ("month", "type: month"),
            Some(Time::MonthOfYear) => ("month", "type: integer, unit: 月"),
            _ => ("year", "type: year"),
        };
        levels.push(format!(
            "{{name: {}, {kind}}}",
            scalar(&unique(name.to_owned(), names))
        ));
    }
    let is_whole = times
        .iter()
        .all(|index| profiles[*index].kind == Kind::Integer);
    let kind = if is_whole { "integer" } else { "number" };
    let value = unique("value".to_owned(), names);
    draft
        .unpivot
        .push(format!("levels: [{}]", levels.join(", ")));
    draft
        .unpivot
        .push(format!("value: {{name: {}, type: {kind}}}", scalar(&value)));
}
