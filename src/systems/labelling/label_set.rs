//! What labels the rows of a task: the rules or the model that a request names, found and checked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

use super::compose::unstorable;
use super::{
    AskedModel, AuthorConflict, Labelling, LabellingError, LabellingRequest, ModelType,
    PredictType, RowLabels, RuleKind, RulesFrom,
};
use crate::engine::seam::TextScorer;
use crate::engine::store::blob_digest;
use crate::systems::labelling::label::rules::{
    Allowance, Loaded, MAX_LABELS, Matcher, RuleSet, label_fault,
};
use crate::systems::labelling::label::{LabelModel, LabelRuleSet};
use crate::systems::labelling::panels::Conflict;
use crate::systems::labelling::posts::TextColumn;

/// Labels, and how a row gets them.
pub(super) struct LabelSet {
    pub model_type: ModelType,
    pub labels: Vec<String>,
    pub by: LabelledBy,
    pub warnings: Vec<String>,
    /// Of the rule set or the model.
    pub name: String,
    pub row_labels: RowLabels,
    pub exclusive: bool,
    pub author_conflict: AuthorConflict,
    /// What keeps a task from publishing.
    pub gate: Option<Value>,
}

/// What decides.
pub(super) enum LabelledBy {
    Rules {
        version: String,
        count: usize,
        /// As they are stored with the task.
        stored: Vec<u8>,
        digest: String,
    },
    /// The rules of a mixed model.
    Mixed {
        rule_set: LabelRuleSet,
        count: usize,
        /// Those that the rules look at.
        fields: Vec<TextColumn>,
        /// Those that the set names, by name; empty: it looks at what the request names.
        named_fields: Vec<&'static str>,
        /// As they are stored with the task.
        stored: Vec<u8>,
        digest: String,
    },
    Model(LabelModel),
}

/// A model that a request names.
pub(super) struct FoundModel {
    scorer: Arc<dyn TextScorer>,
    min_score: Option<f64>,
}

impl LabelledBy {
    /// What is stored beside the job.
    pub fn stored(self) -> Vec<Vec<u8>> {
        match self {
            Self::Rules { stored, .. } | Self::Mixed { stored, .. } => vec![stored],
            Self::Model(_) => Vec::new(),
        }
    }
}

impl LabelSet {
    /// Author conflicts only arise in a set whose labels exclude each other.
    pub fn conflict(&self) -> Conflict {
        match (self.exclusive, self.author_conflict) {
            (false, _) | (true, AuthorConflict::KeepAll) => Conflict::KeepAll,
            (true, AuthorConflict::MajorityDropTies) => Conflict::MajorityDropTies,
            (true, AuthorConflict::MajorityFirst) => Conflict::MajorityFirst,
        }
    }

    /// The version of the set, if it has versions.
    pub fn version(&self) -> Option<i32> {
        match &self.by {
            LabelledBy::Mixed { rule_set, .. } => rule_set.version,
            LabelledBy::Rules { .. } | LabelledBy::Model(_) => None,
        }
    }

    /// What tasks by it have in common, whatever its version is; a model may be called like a rule set.
    pub fn lineage(&self) -> String {
        match &self.by {
            LabelledBy::Rules { .. } | LabelledBy::Mixed { .. } => self.name.clone(),
            LabelledBy::Model(model) => format!("model:{}", model.name),
        }
    }

    /// What the request was understood to say of it.
    pub fn understood(&self) -> Map<String, Value> {
        let mut members = match &self.by {
            LabelledBy::Rules { version, count, .. } => json!({
                "rule_set": self.name, "rule_set_version": version, "rules": count,
            }),
            LabelledBy::Mixed {
                rule_set, count, ..
            } => json!({
                "rule_set": self.name, "rules": count,
                "rule_set_version": rule_set.version.map(|version| version.to_string()),
            }),
            LabelledBy::Model(model) => json!({
                "model": model.name, "model_version": model.version, "min_score": model.min_score,
            }),
        };
        members["labels"] = json!(self.labels);
        members["row_labels"] = json!(self.row_labels);
        members["exclusive"] = self.exclusive.into();
        members["author_conflict"] = json!(self.author_conflict);
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// The labels of a model: they exclude each other, as those of rules do unless their set says otherwise.
    pub fn of_model(
        model: &FoundModel,
        request: &LabellingRequest,
    ) -> Result<Self, LabellingError> {
        let FoundModel { scorer, min_score } = model;
        let labels = scorer.labels().to_vec();
        if let Some(reason) = fault_of_labels(&labels) {
            return Err(LabellingError::UnusableModel {
                name: scorer.model().to_owned(),
                version: scorer.version(),
                reason,
            });
        }
        let row_labels = request.row_labels.unwrap_or_default();
        let mut warnings = Vec::new();
        if request.predict_type.is_none() {
            warnings.push(
                "predict_type was left out: the model scores the names of the authors; it is \
                 `content` for the texts of posts"
                    .to_owned(),
            );
        }
        if (row_labels, min_score) == (RowLabels::All, &None) {
            warnings.push(
                "min_score was left out: with row_labels `all` each row gets all labels".to_owned(),
            );
        }
        Ok(Self {
            model_type: ModelType::TextModel,
            name: scorer.model().to_owned(),
            labels,
            by: LabelledBy::Model(LabelModel {
                name: scorer.model().to_owned(),
                version: scorer.version(),
                row_labels,
                min_score: *min_score,
            }),
            warnings,
            row_labels,
            exclusive: true,
            author_conflict: request.author_conflict.unwrap_or_default(),
            gate: None,
        })
    }
}

/// What is wrong with the labels of a model: they become panels.
fn fault_of_labels(labels: &[String]) -> Option<String> {
    if labels.len() > MAX_LABELS {
        let count = labels.len();
        return Some(format!(
            "it has {count} labels, at most {MAX_LABELS} are possible"
        ));
    }
    let mut sorted: Vec<&String> = labels.iter().collect();
    sorted.sort_unstable();
    if let Some(two) = sorted.windows(2).find(|two| two[0] == two[1]) {
        return Some(format!("it has two labels `{}`", two[0]));
    }
    labels.iter().find_map(|label| label_fault(label))
}

impl Labelling {
    /// The model that a request names, at the version that this means now.
    pub(super) async fn found_model(
        &self,
        request: &LabellingRequest,
    ) -> Result<Option<FoundModel>, LabellingError> {
        let Some(AskedModel { name, min_score }) = &request.model else {
            return Ok(None);
        };
        let found = self.scorers.find(name).await;
        let scorer = found.map_err(LabellingError::Model)?;
        let min_score = *min_score;
        Ok(Some(FoundModel { scorer, min_score }))
    }

    /// The rules that a request names or brings. What cannot be compiled is refused now and not when the task has
    /// begun.
    pub(super) fn rule_labels(
        &self,
        request: &LabellingRequest,
        predict_type: PredictType,
        turn: Option<OwnedSemaphorePermit>,
        stop: &CancellationToken,
    ) -> Result<LabelSet, LabellingError> {
        let allowance = Allowance::new(self.options.rule_limits, stop.clone());
        let Loaded { mut set, warnings } = self.rules(request, predict_type, &allowance)?;
        set.row_labels = request.row_labels.unwrap_or(set.row_labels);
        set.author_conflict = request.author_conflict.unwrap_or(set.author_conflict);
        let stored = serde_json::to_vec(&set).map_err(unstorable)?;
        let digest = blob_digest(&stored);
        self.composing.check(&digest, || {
            let room = self.composing.room_to_compile(size_of(&set));
            let _room = match turn {
                Some(turn) => Some(turn),
                None => Handle::current()
                    .block_on(stop.run_until_cancelled(room))
                    .flatten(),
            };
            // If it was stopped meanwhile, this says so.
            Matcher::compile(&set, &allowance.renewed()).map(drop)
        })?;
        let warnings = warnings.iter().map(|warning| warning.without_path());
        Ok(LabelSet {
            model_type: set.model_type.into(),
            labels: set.labels.iter().map(|label| label.name.clone()).collect(),
            by: LabelledBy::Rules {
                count: set.labels.iter().map(|label| label.rules.len()).sum(),
                version: set.version,
                stored,
                digest,
            },
            name: set.name,
            warnings: warnings.collect(),
            row_labels: set.row_labels,
            exclusive: set.exclusive,
            author_conflict: set.author_conflict,
            gate: None,
        })
    }

    fn rules(
        &self,
        request: &LabellingRequest,
        predict_type: PredictType,
        allowance: &Allowance,
    ) -> Result<Loaded, LabellingError> {
        let load = |path: &PathBuf| {
            RuleSet::load_path(path, request.rule_kind, predict_type.as_str(), allowance)
        };
        match &request.rules {
            RulesFrom::Files => {
                expect_rules(&self.options.rules_dir, || "labelling.rules_dir".to_owned())?;
                Ok(load(&self.options.rules_dir)?)
            }
            RulesFrom::Path(path) => Ok(load(path)?),
            RulesFrom::Body { field, rules } => {
                let kind = request.rule_kind.unwrap_or(RuleKind::KeywordModel);
                Ok(RuleSet::from_body(field, rules, kind, allowance)?)
            }
            RulesFrom::Named(name) => {
                let path = self.options.rule_sets.get(name).ok_or_else(|| {
                    let known = self.options.rule_sets.keys().cloned().collect::<Vec<_>>();
                    LabellingError::UnknownRuleSet {
                        name: name.clone(),
                        known: known.join(", "),
                    }
                })?;
                expect_rules(path, || format!("labelling.rule_sets.{name}"))?;
                let mut loaded = load(path)?;
                // It goes by the name that callers use, whatever its files are called.
                loaded.set.name.clone_from(name);
                Ok(loaded)
            }
        }
    }
}

/// Callers are told which setting names what is not there.
fn expect_rules(path: &Path, setting: impl FnOnce() -> String) -> Result<(), LabellingError> {
    match path.exists() {
        true => Ok(()),
        false => Err(LabellingError::NoRules { setting: setting() }),
    }
}

/// What the keywords of a set are together; patterns have no size that says what they take.
fn size_of(set: &RuleSet) -> Option<usize> {
    let rules = set.labels.iter().flat_map(|label| &label.rules);
    match set.model_type {
        RuleKind::KeywordModel => Some(rules.map(|rule| rule.text().len()).sum()),
        RuleKind::RuleModel => None,
    }
}
