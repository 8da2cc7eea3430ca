//! The headings of a table, with their levels.

use std::ops::Range;

use super::view::{Used, View};
use crate::systems::prediction::import::mapping::HeadingPath;
use crate::systems::prediction::import::values::{Unit, fold, is_only_unit};
use crate::systems::prediction::import::workbook::Merge;

/// The header of a table.
#[derive(Debug)]
pub(crate) struct Header {
    pub headings: Vec<Heading>,
    /// Records of the header, and the fields that its table takes.
    pub records: Range<u32>,
    pub fields: Range<u32>,
}

/// The heading of a column.
#[derive(Debug)]
pub(crate) struct Heading {
    pub field: u32,
    /// The text of each level as it is filled, empty ones included.
    pub levels: Vec<String>,
    /// Those that are not empty; equal neighbours are one.
    pub whole: Vec<String>,
    /// Those of them that say more than a unit: 残業 above （時間）. If none does, all.
    pub path: Vec<String>,
    /// That the lowest level with one names.
    pub unit: Option<Unit>,
    /// The record of its lowest cell.
    pub lowest: u32,
    /// Indices of its cells.
    cells: Vec<Option<usize>>,
}

/// How many records a header has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeaderShape {
    /// Over the first heading, and from it downwards.
    pub above: u32,
    pub rows: u32,
    /// Whether headings that are not merged are carried to the right.
    pub is_filled: bool,
}

/// Characters of a heading that are kept: many cells may share one long text.
const TEXT_MAX: usize = 500;

/// Records of a header that a merge makes so high; a mapping may say no more, either.
const RECORDS_MAX: u32 = 20;

/// Records below a header that are looked at to see whether a column without a heading has anything in
/// it.
const LOOK_AHEAD: u32 = 20;

impl HeaderShape {
    /// Records of a header whose first heading is merged.
    pub fn height_of(merge: Option<Merge>) -> u32 {
        merge.map_or(1, |merge| merge.height().min(RECORDS_MAX))
    }
}

impl Header {
    pub fn read(view: &View<'_>, shape: HeaderShape, start: (u32, u32)) -> Self {
        let (record, field) = start;
        let first = record.saturating_sub(shape.above);
        let records = first..record.saturating_add(shape.rows);
        let (_, width) = view.size();
        let mut headings: Vec<Heading> = Vec::new();
        let mut end = field;
        for field in field..width {
            let heading = Heading::read(view, records.clone(), field);
            if heading.path.is_empty() && !has_data(view, records.end, field) {
                break;
            }
            headings.push(heading);
            end = field + 1;
        }
        if shape.is_filled {
            fill(&mut headings);
        }
        Self {
            headings,
            records,
            fields: field..end,
        }
    }
}

fn has_data(view: &View<'_>, first: u32, field: u32) -> bool {
    (first..first.saturating_add(LOOK_AHEAD)).any(|record| {
        let found = view.at(record, field);
        found.is_first(record, field) && !found.cell.is_blank()
    })
}

impl Heading {
    fn read(view: &View<'_>, records: Range<u32>, field: u32) -> Self {
        let mut heading = Self {
            field,
            levels: Vec::new(),
            whole: Vec::new(),
            path: Vec::new(),
            unit: None,
            lowest: records.start,
            cells: Vec::new(),
        };
        for record in records {
            let found = view.at(record, field);
            let text: String = found.cell.shown().chars().take(TEXT_MAX).collect();
            if !found.cell.is_blank() {
                // A merge ends where it begins for those who look for its text.
                heading.lowest = found.origin(record, field).0;
            }
            heading.levels.push(text);
            heading.cells.push(found.index);
        }
        heading.settle();
        heading
    }

    /// Makes the path and the unit of the levels.
    fn settle(&mut self) {
        self.whole.clear();
        let mut last = String::new();
        for level in &self.levels {
            let folded = fold(level);
            if !folded.is_empty() && folded != last {
                self.whole.push(level.clone());
                last = folded;
            }
        }
        self.path.clone_from(&self.whole);
        self.path.retain(|level| !is_only_unit(level));
        if self.path.is_empty() {
            self.path.clone_from(&self.whole);
        }
        self.unit = self
            .whole
            .iter()
            .rev()
            .find_map(|level| Unit::of_heading(level));
    }

    pub fn mark(&self, used: &mut Used) {
        for index in &self.cells {
            used.mark(*index);
        }
    }

    /// Whether a mapping names it, with or without levels that only say its unit.
    pub fn is(&self, from: &HeadingPath) -> bool {
        from.matches(&self.path) || self.whole.len() > self.path.len() && from.matches(&self.whole)
    }

    /// For people: its levels joined by `/`, as a mapping names them.
    pub fn name(&self) -> String {
        joined(&self.path)
    }

    /// For people: all of its levels joined by `/`.
    pub fn text(&self) -> String {
        joined(&self.whole)
    }
}

fn joined(levels: &[String]) -> String {
    let levels: Vec<String> = levels.iter().map(|level| fold(level)).collect();
    levels.join("/")
}

/// Carries headings that are not merged to the right, within those above them.
fn fill(headings: &mut [Heading]) {
    for at in 1..headings.len() {
        let (before, rest) = headings.split_at_mut(at);
        let (left, heading) = (&before[at - 1], &mut rest[0]);
        for level in 0..heading.levels.len() {
            if heading.levels[level].trim().is_empty() {
                heading.levels[level] = left.levels[level].clone();
                heading.cells.push(left.cells[level]);
            } else if heading.levels[level] != left.levels[level] {
                break;
            }
        }
        heading.settle();
    }
}
