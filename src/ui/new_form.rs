//! A form made from the JSON Schema of a request: what can be filled in, and what stands there.

use serde_json::{Map, Value};

use super::forms::find;
use super::frame::Frame;

/// Something that can be filled in.
pub(super) struct Field {
    /// As the request has it.
    pub name: String,
    pub label: String,
    pub help: Option<Help>,
    pub control: Control,
    pub value: String,
    /// What is wrong with it, in the words of the API.
    pub fault: Option<String>,
    pub is_required: bool,
}

pub(super) struct Help {
    pub text: String,
    /// It is the description of the schema.
    pub is_english: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// One of these. Leaving it out means what is usual.
    Choice {
        values: Vec<String>,
        usual: Option<String>,
    },
    Text {
        usual: Option<String>,
    },
    Number {
        least: Option<i64>,
        most: Option<i64>,
        usual: Option<String>,
    },
    /// Anything else, as JSON.
    Json,
}

impl Field {
    /// What tells about it, by their ids.
    pub fn described_by(&self) -> String {
        let fault = self.fault.as_ref().map(|_| format!("{}-f", self.name));
        let help = self.help.as_ref().map(|_| format!("{}-h", self.name));
        let ids: Vec<String> = fault.into_iter().chain(help).collect();
        ids.join(" ")
    }

    /// What stands in it, as the request has it. What does not fit is left to the API to refuse.
    fn json(&self) -> Value {
        let text = || Value::String(self.value.clone());
        match &self.control {
            Control::Text { .. } => text(),
            Control::Choice { values, .. } => match self.value.as_str() {
                "true" | "false" if values.len() == 2 => (self.value == "true").into(),
                _ => text(),
            },
            Control::Number { .. } | Control::Json => {
                serde_json::from_str(&self.value).unwrap_or_else(|_| text())
            }
        }
    }
}

/// The fields of a request in the order of its schema, with what was given. Words of a field are the
/// messages `<flow>-field-<name>` and `<flow>-field-<name>-help`.
pub(super) fn fields(
    frame: &Frame,
    flow: &str,
    schema: &Value,
    given: &[(String, String)],
) -> Vec<Field> {
    let members = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, member): (&String, &Value)| {
        let id = format!("{flow}-field-{name}");
        let label = match frame.words.has(&id) {
            true => frame.say(&id),
            false => name.clone(),
        };
        Field {
            label,
            help: help(frame, &format!("{id}-help"), member),
            control: control(schema, member),
            value: find(given, name).unwrap_or_default().trim().to_owned(),
            fault: None,
            is_required: is_required(schema, name),
            name: name.clone(),
        }
    };
    members.map(field).collect()
}

fn help(frame: &Frame, id: &str, member: &Value) -> Option<Help> {
    if frame.words.has(id) {
        let (text, is_english) = (frame.say(id), false);
        return Some(Help { text, is_english });
    }
    let text = member["description"].as_str()?.to_owned();
    let is_english = true;
    Some(Help { text, is_english })
}

fn is_required(schema: &Value, name: &str) -> bool {
    let mut required = schema["required"].as_array().into_iter().flatten();
    required.any(|required| required == name)
}

fn control(schema: &Value, member: &Value) -> Control {
    let meant = meant(schema, member);
    let usual = member.get("default").filter(|usual| !usual.is_null());
    let usual = usual.map(|usual| match usual {
        Value::String(text) => text.clone(),
        usual => usual.to_string(),
    });
    let choices = member["enum"].as_array().or(meant["enum"].as_array());
    if let Some(choices) = choices {
        let texts = choices.iter().filter_map(Value::as_str);
        let values = texts.map(str::to_owned).collect();
        return Control::Choice { values, usual };
    }
    let limit = |name: &str| meant[name].as_i64();
    match kinds(meant).as_slice() {
        ["string"] => Control::Text { usual },
        ["boolean"] => Control::Choice {
            values: vec!["true".to_owned(), "false".to_owned()],
            usual,
        },
        ["integer" | "number"] => Control::Number {
            least: limit("minimum"),
            most: limit("maximum"),
            usual,
        },
        _ => Control::Json,
    }
}

/// What a member is, besides null: where it refers to, or one of its alternatives.
fn meant<'s>(schema: &'s Value, member: &'s Value) -> &'s Value {
    let mut others = member["anyOf"].as_array().into_iter().flatten();
    let other = others.find(|other| other["type"] != "null");
    let member = other.unwrap_or(member);
    let referred = member["$ref"]
        .as_str()
        .and_then(|reference| schema.pointer(reference.trim_start_matches('#')));
    referred.unwrap_or(member)
}

/// Its types besides null.
fn kinds(schema: &Value) -> Vec<&str> {
    let one = schema["type"].as_str().into_iter();
    let several = schema["type"].as_array().into_iter().flatten();
    let all = one.chain(several.filter_map(Value::as_str));
    all.filter(|kind| *kind != "null").collect()
}

/// What was filled in, as a request.
pub(super) fn request(fields: &[Field]) -> Map<String, Value> {
    let given = fields.iter().filter(|field| !field.value.is_empty());
    given
        .map(|field| (field.name.clone(), field.json()))
        .collect()
}

/// Puts a sentence of the API beside the field that it begins with, if there is one: its name.
pub(super) fn place(fields: &mut [Field], member: &str, sentence: &str) -> Option<String> {
    let within = sentence.strip_prefix(member);
    let within = within.and_then(|rest| rest.strip_prefix('.'));
    let said = within.unwrap_or(sentence);
    let field = fields.iter_mut().find(|field| {
        let spoken = field.name.replace('_', " ");
        begins_with(said, &field.name) || begins_with(said, &spoken)
    })?;
    let of_field = said.strip_prefix(&field.name);
    let of_field = of_field.and_then(|rest| rest.strip_prefix(": "));
    field.fault = Some(of_field.unwrap_or(said).to_owned());
    Some(field.name.clone())
}

/// Whether a sentence begins with a whole word, or several.
fn begins_with(sentence: &str, words: &str) -> bool {
    let Some(start) = sentence.get(..words.len()) else {
        return false;
    };
    let next = sentence[words.len()..].chars().next();
    start.eq_ignore_ascii_case(words)
        && !next.is_some_and(|next| next.is_alphanumeric() || next == '_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(name: &str, control: Control, value: &str) -> Field {
        Field {
            name: name.to_owned(),
            label: name.to_owned(),
            help: None,
            control,
            value: value.to_owned(),
            fault: None,
            is_required: false,
        }
    }

    fn text(name: &str, value: &str) -> Field {
        field(name, Control::Text { usual: None }, value)
    }

    #[test]
    fn a_control_is_what_its_schema_says() {
        let schema = json!({ "$defs": { "How": { "type": "string", "enum": ["a", "b"] } } });
        let choice = |values: &[&str], usual: Option<&str>| Control::Choice {
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            usual: usual.map(str::to_owned),
        };
        let how =
            json!({ "anyOf": [{ "$ref": "#/$defs/How" }, { "type": "null" }], "default": "a" });
        let number = json!({ "type": "integer", "minimum": 0, "default": 7 });
        for (member, expected) in [
            (how, choice(&["a", "b"], Some("a"))),
            (
                json!({ "type": ["string", "null"], "enum": ["x", null] }),
                choice(&["x"], None),
            ),
            (
                json!({ "type": "boolean" }),
                choice(&["true", "false"], None),
            ),
            (
                json!({ "type": ["string", "null"] }),
                Control::Text { usual: None },
            ),
            (
                number,
                Control::Number {
                    least: Some(0),
                    most: None,
                    usual: Some("7".to_owned()),
                },
            ),
            (json!({ "type": ["object", "null"] }), Control::Json),
            (json!({}), Control::Json),
        ] {
            assert_eq!(control(&schema, &member), expected, "{member}");
        }
    }

    #[test]
    fn what_is_filled_in_becomes_a_request() {
        let number = || Control::Number {
            least: None,
            most: None,
            usual: None,
        };
        let fields = [
            text("name", "7"),
            text("empty", ""),
            field("count", number(), "7"),
            field("wrong", number(), "seven"),
            field("rules", Control::Json, r#"{"a":["b"]}"#),
            field("broken", Control::Json, "{"),
        ];
        let expected = json!({
            "name": "7", "count": 7, "wrong": "seven", "rules": { "a": ["b"] }, "broken": "{",
        });
        assert_eq!(Value::Object(request(&fields)), expected);
    }

    #[test]
    fn a_sentence_stands_beside_the_field_that_it_begins_with() {
        for (sentence, name, shown) in [
            (
                "labels.from: `x` is not a time",
                Some("from"),
                "`x` is not a time",
            ),
            (
                "from must be earlier than to",
                Some("from"),
                "from must be earlier than to",
            ),
            (
                "rule set `x` is not in the settings",
                Some("rule_set"),
                "rule set `x` is not in the settings",
            ),
            (
                "labels.rules.a: expected a list",
                Some("rules"),
                "rules.a: expected a list",
            ),
            (
                "Table `t` cannot be read",
                Some("table"),
                "Table `t` cannot be read",
            ),
            ("fromage is away", None, ""),
            ("", None, ""),
        ] {
            let names = ["rules", "rule_set", "from", "table"];
            let mut fields = names.map(|name| text(name, ""));
            let placed = place(&mut fields, "labels", sentence);
            assert_eq!(placed.as_deref(), name, "{sentence}");
            let fault = fields.iter().find_map(|field| field.fault.clone());
            assert_eq!(fault.unwrap_or_default(), shown);
        }
    }
}
