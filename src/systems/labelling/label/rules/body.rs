//! Reads the rules of a request body, and single rules of YAML files, which have the same form.

use serde_json::{Map, Value};

use super::allowance::Allowance;
use super::draft::{Draft, DraftLabel, Loaded, Locate, Position};
use super::finding::{Finding, Place, RuleSetError};
use super::lines::match_types;
use super::set::{MatchType, Rule, RuleKind, RuleSet};

/// The name of a set that was given in a body.
const SET_NAME: &str = "pattern";

/// Names the values of a body.
struct Body<'v> {
    /// The field of the body that holds the rules.
    field: &'static str,
    labels: Vec<&'v str>,
}

impl RuleSet {
    /// Reads `{label: [[text, match_type], …]}`, or `{label: [pattern, …]}`; labels stand in the
    /// order of the object. Faults name `field` of the body.
    pub fn from_body(
        field: &'static str,
        rules: &Value,
        model_type: RuleKind,
        allowance: &Allowance,
    ) -> Result<Loaded, RuleSetError> {
        let Value::Object(labels) = rules else {
            return Err(RuleSetError::Invalid {
                faults: vec![Finding {
                    place: Place::Value(field.to_owned()),
                    reason: format!("expected an object of labels, found {}", kind(rules)),
                }],
            });
        };
        let mut draft = Draft::default();
        for (name, rules) in labels {
            draft.add_label(name);
            match rules {
                Value::Array(rules) => {
                    for (position, rule) in rules.iter().enumerate() {
                        draft.add_rule(position, rule, model_type);
                    }
                }
                other => draft.faults.push((
                    Position::label(draft.labels.len() - 1),
                    format!("expected a list of rules, found {}", kind(other)),
                )),
            }
        }
        let labels = labels.keys().map(String::as_str).collect();
        let set = RuleSet::empty(SET_NAME, model_type);
        draft.finish(set, &Body { field, labels }, allowance)
    }
}

impl Draft {
    /// Begins a label, to which the following rules belong.
    pub(super) fn add_label(&mut self, name: &str) {
        self.labels.push(DraftLabel {
            name: name.to_owned(),
            rules: Vec::new(),
        });
    }

    /// Adds a rule in the form of a body or a YAML file to the current label.
    pub(super) fn add_rule(&mut self, position: usize, value: &Value, model_type: RuleKind) {
        match (rules_of(value, model_type), self.labels.last_mut()) {
            (Ok(rules), Some(label)) => {
                label
                    .rules
                    .extend(rules.into_iter().map(|rule| (position, rule)));
            }
            (Ok(_), None) => {}
            (Err(reason), _) => self.add_fault(position, reason),
        }
    }

    /// Adds a fault of a rule of the current label.
    pub(super) fn add_fault(&mut self, position: usize, reason: String) {
        let label = self.labels.len().saturating_sub(1);
        self.faults.push((Position::rule(label, position), reason));
    }
}

impl Locate for Body<'_> {
    fn place(&self, position: Position) -> Place {
        let (field, label) = (self.field, self.labels[position.label]);
        Place::Value(match position.rule {
            Some(rule) => format!("{field}.{label}[{rule}]"),
            None => format!("{field}.{label}"),
        })
    }

    fn whole(&self) -> Place {
        Place::Value(self.field.to_owned())
    }
}

fn rules_of(value: &Value, model_type: RuleKind) -> Result<Vec<Rule>, String> {
    match model_type {
        RuleKind::KeywordModel => keyword_rules(value),
        RuleKind::RuleModel => Ok(vec![Rule::Pattern(pattern(value)?)]),
    }
}

fn keyword_rules(value: &Value) -> Result<Vec<Rule>, String> {
    let (text, types) = match value {
        Value::Array(parts) => match parts.as_slice() {
            [text, types] => (text, types),
            _ => {
                return Err(format!(
                    "expected [text, match_type], found {} elements",
                    parts.len()
                ));
            }
        },
        Value::Object(fields) => (
            field(fields, "text", &["text", "match_type"])?,
            field(fields, "match_type", &["text", "match_type"])?,
        ),
        other => {
            return Err(format!(
                "expected [text, match_type], found {}",
                kind(other)
            ));
        }
    };
    let text = string(text, "text")?;
    let rule = |match_type| Rule::Keyword(text.to_owned(), match_type);
    Ok(listed_types(types)?.into_iter().map(rule).collect())
}

fn pattern(value: &Value) -> Result<String, String> {
    match value {
        Value::Object(fields) => string(field(fields, "pattern", &["pattern"])?, "pattern"),
        other => string(other, "pattern"),
    }
    .map(str::to_owned)
}

/// One string that names one or several types, or a list of such strings.
fn listed_types(value: &Value) -> Result<Vec<MatchType>, String> {
    let Value::Array(names) = value else {
        return match_types(string(value, "match_type")?);
    };
    if names.is_empty() {
        return Err("match_type is an empty list".to_owned());
    }
    let mut types = Vec::new();
    for name in names {
        types.extend(match_types(string(name, "match_type")?)?);
    }
    Ok(types)
}

fn field<'v>(
    fields: &'v Map<String, Value>,
    name: &str,
    known: &[&str],
) -> Result<&'v Value, String> {
    if let Some(unknown) = fields.keys().find(|key| !known.contains(&key.as_str())) {
        let known = known.join(", ");
        return Err(format!(
            "unknown field `{unknown}`, expected one of {known}"
        ));
    }
    fields
        .get(name)
        .ok_or_else(|| format!("the rule has no `{name}`"))
}

fn string<'v>(value: &'v Value, what: &str) -> Result<&'v str, String> {
    value.as_str().ok_or_else(|| {
        format!(
            "{what} has to be a string (in quotes, where it looks like something else), found {}",
            kind(value)
        )
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
