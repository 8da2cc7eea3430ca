//! Which features a booster has: what its file says and what `model.yaml` adds.

use std::collections::HashMap;

use crate::models::package::Description;
use crate::models::refusal::Refusal;
use crate::models::signature::{Feature, FeatureKind, Label};

/// A feature as the file of a model knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct FileFeature {
    pub name: String,
    /// By their codes. Empty if it is not a category, or if the file does not say them.
    pub categories: Vec<Label>,
}

/// The features of a file, in the order of its columns.
#[derive(Clone, Debug, PartialEq)]
pub struct FileFeatures {
    pub features: Vec<FileFeature>,
    /// Whether the names were made up because the training data had none. `model.yaml` may then give others.
    pub names_are_made_up: bool,
}

impl FileFeatures {
    /// The features for people: with the names, kinds and categories of `model.yaml` where the file has none.
    pub fn described(self, description: &Description) -> Result<Vec<Feature>, Refusal> {
        let features = match &description.features {
            Some(described) => self.pairs(described)?,
            None => {
                let features = self.features.into_iter();
                features.map(|file| feature(file, None)).collect()
            }
        };
        features.into_iter().collect()
    }

    /// Each feature of the file with what `model.yaml` says of it.
    fn pairs(self, described: &[Feature]) -> Result<Vec<Result<Feature, Refusal>>, Refusal> {
        if self.features.len() != described.len() {
            return Err(Refusal::new(format!(
                "model.yaml: features: expected {} as in the file of the model, found {}",
                self.features.len(),
                described.len()
            )));
        }
        // A name as it stands takes precedence over one whose white space the booster wrote as underscores.
        let spaced = described
            .iter()
            .map(|feature| (underscored(&feature.name), feature));
        let exact = described
            .iter()
            .map(|feature| (feature.name.clone(), feature));
        let names: HashMap<String, &Feature> = spaced.chain(exact).collect();
        let by_name = self.features.iter().map(|file| {
            let found = names.get(&file.name).copied();
            found.ok_or(&file.name)
        });
        let matched: Vec<&Feature> = match by_name.collect::<Result<_, _>>() {
            Ok(matched) => matched,
            Err(_) if self.names_are_made_up => described.iter().collect(),
            Err(missing) => {
                return Err(Refusal::new(format!(
                    "model.yaml: features: {missing:?} is missing, which the file of the model has"
                )));
            }
        };
        let files = self.features.into_iter();
        let pairs = files.zip(matched);
        Ok(pairs
            .map(|(file, described)| feature(file, Some(described)))
            .collect())
    }
}

fn underscored(name: &str) -> String {
    name.replace(char::is_whitespace, "_")
}

fn feature(file: FileFeature, described: Option<&Feature>) -> Result<Feature, Refusal> {
    let name = described
        .map_or(&file.name, |feature| &feature.name)
        .clone();
    let said: &[Label] = described.map_or(&[], |feature| &feature.categories);
    if !said.is_empty() && !file.categories.is_empty() && !same_labels(said, &file.categories) {
        return Err(Refusal::new(format!(
            "model.yaml: features: the categories of {name:?} differ from those in the file of the model"
        )));
    }
    let categories = if file.categories.is_empty() {
        said.to_vec()
    } else {
        file.categories
    };
    let kind = kind_of(&name, &categories)?;
    match described.map(|feature| feature.kind) {
        Some(FeatureKind::Text) if categories.is_empty() => Err(Refusal::new(format!(
            "model.yaml: features: {name:?} is a text, but neither the file of the model nor model.yaml says its \
             categories; add `categories`, in the order of their codes"
        ))),
        Some(described) if described != kind => Err(Refusal::new(format!(
            "model.yaml: features: expected {name:?} to be a {}, as its categories are",
            match kind {
                FeatureKind::Number => "number",
                FeatureKind::Text => "text",
            }
        ))),
        _ => Ok(Feature {
            name,
            kind,
            categories,
        }),
    }
}

fn kind_of(name: &str, categories: &[Label]) -> Result<FeatureKind, Refusal> {
    let texts = categories.iter().filter(|label| is_text(label)).count();
    if texts == 0 {
        Ok(FeatureKind::Number)
    } else if texts == categories.len() {
        Ok(FeatureKind::Text)
    } else {
        Err(Refusal::new(format!(
            "the categories of {name:?} are texts and numbers; make them all texts before training"
        )))
    }
}

fn is_text(label: &Label) -> bool {
    matches!(label, Label::Text(_))
}

/// Whether they are the same values; 3 and 3.0 are.
fn same_labels(one: &[Label], other: &[Label]) -> bool {
    let same = |(one, other): (&Label, &Label)| match (number(one), number(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}

/// The number that a label is, as Python counts: true is one.
pub(super) fn number(label: &Label) -> Option<f64> {
    match label {
        Label::Boolean(value) => Some(f64::from(u8::from(*value))),
        Label::Integer(value) => Some(*value as f64),
        Label::Number(value) => Some(*value),
        Label::Text(_) => None,
    }
}

/// The labels of the classes: those of `model.yaml`, or their numbers.
pub fn class_labels(classes: usize, description: &Description) -> Result<Vec<Label>, Refusal> {
    match &description.labels {
        Some(labels) if labels.len() != classes => Err(Refusal::new(format!(
            "model.yaml: labels: expected {classes} as the model has classes, found {}",
            labels.len()
        ))),
        Some(labels) => Ok(labels.clone()),
        None => Ok((0..classes as i64).map(Label::Integer).collect()),
    }
}
