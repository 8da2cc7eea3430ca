//! What the cells of a column are, as far as they agree.

use super::tables::{TableOutline, is_total};
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::table::{Header, HeaderShape, Heading, View};
use crate::systems::prediction::import::values::{
    Cell, Conversion, Kind, NullWords, Unit, WrittenDate, WrittenNumber, clean,
};
use crate::systems::prediction::import::workbook::Budget;

/// A column of a table.
#[derive(Debug)]
pub(crate) struct Profile {
    pub heading: Heading,
    /// The type that nearly all of its values have.
    pub kind: Kind,
    /// The unit that its cells have and its heading does not name.
    pub unit: Option<Unit>,
    /// Whether cells are empty, or say that they are like the one above.
    has_gaps: bool,
    /// Whether its first cell has something in it.
    begins: bool,
}

impl Profile {
    /// Whether its empty cells seem to stand for the value above them.
    pub fn is_a_name(&self) -> bool {
        self.has_gaps && self.begins
    }
}

/// Rows in which such cells are looked for.
const ROWS_MAX: usize = 5_000;

/// Cells that decide on a type.
const SAMPLE: usize = 500;

/// The columns of a table that have a heading or a value.
pub(crate) fn profiles(
    view: &View<'_>,
    table: &TableOutline,
    budget: Budget,
) -> Result<Vec<Profile>, ImportError> {
    budget.check_time()?;
    let rows = u32::try_from(table.header.len()).unwrap_or(1);
    let shape = HeaderShape {
        above: 0,
        rows,
        is_filled: false,
    };
    let header = Header::read(view, shape, (table.header.start, table.columns.start));
    let headings = header
        .headings
        .into_iter()
        .filter(|heading| table.columns.contains(&heading.field));
    // Once for all columns: each row is looked at up to its first text.
    let mut totals = Vec::new();
    for row in table.body.clone().take(ROWS_MAX) {
        budget.check_time()?;
        totals.push(is_total(view, table, row));
    }
    headings
        .map(|heading| {
            budget.check_time()?;
            Ok(profile(view, table, &totals, heading))
        })
        .collect()
}

/// How many cells are of which type.
#[derive(Default)]
struct Votes {
    cells: usize,
    numbers: usize,
    integers: usize,
    dates: usize,
    years: usize,
    booleans: usize,
    /// Digits that begin with a zero: codes.
    codes: usize,
    gaps: usize,
    /// Numbers with a unit, and the first of those.
    units: usize,
    unit: Option<Unit>,
}

fn profile(view: &View<'_>, table: &TableOutline, totals: &[bool], heading: Heading) -> Profile {
    let nulls = NullWords::default();
    let mut votes = Votes::default();
    for (row, is_total) in table.body.clone().zip(totals) {
        if votes.cells >= SAMPLE {
            break;
        }
        if *is_total {
            continue;
        }
        let found = view.at(row, heading.field);
        match found.cell {
            cell if cell.is_blank() => votes.gaps += 1,
            Cell::Text(text) if matches!(clean(text).as_ref(), "〃" | "同上") => votes.gaps += 1,
            Cell::Text(text) if nulls.contains(text) => {}
            Cell::Error(_) | Cell::NoValue => {}
            cell => votes.count(cell),
        }
    }
    Profile {
        kind: votes.kind(&heading),
        unit: votes
            .unit
            .clone()
            .filter(|_| heading.unit.is_none() && votes.units * 2 > votes.cells),
        has_gaps: votes.gaps > 0,
        begins: !view.at(table.body.start, heading.field).cell.is_blank(),
        heading,
    }
}

impl Votes {
    fn count(&mut self, cell: Cell<'_>) {
        self.cells += 1;
        match cell {
            Cell::Number(number) => {
                self.numbers += 1;
                self.integers += usize::from(number.fract() == 0.0);
                self.years +=
                    usize::from(number.fract() == 0.0 && (1900.0..2100.0).contains(&number));
            }
            Cell::Boolean(_) => self.booleans += 1,
            Cell::Date { .. } => self.dates += 1,
            Cell::Text(text) => self.text(text),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let clean = clean(text);
        let is_code = clean.len() > 1
            && clean.starts_with('0')
            && clean.bytes().all(|byte| byte.is_ascii_digit());
        self.codes += usize::from(is_code);
        if let Some(written) = WrittenNumber::parse(text) {
            self.numbers += 1;
            self.integers += usize::from(
                written.number.exponent >= 0 || written.number.to_double().fract() == 0.0,
            );
            self.units += usize::from(written.unit.is_some());
            self.unit = self.unit.take().or(written.unit);
        }
        let nulls = NullWords::default();
        let is_boolean = Conversion::of_kind(Kind::Boolean).convert(Cell::Text(text), None, &nulls);
        self.booleans += usize::from(!is_boolean.value.is_null());
        if let Some(date) = WrittenDate::parse(text) {
            if date.day.is_some() {
                self.dates += 1;
            } else if date.month.is_none() {
                self.years += 1;
            }
        }
    }

    /// The type of four of five cells.
    fn kind(&self, heading: &Heading) -> Kind {
        let most = |count: usize| self.cells > 0 && count * 5 >= self.cells * 4;
        let name = heading.name();
        if self.codes > 0 {
            return Kind::Text;
        }
        if most(self.dates) {
            return Kind::Date;
        }
        if most(self.years) && (name.contains('年') || !most(self.numbers)) {
            return Kind::Year;
        }
        if most(self.numbers) {
            return if self.integers == self.numbers {
                Kind::Integer
            } else {
                Kind::Number
            };
        }
        if most(self.booleans) {
            Kind::Boolean
        } else {
            Kind::Text
        }
    }
}
