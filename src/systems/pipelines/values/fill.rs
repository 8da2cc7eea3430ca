//! Puts values into templates.

use std::fmt::Write;

use chrono::format::StrftimeItems;
use chrono::{Datelike, Months, NaiveDateTime, TimeDelta};

use super::{ParamType, ParamValue, Piece, Scope, Shift, Template};

impl Template {
    /// The text; an error is a sentence, such as that a date is out of range.
    pub(crate) fn fill(&self, scope: &dyn Scope) -> Result<String, String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Value {
                    name,
                    shift,
                    format,
                    ..
                } => {
                    fill_place(&mut text, name, shift, format.as_deref(), scope)?;
                }
            }
        }
        Ok(text)
    }

    /// The value of a template that is one place for `now` or `fire`, e.g. `{now-1d}`, cut to this
    /// type; any other one is filled and read.
    pub(crate) fn value(&self, kind: ParamType, scope: &dyn Scope) -> Result<ParamValue, String> {
        self.value_with(kind, scope, |text| kind.read(text))
    }

    /// The same with another way to read texts, such as by the pattern of a declaration.
    pub(crate) fn value_with(
        &self,
        kind: ParamType,
        scope: &dyn Scope,
        read: impl FnOnce(&str) -> Result<ParamValue, String>,
    ) -> Result<ParamValue, String> {
        if let [
            Piece::Value {
                name,
                shift,
                format: None,
                ..
            },
        ] = self.pieces.as_slice()
            && kind.is_time()
            && let Some(moment) = scope.moment(name)
        {
            let shifted = shifted(moment, shift).ok_or_else(|| out_of_range(name, shift))?;
            return kind.cut(shifted).ok_or_else(|| out_of_range(name, shift));
        }
        let text = self.fill(scope)?;
        read(&text).map_err(|expected| format!("{expected}, got {text:?}"))
    }
}

fn fill_place(
    text: &mut String,
    name: &str,
    shift: &[Shift],
    format: Option<&str>,
    scope: &dyn Scope,
) -> Result<(), String> {
    let (kind, moment) = if let Some(moment) = scope.moment(name) {
        (ParamType::Minute, Some(moment))
    } else if let Some(value) = scope.param(name) {
        if shift.is_empty() && format.is_none() {
            return write!(text, "{value}").map_err(|error| error.to_string());
        }
        (value.kind(), value.moment())
    } else if let Some(variable) = scope.text(name) {
        if shift.is_empty() && format.is_none() {
            text.push_str(variable);
            return Ok(());
        }
        (ParamType::String, None)
    } else {
        return Err(format!("there is no {name} here"));
    };
    let moment = moment.ok_or_else(|| format!("{name} is not a time"))?;
    let shifted = shifted(moment, shift).ok_or_else(|| out_of_range(name, shift))?;
    let written = match format {
        Some(format) => write!(
            text,
            "{}",
            shifted.format_with_items(StrftimeItems::new(format))
        ),
        None => match kind.cut(shifted) {
            Some(value) => write!(text, "{value}"),
            None => return Err(out_of_range(name, shift)),
        },
    };
    written.map_err(|_| format!("{name} cannot be written with its format"))
}

/// One shift after the other; `None` outside of the years 1 to 9999.
fn shifted(moment: NaiveDateTime, shifts: &[Shift]) -> Option<NaiveDateTime> {
    shifts.iter().try_fold(moment, |moment, shift| {
        let by = |step: Option<TimeDelta>| moment.checked_add_signed(step?);
        let shifted = match *shift {
            Shift::Minutes(count) => by(TimeDelta::try_minutes(count)),
            Shift::Hours(count) => by(TimeDelta::try_hours(count)),
            Shift::Days(count) => by(TimeDelta::try_days(count)),
            Shift::Weeks(count) => by(TimeDelta::try_weeks(count)),
            Shift::Months(count) => {
                let months = Months::new(u32::try_from(count.unsigned_abs()).ok()?);
                if count < 0 {
                    moment.checked_sub_months(months)
                } else {
                    moment.checked_add_months(months)
                }
            }
        }?;
        (1..=9999).contains(&shifted.year()).then_some(shifted)
    })
}

fn out_of_range(name: &str, shifts: &[Shift]) -> String {
    let shifts: String = shifts.iter().map(Shift::to_string).collect();
    format!("{name}{shifts} is out of range: the years are 1 to 9999")
}
