//! Which heading each column of a mapping is read from.

use super::header::{Header, Heading};
use super::unpivot::{self, Group};
use super::view::View;
use crate::systems::prediction::import::mapping::{Column, Table};
use crate::systems::prediction::import::values::{Conversion, Fault, NullWords, Unit};

use super::problem::{Code, Problem, shortened};

/// What goes where.
pub(super) struct Layout {
    /// For each of the mapping's columns the field that it is read from; `None` if there is none.
    pub fields: Vec<Option<Field>>,
    /// What each record becomes if columns become rows.
    pub groups: Vec<Group>,
}

/// A field that a column is read from.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub field: u32,
    /// The unit that its heading names.
    pub unit: Option<Unit>,
}

/// What a layout is made of.
pub(super) struct Plan<'p> {
    pub view: &'p View<'p>,
    pub table: &'p Table,
    pub header: &'p Header,
    pub nulls: &'p NullWords,
    pub problems: Vec<Problem>,
    pub skipped: Vec<super::Skipped>,
    /// Headings that a rule has read.
    pub is_read: Vec<bool>,
}

/// Headings that a message lists.
const LISTED: usize = 30;

impl Plan<'_> {
    pub fn layout(&mut self) -> Layout {
        let mut fields = Vec::new();
        for column in &self.table.columns {
            let found = self.heading(column);
            let Some(index) = found else {
                self.missing(&column.name, &column.from.to_string());
                fields.push(None);
                continue;
            };
            self.is_read[index] = true;
            let heading = &self.header.headings[index];
            self.check_unit(heading, &column.name, &column.conversion);
            fields.push(Some(Field::of(heading)));
        }
        let groups = match &self.table.unpivot {
            Some(unpivot) => unpivot::groups(self, unpivot),
            None => Vec::new(),
        };
        Layout { fields, groups }
    }

    /// The heading of a column. One that several columns name is the next with this text for each of them, if
    /// there are so many: names of two levels below one merged heading.
    fn heading(&self, column: &Column) -> Option<usize> {
        let before = self
            .table
            .columns
            .iter()
            .take_while(|other| other.name != column.name);
        let nth = before
            .filter(|other| other.from.is_same(&column.from))
            .count();
        let headings = self.header.headings.iter().enumerate();
        let mut fitting = headings
            .filter(|(_, heading)| heading.is(&column.from))
            .map(|(index, _)| index);
        let first = fitting.next()?;
        match nth {
            0 => Some(first),
            nth => fitting.nth(nth - 1).or(Some(first)),
        }
    }

    pub fn missing(&mut self, column: &str, wanted: &str) {
        let names = self
            .header
            .headings
            .iter()
            .map(Heading::name)
            .filter(|name| !name.is_empty());
        let names: Vec<String> = names.take(LISTED).collect();
        self.problems.push(Problem {
            cell: self.view.grid.name.clone(),
            table: self.table.into.clone(),
            column: Some(column.to_owned()),
            code: Code::MissingColumn,
            text: String::new(),
            message: format!(
                "no column has the heading `{wanted}`; the headings are {}",
                names.join(", ")
            ),
        });
    }

    /// A heading that says another unit than the mapping is reported; the mapping takes precedence.
    pub fn check_unit(&mut self, heading: &Heading, column: &str, conversion: &Conversion) {
        let (Some(own), Some(unit)) = (&heading.unit, &conversion.unit) else {
            return;
        };
        if !conversion.kind.is_number() || !own.contradicts(unit) {
            return;
        }
        let text = heading.text();
        let effect = if own.scale == unit.scale {
            String::new()
        } else {
            format!(
                ", and numbers without a unit of their own were multiplied by {} instead of {}",
                factor(unit.scale),
                factor(own.scale)
            )
        };
        let message = format!(
            "the heading `{}` says {}, the mapping {}: the unit of the mapping was used{effect}; \
            without `unit` in the mapping that of the heading counts",
            shortened(&text),
            own.text,
            unit.text
        );
        self.problems.push(Problem {
            cell: self.view.name(heading.lowest, heading.field),
            table: self.table.into.clone(),
            column: Some(column.to_owned()),
            code: Code::Value(Fault::UnitMismatch),
            text,
            message,
        });
    }
}

impl Field {
    pub fn of(heading: &Heading) -> Self {
        Self {
            field: heading.field,
            unit: heading.unit.clone(),
        }
    }
}

/// A power of ten as people write it: 1,000,000 or 0.01.
fn factor(scale: i32) -> String {
    if scale < 0 {
        let zeros = (1..scale.unsigned_abs()).map(|_| '0');
        return format!("0.{}1", zeros.collect::<String>());
    }
    let mut text = String::from("1");
    for left in (1..=scale).rev() {
        if left % 3 == 0 {
            text.push(',');
        }
        text.push('0');
    }
    text
}
