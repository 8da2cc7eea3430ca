//! A cell as a value of a column.

use std::borrow::Cow;
use std::collections::HashSet;

use chrono::Datelike;

use super::cell::Cell;
use super::date::WrittenDate;
use super::decimal::Decimal;
use super::fold::{clean, fold};
use super::number::WrittenNumber;
use super::pattern::Pattern;
use super::unit::Unit;
use super::value::{Kind, Value};
use super::{boolean, moment};

/// What is wanted of the cells of a column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conversion {
    pub kind: Kind,
    pub unit: Option<Unit>,
    pub required: bool,
    pub min: Option<Bound>,
    pub max: Option<Bound>,
    /// Empty: anything.
    pub one_of: Vec<String>,
    /// What the text has to look like.
    pub like: Option<Pattern>,
    /// Its first group, or what it matches, is the value.
    pub matching: Option<Pattern>,
    /// What is taken out of the text.
    pub strip: Option<Pattern>,
    /// A date without its day is the first one.
    pub takes_first: bool,
}

/// The least or the greatest value that is allowed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bound {
    Number(f64),
    /// As values of the column are written: `2020-04-01`.
    Text(String),
}

/// Why a cell has no value, or what is to be noted of one that has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Fault {
    NotANumber,
    NotAnInteger,
    NotADate,
    NotABoolean,
    ErrorValue,
    NoFormulaValue,
    UnitMismatch,
    OutOfRange,
    NotAllowed,
    /// The value is there.
    OutsideEra,
    /// The value is there.
    PartialDate,
}

/// A value, NULL if there is none, and up to two faults.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Converted {
    pub value: Value,
    /// Why it is NULL though its cell is not empty.
    pub fault: Option<Fault>,
    /// What is to be noted of it.
    pub note: Option<Fault>,
}

/// Words for a value that is not there.
#[derive(Clone, Debug)]
pub(crate) struct NullWords {
    folded: HashSet<String>,
    /// Most cells of numbers and dates have digits, and most words do not.
    have_digits: bool,
}

/// Bytes of a text that may be such a word.
const WORD_MAX: usize = 256;

fn is_digit(character: char) -> bool {
    character.is_ascii_digit() || ('０'..='９').contains(&character)
}

impl Default for NullWords {
    fn default() -> Self {
        Self::new(["-", "—", "―", "…", "***", "N/A"])
    }
}

impl NullWords {
    pub fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let folded: HashSet<String> = words.into_iter().map(fold).collect();
        Self {
            have_digits: folded.iter().any(|word| word.contains(is_digit)),
            folded,
        }
    }

    pub fn contains(&self, text: &str) -> bool {
        if !self.have_digits && text.contains(is_digit) {
            return false;
        }
        // Longer ones are not worth a copy.
        text.len() <= WORD_MAX && self.folded.contains(&fold(text))
    }
}

impl Converted {
    const NULL: Self = Self::of(Value::Null);

    const fn of(value: Value) -> Self {
        Self {
            value,
            fault: None,
            note: None,
        }
    }

    const fn failed(fault: Fault) -> Self {
        Self {
            value: Value::Null,
            fault: Some(fault),
            note: None,
        }
    }
}

impl Conversion {
    pub fn of_kind(kind: Kind) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }

    /// `heading` is the unit that the column's heading names; that of the conversion takes precedence.
    pub fn convert(&self, cell: Cell<'_>, heading: Option<&Unit>, nulls: &NullWords) -> Converted {
        match cell {
            Cell::Error(_) => return Converted::failed(Fault::ErrorValue),
            Cell::NoValue => return Converted::failed(Fault::NoFormulaValue),
            cell if cell.is_blank() => return Converted::NULL,
            Cell::Text(text) if !self.kind.is_text() && nulls.contains(text) => {
                return Converted::NULL;
            }
            _ => {}
        }
        let read = match self.rewritten(cell) {
            Ok(Some(text)) => self.read(Cell::Text(&text), heading),
            Ok(None) => self.read(cell, heading),
            Err(fault) => Err(fault),
        };
        match read.and_then(|read| self.checked(read)) {
            Ok(converted) => converted,
            Err(fault) => Converted::failed(fault),
        }
    }

    /// The text that is left after `strip` and `match`; `None` if neither changes anything.
    fn rewritten(&self, cell: Cell<'_>) -> Result<Option<String>, Fault> {
        if self.strip.is_none() && self.matching.is_none() && self.like.is_none() {
            return Ok(None);
        }
        let shown = cell.shown();
        let mut text = match self.kind {
            Kind::Raw => shown,
            _ => Cow::Owned(clean(&shown).into_owned()),
        };
        if let Some(strip) = &self.strip {
            text = Cow::Owned(strip.removed_from(&text));
        }
        if let Some(matching) = &self.matching {
            let found = matching.captured(&text).ok_or(Fault::NotAllowed)?;
            text = Cow::Owned(found.to_owned());
        }
        if self.like.as_ref().is_some_and(|like| !like.is_match(&text)) {
            return Err(Fault::NotAllowed);
        }
        let is_rewritten = self.strip.is_some() || self.matching.is_some();
        Ok(is_rewritten.then(|| text.into_owned()))
    }

    fn read(&self, cell: Cell<'_>, heading: Option<&Unit>) -> Result<Converted, Fault> {
        match self.kind {
            Kind::Raw => Ok(Converted::of(text_value(cell.shown().replace('\0', "")))),
            Kind::Text => Ok(Converted::of(text_value(clean(&cell.shown()).into_owned()))),
            Kind::Number => {
                let number = self.number(cell, heading)?.to_double();
                let number = Some(number).filter(|number| number.is_finite());
                let number = number.ok_or(Fault::NotANumber)?;
                Ok(Converted::of(Value::Number(number)))
            }
            Kind::Integer => {
                let number = self.number(cell, heading)?;
                let integer = integer(number).ok_or(Fault::NotAnInteger)?;
                Ok(Converted::of(Value::Integer(integer)))
            }
            Kind::Boolean => match cell {
                Cell::Boolean(is_true) => Some(is_true),
                Cell::Text(text) => boolean::parse(text),
                _ => None,
            }
            .map(|is_true| Converted::of(Value::Boolean(is_true)))
            .ok_or(Fault::NotABoolean),
            Kind::Date | Kind::Month | Kind::Year => {
                let date = written_date(cell, self.kind).ok_or(Fault::NotADate)?;
                self.of_date(&date)
            }
            Kind::Datetime => self.datetime(cell),
        }
    }

    fn number(&self, cell: Cell<'_>, heading: Option<&Unit>) -> Result<Decimal, Fault> {
        let column = self.unit.as_ref().or(heading);
        let written = match cell {
            Cell::Number(number) => WrittenNumber {
                number: Decimal::of_double(number).ok_or(Fault::NotANumber)?,
                unit: None,
            },
            Cell::Text(text) => WrittenNumber::parse(text).ok_or(Fault::NotANumber)?,
            _ => return Err(Fault::NotANumber),
        };
        let power = match (&written.unit, column) {
            (None, None) => 0,
            (None, Some(column)) => column.scale,
            (Some(own), None) => own.scale,
            (Some(own), Some(column)) => own.power_in(column).ok_or(Fault::UnitMismatch)?,
        };
        Ok(written.number.times_ten_to(power))
    }

    fn of_date(&self, date: &WrittenDate) -> Result<Converted, Fault> {
        let is_partial = match self.kind {
            Kind::Date => date.day.is_none(),
            Kind::Month => date.month.is_none(),
            _ => false,
        };
        if is_partial && !self.takes_first {
            return Err(Fault::NotADate);
        }
        let first = date.first().ok_or(Fault::NotADate)?;
        let value = match self.kind {
            Kind::Year => Value::Integer(date.year.into()),
            Kind::Month => Value::Month {
                year: first.year(),
                month: first.month(),
            },
            _ => Value::Date(first),
        };
        let mut converted = Converted::of(value);
        if date.is_outside_era() {
            converted.note = Some(Fault::OutsideEra);
        } else if is_partial {
            converted.note = Some(Fault::PartialDate);
        }
        Ok(converted)
    }

    fn datetime(&self, cell: Cell<'_>) -> Result<Converted, Fault> {
        let (date, time) = match cell {
            Cell::Date { serial, is_1904 } => {
                let at = moment::of_serial(serial, is_1904).ok_or(Fault::NotADate)?;
                return Ok(Converted::of(Value::Datetime(at)));
            }
            Cell::Text(text) => moment::parse_datetime(text).ok_or(Fault::NotADate)?,
            cell => (written_date(cell, Kind::Date).ok_or(Fault::NotADate)?, None),
        };
        let is_partial = date.day.is_none();
        if is_partial && (!self.takes_first || time.is_some()) {
            return Err(Fault::NotADate);
        }
        let day = date.first().ok_or(Fault::NotADate)?;
        let at = moment::at(day, time).ok_or(Fault::NotADate)?;
        let mut converted = Converted::of(Value::Datetime(at));
        if date.is_outside_era() {
            converted.note = Some(Fault::OutsideEra);
        } else if is_partial {
            converted.note = Some(Fault::PartialDate);
        }
        Ok(converted)
    }

    fn checked(&self, converted: Converted) -> Result<Converted, Fault> {
        let value = &converted.value;
        if value.is_null() {
            return Ok(converted);
        }
        let is_below = |bound: &Bound| bound.is_above(value);
        let is_above = |bound: &Bound| bound.is_below(value);
        if self.min.as_ref().is_some_and(is_below) || self.max.as_ref().is_some_and(is_above) {
            return Err(Fault::OutOfRange);
        }
        if !self.one_of.is_empty() && !self.one_of.iter().any(|one| is_written(one, value)) {
            return Err(Fault::NotAllowed);
        }
        Ok(converted)
    }
}

impl Bound {
    fn is_above(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Number(bound), Value::Number(number)) => bound > number,
            (Self::Number(bound), Value::Integer(number)) => *bound > *number as f64,
            (Self::Text(bound), value) => *bound > value.to_string(),
            _ => false,
        }
    }

    fn is_below(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Number(bound), Value::Number(number)) => bound < number,
            (Self::Number(bound), Value::Integer(number)) => *bound < *number as f64,
            (Self::Text(bound), value) => *bound < value.to_string(),
            _ => false,
        }
    }
}

/// Whether a member of `one_of` stands for this value.
fn is_written(one: &str, value: &Value) -> bool {
    match value {
        Value::Text(text) => fold(one) == fold(text),
        Value::Number(number) => one.parse() == Ok(*number),
        value => one == value.to_string(),
    }
}

/// A text that is empty once it is clean is NULL.
fn text_value(text: String) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        Value::Text(text)
    }
}

fn integer(number: Decimal) -> Option<i64> {
    let Decimal { mantissa, exponent } = number;
    let power = 10_i128.checked_pow(exponent.unsigned_abs());
    let whole = match (exponent, power) {
        (_, _) if mantissa == 0 => 0,
        (0.., Some(power)) => mantissa.checked_mul(power)?,
        (_, Some(power)) if mantissa % power == 0 => mantissa / power,
        _ => return None,
    };
    i64::try_from(whole).ok()
}

/// A cell as a day, a month or a year. A number without the format of a date is one only if its digits
/// are.
fn written_date(cell: Cell<'_>, kind: Kind) -> Option<WrittenDate> {
    match cell {
        Cell::Date { serial, is_1904 } => {
            let at = moment::of_serial(serial, is_1904)?;
            Some(WrittenDate::of_day(at.date()))
        }
        Cell::Text(text) => WrittenDate::parse(text).or_else(|| {
            let (date, time) = moment::parse_datetime(text)?;
            time.map(|_| date)
        }),
        Cell::Number(number) => {
            let is_digits = number.fract() == 0.0 && (1000.0..1e8).contains(&number);
            let date = is_digits.then(|| WrittenDate::parse(&number.to_string()))??;
            let fits = match kind {
                Kind::Date => date.day.is_some(),
                Kind::Month => date.month.is_some(),
                _ => true,
            };
            fits.then_some(date)
        }
        _ => None,
    }
}
