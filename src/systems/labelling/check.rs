//! Looks for faults in settings and rules without labelling anything.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::options;
use crate::settings::{Loaded, SettingsFault};
use crate::systems::Findings;
use crate::systems::labelling::label::rules::{
    Allowance, Loaded as LoadedRules, Matcher, RuleKind, RuleLimits, RuleSet, RuleSetError,
};
use crate::systems::labelling::mixed_set::mixed_document_at;
use crate::systems::labelling::rules::document::Document;
use crate::systems::labelling::rules::finding::Level;
use crate::systems::labelling::rules::matching::{self, Compiled};
use crate::systems::labelling::rules::set::{Field, Fields};
use crate::systems::labelling::settings::{LabellingSection, LabellingSettings};

/// Rules that are looked at: where, which model, which predict type.
type RulesToCheck = (PathBuf, Option<RuleKind>, String);

pub(super) fn settings_and_rules(loaded: &Loaded) -> Findings {
    let mut found = Findings {
        faults: faults(loaded).iter().map(ToString::to_string).collect(),
        ..Findings::default()
    };
    let section = loaded.system::<LabellingSettings>().labelling;
    let limits = options::rule_limits(&section);
    for (name, path) in section.rule_sets.iter().filter(|(_, path)| !path.exists()) {
        let problem = format!(
            "`{}` does not exist, expected a directory of rules, or a .yaml, .yml, .tsv or .txt file",
            path.display()
        );
        let fault = loaded.fault(&format!("labelling.rule_sets.{name}"), problem);
        found.faults.push(fault.to_string());
    }
    if is_without_rules(loaded, &section) {
        found.warnings.push(format!(
            "labelling.rules_dir: `{}` is not there, and labelling.rule_sets names no rules: only tasks \
             that bring their own rules can be labelled",
            section.rules_dir.display()
        ));
    }
    let rules = rules_of(&section);
    for (path, model_type, predict_type) in &rules {
        match check_rules(path, *model_type, predict_type, limits) {
            Ok(warnings) => found.warnings.extend(warnings),
            Err(faults) => found.faults.extend(faults),
        }
    }
    found.checked = Some(format!("{} rule sets", rules.len()));
    found
}

/// Whether there is something to label, and nothing to label it by. What is set has a fault of its own.
fn is_without_rules(loaded: &Loaded, section: &LabellingSection) -> bool {
    let has_sources = !loaded.system::<LabellingSettings>().sources.is_empty();
    let is_set = loaded.has("labelling.rules_dir");
    has_sources && !is_set && section.rule_sets.is_empty() && !section.rules_dir.is_dir()
}

fn faults(loaded: &Loaded) -> Vec<SettingsFault> {
    let connections = options::connections(loaded).err();
    let options = options::options(loaded).err();
    let errors = connections.into_iter().chain(options);
    let mut faults: Vec<SettingsFault> = errors.flat_map(|error| error.faults).collect();
    let LabellingSettings {
        sources, labelling, ..
    } = loaded.system();
    let rules_dir = &labelling.rules_dir;
    // Where nothing can be labelled, no rules are needed; who names sets needs no directory beside them.
    let is_needed = !sources.is_empty() && loaded.has("labelling.rules_dir");
    if is_needed && !rules_dir.is_dir() {
        let problem = format!("`{}` is not a directory", rules_dir.display());
        faults.push(loaded.fault("labelling.rules_dir", problem));
    }
    faults
}

/// Reads and compiles a rule set: warnings, or faults, each with file and line.
fn check_rules(
    path: &Path,
    model_type: Option<RuleKind>,
    predict_type: &str,
    limits: RuleLimits,
) -> Result<Vec<String>, Vec<String>> {
    if model_type.is_none()
        && let Some(document) = read_mixed(path, false)?
    {
        let mut set = document.set;
        if set.fields.is_empty() {
            // Whichever its jobs name.
            set.fields = Fields::one(Field::Content);
        }
        let compiled =
            Compiled::of_within(&set, &matching::Allowance::new(CancellationToken::new()));
        compiled.map_err(|error| vec![format!("{}: {error}", path.display())])?;
        let warnings = document.findings.list().iter();
        return Ok(warnings.map(ToString::to_string).collect());
    }
    let (loaded, allowance) = read_rules(path, model_type, predict_type, limits)?;
    Matcher::compile(&loaded.set, &allowance.renewed())
        .map_err(|error| vec![format!("{}: {error}", path.display())])?;
    Ok(loaded.warnings.iter().map(ToString::to_string).collect())
}

/// Reads the rules of a mixed model, if these are; faults, each with its place.
pub(super) fn read_mixed(path: &Path, is_asked: bool) -> Result<Option<Document>, Vec<String>> {
    let found = mixed_document_at(path, is_asked).map_err(|error| vec![error.to_string()])?;
    match found {
        Some(document) if document.findings.has_errors() => {
            let errors = document.findings.list().iter();
            let errors = errors.filter(|finding| finding.code.level() == Level::Error);
            Err(errors.map(ToString::to_string).collect())
        }
        found => Ok(found),
    }
}

/// Reads a rule set; faults, each with file and line.
pub(super) fn read_rules(
    path: &Path,
    model_type: Option<RuleKind>,
    predict_type: &str,
    limits: RuleLimits,
) -> Result<(LoadedRules, Allowance), Vec<String>> {
    let allowance = Allowance::new(limits, CancellationToken::new());
    let loaded = RuleSet::load_path(path, model_type, predict_type, &allowance);
    let loaded = loaded.map_err(|error| sentences(&error))?;
    Ok((loaded, allowance))
}

fn sentences(error: &RuleSetError) -> Vec<String> {
    match error.faults() {
        [] => vec![error.to_string()],
        faults => faults.iter().map(ToString::to_string).collect(),
    }
}

/// The named sets, and all in the directory of rules.
fn rules_of(labelling: &LabellingSection) -> Vec<RulesToCheck> {
    let mut found = Vec::new();
    // One that does not exist is reported with its setting.
    for path in labelling.rule_sets.values().filter(|path| path.exists()) {
        found.push((path.clone(), None, "author_name".to_owned()));
    }
    for model_type in [RuleKind::KeywordModel, RuleKind::RuleModel] {
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
