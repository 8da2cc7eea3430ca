//! The signature of a text model, which `model.yaml` may only confirm.

use super::file::File;
use crate::models::package::Description;
use crate::models::refusal::Refusal;
use crate::models::signature::{Feature, FeatureKind, Signature, Task};

pub(super) fn signature(description: &Description, file: &File) -> Result<Signature, Refusal> {
    if description.task == Some(Task::Regression) {
        return Err(Refusal::new(
            "model.yaml: task: expected text, since a text-linear model labels texts, found regression",
        ));
    }
    if let Some(labels) = &description.labels
        && *labels != file.labels
    {
        return Err(Refusal::new(
            "model.yaml: labels: expected the labels of the file in their order, or none",
        ));
    }
    let name = match description.features.as_deref() {
        None => "text",
        Some([feature]) if feature.kind == FeatureKind::Text => &feature.name,
        Some(_) => {
            return Err(Refusal::new(
                "model.yaml: features: expected one feature of the type text, since a text-linear model labels texts",
            ));
        }
    };
    let feature = Feature {
        name: name.to_owned(),
        kind: FeatureKind::Text,
        categories: Vec::new(),
    };
    Ok(Signature::new(
        Task::Text,
        vec![feature],
        file.labels.clone(),
    ))
}
