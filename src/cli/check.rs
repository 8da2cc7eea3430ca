//! `audience check`: every fault in settings and rules, with file and line.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::report;
use crate::app;
use crate::settings::{Settings, SettingsPlace};
use crate::systems;
use crate::systems::labelling::settings::{LabellingSection, LabellingSettings};
use crate::systems::labelling::{ModelType, check_rules};

/// Rules that are looked at: where, which model, which predict type.
type RulesToCheck = (PathBuf, Option<ModelType>, String);

pub(super) fn run(place: &SettingsPlace) -> ExitCode {
    let loaded = match Settings::load(place, &systems::sections()) {
        Ok(loaded) => loaded,
        Err(error) => return tell(error.faults.iter().map(ToString::to_string).collect(), &[]),
    };
    let mut faults: Vec<String> = app::check(&loaded)
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut warnings = Vec::new();
    let LabellingSettings {
        sources, labelling, ..
    } = loaded.system();
    // Where nothing can be labelled, no rules are needed.
    if !sources.is_empty() && !labelling.rules_dir.is_dir() {
        let problem = format!("`{}` is not a directory", labelling.rules_dir.display());
        faults.push(loaded.fault("labelling.rules_dir", problem).to_string());
    }
    let checked = rules_of(&labelling);
    for (path, model_type, predict_type) in &checked {
        match check_rules(path, *model_type, predict_type) {
            Ok(found) => warnings.extend(found),
            Err(found) => faults.extend(found),
        }
    }
    warnings.sort();
    warnings.dedup();
    faults.dedup();
    let code = tell(faults, &warnings);
    if code == ExitCode::SUCCESS {
        report::line(&format!(
            "settings and {} rule sets are good",
            checked.len()
        ));
    }
    code
}

fn tell(faults: Vec<String>, warnings: &[String]) -> ExitCode {
    for warning in warnings {
        report::line(&format!("warning: {warning}"));
    }
    for fault in &faults {
        report::line(&format!("fault: {fault}"));
    }
    if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The named sets, and whatever stands in the directory of rules.
fn rules_of(labelling: &LabellingSection) -> Vec<RulesToCheck> {
    let mut found = Vec::new();
    for path in labelling.rule_sets.values() {
        found.push((path.clone(), None, "author_name".to_owned()));
    }
    for model_type in [ModelType::KeywordModel, ModelType::RuleModel] {
        for predict_type in predict_types(&labelling.rules_dir.join(model_type.to_string())) {
            found.push((labelling.rules_dir.clone(), Some(model_type), predict_type));
        }
    }
    found
}

/// The names of all `<label>/<predict_type>.txt`.
fn predict_types(directory: &Path) -> BTreeSet<String> {
    let entries = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten();
    entries(directory)
        .flat_map(|label| entries(&label.path()))
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect()
}
