//! Times and parameters in the texts of `start`: `{last}`, `{fire}`, `{fire-1d:%Y-%m-%d}`, `{name}`; `{{` is `{`.

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, Days, Months, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;
use serde_json::{Map, Value};

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// The end of the range of the last success.
    Last,
    /// The moment of the fire.
    Fire {
        shifts: Vec<(i64, Unit)>,
        format: Option<String>,
    },
    Param(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
}

/// Which parameters a fire has.
#[derive(Clone, Debug)]
pub(super) enum Names {
    Only(Vec<String>),
    Any,
}

impl Default for Names {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

/// What a text is filled in with.
pub(super) struct Filling<'f> {
    /// Microseconds since 1970.
    pub(super) fire: i64,
    pub(super) zone: Tz,
    pub(super) last: Option<&'f str>,
    pub(super) params: &'f Map<String, Value>,
}

impl Piece {
    pub(super) fn is_last(&self) -> bool {
        *self == Self::Last
    }
}

/// Reads a text, or says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, behind) = rest.split_at(at);
        plain.push_str(before);
        if let Some(behind) = behind.strip_prefix("{{") {
            plain.push('{');
            rest = behind;
        } else if let Some(behind) = behind.strip_prefix("}}") {
            plain.push('}');
            rest = behind;
        } else if let Some(behind) = behind.strip_prefix('{') {
            let Some((inside, behind)) = behind.split_once('}') else {
                return Err("a `{` without its `}`; write `{{` for one of the text".to_owned());
            };
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(placeholder(inside)?);
            rest = behind;
        } else {
            return Err("a `}` without its `{`; write `}}` for one of the text".to_owned());
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}

fn placeholder(inside: &str) -> Result<Piece, String> {
    let (head, format) = match inside.split_once(':') {
        Some((head, format)) => (head, Some(format)),
        None => (inside, None),
    };
    let shifts = head.strip_prefix("fire");
    if let Some(shifts) =
        shifts.filter(|shifts| shifts.is_empty() || shifts.starts_with(['+', '-']))
    {
        if let Some(format) = format {
            check_format(format)?;
        }
        return Ok(Piece::Fire {
            shifts: read_shifts(shifts)?,
            format: format.map(str::to_owned),
        });
    }
    if format.is_some() {
        return Err(format!("`{{{inside}}}`: only {{fire}} has a format"));
    }
    let is_name = !head.is_empty()
        && head
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match head {
        "last" => Ok(Piece::Last),
        _ if is_name => Ok(Piece::Param(head.to_owned())),
        _ => Err(format!(
            "`{{{inside}}}`; expected {{last}}, {{fire}}, {{fire-1d:%Y-%m-%d}} or a parameter"
        )),
    }
}

fn read_shifts(text: &str) -> Result<Vec<(i64, Unit)>, String> {
    let mut shifts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let sign = if rest.starts_with('-') { -1 } else { 1 };
        let unsigned = &rest[1..];
        let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = unsigned.split_at(digits);
        let letters = behind.bytes().take_while(u8::is_ascii_lowercase).count();
        let (unit, behind) = behind.split_at(letters);
        let unit = match unit {
            "m" => Some(Unit::Minute),
            "h" => Some(Unit::Hour),
            "d" => Some(Unit::Day),
            "w" => Some(Unit::Week),
            "mo" => Some(Unit::Month),
            _ => None,
        };
        let number = number
            .parse::<u32>()
            .ok()
            .filter(|number| *number <= 1_000_000);
        let is_followed = behind.is_empty() || behind.starts_with(['+', '-']);
        let (Some(number), Some(unit), true) = (number, unit, is_followed) else {
            return Err(format!("`{text}`; expected such as -1d, +2h or -1mo"));
        };
        shifts.push((sign * i64::from(number), unit));
        rest = behind;
    }
    Ok(shifts)
}

fn check_format(format: &str) -> Result<(), String> {
    let is_good = |item: Item<'_>| !matches!(item, Item::Error);
    match !format.is_empty() && StrftimeItems::new(format).all(is_good) {
        true => Ok(()),
        false => Err(format!(
            "`{format}` is not a format of times; expected such as %Y-%m-%d"
        )),
    }
}

/// Names that no fire gives.
pub(super) fn unknown<'p>(pieces: &'p [Piece], names: &Names) -> Vec<&'p str> {
    let names = match names {
        Names::Only(names) => names,
        Names::Any => return Vec::new(),
    };
    let used = pieces.iter().filter_map(|piece| match piece {
        Piece::Param(name) => Some(name.as_str()),
        Piece::Text(_) | Piece::Last | Piece::Fire { .. } => None,
    });
    used.filter(|used| !names.iter().any(|name| name == used))
        .collect()
}

/// All texts of a value, with where they are.
pub(super) fn texts(value: &Value) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    collect(value, String::new(), &mut found);
    found
}

fn collect<'v>(value: &'v Value, path: String, found: &mut Vec<(String, &'v str)>) {
    match value {
        Value::String(text) => found.push((path, text)),
        Value::Array(values) => {
            for (no, value) in values.iter().enumerate() {
                collect(value, format!("{path}[{no}]"), found);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                collect(value, format!("{path}.{name}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A value whose texts are filled in.
pub(super) fn fill(value: &Value, with: &Filling<'_>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(fill_text(text, with)?),
        Value::Array(values) => {
            let values = values.iter().map(|value| fill(value, with));
            Value::Array(values.collect::<Result<_, _>>()?)
        }
        Value::Object(members) => {
            let members = members.iter();
            let members = members.map(|(name, value)| Ok((name.clone(), fill(value, with)?)));
            Value::Object(members.collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}

fn fill_text(text: &str, with: &Filling<'_>) -> Result<String, String> {
    let mut filled = String::new();
    for piece in parse(text)? {
        match piece {
            Piece::Text(text) => filled.push_str(&text),
            Piece::Last => filled.push_str(&match with.last {
                Some(last) => last.to_owned(),
                None => {
                    let day_before = with.shifted(&[(-1, Unit::Day)])?;
                    day_before.format("%Y-%m-%d 00:00:00").to_string()
                }
            }),
            Piece::Fire { shifts, format } => {
                let moment = with.shifted(&shifts)?;
                let format = format.as_deref().unwrap_or("%Y-%m-%d");
                filled.push_str(&moment.format(format).to_string());
            }
            Piece::Param(name) => match with.params.get(&name) {
                Some(Value::String(text)) => filled.push_str(text),
                Some(value) => filled.push_str(&value.to_string()),
                None => return Err(format!("the parameter {name} is missing")),
            },
        }
    }
    Ok(filled)
}

impl Filling<'_> {
    /// The wall-clock time of the fire, moved; each day has 24 hours.
    fn shifted(&self, shifts: &[(i64, Unit)]) -> Result<NaiveDateTime, String> {
        let beyond = || "a time lies beyond the calendar".to_owned();
        let fire = DateTime::from_timestamp_micros(self.fire).ok_or_else(beyond)?;
        let mut moment = fire.with_timezone(&self.zone).naive_local();
        for (number, unit) in shifts {
            let count = number.unsigned_abs();
            let months = Months::new(u32::try_from(count).unwrap_or(u32::MAX));
            let later = *number > 0;
            moment = match unit {
                Unit::Minute => moment.checked_add_signed(TimeDelta::minutes(*number)),
                Unit::Hour => moment.checked_add_signed(TimeDelta::hours(*number)),
                Unit::Day if later => moment.checked_add_days(Days::new(count)),
                Unit::Day => moment.checked_sub_days(Days::new(count)),
                Unit::Week if later => moment.checked_add_days(Days::new(7 * count)),
                Unit::Week => moment.checked_sub_days(Days::new(7 * count)),
                Unit::Month if later => moment.checked_add_months(months),
                Unit::Month => moment.checked_sub_months(months),
            }
            .ok_or_else(beyond)?;
        }
        Ok(moment)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(text: &str, last: Option<&str>) -> Result<String, String> {
        let fire = "2026-11-28T19:00:00Z"
            .parse::<DateTime<chrono::Utc>>()
            .unwrap();
        let params = json!({ "day": "2026-11-21", "no": 7 });
        let with = Filling {
            fire: fire.timestamp_micros(),
            zone: Tz::Asia__Taipei,
            last,
            params: params.as_object().unwrap(),
        };
        fill_text(text, &with)
    }

    #[test]
    fn times_are_those_of_the_zone() {
        for (text, expected) in [
            ("{fire-1d:%Y-%m-%d} 23:59:59", "2026-11-28 23:59:59"),
            ("{fire}", "2026-11-29"),
            ("{fire:%H:%M}", "03:00"),
            ("{fire-1mo+2h:%Y%m%dT%H}", "20261029T05"),
            ("{fire-1w}", "2026-11-22"),
            ("{last}", "2026-11-28 00:00:00"),
            ("{day}/{no}", "2026-11-21/7"),
            ("a {{b}} c", "a {b} c"),
            ("", ""),
        ] {
            assert_eq!(filled(text, None).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(filled("{last}", Some("x")).as_deref(), Ok("x"));
        assert!(filled("{other}", None).is_err());
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for text in [
            "{",
            "}",
            "{fire",
            "{fire-1}",
            "{fire-x}",
            "{fire-1d:%Q}",
            "{fire-1d:}",
            "{last:%Y}",
            "{a b}",
            "{}",
            "{fire--1d}",
            "{fire-1dx}",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
