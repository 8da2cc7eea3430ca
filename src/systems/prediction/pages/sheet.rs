//! A sheet as a picture: its cells where they stand, with what is wrong, left out and not read.

use std::collections::{HashMap, HashSet};

use super::data::{Cell, Cells, Preview};
use crate::systems::prediction::import::{column_name, parse_address};
use crate::ui::{Frame, number};

/// Rows and columns of the picture.
pub(super) const ROWS: u32 = 60;
pub(super) const COLUMNS: u32 = 40;

pub(super) struct SheetShown {
    /// Name, whether it is hidden, and whether it is the one that is shown.
    pub tabs: Vec<(String, bool, bool)>,
    pub name: String,
    pub columns: Vec<String>,
    pub rows: Vec<GridRow>,
    /// Which part of the sheet is shown, in a sentence.
    pub part: Option<String>,
    /// The first rows of the parts before and behind it.
    pub earlier: Option<u32>,
    pub later: Option<u32>,
    /// The part of the sheet that is shown; from 1.
    first_row: u32,
    last_row: u32,
    last_column: u32,
}

pub(super) struct GridRow {
    pub no: u32,
    pub cells: Vec<GridCell>,
}

#[derive(Default)]
pub(super) struct GridCell {
    pub id: String,
    pub text: String,
    pub rows: u32,
    pub columns: u32,
    pub is_number: bool,
    /// It is in the area of a table.
    pub is_inside: bool,
    pub mark: Option<Mark>,
}

/// What is to be known of a cell.
pub(super) struct Mark {
    pub look: &'static str,
    pub icon: &'static str,
    pub text: String,
    /// In the list of problems.
    pub href: Option<String>,
}

/// Row and column, from 1.
type Place = (u32, u32);

impl SheetShown {
    pub(super) fn of(
        frame: &Frame,
        cells: &Cells,
        first_row: u32,
        preview: Option<&Preview>,
    ) -> Self {
        let last_row = cells.height.min(first_row.saturating_add(ROWS - 1));
        let last_column = cells.width.clamp(1, COLUMNS);
        let tabs = cells.sheets.iter();
        let tabs = tabs.map(|sheet| {
            let is_own = sheet.name == cells.sheet;
            (sheet.name.clone(), sheet.hidden, is_own)
        });
        let mut shown = Self {
            tabs: tabs.collect(),
            name: cells.sheet.clone(),
            columns: (0..last_column).map(column_name).collect(),
            rows: Vec::new(),
            part: part(frame, cells, first_row, last_row),
            earlier: (first_row > 1).then(|| first_row.saturating_sub(ROWS).max(1)),
            later: (last_row < cells.height).then(|| last_row + 1),
            first_row,
            last_row,
            last_column,
        };
        shown.rows = shown.grid(frame, cells, preview);
        shown
    }

    /// The cell in the picture, if it is there.
    pub(super) fn link(&self, cell: &str) -> Option<String> {
        let (row, column) = self.place(cell)?;
        let rows = self.first_row..=self.last_row;
        let is_shown = rows.contains(&row) && column <= self.last_column;
        is_shown.then(|| format!("#{}", id(row, column)))
    }

    fn place(&self, cell: &str) -> Option<Place> {
        place_in(&self.name, cell)
    }

    fn grid(&self, frame: &Frame, cells: &Cells, preview: Option<&Preview>) -> Vec<GridRow> {
        let by_place: HashMap<Place, &Cell> = cells
            .cells
            .iter()
            .map(|cell| ((cell.row, cell.column), cell))
            .collect();
        let mut marks = preview.map(|preview| marks(frame, &self.name, preview));
        let areas = preview.map(|preview| areas(&self.name, preview));
        let areas = areas.unwrap_or_default();
        // Places below merged cells, which are no elements of the table.
        let mut covered: HashSet<Place> = HashSet::new();
        let mut rows = Vec::new();
        for row in self.first_row..=self.last_row {
            let mut shown = Vec::new();
            for column in 1..=self.last_column {
                let place = (row, column);
                if covered.contains(&place) {
                    continue;
                }
                let mut cell = GridCell {
                    id: id(row, column),
                    rows: 1,
                    columns: 1,
                    is_inside: areas.iter().any(|area| area.contains(place)),
                    mark: marks.as_mut().and_then(|marks| marks.remove(&place)),
                    ..GridCell::default()
                };
                if let Some(stored) = by_place.get(&place) {
                    cell.text.clone_from(&stored.text);
                    cell.is_number = stored.kind == "number";
                    cell.rows = stored.rows.clamp(1, self.last_row - row + 1);
                    cell.columns = stored.columns.clamp(1, self.last_column - column + 1);
                    for below in row..row + cell.rows {
                        let beside = column..column + cell.columns;
                        covered.extend(beside.map(|beside| (below, beside)));
                    }
                }
                shown.push(cell);
            }
            rows.push(GridRow {
                no: row,
                cells: shown,
            });
        }
        rows
    }
}

/// Which part of a sheet is shown; `None`: all of it.
fn part(frame: &Frame, cells: &Cells, first_row: u32, last_row: u32) -> Option<String> {
    let is_whole = first_row == 1 && last_row == cells.height && cells.width <= COLUMNS;
    let last = number(last_row.into());
    let (height, width) = (number(cells.height.into()), number(cells.width.into()));
    let columns = number(cells.width.min(COLUMNS).into());
    (!is_whole).then(|| {
        frame.words.with_all(
            "imports-part",
            &[
                ("first", &number(first_row.into())),
                ("last", &last),
                ("height", &height),
                ("columns", &columns),
                ("width", &width),
            ],
        )
    })
}

/// A problem of a cell is more than its being left out, and that more than its not being read.
fn marks(frame: &Frame, sheet: &str, preview: &Preview) -> HashMap<Place, Mark> {
    let mut marks = HashMap::new();
    for cell in &preview.unused {
        if let Some(place) = place_in(sheet, cell) {
            marks.insert(
                place,
                Mark {
                    look: "waiting",
                    icon: "missing",
                    text: frame.say("imports-unused-cell"),
                    href: None,
                },
            );
        }
    }
    for skipped in preview.tables.iter().flat_map(|table| &table.skipped) {
        if let Some(place) = place_in(sheet, &skipped.cell) {
            marks.insert(
                place,
                Mark {
                    look: "skipped",
                    icon: "skipped",
                    text: skipped.why.clone(),
                    href: None,
                },
            );
        }
    }
    // Of several problems of a cell the first one is shown.
    for (no, problem) in preview.problems.iter().enumerate().rev() {
        if let Some(place) = place_in(sheet, &problem.cell) {
            marks.insert(
                place,
                Mark {
                    look: "failed",
                    icon: "alert",
                    text: problem.message.clone(),
                    href: Some(format!("#p{no}")),
                },
            );
        }
    }
    marks
}

/// The part of a sheet that a table takes.
struct Area {
    first: Place,
    last: Place,
}

impl Area {
    fn contains(&self, (row, column): Place) -> bool {
        (self.first.0..=self.last.0).contains(&row)
            && (self.first.1..=self.last.1).contains(&column)
    }
}

fn areas(sheet: &str, preview: &Preview) -> Vec<Area> {
    let own = preview.tables.iter().filter(|table| table.sheet == sheet);
    let areas = own.filter_map(|table| {
        let (first, last) = table.range.split_once(':')?;
        let from_one = |(row, column): (u32, u32)| (row + 1, column + 1);
        Some(Area {
            first: from_one(parse_address(first)?),
            last: from_one(parse_address(last)?),
        })
    });
    areas.collect()
}

/// Where a cell of this sheet stands.
fn place_in(sheet: &str, cell: &str) -> Option<Place> {
    let address = cell.strip_prefix(sheet)?.strip_prefix('!')?;
    let (row, column) = parse_address(address)?;
    Some((row + 1, column + 1))
}

/// The id of the cell's element.
fn id(row: u32, column: u32) -> String {
    format!("c-{}{row}", column_name(column - 1))
}
