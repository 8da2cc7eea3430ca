//! Templates of requests: `{keyword}`, `{cursor.next}`, `{from:%Y-%m-%d}`, `{secret:NAME}`; `{{` is `{`, `}}` is `}`.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::DateTime;
use chrono::format::{Item, StrftimeItems};
use chrono_tz::Tz;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Number, Value};

/// A text with places for values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Place(Place),
}

/// A place for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Keyword,
    Page,
    Offset,
    Size,
    Cursor(String),
    From(TimeFormat),
    To(TimeFormat),
    Secret(String),
    /// A field of the article, within `map`.
    Field(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum TimeFormat {
    /// `YYYY-MM-DD HH:MM:SS`.
    Plain,
    UnixSeconds,
    UnixMilliseconds,
    /// Checked: every moment can be written with it.
    Written(String),
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct TemplateFault(pub String);

/// What the places of a request are filled with.
pub(crate) struct Places<'p> {
    pub keyword: &'p str,
    pub page: u32,
    pub offset: u64,
    pub size: u32,
    /// By name; one that is missing, as before the first page, is empty.
    pub cursors: &'p BTreeMap<String, Value>,
    /// Microseconds since 1970.
    pub from: i64,
    pub to: i64,
    pub zone: Tz,
    /// By name; checked to be there before anything is asked.
    pub secrets: &'p BTreeMap<String, SecretString>,
}

/// How a value becomes part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As it is: headers, members of JSON, fields of forms, which are encoded as a whole.
    Plain,
    /// A segment of a path.
    Path,
}

/// Everything but the characters that mean nothing in any part of a URL.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

const EXPECTED: &str =
    "expected {keyword}, {page}, {offset}, {size}, {cursor.NAME}, {from}, {to} or {secret:NAME}";

impl Template {
    /// Reads a text of a request.
    pub fn parse(text: &str) -> Result<Self, TemplateFault> {
        Self::parse_with(text, Place::of_request)
    }

    /// Reads a text of `map`, whose places are fields of the article.
    pub fn parse_of_fields(text: &str, known: &[&str]) -> Result<Self, TemplateFault> {
        Self::parse_with(text, |name| {
            let is_known = known.contains(&name);
            is_known
                .then(|| Place::Field(name.to_owned()))
                .ok_or_else(|| {
                    TemplateFault(format!(
                        "unknown field {{{name}}}; expected one of {}",
                        known.join(", ")
                    ))
                })
        })
    }

    fn parse_with(
        text: &str,
        place: impl Fn(&str) -> Result<Place, TemplateFault>,
    ) -> Result<Self, TemplateFault> {
        let fault = |problem: &str| Err(TemplateFault(problem.to_owned()));
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
                    return fault("a `{` without its `}`; write `{{` for one of the text");
                };
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Place(place(inside)?));
                rest = behind;
            } else {
                return fault("a `}` without its `{`; write `}}` for one of the text");
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self { pieces })
    }

    /// The names of the secrets that it holds.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.places().filter_map(|place| match place {
            Place::Secret(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The names of the cursors that it holds.
    pub fn cursors(&self) -> impl Iterator<Item = &str> {
        self.places().filter_map(|place| match place {
            Place::Cursor(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The names of the fields that it holds.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.places().filter_map(|place| match place {
            Place::Field(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether it holds the beginning, and the end, of the range.
    pub fn range(&self) -> (bool, bool) {
        let has = |wanted: fn(&Place) -> bool| self.places().any(wanted);
        (
            has(|place| matches!(place, Place::From(_))),
            has(|place| matches!(place, Place::To(_))),
        )
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Place(place) => Some(place),
            Piece::Text(_) => None,
        })
    }

    /// Fills the places of a request.
    pub fn fill(&self, places: &Places<'_>, encoding: Encoding) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Place(place) => {
                    let value = text_of(&place.value(places));
                    match encoding {
                        Encoding::Plain => text.push_str(&value),
                        Encoding::Path => text.extend(utf8_percent_encode(&value, ESCAPED)),
                    }
                }
            }
        }
        text
    }

    /// Fills a text of `map`; `None` if a field is missing.
    pub fn fill_fields(&self, field: impl Fn(&str) -> Option<String>) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Place(Place::Field(name)) => {
                    text.extend(utf8_percent_encode(&field(name)?, ESCAPED));
                }
                Piece::Place(_) => return None,
            }
        }
        Some(text)
    }

    /// As a value of JSON: one that is nothing but a place keeps the type of its value, and is left out if that is
    /// empty.
    fn fill_value(&self, places: &Places<'_>) -> Option<Value> {
        match self.pieces.as_slice() {
            [Piece::Place(place)] => {
                let value = place.value(places);
                let is_empty = value.is_null() || value.as_str() == Some("");
                (!is_empty).then_some(value)
            }
            _ => Some(Value::String(self.fill(places, Encoding::Plain))),
        }
    }
}

impl Place {
    fn of_request(inside: &str) -> Result<Self, TemplateFault> {
        let (name, format) = match inside.split_once(':') {
            Some((name, format)) => (name, Some(format)),
            None => (inside, None),
        };
        match (name, format) {
            ("keyword", None) => Ok(Self::Keyword),
            ("page", None) => Ok(Self::Page),
            ("offset", None) => Ok(Self::Offset),
            ("size", None) => Ok(Self::Size),
            ("from", format) => Ok(Self::From(TimeFormat::parse(format)?)),
            ("to", format) => Ok(Self::To(TimeFormat::parse(format)?)),
            ("secret", Some(name)) if is_name(name) => Ok(Self::Secret(name.to_owned())),
            _ => match inside.strip_prefix("cursor.") {
                Some(name) if is_name(name) => Ok(Self::Cursor(name.to_owned())),
                _ => Err(TemplateFault(format!(
                    "unknown place {{{inside}}}; {EXPECTED}"
                ))),
            },
        }
    }

    fn value(&self, places: &Places<'_>) -> Value {
        match self {
            Self::Keyword => places.keyword.into(),
            Self::Page => places.page.into(),
            Self::Offset => places.offset.into(),
            Self::Size => places.size.into(),
            Self::Cursor(name) => places.cursors.get(name).cloned().unwrap_or(Value::Null),
            Self::From(format) => format.value(places.from, places.zone),
            Self::To(format) => format.value(places.to, places.zone),
            Self::Secret(name) => {
                let secret = places.secrets.get(name);
                secret.map_or(Value::Null, |secret| secret.expose_secret().into())
            }
            Self::Field(_) => Value::Null,
        }
    }
}

/// Of a secret, which is a variable of the environment, or of a cursor.
fn is_name(name: &str) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && name.len() <= 64 && name.bytes().all(is_good)
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl TimeFormat {
    fn parse(format: Option<&str>) -> Result<Self, TemplateFault> {
        match format {
            None => Ok(Self::Plain),
            Some("unix_s") => Ok(Self::UnixSeconds),
            Some("unix_ms") => Ok(Self::UnixMilliseconds),
            Some(format) => {
                let is_good = format.contains('%')
                    && !StrftimeItems::new(format).any(|item| matches!(item, Item::Error));
                is_good
                    .then(|| Self::Written(format.to_owned()))
                    .ok_or_else(|| {
                        TemplateFault(format!(
                            "`{format}` is no format of times; expected unix_s, unix_ms or one such as %Y-%m-%d"
                        ))
                    })
            }
        }
    }

    fn value(&self, micros: i64, zone: Tz) -> Value {
        let number = |number: i64| Value::Number(Number::from(number));
        let written = |format: &str| {
            let moment = DateTime::from_timestamp_micros(micros).unwrap_or_default();
            let mut text = String::new();
            // It was checked that every moment can be written with it.
            let _ = write!(text, "{}", moment.with_timezone(&zone).format(format));
            Value::String(text)
        };
        match self {
            Self::UnixSeconds => number(micros.div_euclid(1_000_000)),
            Self::UnixMilliseconds => number(micros.div_euclid(1_000)),
            Self::Plain => written("%Y-%m-%d %H:%M:%S"),
            Self::Written(format) => written(format),
        }
    }
}

/// A value of JSON whose texts are templates.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum JsonTemplate {
    Text(Template),
    List(Vec<Self>),
    Members(Vec<(String, Self)>),
    /// A number, a boolean or null.
    Constant(Value),
}

impl JsonTemplate {
    /// A fault names the member in which it is, below `path`.
    pub fn parse(value: &Value, path: &str) -> Result<Self, (String, TemplateFault)> {
        match value {
            Value::String(text) => Template::parse(text)
                .map(Self::Text)
                .map_err(|fault| (path.to_owned(), fault)),
            Value::Array(values) => {
                let values = values.iter().enumerate();
                let parsed = values.map(|(no, value)| Self::parse(value, &format!("{path}[{no}]")));
                parsed.collect::<Result<_, _>>().map(Self::List)
            }
            Value::Object(members) => {
                let parsed = members.iter().map(|(name, value)| {
                    let parsed = Self::parse(value, &format!("{path}.{name}"))?;
                    Ok((name.clone(), parsed))
                });
                parsed.collect::<Result<_, _>>().map(Self::Members)
            }
            other => Ok(Self::Constant(other.clone())),
        }
    }

    /// All templates in it.
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Text(template) => vec![template],
            Self::List(values) => values.iter().flat_map(Self::templates).collect(),
            Self::Members(members) => {
                let values = members.iter().map(|(_, value)| value);
                values.flat_map(Self::templates).collect()
            }
            Self::Constant(_) => Vec::new(),
        }
    }

    /// `None` if it is a place whose value is empty.
    pub fn fill(&self, places: &Places<'_>) -> Option<Value> {
        match self {
            Self::Text(template) => template.fill_value(places),
            Self::List(values) => {
                let values = values.iter().filter_map(|value| value.fill(places));
                Some(Value::Array(values.collect()))
            }
            Self::Members(members) => {
                let members = members
                    .iter()
                    .filter_map(|(name, value)| Some((name.clone(), value.fill(places)?)));
                Some(Value::Object(members.collect::<Map<_, _>>()))
            }
            Self::Constant(value) => Some(value.clone()),
        }
    }
}
