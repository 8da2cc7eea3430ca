//! Looks for faults in rules without labelling anything.

use std::path::Path;

use super::ModelType;
use crate::systems::labelling::label::rules::{Matcher, RuleSet, RuleSetError};

/// Reads and compiles a rule set: warnings, or faults, each with file and line.
pub fn check_rules(
    path: &Path,
    model_type: Option<ModelType>,
    predict_type: &str,
) -> Result<Vec<String>, Vec<String>> {
    let loaded =
        RuleSet::load_path(path, model_type, predict_type).map_err(|error| told(&error))?;
    Matcher::compile(&loaded.set).map_err(|error| vec![format!("{}: {error}", path.display())])?;
    Ok(loaded.warnings.iter().map(ToString::to_string).collect())
}

fn told(error: &RuleSetError) -> Vec<String> {
    match error.faults() {
        [] => vec![error.to_string()],
        faults => faults.iter().map(ToString::to_string).collect(),
    }
}
