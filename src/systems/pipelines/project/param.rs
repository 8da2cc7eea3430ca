//! The declaration of a parameter.

use regex_automata::meta::Regex;

use crate::systems::pipelines::values::{
    ParamType, ParamValue, Template, read_text, written, written_text,
};

#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub name: String,
    pub kind: ParamType,
    /// All that it may be, in the order of the file.
    pub values: Option<Vec<ParamValue>>,
    pub default: Option<ParamDefault>,
    pub help: Option<String>,
    /// Whether it is part of an instance's identity.
    pub significant: bool,
    pub min: Option<ParamValue>,
    pub max: Option<ParamValue>,
    /// Of texts, from `values::whole_pattern`.
    pub pattern: Option<Regex>,
}

#[derive(Clone, Debug)]
pub(crate) enum ParamDefault {
    Value(ParamValue),
    /// Such as `{now-1d}`.
    Template(Template),
}

impl Param {
    /// Reads a value as this declaration admits it; an error says what was expected.
    pub(crate) fn read(&self, text: &str) -> Result<ParamValue, String> {
        let value = match (self.kind, &self.pattern) {
            (ParamType::String, Some(pattern)) => read_text(text, Some(pattern))?,
            // The values of a declaration are right as they stand there.
            (ParamType::String, None) if self.values.is_some() => ParamType::Choice.read(text)?,
            _ => self.kind.read(text)?,
        };
        self.admit(&value)?;
        Ok(value)
    }

    /// What somebody wrote for this parameter: a value, a list, a range; see `values::written`.
    pub(crate) fn read_written(&self, text: &str, most: usize) -> Result<Vec<ParamValue>, String> {
        if matches!(self.kind, ParamType::String | ParamType::Choice) {
            return written_text(text, most, |part| self.read(part));
        }
        let values = written(self.kind, text, most)?;
        values.iter().try_for_each(|value| self.admit(value))?;
        Ok(values)
    }

    /// Whether a value of the right type may be used, by `values`, `min` and `max`.
    pub(crate) fn admit(&self, value: &ParamValue) -> Result<(), String> {
        if let Some(values) = &self.values
            && !values.contains(value)
        {
            return Err(format!("expected one of {}", listed(values)));
        }
        if let Some(min) = &self.min
            && value < min
        {
            return Err(format!("expected {min} or more"));
        }
        if let Some(max) = &self.max
            && value > max
        {
            return Err(format!("expected {max} or less"));
        }
        Ok(())
    }
}

/// The first of them, with commas.
fn listed(values: &[ParamValue]) -> String {
    const SHOWN: usize = 20;
    let mut names: Vec<_> = values
        .iter()
        .take(SHOWN)
        .map(ParamValue::to_string)
        .collect();
    if values.len() > SHOWN {
        names.push("…".to_owned());
    }
    names.join(", ")
}
