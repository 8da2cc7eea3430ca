//! Takes the members of a JSON object one by one, each with its type; what is left over at the
//! end is unknown.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::Failure;

const MISSING: &str = "is missing";

type Result<T> = std::result::Result<T, Failure>;

/// The members that were not taken yet.
pub(crate) struct Fields {
    /// Where the object stands, e.g. `labelling.`.
    prefix: String,
    members: Map<String, Value>,
    known: Vec<&'static str>,
}

impl Fields {
    /// `null` counts as an object without members.
    pub fn new(body: Value) -> Result<Self> {
        match body {
            Value::Null => Ok(Self::of(String::new(), Map::new())),
            Value::Object(members) => Ok(Self::of(String::new(), members)),
            other => Err(wrong("body", "an object", &other)),
        }
    }

    fn of(prefix: String, members: Map<String, Value>) -> Self {
        Self {
            prefix,
            members,
            known: Vec::new(),
        }
    }

    /// The same object with the names of its members changed; two that become one are refused.
    pub fn renamed(mut self, rename: impl Fn(&str) -> String) -> Result<Self> {
        let mut members = Map::new();
        for (given, value) in std::mem::take(&mut self.members) {
            let name = rename(&given);
            if members.insert(name.clone(), value).is_some() {
                return Err(self.invalid(&name, "is given twice, in two spellings"));
            }
        }
        Ok(Self { members, ..self })
    }

    /// A member of any type; `null` is the same as leaving it out.
    pub fn any(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.members
            .shift_remove(name)
            .filter(|value| !value.is_null())
    }

    pub fn text(&mut self, name: &'static str) -> Result<Option<String>> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(name, "a string", &other)),
        }
    }

    /// A text that has to be there.
    pub fn required_text(&mut self, name: &'static str) -> Result<String> {
        let text = self.text(name)?;
        text.ok_or_else(|| self.invalid(name, MISSING))
    }

    /// An object that has to be there.
    pub fn required_object(&mut self, name: &'static str) -> Result<Value> {
        let object = self.object(name)?;
        object.ok_or_else(|| self.invalid(name, MISSING))
    }

    /// A text that is read as something else.
    pub fn parsed<T: FromStr<Err: ToString>>(&mut self, name: &'static str) -> Result<Option<T>> {
        let text = self.text(name)?;
        text.map(|text| {
            text.parse()
                .map_err(|error: T::Err| self.invalid(name, &error.to_string()))
        })
        .transpose()
    }

    /// A text out of a closed set.
    pub fn choice<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<Option<T>> {
        let text = self.text(name)?;
        text.map(|text| {
            serde_json::from_value(Value::String(text))
                .map_err(|error| self.invalid(name, &error.to_string()))
        })
        .transpose()
    }

    /// A whole number from 0 to `most`.
    pub fn count(&mut self, name: &'static str, most: u32) -> Result<Option<u32>> {
        let Some(value) = self.any(name) else {
            return Ok(None);
        };
        let count = value.as_u64().and_then(|count| u32::try_from(count).ok());
        match count.filter(|count| *count <= most) {
            Some(count) => Ok(Some(count)),
            None => Err(self.wrong(name, &format!("a whole number from 0 to {most}"), &value)),
        }
    }

    /// A whole number from 1 to `most`.
    pub fn count_from_one(&mut self, name: &'static str, most: u32) -> Result<Option<u32>> {
        match self.count(name, most)? {
            Some(0) => Err(self.invalid(name, "expected at least 1, found 0")),
            count => Ok(count),
        }
    }

    pub fn object(&mut self, name: &'static str) -> Result<Option<Value>> {
        match self.any(name) {
            None => Ok(None),
            Some(object @ Value::Object(_)) => Ok(Some(object)),
            Some(other) => Err(self.wrong(name, "an object", &other)),
        }
    }

    /// An object whose members are taken in turn.
    pub fn nested(&mut self, name: &'static str) -> Result<Option<Self>> {
        let prefix = format!("{}{name}.", self.prefix);
        match self.object(name)? {
            Some(Value::Object(members)) => Ok(Some(Self::of(prefix, members))),
            _ => Ok(None),
        }
    }

    /// The same of an object that has to be there.
    pub fn required_nested(&mut self, name: &'static str) -> Result<Self> {
        let nested = self.nested(name)?;
        nested.ok_or_else(|| self.invalid(name, MISSING))
    }

    /// Refuses what was not taken.
    pub fn finish(self) -> Result<()> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(name) => {
                let known = self.known.join(", ");
                Err(self.invalid(name, &format!("unknown field; known are {known}")))
            }
        }
    }

    pub fn invalid(&self, name: &str, reason: &str) -> Failure {
        Failure::invalid(format!("{}{name}: {reason}", self.prefix))
    }

    fn wrong(&self, name: &str, expected: &str, found: &Value) -> Failure {
        wrong(&format!("{}{name}", self.prefix), expected, found)
    }
}

fn wrong(place: &str, expected: &str, found: &Value) -> Failure {
    let found = match found {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    Failure::invalid(format!("{place}: expected {expected}, found {found}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(body: Value) -> Fields {
        Fields::new(body).unwrap()
    }

    #[test]
    fn types_are_not_guessed() {
        let body = json!({ "a": 1, "b": "1", "c": -1, "d": 1.5, "e": 7 });
        let mut fields = fields(body);
        assert_eq!(
            fields.text("a").unwrap_err().detail,
            "a: expected a string, found 1"
        );
        for name in ["b", "c", "d"] {
            assert!(fields.count(name, 9).is_err(), "{name}");
        }
        assert_eq!(fields.count("e", 9).unwrap(), Some(7));
        assert_eq!(fields.text("f").unwrap(), None);
    }

    #[test]
    fn what_nobody_asked_for_is_refused_with_what_is_known() {
        let mut outer = fields(json!({ "inner": { "x": 1, "y": null } }));
        let mut inner = outer.nested("inner").unwrap().unwrap();
        assert_eq!(inner.any("y"), None);
        let failure = inner.finish().unwrap_err();
        assert_eq!(failure.detail, "inner.x: unknown field; known are y");
        outer.finish().unwrap();
    }

    #[test]
    fn a_body_is_an_object_or_nothing() {
        assert!(Fields::new(json!([])).is_err());
        assert!(Fields::new(json!("x")).is_err());
        fields(Value::Null).finish().unwrap();
    }
}
