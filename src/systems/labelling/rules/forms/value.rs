//! A small tree of values in the order in which they are written, as YAML in one line and as JSON.

use std::fmt::Write;

use crate::systems::labelling::rules::document::{ModelKind, Written};
use crate::systems::labelling::rules::set::{Fields, MatchType};

use super::exported::ExportedRule;

pub(super) enum Value {
    Text(String),
    /// A number or a boolean.
    Word(String),
    List(Vec<Value>),
    Mapping(Vec<(String, Value)>),
}

impl Value {
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// One field by its name, several as a list.
    pub fn fields(fields: Fields) -> Self {
        let mut names: Vec<Self> = fields
            .iter()
            .map(|field| Self::text(field.as_str()))
            .collect();
        match names.len() {
            1 => names.remove(0),
            _ => Self::List(names),
        }
    }

    /// Numbers, texts and objects of a gate.
    pub fn of_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::String(text) => Self::text(text),
            serde_json::Value::Array(elements) => {
                Self::List(elements.iter().map(Self::of_json).collect())
            }
            serde_json::Value::Object(members) => {
                let members = members.iter();
                let members = members.map(|(key, value)| (key.clone(), Self::of_json(value)));
                Self::Mapping(members.collect())
            }
            other => Self::Word(other.to_string()),
        }
    }

    pub fn rule(rule: &ExportedRule<'_>, kind: ModelKind) -> Self {
        let (key, text) = match &rule.written {
            Written::Keyword {
                text,
                match_type,
                raw: false,
            } if rule.is_bare() => {
                let pair = [text.as_str(), match_type.as_str()];
                return Self::List(pair.map(Self::text).into());
            }
            Written::Keyword { text, .. } => ("text", text),
            // Strings of a rule model are patterns.
            Written::Pattern(pattern) if kind == ModelKind::RuleModel => {
                return Self::text(pattern);
            }
            Written::Pattern(pattern) => ("pattern", pattern),
            Written::Expression(text) if rule.is_bare() => return Self::text(text),
            Written::Expression(text) => ("when", text),
        };
        let mut members = vec![(key.to_owned(), Self::text(text))];
        let mut add = |key: &str, value| members.push((key.to_owned(), value));
        if let Written::Keyword {
            match_type, raw, ..
        } = &rule.written
        {
            add("match_type", Self::text(match_type.as_str()));
            if *raw {
                add("raw", Self::Word("true".to_owned()));
            }
        }
        if let Some(fields) = rule.fields {
            add("in", Self::fields(fields));
        }
        for (key, text) in [("id", rule.id), ("note", rule.note)] {
            if let Some(text) = text {
                add(key, Self::text(text));
            }
        }
        Self::Mapping(members)
    }

    /// An element of a list, or what a filter looks for: as an expression that is one term.
    pub fn term(rule: &ExportedRule<'_>) -> Self {
        match &rule.written {
            Written::Keyword {
                text,
                match_type: MatchType::Partially,
                raw: false,
            } if is_bare_word(text) => Self::text(text),
            Written::Expression(text) => Self::text(text),
            _ => Self::Text(crate::systems::labelling::rules::language::write(rule.tree)),
        }
    }

    pub fn json(&self, out: &mut String) {
        match self {
            Self::Text(text) => json_string(text, out),
            Self::Word(word) => out.push_str(word),
            Self::List(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    element.json(out);
                }
                out.push(']');
            }
            Self::Mapping(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    json_string(key, out);
                    out.push_str(": ");
                    value.json(out);
                }
                out.push('}');
            }
        }
    }

    /// In one line.
    pub fn yaml(&self, out: &mut String) {
        self.yaml_in(out, false);
    }

    fn yaml_in(&self, out: &mut String, in_flow: bool) {
        match self {
            Self::Text(text) => yaml_scalar(text, in_flow, out),
            Self::Word(word) => out.push_str(word),
            Self::List(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    element.yaml_in(out, true);
                }
                out.push(']');
            }
            Self::Mapping(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    yaml_scalar(key, true, out);
                    out.push_str(": ");
                    value.yaml_in(out, true);
                }
                out.push('}');
            }
        }
    }
}

/// Whether a text is a term of the language without quotes for certain.
fn is_bare_word(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(char::is_alphanumeric)
        && !["AND", "OR", "NOT", "NEAR", "OF"].contains(&text)
}

pub(super) fn json_string(text: &str, out: &mut String) {
    // A text is always JSON.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// Without quotes where that is certainly the same text, and is read easily; else in single quotes, or in double
/// ones if it has characters that are not seen.
pub(super) fn yaml_scalar(text: &str, in_flow: bool, out: &mut String) {
    if is_plain(text, in_flow) {
        out.push_str(text);
    } else if text.chars().all(is_seen) {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        out.push('\'');
    } else {
        double_quoted(text, out);
    }
}

fn double_quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            seen if is_seen(seen) => out.push(seen),
            hidden => {
                let code = u32::from(hidden);
                // Into a string it cannot fail.
                match code {
                    0..=0xFF => write!(out, "\\x{code:02X}").ok(),
                    0x100..=0xFFFF => write!(out, "\\u{code:04X}").ok(),
                    _ => write!(out, "\\U{code:08X}").ok(),
                };
            }
        }
    }
    out.push('"');
}

/// Whether a character is seen and means nothing to YAML as a line break or a mark.
fn is_seen(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{85}' | '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}'
        )
}

fn is_plain(text: &str, in_flow: bool) -> bool {
    let first = text.chars().next();
    if !first.is_some_and(|first| first.is_alphabetic() || matches!(first, '/' | '(' | '_')) {
        return false;
    }
    let is_fitting = |c: char| {
        c.is_alphanumeric()
            || matches!(
                c,
                ' ' | '_' | '-' | '.' | '/' | '(' | ')' | '+' | '$' | '=' | '\\' | '^'
            )
            || (!in_flow && matches!(c, ',' | '{' | '}' | '[' | ']' | '?' | '*' | '|'))
            || c == ':'
    };
    if in_flow && text.contains(':') {
        return false;
    }
    text.chars().all(|c| is_fitting(c) && is_seen(c))
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !MISTAKEN.contains(&text.to_ascii_lowercase().as_str())
}

/// Words that some readers of YAML take for something else.
const MISTAKEN: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
