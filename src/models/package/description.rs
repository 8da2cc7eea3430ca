//! `model.yaml`: what the file of a model does not say.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::Value;

use super::format::Format;
use crate::models::json_rows::{found, label_from_json, label_json};
use crate::models::refusal::Refusal;
use crate::models::signature::{Feature, FeatureKind, Label, Task};
use crate::yaml::{self, Limits, YamlFault};

/// What `model.yaml` says; what is left out is in the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Description {
    pub task: Option<Task>,
    pub features: Option<Vec<Feature>>,
    pub labels: Option<Vec<Label>>,
}

/// The same with what it says of the package.
#[derive(Debug, Default)]
pub(super) struct Described {
    pub description: Description,
    pub format: Option<Format>,
    pub file: Option<String>,
    /// What would help if the file is not what was described.
    pub advice: Option<String>,
}

impl Described {
    pub fn with_advice(&self, refusal: Refusal) -> Refusal {
        match &self.advice {
            Some(advice) => Refusal::new(format!("{}; {advice}", refusal.message)),
            None => refusal,
        }
    }
}

const LIMITS: Limits = Limits {
    depth: 16,
    aliased: 100_000,
};

/// Faults that a sentence names.
const FAULTS_MAX: usize = 5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: Option<Format>,
    file: Option<String>,
    task: Option<Task>,
    features: Option<Vec<WrittenFeature>>,
    labels: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFeature {
    name: String,
    r#type: FeatureKind,
    categories: Option<Vec<Value>>,
}

pub(super) fn read(text: &[u8]) -> Result<Described, Refusal> {
    let text =
        str::from_utf8(text).map_err(|_| Refusal::new("model.yaml: expected a text in UTF-8"))?;
    let root = yaml::parse_within(LIMITS, text).map_err(|fault| refusal(&[fault]))?;
    if root.is_null() {
        return Ok(Described::default());
    }
    let written: Written = yaml::read(&root).map_err(|faults| refusal(&faults))?;
    let features = written.features.map(|features| {
        let features = features.into_iter().enumerate();
        features
            .map(|(index, feature)| read_feature(index, feature))
            .collect()
    });
    Ok(Described {
        description: Description {
            task: written.task,
            features: features.transpose()?,
            labels: written
                .labels
                .map(|labels| read_labels("labels", &labels))
                .transpose()?,
        },
        format: written.format,
        file: written.file,
        advice: None,
    })
}

fn read_feature(index: usize, feature: WrittenFeature) -> Result<Feature, Refusal> {
    let path = format!("features[{index}].categories");
    Ok(Feature {
        name: feature.name,
        kind: feature.r#type,
        categories: read_labels(&path, &feature.categories.unwrap_or_default())?,
    })
}

fn read_labels(path: &str, labels: &[Value]) -> Result<Vec<Label>, Refusal> {
    let labels = labels.iter().enumerate();
    let labels = labels.map(|(index, value)| {
        label_from_json(value).ok_or_else(|| {
            Refusal::new(format!(
                "model.yaml: {path}[{index}]: expected a text, a number or a boolean, found {}",
                found(value)
            ))
        })
    });
    labels.collect()
}

fn refusal(faults: &[YamlFault]) -> Refusal {
    let mut message = String::new();
    for fault in faults.iter().take(FAULTS_MAX) {
        let separator = if message.is_empty() { "" } else { "; " };
        let position = fault.position;
        write!(
            message,
            "{separator}model.yaml:{}:{}: {fault}",
            position.line, position.column
        )
        .ok();
    }
    if faults.len() > FAULTS_MAX {
        write!(message, "; and {} more", faults.len() - FAULTS_MAX).ok();
    }
    Refusal::new(message)
}

/// The text of a `model.yaml` that says the same.
pub(super) fn written(description: &Description, format: Format, file: &str) -> String {
    let mut text = format!("format: {format}\nfile: {}\n", quoted(file));
    if let Some(task) = description.task {
        let task = match task {
            Task::Classification => "classification",
            Task::Regression => "regression",
            Task::Text => "text",
        };
        writeln!(text, "task: {task}").ok();
    }
    if let Some(features) = &description.features {
        let features = features.iter().map(|feature| {
            let kind = match feature.kind {
                FeatureKind::Number => "number",
                FeatureKind::Text => "text",
            };
            let categories = listed(feature.categories.iter().map(scalar));
            format!(
                "{{name: {}, type: {kind}, categories: {categories}}}",
                quoted(&feature.name)
            )
        });
        writeln!(text, "features: {}", listed(features)).ok();
    }
    if let Some(labels) = &description.labels {
        writeln!(text, "labels: {}", listed(labels.iter().map(scalar))).ok();
    }
    text
}

fn listed(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(", "))
}

fn scalar(label: &Label) -> String {
    match label {
        Label::Text(text) => quoted(text),
        // Whole numbers would be read as integers.
        Label::Number(value) => format!("{value:?}"),
        Label::Boolean(_) | Label::Integer(_) => label_json(label).to_string(),
    }
}

/// Between quotation marks, with everything escaped that YAML may take for something else.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            _ if character.is_alphanumeric() => quoted.push(character),
            _ => {
                write!(quoted, "\\U{:08X}", u32::from(character)).ok();
            }
        }
    }
    quoted.push('"');
    quoted
}
