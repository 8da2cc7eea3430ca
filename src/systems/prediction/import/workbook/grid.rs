//! The cells of a sheet, 16 bytes each, in the order of rows and columns.
//!
//! A sheet is small this way (5 million cells are 80 MB, and their texts), so that everything else may
//! look anywhere: for a title, for a note below the table, down a column.

use std::collections::HashMap;
use std::ops::Range;

use super::budget::Budget;
use super::merges::Merges;
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::values::Cell;

/// A sheet with all of its cells.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    pub name: String,
    /// In order, without empty ones.
    rows: Vec<RowStart>,
    cells: Vec<Stored>,
    texts: String,
    pub merges: Merges,
    pub is_1904: bool,
    /// What lint looks at.
    pub traits: Traits,
}

/// What is wrong with a cell whatever is read from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CellFault {
    pub row: u32,
    pub column: u32,
    pub kind: CellFaultKind,
    /// For people.
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellFaultKind {
    /// It holds bytes that are no text.
    Undecodable,
    /// Its quote is never closed.
    OpenQuote,
    /// It is not in the sheet, for its name is that of no place.
    Unplaced,
}

/// Faults of a sheet that are kept.
const FAULTS_MAX: usize = 1_000;

/// What is known of a sheet beside its cells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traits {
    /// Cells with a formula: their indices in the grid, in order.
    pub formulas: Vec<u32>,
    /// Drawings, charts, text boxes: the kinds that were found, and how many.
    pub objects: Vec<(&'static str, u32)>,
    pub faults: Vec<CellFault>,
}

#[derive(Clone, Copy, Debug)]
struct RowStart {
    row: u32,
    start: u32,
}

#[derive(Clone, Copy, Debug)]
struct Stored {
    /// A number as its bits; of a text where it begins and how long it is; of an error its index.
    payload: u64,
    column: u32,
    kind: StoredKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StoredKind {
    Text,
    Number,
    Date,
    Duration,
    False,
    True,
    Error,
    NoValue,
}

/// The errors of spreadsheets.
const ERRORS: [&str; 9] = [
    "#DIV/0!",
    "#N/A",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#REF!",
    "#VALUE!",
    "#GETTING_DATA",
    "#ERROR!",
];

/// Between two looks at the clock.
const CELLS_PER_LOOK: usize = 65_536;

impl Grid {
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Rows up to the last with a cell.
    pub fn height(&self) -> u32 {
        self.rows.last().map_or(0, |last| last.row + 1)
    }

    /// Columns up to the last with a cell.
    pub fn width(&self) -> u32 {
        let lasts = (0..self.rows.len()).filter_map(|index| self.cells[self.span(index)].last());
        lasts.map(|cell| cell.column + 1).max().unwrap_or(0)
    }

    /// The cell at a place and its index, if it is stored: merges are not looked at.
    pub fn at(&self, row: u32, column: u32) -> Option<(usize, Cell<'_>)> {
        let index = self.find(&self.row_span(row), column)?;
        Some((index, self.cell(index)))
    }

    /// The index of the cell of a column among those of a row.
    pub fn find(&self, span: &Range<usize>, column: u32) -> Option<usize> {
        let found = self.cells[span.clone()].binary_search_by_key(&column, |cell| cell.column);
        Some(span.start + found.ok()?)
    }

    /// The indices of a row's cells.
    pub fn row_span(&self, row: u32) -> Range<usize> {
        match self.rows.binary_search_by_key(&row, |start| start.row) {
            Ok(index) => self.span(index),
            Err(_) => 0..0,
        }
    }

    /// The indices of a row's cells in some columns.
    pub fn span_in(&self, row: u32, columns: &Range<u32>) -> Range<usize> {
        let span = self.row_span(row);
        let cells = &self.cells[span.clone()];
        let first = cells.partition_point(|cell| cell.column < columns.start);
        let end = cells.partition_point(|cell| cell.column < columns.end);
        span.start + first..span.start + end.max(first)
    }

    fn span(&self, index: usize) -> Range<usize> {
        let end = self
            .rows
            .get(index + 1)
            .map_or(self.cells.len(), |next| next.start as usize);
        self.rows[index].start as usize..end
    }

    /// All cells in reading order: index, row, column and content.
    pub fn iter(&self) -> impl Iterator<Item = (usize, u32, u32, Cell<'_>)> {
        (0..self.rows.len()).flat_map(move |at| {
            let row = self.rows[at].row;
            self.span(at)
                .map(move |index| (index, row, self.cells[index].column, self.cell(index)))
        })
    }

    /// The rows of an area that have cells, in order.
    pub fn row_numbers_in(&self, rows: &Range<u32>) -> impl Iterator<Item = u32> {
        let first = self.rows.partition_point(|start| start.row < rows.start);
        let end = rows.end;
        let rest = self.rows[first..].iter().map(|start| start.row);
        rest.take_while(move |row| *row < end)
    }

    pub fn column(&self, index: usize) -> u32 {
        self.cells[index].column
    }

    /// Row and column of a cell.
    pub fn place(&self, index: usize) -> (u32, u32) {
        let at = self
            .rows
            .partition_point(|start| start.start as usize <= index);
        (
            self.rows[at.saturating_sub(1)].row,
            self.cells[index].column,
        )
    }

    pub fn cell(&self, index: usize) -> Cell<'_> {
        let Stored { payload, kind, .. } = self.cells[index];
        match kind {
            StoredKind::Text => {
                let start = (payload >> 32) as usize;
                let length = (payload & u64::from(u32::MAX)) as usize;
                Cell::Text(&self.texts[start..start + length])
            }
            StoredKind::Number => Cell::Number(f64::from_bits(payload)),
            StoredKind::Date => Cell::Date {
                serial: f64::from_bits(payload),
                is_1904: self.is_1904,
            },
            StoredKind::Duration => Cell::Duration(f64::from_bits(payload)),
            StoredKind::False => Cell::Boolean(false),
            StoredKind::True => Cell::Boolean(true),
            StoredKind::Error => Cell::Error(ERRORS[payload as usize % ERRORS.len()]),
            StoredKind::NoValue => Cell::NoValue,
        }
    }
}

/// Takes cells in any order, best in that of rows and columns.
pub(crate) struct GridBuilder {
    grid: Grid,
    budget: Budget,
    is_sorted: bool,
    /// Texts that many cells share, by where their reader keeps them.
    shared: HashMap<(usize, usize), u64>,
    until_look: usize,
}

impl GridBuilder {
    pub fn new(name: &str, is_1904: bool, budget: Budget) -> Self {
        let grid = Grid {
            name: name.to_owned(),
            is_1904,
            ..Grid::default()
        };
        Self {
            grid,
            budget,
            is_sorted: true,
            shared: HashMap::new(),
            until_look: CELLS_PER_LOOK,
        }
    }

    /// Adds a cell; empty ones are left out.
    pub fn push(&mut self, row: u32, column: u32, cell: Cell<'_>) -> Result<(), ImportError> {
        let payload = match cell {
            Cell::Empty | Cell::Text("") => return Ok(()),
            Cell::Text(text) => self.store(text)?,
            Cell::Number(number) | Cell::Duration(number) => number.to_bits(),
            Cell::Date { serial, .. } => serial.to_bits(),
            Cell::Error(code) => {
                let known = ERRORS.iter().position(|error| *error == code);
                known.unwrap_or(ERRORS.len() - 1) as u64
            }
            Cell::Boolean(_) | Cell::NoValue => 0,
        };
        let kind = match cell {
            Cell::Number(_) => StoredKind::Number,
            Cell::Duration(_) => StoredKind::Duration,
            Cell::Date { .. } => StoredKind::Date,
            Cell::Boolean(false) => StoredKind::False,
            Cell::Boolean(true) => StoredKind::True,
            Cell::Error(_) => StoredKind::Error,
            Cell::NoValue => StoredKind::NoValue,
            Cell::Text(_) | Cell::Empty => StoredKind::Text,
        };
        self.add(
            row,
            Stored {
                payload,
                column,
                kind,
            },
        )
    }

    /// Adds a text that stays where it is for as long as the sheet is read.
    pub fn push_shared(&mut self, row: u32, column: u32, text: &str) -> Result<(), ImportError> {
        if text.is_empty() {
            return Ok(());
        }
        let place = (text.as_ptr() as usize, text.len());
        let payload = match self.shared.get(&place) {
            Some(payload) => *payload,
            None => {
                let payload = self.store(text)?;
                self.shared.insert(place, payload);
                payload
            }
        };
        let kind = StoredKind::Text;
        self.add(
            row,
            Stored {
                payload,
                column,
                kind,
            },
        )
    }

    /// Notes that the cell added last has a formula.
    pub fn note_formula(&mut self) {
        let last = self.grid.cells.len().saturating_sub(1);
        self.grid.traits.formulas.extend(u32::try_from(last));
    }

    /// Notes what is wrong with a cell.
    pub fn note_fault(&mut self, fault: CellFault) {
        let faults = &mut self.grid.traits.faults;
        if faults.len() < FAULTS_MAX {
            faults.push(fault);
        }
    }

    fn store(&mut self, text: &str) -> Result<u64, ImportError> {
        let start = self.grid.texts.len() as u64;
        if start + text.len() as u64 > self.budget.limits.unpacked_bytes.min(u32::MAX.into()) {
            return Err(self.budget.unpacks_too_large());
        }
        self.grid.texts.push_str(text);
        Ok(start << 32 | text.len() as u64)
    }

    fn add(&mut self, row: u32, stored: Stored) -> Result<(), ImportError> {
        let most = self.budget.limits.cells.min(u32::MAX.into());
        if self.grid.cells.len() as u64 >= most {
            return Err(ImportError::TooManyCells { most });
        }
        self.until_look -= 1;
        if self.until_look == 0 {
            self.until_look = CELLS_PER_LOOK;
            self.budget.check_time()?;
        }
        let Grid { rows, cells, .. } = &mut self.grid;
        match rows.last() {
            Some(last) if last.row == row => {
                let before = cells.last().is_some_and(|cell| cell.column < stored.column);
                self.is_sorted &= before;
            }
            last => {
                self.is_sorted &= last.is_none_or(|last| last.row < row);
                // Fits: there are fewer cells than u32 counts.
                let start = u32::try_from(cells.len()).unwrap_or(u32::MAX);
                rows.push(RowStart { row, start });
            }
        }
        cells.push(stored);
        Ok(())
    }

    /// The grid; of several cells at one place the first stays.
    pub fn finish(mut self, merges: Merges) -> Grid {
        if !self.is_sorted {
            self.sort();
        }
        self.grid.merges = merges;
        self.grid
    }

    pub fn len(&self) -> usize {
        self.grid.cells.len()
    }

    pub fn objects(&mut self, objects: Vec<(&'static str, u32)>) {
        self.grid.traits.objects = objects;
    }

    fn sort(&mut self) {
        let grid = &self.grid;
        let mut order: Vec<(u32, u32, u32)> = Vec::with_capacity(grid.cells.len());
        for (index, row, column, _) in grid.iter() {
            order.push((row, column, u32::try_from(index).unwrap_or(u32::MAX)));
        }
        order.sort_unstable();
        order.dedup_by_key(|(row, column, _)| (*row, *column));
        let mut rows: Vec<RowStart> = Vec::new();
        let mut cells = Vec::with_capacity(order.len());
        let mut formulas = Vec::new();
        for (row, _, index) in order {
            let start = u32::try_from(cells.len()).unwrap_or(u32::MAX);
            if rows.last().is_none_or(|last| last.row != row) {
                rows.push(RowStart { row, start });
            }
            // Formulas are in the order in which cells came.
            if grid.traits.formulas.binary_search(&index).is_ok() {
                formulas.push(start);
            }
            cells.push(grid.cells[index as usize]);
        }
        self.grid.rows = rows;
        self.grid.cells = cells;
        self.grid.traits.formulas = formulas;
    }
}
