//! The labels and rules of a job by name, from what is stored with it.

use crate::systems::labelling::LabellingError;
use crate::systems::labelling::label::LabelParams;
use crate::systems::labelling::label::rules::{RowLabels, RuleSet};
use crate::systems::labelling::rules::document::{Document, ModelKind};
use crate::systems::labelling::rules::forms::{self, Form};
use crate::systems::labelling::rules::health::NamedSet;

/// `stored`: its rules, unless a model labels.
pub(super) fn named_set(
    params: &LabelParams,
    stored: Option<&[u8]>,
) -> Result<NamedSet, LabellingError> {
    if let Some(document) = mixed_document(params, stored) {
        return Ok(NamedSet::of(&document.set));
    }
    if let Some(stored) = stored {
        let set: RuleSet = serde_json::from_slice(stored).map_err(unreadable)?;
        return Ok(NamedSet::of_keywords_or_patterns(&set));
    }
    let row_labels = params
        .model
        .as_ref()
        .map_or(RowLabels::First, |model| model.row_labels);
    Ok(NamedSet::of_model(params.labels.clone(), row_labels))
}

/// The document of a mixed model.
pub(super) fn mixed_document(params: &LabelParams, stored: Option<&[u8]>) -> Option<Document> {
    let is_mixed = params.header.model_type == ModelKind::MixedModel.as_str();
    let stored = stored.filter(|_| is_mixed)?;
    Some(forms::read(Form::Json, "rules.json", stored, ""))
}

fn unreadable(error: serde_json::Error) -> LabellingError {
    LabellingError::Unstorable {
        reason: error.to_string(),
    }
}
