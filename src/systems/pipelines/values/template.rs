//! Texts with places for values: `{date-1d:%Y/%m/%d}`, `{DATA}`; `{{` is `{`.

use std::fmt::{self, Write};

use chrono::NaiveDateTime;
use chrono::format::{Item, Numeric, StrftimeItems};

use super::{ParamType, ParamValue};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    /// A parameter, a variable of the environment, `OUT`, `OUT_2`, `IN_<task>`, `now` or `fire`.
    Value {
        name: String,
        shift: Vec<Shift>,
        /// For `strftime`; checked: it can be written for every moment.
        format: Option<String>,
        /// The byte of the template at which the brace stands.
        at: usize,
    },
}

/// `-1d`: minutes, hours, days, weeks, months. Months end on the last day where the day does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shift {
    Minutes(i64),
    Hours(i64),
    Days(i64),
    Weeks(i64),
    Months(i64),
}

/// What was wrong, and the byte of the template at which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TemplateFault {
    pub at: usize,
    pub problem: String,
}

/// What a name in a template stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlaceholderKind {
    Param(ParamType),
    /// Variables of the environment, `OUT`, `IN_<task>`.
    Text,
    /// `now` and `fire`.
    Moment,
}

/// What names in templates stand for.
pub(crate) trait Scope {
    fn param(&self, name: &str) -> Option<&ParamValue>;
    /// Variables of the environment, and `OUT`, `IN_task` where there are such.
    fn text(&self, name: &str) -> Option<&str>;
    /// `now` and `fire`: the local time.
    fn moment(&self, name: &str) -> Option<NaiveDateTime>;
}

impl Template {
    /// A text without places.
    pub(crate) fn literal(text: impl Into<String>) -> Self {
        Self {
            pieces: vec![Piece::Text(text.into())],
        }
    }

    /// A brace that closes nothing stands for itself.
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateFault> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        if let Some(at) = text.find('\0') {
            return Err(fault(at, "expected a text without NUL"));
        }
        while let Some(open) = text[at..].find('{').map(|offset| at + offset) {
            plain.push_str(&text[at..open]);
            let inside = &text[open + 1..];
            if inside.starts_with('{') {
                plain.push('{');
                at = open + 2;
                continue;
            }
            let Some(length) = inside.find('}') else {
                return Err(fault(
                    open,
                    "expected a } for this {; a { by itself is written {{",
                ));
            };
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(parse_place(&inside[..length], open)?);
            at = open + 1 + length + 1;
        }
        plain.push_str(&text[at..]);
        if !plain.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self { pieces })
    }

    /// The names in its places, in their order, each as often as it stands there.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Value { name, .. } => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text, if there are no places in it.
    pub(crate) fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Checks that every name stands for something, and that what is shifted or formatted is a
    /// time; a fault for each bad place. `kinds` answers `None` for unknown names.
    pub(crate) fn faults(
        &self,
        kinds: &dyn Fn(&str) -> Option<PlaceholderKind>,
    ) -> Vec<TemplateFault> {
        self.pieces
            .iter()
            .filter_map(|piece| check_piece(piece, kinds))
            .collect()
    }
}

/// As it could have been written.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => f.write_str(&text.replace('{', "{{"))?,
                Piece::Value {
                    name,
                    shift,
                    format,
                    ..
                } => {
                    write!(f, "{{{name}")?;
                    for shift in shift {
                        write!(f, "{shift}")?;
                    }
                    if let Some(format) = format {
                        write!(f, ":{format}")?;
                    }
                    f.write_str("}")?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match self {
            Self::Minutes(count) => (count, "m"),
            Self::Hours(count) => (count, "h"),
            Self::Days(count) => (count, "d"),
            Self::Weeks(count) => (count, "w"),
            Self::Months(count) => (count, "mo"),
        };
        write!(f, "{count:+}{unit}")
    }
}

fn check_piece(
    piece: &Piece,
    kinds: &dyn Fn(&str) -> Option<PlaceholderKind>,
) -> Option<TemplateFault> {
    let Piece::Value {
        name,
        shift,
        format,
        at,
    } = piece
    else {
        return None;
    };
    let Some(kind) = kinds(name) else {
        return Some(fault(*at, &format!("unknown placeholder {{{name}}}")));
    };
    let is_time = match kind {
        PlaceholderKind::Param(kind) => kind.is_time(),
        PlaceholderKind::Text => false,
        PlaceholderKind::Moment => true,
    };
    let described = match kind {
        PlaceholderKind::Param(kind) => kind.name(),
        PlaceholderKind::Text | PlaceholderKind::Moment => "text",
    };
    match (is_time, shift.first(), format) {
        (false, Some(shift), _) => Some(fault(
            *at,
            &format!("{{{name}{shift}}}: {name} is of type {described}; only times can be shifted"),
        )),
        (false, None, Some(format)) => Some(fault(
            *at,
            &format!("{{{name}:{format}}}: {name} is of type {described}; only times have formats"),
        )),
        _ => None,
    }
}

/// What stands between the braces; `open` is the place of the first brace.
fn parse_place(inside: &str, open: usize) -> Result<Piece, TemplateFault> {
    let (head, format) = match inside.split_once(':') {
        Some((head, format)) => (head, Some(format)),
        None => (inside, None),
    };
    let end = head.find(['+', '-']).unwrap_or(head.len());
    let (name, shifts) = head.split_at(end);
    let begins = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    if !name.bytes().next().is_some_and(begins)
        || !name
            .bytes()
            .all(|byte| begins(byte) || byte.is_ascii_digit())
    {
        return Err(fault(
            open,
            "expected the name of a parameter or of a variable between { and }; a { by itself is written {{",
        ));
    }
    let shift = parse_shifts(shifts, open + 1 + end)?;
    if let Some(format) = format {
        check_format(format, open + 1 + head.len() + 1)?;
    }
    Ok(Piece::Value {
        name: name.to_owned(),
        shift,
        format: format.map(str::to_owned),
        at: open,
    })
}

/// `-1d+2h`.
fn parse_shifts(mut text: &str, mut at: usize) -> Result<Vec<Shift>, TemplateFault> {
    let mut shifts = Vec::new();
    while !text.is_empty() {
        let length = text[1..]
            .find(['+', '-'])
            .map_or(text.len(), |length| 1 + length);
        let (one, rest) = text.split_at(length);
        shifts.push(parse_shift(one).map_err(|problem| fault(at, problem))?);
        text = rest;
        at += length;
    }
    Ok(shifts)
}

fn parse_shift(text: &str) -> Result<Shift, &'static str> {
    const EXPECTED: &str = "expected a shift such as -1d or +2h, in m, h, d, w or mo";
    let (sign, rest) = match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => return Err(EXPECTED),
    };
    let end = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, unit) = rest.split_at(end);
    if digits.is_empty() {
        return Err(EXPECTED);
    }
    let count = match digits.parse::<i64>() {
        Ok(count) if digits.len() <= 10 => sign * count,
        _ => return Err("expected a shift of at most ten digits"),
    };
    match unit {
        "m" => Ok(Shift::Minutes(count)),
        "h" => Ok(Shift::Hours(count)),
        "d" => Ok(Shift::Days(count)),
        "w" => Ok(Shift::Weeks(count)),
        "mo" => Ok(Shift::Months(count)),
        _ => Err(EXPECTED),
    }
}

const WITHOUT_ZONE: &str = "expected a format without a zone: these are wall-clock times";

/// Admits what can be written for every moment without a zone.
fn check_format(format: &str, at: usize) -> Result<(), TemplateFault> {
    if format.is_empty() {
        return Err(fault(at, "expected a format, such as %Y/%m/%d"));
    }
    if format.contains('{') {
        return Err(fault(
            at,
            "expected a format without braces, such as %Y/%m/%d",
        ));
    }
    for item in StrftimeItems::new(format) {
        let problem = match item {
            Item::Error => "expected a format of strftime, such as %Y/%m/%d",
            Item::Space(space) if space.contains(['\n', '\r']) => "expected a format of one line",
            Item::Numeric(Numeric::Timestamp, _) => WITHOUT_ZONE,
            _ => continue,
        };
        return Err(fault(at, problem));
    }
    // What is left to go wrong does so for any moment.
    let sample = NaiveDateTime::default().format_with_items(StrftimeItems::new(format));
    write!(String::new(), "{sample}").map_err(|_| fault(at, WITHOUT_ZONE))
}

fn fault(at: usize, problem: &str) -> TemplateFault {
    TemplateFault {
        at,
        problem: problem.to_owned(),
    }
}
