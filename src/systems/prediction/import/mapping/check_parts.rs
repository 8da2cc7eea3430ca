//! Checks the parts of a table: what is converted, what is unpivoted, what is looked up.

use chrono::{NaiveDate, NaiveDateTime};

use super::check::Check;
use super::model::{Level, Meta, Place, Spread, Unpivot, Wildcard};
use super::names::Names;
use super::written::{
    Nulls, Partial, WrittenBound, WrittenConversion, WrittenLevel, WrittenMeta, WrittenUnpivot,
};
use crate::systems::prediction::import::values::{Bound, Conversion, Kind, Value};
use crate::systems::prediction::import::workbook::parse_address;

impl Check<'_> {
    pub fn conversion(&mut self, path: &str, written: &WrittenConversion<'_>) -> Conversion {
        let kind = written.kind;
        if written.unit.is_some() && !kind.is_number() {
            self.fault(
                &format!("{path}.unit"),
                format!(
                    "is for the types number and integer; this is {}",
                    kind.name()
                ),
            );
        }
        let is_date = matches!(kind, Kind::Date | Kind::Month | Kind::Datetime);
        if written.partial.is_some() && !is_date {
            self.fault(
                &format!("{path}.partial"),
                format!(
                    "is for the types date, month and datetime; this is {}",
                    kind.name()
                ),
            );
        }
        let mut bound = |key: &str, bound: Option<&WrittenBound>| match checked(bound?, kind) {
            Ok(bound) => Some(bound),
            Err(problem) => {
                self.fault(&format!("{path}.{key}"), problem);
                None
            }
        };
        let (min, max) = (bound("min", written.min), bound("max", written.max));
        let is_crossed = match (&min, &max) {
            (Some(Bound::Number(min)), Some(Bound::Number(max))) => min > max,
            (Some(Bound::Text(min)), Some(Bound::Text(max))) => min > max,
            _ => false,
        };
        if is_crossed {
            self.fault(&format!("{path}.min"), "is greater than `max`");
        }
        if written.matching.is_some_and(|pattern| !pattern.has_group()) {
            self.fault(
                &format!("{path}.match"),
                "expected a group in round brackets, whose text is the value, such as `No\\.(\\d+)`",
            );
        }
        if written.one_of.is_some_and(<[String]>::is_empty) {
            self.fault(&format!("{path}.one_of"), "expected at least one value");
        }
        Conversion {
            kind,
            unit: written.unit.map(|unit| unit.0.clone()),
            required: written.required,
            min,
            max,
            one_of: written.one_of.unwrap_or_default().to_vec(),
            like: written.like.cloned(),
            matching: written.matching.cloned(),
            strip: written.strip.cloned(),
            takes_first: written.partial == Some(Partial::First),
        }
    }

    pub(super) fn unpivot(
        &mut self,
        path: &str,
        written: &WrittenUnpivot,
        names: &mut Names,
    ) -> Unpivot {
        if written.levels.is_empty() {
            self.fault(&format!("{path}.levels"), "expected at least one level");
        }
        let mut levels = Vec::new();
        let mut spreads = 0;
        for (index, level) in written.levels.iter().enumerate() {
            let path = format!("{path}.levels[{index}]");
            levels.push(match level {
                WrittenLevel::Named(value) => {
                    self.output(&format!("{path}.name"), &value.name, names);
                    Level::Named {
                        name: value.name.clone(),
                        conversion: Box::new(self.conversion(&path, &value.converted())),
                    }
                }
                WrittenLevel::Spread(entries) => {
                    spreads += 1;
                    if entries.0.is_empty() {
                        self.fault(&format!("{path}.spread"), "expected at least one heading");
                    }
                    let mut spread = Vec::new();
                    for (heading, value) in &entries.0 {
                        let path = format!("{path}.spread.{heading}");
                        self.output(&format!("{path}.name"), &value.name, names);
                        spread.push(Spread {
                            heading: Wildcard::new(heading),
                            name: value.name.clone(),
                            conversion: self.conversion(&path, &value.converted()),
                        });
                    }
                    Level::Spread(spread)
                }
            });
        }
        match (&written.value, spreads) {
            (None, 0) => self.fault(path, "expected `value`, or a level with `spread`"),
            (Some(_), 1..) => self.fault(
                &format!("{path}.value"),
                "stands beside a level with `spread`; expected one of them",
            ),
            (None, 2..) => self.fault(
                &format!("{path}.levels"),
                "two levels have `spread`; expected one",
            ),
            _ => {}
        }
        let value = written.value.as_ref().map(|value| {
            let path = format!("{path}.value");
            self.output(&format!("{path}.name"), &value.name, names);
            (
                value.name.clone(),
                self.conversion(&path, &value.converted()),
            )
        });
        Unpivot {
            levels,
            value,
            keeps_nulls: written.nulls == Some(Nulls::Keep),
        }
    }

    pub(super) fn meta(
        &mut self,
        path: &str,
        name: &str,
        written: &WrittenMeta,
        names: &mut Names,
    ) -> Meta {
        self.output(path, name, names);
        let mut places = Vec::new();
        places.extend(written.find.clone().map(Place::Find));
        places.extend(
            written
                .right_of
                .as_deref()
                .map(|text| Place::RightOf(Wildcard::new(text))),
        );
        places.extend(
            written
                .below
                .as_deref()
                .map(|text| Place::Below(Wildcard::new(text))),
        );
        places.extend(written.sheet.clone().map(Place::Sheet));
        if let Some(text) = &written.cell {
            match parse_address(text) {
                Some((row, column)) => places.push(Place::Cell { row, column }),
                None => self.fault(
                    &format!("{path}.cell"),
                    format!("unknown cell `{text}`; expected one such as B3"),
                ),
            }
        }
        if places.len() != 1 && written.cell.is_none() || places.len() > 1 {
            self.fault(
                path,
                "expected one of `find`, `right_of`, `below`, `cell` and `sheet`",
            );
        }
        let place = places.into_iter().next();
        Meta {
            name: name.to_owned(),
            place: place.unwrap_or(Place::Cell { row: 0, column: 0 }),
            conversion: self.conversion(path, &written.converted()),
        }
    }
}

/// A bound as values of its kind are written, so that they compare; else what is wrong with it.
fn checked(bound: &WrittenBound, kind: Kind) -> Result<Bound, &'static str> {
    let expected = match kind {
        Kind::Text | Kind::Raw | Kind::Boolean => return Err("is for numbers and dates"),
        Kind::Number | Kind::Integer | Kind::Year => {
            return match &bound.0 {
                Bound::Number(number) => Ok(Bound::Number(*number)),
                Bound::Text(_) => Err("expected a number"),
            };
        }
        Kind::Date => "expected a date such as 2020-04-01",
        Kind::Month => "expected a month such as 2020-04",
        Kind::Datetime => {
            "expected a date such as 2020-04-01, or one with its time such as 2020-04-01T09:30:00"
        }
    };
    let Bound::Text(text) = &bound.0 else {
        return Err(expected);
    };
    let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let written = match kind {
        Kind::Month => day(text)
            .or_else(|| day(&format!("{text}-01")))
            .map(|day| day.format("%Y-%m").to_string()),
        Kind::Datetime => day(text).map(|day| day.to_string()).or_else(|| {
            let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
            Some(Value::Datetime(at).to_string())
        }),
        _ => day(text).map(|day| day.to_string()),
    };
    written.map(Bound::Text).ok_or(expected)
}
