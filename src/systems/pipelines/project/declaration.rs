//! Reads declarations of parameters.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::fault::{Faults, quoted};
use super::names::Names;
use super::param::{Param, ParamDefault};
use super::pattern::Patterns;
use super::shape::{Key, Mapping, Shape};
use super::spot::Spot;
use crate::systems::pipelines::values::{ParamType, ParamValue, Scope, Template};

const TYPES: [ParamType; 8] = [
    ParamType::String,
    ParamType::Int,
    ParamType::Bool,
    ParamType::Date,
    ParamType::Month,
    ParamType::Hour,
    ParamType::Minute,
    ParamType::Choice,
];

const WORDS: &[&str] = &[
    "string", "int", "bool", "date", "month", "hour", "minute", "choice",
];

/// Options of the commands, keys of requirements, and names of moments.
pub(crate) const RESERVED: &[&str] = &[
    "all",
    "at_once",
    "ca",
    "detach",
    "dry_run",
    "env",
    "file",
    "fire",
    "folds",
    "follow",
    "force",
    "force_all",
    "help",
    "ignore_case",
    "json",
    "limit",
    "newest_first",
    "now",
    "optional",
    "regex",
    "search",
    "server",
    "settings",
    "stale",
    "tail",
    "task",
    "version",
];

/// The built-in parameter: the commit that a run is pinned to.
pub(crate) use crate::webhooks::COMMIT;

pub(super) const KEYS: Mapping = Mapping::of(&[
    Key::required("type", Shape::Words(WORDS), "Type of its values."),
    Key::optional(
        "values",
        Shape::Some(&Shape::Text),
        "All values that it may have.",
    ),
    Key::optional(
        "default",
        Shape::Text,
        "Its value where none is given; may use {now-1d}.",
    ),
    Key::optional("help", Shape::Text, "What the parameter is for."),
    Key::optional(
        "significant",
        Shape::Bool,
        "Whether it is part of the identity; true.",
    ),
    Key::optional("min", Shape::Text, "Least value."),
    Key::optional("max", Shape::Text, "Greatest value."),
    Key::optional(
        "pattern",
        Shape::Text,
        "Expression that the whole of a text has to match.",
    ),
]);

/// A parameter whose name is known, whether or not the rest of its declaration is good.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub name: String,
    pub param: Option<Param>,
}

impl Param {
    /// The built-in `commit`.
    pub(super) fn commit() -> Self {
        Self {
            name: COMMIT.to_owned(),
            kind: ParamType::String,
            values: None,
            default: None,
            help: None,
            significant: true,
            min: None,
            max: None,
            pattern: None,
        }
    }

    /// Some value of it, to try templates with.
    pub(super) fn sample(&self) -> Option<ParamValue> {
        if let Some(values) = &self.values {
            return values.first().cloned();
        }
        Some(match self.kind {
            ParamType::String | ParamType::Choice => ParamValue::Text("x".to_owned()),
            ParamType::Int => ParamValue::Int(1),
            ParamType::Bool => ParamValue::Bool(true),
            ParamType::Date => ParamValue::Date(sample_day()?),
            ParamType::Month => ParamValue::Month(sample_day()?.with_day0(0)?),
            ParamType::Hour => ParamValue::Hour(sample_moment()?),
            ParamType::Minute => ParamValue::Minute(sample_moment()?),
        })
    }

    /// Whether it gets a value where nobody gives one.
    pub(crate) fn has_value(&self) -> bool {
        self.default.is_some() || self.values.is_some() || self.name == COMMIT
    }

    /// Whether ranges of it can be written.
    pub(crate) fn is_countable(&self) -> bool {
        !matches!(
            self.kind,
            ParamType::String | ParamType::Bool | ParamType::Choice
        )
    }
}

fn sample_day() -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2026, 11, 21)
}

pub(super) fn sample_moment() -> Option<NaiveDateTime> {
    sample_day()?.and_hms_opt(5, 0, 0)
}

/// All declarations of a mapping.
pub(super) fn read_all(
    spot: &Spot<'_>,
    patterns: &mut Patterns,
    faults: &mut Faults,
) -> Vec<Declared> {
    let mut declared: Vec<Declared> = Vec::new();
    for (name, below) in spot.entries() {
        if RESERVED.contains(&name) {
            let problem = format!("{name} is a word of the commands; expected another name");
            faults.key(&below, problem);
        }
        let before = faults.count();
        let param = read(name, &below, patterns, faults);
        declared.push(Declared {
            name: name.to_owned(),
            param: param.filter(|_| faults.count() == before),
        });
    }
    declared
}

fn read(
    name: &str,
    spot: &Spot<'_>,
    patterns: &mut Patterns,
    faults: &mut Faults,
) -> Option<Param> {
    let word = spot.text_at("type")?;
    let kind = TYPES.into_iter().find(|kind| kind.name() == word)?;
    let mut param = Param {
        name: name.to_owned(),
        kind,
        values: None,
        default: None,
        help: spot.text_at("help").map(str::to_owned),
        significant: spot.get("significant").is_none_or(|below| below.is_true()),
        min: None,
        max: None,
        pattern: None,
    };
    if name == COMMIT && kind != ParamType::String {
        faults.key(
            spot,
            "commit is the built-in parameter; expected the type string",
        );
    }
    read_bounds(&mut param, spot, faults);
    read_pattern(&mut param, spot, patterns, faults);
    param.values = read_values(&param, spot, faults);
    if let Some(below) = spot.get("default") {
        param.default = read_default(&param, &below, faults);
    }
    Some(param)
}

fn read_bounds(param: &mut Param, spot: &Spot<'_>, faults: &mut Faults) {
    let is_countable = param.is_countable();
    let mut bound = |key: &str| {
        let below = spot.get(key)?;
        let text = below.text()?;
        if !is_countable {
            let word = param.kind.name();
            faults.key(
                &below,
                format!("belongs to numbers and times, not to {word}"),
            );
            return None;
        }
        match param.kind.read(text) {
            Ok(value) => Some(value),
            Err(expected) => {
                faults.value(&below, format!("found {}; {expected}", quoted(text)));
                None
            }
        }
    };
    let (min, max) = (bound("min"), bound("max"));
    if let (Some(min), Some(max), Some(below)) = (&min, &max, spot.get("max"))
        && min > max
    {
        faults.value(&below, format!("is less than min, which is {min}"));
    }
    (param.min, param.max) = (min, max);
}

fn read_pattern(param: &mut Param, spot: &Spot<'_>, patterns: &mut Patterns, faults: &mut Faults) {
    let is_text = param.kind == ParamType::String;
    let Some(below) = spot.get("pattern") else {
        return;
    };
    let Some(text) = below.text() else {
        return;
    };
    if !is_text {
        let word = param.kind.name();
        return faults.key(&below, format!("belongs to the type string, not to {word}"));
    }
    match patterns.whole(text) {
        Ok(regex) => param.pattern = Some(regex),
        Err(problem) => faults.value(&below, problem),
    }
}

fn read_values(param: &Param, spot: &Spot<'_>, faults: &mut Faults) -> Option<Vec<ParamValue>> {
    let Some(list) = spot.get("values") else {
        if param.kind == ParamType::Choice {
            faults.key(
                spot,
                "the key `values` is missing; expected what there is to choose from",
            );
        }
        return None;
    };
    let mut values = Vec::new();
    let mut seen = HashSet::new();
    for below in list.elements() {
        let Some(text) = below.text() else {
            continue;
        };
        // Texts need not match the default pattern: they stand in the file.
        let read = match (param.kind, &param.pattern) {
            (ParamType::String, None) => ParamType::Choice.read(text),
            _ => param.read(text),
        };
        let value = match read {
            Ok(value) => value,
            Err(expected) => {
                faults.value(&below, format!("found {}; {expected}", quoted(text)));
                continue;
            }
        };
        if seen.insert(value.clone()) {
            values.push(value);
        } else {
            faults.value(&below, format!("{} is given twice", quoted(text)));
        }
    }
    Some(values)
}

fn read_default(param: &Param, spot: &Spot<'_>, faults: &mut Faults) -> Option<ParamDefault> {
    let text = spot.text()?;
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(fault) => {
            faults.value(spot, format!("in {}: {}", quoted(text), fault.problem));
            return None;
        }
    };
    let now = Names::moment("now");
    if !now.check(&template, spot, faults) {
        return None;
    }
    // What is too early or too late now may be right on another day.
    let accepted = match template.as_literal() {
        Some(text) => param.read(text).map(ParamDefault::Value),
        None => {
            let value = template.value(param.kind, &OnlyNow);
            value.map(|_| ParamDefault::Template(template))
        }
    };
    if let Err(expected) = &accepted {
        faults.value(spot, format!("found {}; {expected}", quoted(text)));
    }
    accepted.ok()
}

/// Defaults know the time and nothing else.
struct OnlyNow;

impl Scope for OnlyNow {
    fn param(&self, _: &str) -> Option<&ParamValue> {
        None
    }

    fn text(&self, _: &str) -> Option<&str> {
        None
    }

    fn moment(&self, name: &str) -> Option<NaiveDateTime> {
        if name == "now" { sample_moment() } else { None }
    }
}
