//! Checks the parts of a table: what is converted, what is unpivoted, what is looked up.

use super::check::Check;
use super::model::{Level, Meta, Place, Spread, Unpivot, Wildcard};
use super::names::Names;
use super::written::{
    Nulls, Partial, WrittenBound, WrittenConversion, WrittenLevel, WrittenMeta, WrittenUnpivot,
};
use crate::systems::prediction::import::values::{Bound, Conversion, Kind};
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
        let mut bound = |key: &str, bound: Option<&WrittenBound>| {
            let bound = bound.map(|bound| bound.0.clone());
            let problem = match (&bound, kind) {
                (None, _) => None,
                (_, Kind::Text | Kind::Raw | Kind::Boolean) => Some("is for numbers and dates"),
                (Some(Bound::Text(_)), Kind::Number | Kind::Integer | Kind::Year) => {
                    Some("expected a number")
                }
                (Some(Bound::Number(_)), Kind::Date | Kind::Month | Kind::Datetime) => {
                    Some("expected a date such as 2020-04-01")
                }
                _ => None,
            };
            if let Some(problem) = problem {
                self.fault(&format!("{path}.{key}"), problem);
            }
            bound
        };
        let (min, max) = (bound("min", written.min), bound("max", written.max));
        if let (Some(Bound::Number(min)), Some(Bound::Number(max))) = (&min, &max)
            && min > max
        {
            self.fault(&format!("{path}.min"), "is greater than `max`");
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
