//! What cells mean, as tables; and properties of what is generated.

mod booleans;
mod dates;
mod numbers;
mod properties;
mod texts;

use super::convert::Converted;
use super::{Cell, Conversion, Kind, NullWords, Unit};

/// A text as a value of a column with this type and unit.
fn converted(text: &str, kind: Kind, unit: Option<&str>) -> Converted {
    let conversion = Conversion {
        unit: unit.map(|unit| Unit::parse(unit).expect("a unit")),
        ..Conversion::of_kind(kind)
    };
    conversion.convert(Cell::Text(text), None, &NullWords::default())
}
