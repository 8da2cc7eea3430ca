//! The labels and rules of a job by name, from what is stored with it.

use crate::systems::labelling::LabellingError;
use crate::systems::labelling::label::LabelParams;
use crate::systems::labelling::label::rules::{RowLabels, RuleSet};
use crate::systems::labelling::rules::document::{Document, ModelKind};
use crate::systems::labelling::rules::finding::Findings;
use crate::systems::labelling::rules::health::NamedSet;

/// `stored`: its rules, unless a model labels.
pub(super) fn named_set(
    params: &LabelParams,
    stored: Option<&[u8]>,
) -> Result<NamedSet, LabellingError> {
    if let Some(document) = mixed_document(params, stored)? {
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

/// The set of a mixed model, as the job labels by it.
pub(super) fn mixed_document(
    params: &LabelParams,
    stored: Option<&[u8]>,
) -> Result<Option<Document>, LabellingError> {
    let Some(stored) = stored.filter(|_| params.is_mixed()) else {
        return Ok(None);
    };
    Ok(Some(Document {
        set: serde_json::from_slice(stored).map_err(unreadable)?,
        model_type: ModelKind::MixedModel,
        version: None,
        gate: None,
        findings: Findings::default(),
    }))
}

fn unreadable(error: serde_json::Error) -> LabellingError {
    LabellingError::Unstorable {
        reason: error.to_string(),
    }
}
